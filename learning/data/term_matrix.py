"""Terms as a dense matrix of the most frequent ones, for models simpler than a net."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def find_frequent_terms(terms: NDArray[Any], most: int) -> NDArray[np.int32]:
    """The ids of the terms that most of these rows (rows, slots) have, ascending, at most so many."""
    ids, counts = np.unique(terms["id"][terms["weight"] > 0], return_counts=True)
    return np.sort(ids[np.argsort(-counts, kind="stable")[:most]])


def write_term_matrix(terms: NDArray[Any], ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """The weights of these terms in each row (rows, ids), 0 where a row has not the term."""
    matrix = np.zeros((len(terms), len(ids)), np.float32)
    rows, slots = np.nonzero(terms["weight"])
    found = terms[rows, slots]
    places = np.searchsorted(ids, found["id"])
    known = np.flatnonzero(ids.take(places, mode="clip") == found["id"]) if len(ids) else np.empty(0, np.intp)
    matrix[rows[known], places[known]] = found["weight"][known]
    return matrix
