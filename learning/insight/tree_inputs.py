"""Inputs of decision trees: a table's encoded rows as one number or category a column, with missing cells told.

Trees divide a column wherever it helps, so they need no one-hot inputs and no bins; a missing cell is a value to them.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.data.term_matrix import find_frequent_terms, write_term_matrix
from learning.encoding.boolean import BooleanEncoder
from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.column_encoders import ColumnEncoder
from learning.encoding.embedding import EmbeddingEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import TableEncoder

MAX_COLUMNS: Final = 128
"""The most columns that trees learn from, and the most terms of texts."""

MAX_CATEGORIES: Final = 63
"""The most categories of a column that are told apart; all rarer ones are the last of them."""


class TreeInputs(NamedTuple):
    """The inputs of rows, float32 (rows, columns), NaN where a cell is missing, and which of them are categories."""

    values: NDArray[np.float32]
    is_category: NDArray[np.bool_]

    def take_columns(self, columns: NDArray[np.intp]) -> "TreeInputs":
        """These columns of all rows."""
        return TreeInputs(self.values[:, columns], self.is_category[columns])


def make_tree_inputs(encoder: TableEncoder, data: ArrayDataset, terms: NDArray[np.int32]) -> TreeInputs:
    """The inputs of encoded rows; of texts they have the weights of these terms (terms,)."""
    columns: list[NDArray[np.float32]] = []
    is_category: list[bool] = []
    places, bins = encoder.output_columns(), set[int](encoder.bins.tolist())
    for each in encoder.columns:
        if isinstance(each, EmbeddingEncoder):
            if data.ids is None:
                raise ValueError(f"there are no ids of {each.name}")
            columns.append(_number_ids(each, data.ids[:, encoder.id_encoders.index(each)]))
            is_category.append(True)
            continue
        own = [place for place in places[each.name].tolist() if place not in bins and place < data.width]
        found = _read_column(each, [data.x[:, place] for place in own])
        columns += found
        is_category += [isinstance(each, CategoricalEncoder)] * len(found)
    if data.terms is not None:
        matrix = write_term_matrix(data.terms, terms)
        columns += list(matrix.T)
        is_category += [False] * len(terms)
    values = np.column_stack(columns) if columns else np.empty((len(data), 0))
    return TreeInputs(values.astype(np.float32, copy=False), np.array(is_category, np.bool_))


def find_tree_terms(data: ArrayDataset) -> NDArray[np.int32]:
    """The terms that become inputs of trees: those that most of these rows have."""
    return np.empty(0, np.int32) if data.terms is None else find_frequent_terms(data.terms, MAX_COLUMNS)


def choose_tree_columns(inputs: TreeInputs, targets: NDArray[np.float64]) -> NDArray[np.intp]:
    """The columns that trees learn from, ascending: categories, and numbers by their correlation with targets.

    The targets are numbers (rows, n), of which the one that a column goes with best counts.
    """
    if inputs.values.shape[1] <= MAX_COLUMNS:
        return np.arange(len(inputs.is_category), dtype=np.intp)
    values = np.nan_to_num(inputs.values)
    values -= values.mean(axis=0)
    spread = np.maximum(np.sqrt(np.square(values).sum(axis=0)), np.finfo(np.float32).tiny)
    strengths = np.abs(values.T @ (targets - targets.mean(axis=0)).astype(np.float32)).max(axis=1) / spread
    strengths[inputs.is_category] = np.inf
    return np.sort(np.argsort(-strengths, kind="stable")[:MAX_COLUMNS])


def _read_column(encoder: ColumnEncoder, inputs: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The inputs of trees from those of a net (rows,) that belong to a column, without bins."""
    if isinstance(encoder, CategoricalEncoder):
        slots = np.stack(inputs, axis=1)
        codes = np.minimum(slots.argmax(axis=1), MAX_CATEGORIES - 1).astype(np.float32)
        codes[slots.max(axis=1) < 1] = np.nan  # a value without a slot has the mean of all
        if encoder.missing:
            codes[slots[:, -1] == 1] = np.nan
        return [codes]
    if isinstance(encoder, NumericEncoder | BooleanEncoder) and encoder.flag:
        value, missing = inputs
        return [np.where(missing == 1, np.float32(np.nan), value)]
    return list(inputs)


def _number_ids(encoder: EmbeddingEncoder, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    codes = np.minimum(ids, MAX_CATEGORIES - 1).astype(np.float32)
    if encoder.missing:
        codes[ids == len(encoder.kept) + encoder.rare] = np.nan
    return codes
