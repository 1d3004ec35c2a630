"""Encoder of text columns: the terms of a text with their tf-idf weights, whose vectors a net learns and adds up.

A bag of words forgets their order, and still separates spam from mail and praise from complaint.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Annotated, Any, Final, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import (
    MAX_TERMS,
    MIN_ROWS_PER_OUTPUT,
    SkippedColumn,
    max_slots_for,
    skip_empty,
)
from learning.encoding.embedding_spec import MAX_DIMENSIONS, EmbeddingSpec
from learning.encoding.words import list_terms
from learning.frame import Column, TextColumn
from learning.nn.layers.embedding_bag import EmbeddingBag

MAX_FIT_ROWS: Final = 100_000
"""The most texts whose terms are counted; of more, evenly spread ones."""

MAX_COUNTED_TERMS: Final = 2**20
"""The most terms that are counted at a time; of more, those are forgotten that occurred once so far."""

MAX_SHORT_LENGTH: Final = 100
"""The mean length of texts up to which pieces of their words are terms too: longer ones have words enough."""

MIN_SLOTS: Final = 16
"""The least number of terms that a row may have; it is more where training rows have more than half as many."""

MAX_SCALE_ROWS: Final = 10_000
"""The most texts of which the mean number of terms is taken."""


@dataclass(frozen=True, kw_only=True)
class TermsEncoder:
    """Encodes a text column as terms, each of which has a vector in a table that a net learns.

    A term that occurs n times in a row counts 1 + ln n, times its inverse document frequency, 1 + ln(rows / rows with
    it) (Salton & Buckley 1988). The row is then scaled to the same length as all others, so that long texts count no
    more than short ones, and so that a weight of a text of mean length is about 1. A text without any known term, and a
    missing one, has none.

    Attributes:
        dimensions: The length of a vector, or of those of several nets that became one.
        pieces: Whether pieces of words are terms, as texts are short.
        terms: The vocabulary, the terms in most rows first.
        counts: The number of rows with each.
        rows: The number of rows that these were counted in.
        slots: The most terms of a row; of more, those of the largest weights.
        length: The length of the weights of a row.
        flag: Whether there is a number, 1 where the text is missing.
    """

    type: Literal["terms"] = "terms"
    name: str
    dimensions: Annotated[int, Ge(1), Le(MAX_DIMENSIONS)]
    pieces: bool
    terms: Annotated[tuple[str, ...], MaxLen(MAX_TERMS)]
    counts: Annotated[tuple[Annotated[int, Ge(1)], ...], MaxLen(MAX_TERMS)]
    rows: Annotated[int, Ge(1)]
    slots: Annotated[int, Ge(1), Le(2**16)]
    length: Annotated[float, Gt(0.0)]
    flag: bool

    def __post_init__(self) -> None:
        if len(self.terms) != len(self.counts) or not self.terms:
            raise ValueError(f"{self.name} has {len(self.terms)} terms and {len(self.counts)} counts")
        if max(self.counts) > self.rows:
            raise ValueError(f"{self.name} has a term in more than its {self.rows} rows")

    @classmethod
    def fit(cls, name: str, column: Column, spec: EmbeddingSpec) -> "TermsEncoder | SkippedColumn":
        """Fit to the training rows; of more than 100,000, to evenly spread ones."""
        column = require_type(column, TextColumn, name)
        texts: list[str] = [text for text in column.values[:: -(-len(column) // MAX_FIT_ROWS) or 1] if text is not None]
        if not texts:
            return skip_empty(name)
        pieces = sum(map(len, texts)) <= MAX_SHORT_LENGTH * len(texts)
        counts = _count_rows(texts, pieces=pieces)
        frequent = [
            (term, count)
            for term, count in counts.most_common(MAX_TERMS)
            if count >= MIN_ROWS_PER_OUTPUT and (count < len(texts) or len(texts) < len(column))
        ]
        if not frequent:
            return SkippedColumn(
                name,
                f"Column '{name}' is not used: no word of it is in at least {MIN_ROWS_PER_OUTPUT} training rows, "
                "but not in all.",
            )
        known = {term for term, _ in frequent}
        some = texts[:: -(-len(texts) // MAX_SCALE_ROWS)]
        sizes = [len(known.intersection(list_terms(text, pieces=pieces))) for text in some]
        slots = min(max(2 * max(sizes), MIN_SLOTS), max_slots_for(len(column)))
        return cls(
            name=name,
            dimensions=spec.dimensions,
            pieces=pieces,
            terms=tuple([term for term, _ in frequent]),
            counts=tuple([count for _, count in frequent]),
            rows=len(texts),
            slots=slots,
            length=max(1.0, float(np.minimum(sizes, slots).mean()) ** 0.5),
            flag=any(text is None for text in column.values),
        )

    @property
    def width(self) -> int:
        """The number of numbers that a row gets from the column: the flag."""
        return int(self.flag)

    @property
    def bag(self) -> EmbeddingBag:
        """The table of the terms' vectors."""
        return EmbeddingBag(ids=len(self.terms), units=self.dimensions, slots=self.slots)

    @property
    def output_names(self) -> list[str]:
        """The name of the flag."""
        return [missing_flag_name(self.name)] * self.flag

    @property
    def vector_names(self) -> list[str]:
        """The name of each number of the sum of vectors."""
        return [f"{self.name} [{number}]" for number in range(1, self.dimensions + 1)]

    @property
    def typical_value(self) -> str:
        """The most frequent words."""
        return " ".join(islice((term for term in self.terms if term[:1].isalnum()), 5)) or self.terms[0]

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "text", dimensions=self.dimensions)

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Write the flag of each row into `out` (rows, width), and add warnings about rows to `warnings`."""
        texts = require_type(column, TextColumn, self.name).values
        missing = np.array([text is None for text in texts], np.bool_)
        if self.flag:
            out[:, 0] = missing
        elif warnings is not None:
            treatment = "it is treated as a text without known words"
            warnings.add_missing(np.flatnonzero(missing), self.name, treatment)

    def encode_terms(self, column: Column, out: NDArray[Any]) -> None:
        """Write the terms of each row into `out`, of dtype TERM (rows, slots)."""
        for row, text in enumerate(require_type(column, TextColumn, self.name).values):
            ids, weights = self.weigh(text)
            out[row, : len(ids)]["id"] = ids
            out[row, : len(ids)]["weight"] = weights
            out[row, len(ids) :] = 0

    def weigh(self, text: str | None) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The numbers of the known terms of a text, and their weights, at most `slots`."""
        known = self._numbers
        names = () if text is None else list_terms(text, pieces=self.pieces)
        occurrences = Counter(known[name] for name in names if name in known)
        ids: NDArray[np.int32] = np.fromiter(occurrences.keys(), np.int32, len(occurrences))
        weights = 1.0 + np.log(np.fromiter(occurrences.values(), np.float64, len(occurrences)))
        weights *= self._frequencies[ids]
        if len(ids) > self.slots:
            kept = np.sort(np.argsort(-weights, kind="stable")[: self.slots])
            ids, weights = ids[kept], weights[kept]
        if len(ids):
            weights *= self.length / np.sqrt(weights.dot(weights))
        return ids, weights.astype(np.float32)

    def grid(self, _encoded: NDArray[np.floating], _points: int) -> None:
        """None: there are no typical texts to vary the column over."""

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def _frequencies(self) -> NDArray[np.float64]:
        """The inverse document frequency of each term."""
        return 1.0 + np.log(self.rows / np.array(self.counts))


def _count_rows(texts: list[str], *, pieces: bool) -> Counter[str]:
    """The number of texts with each term, those first that occur first."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(list(dict.fromkeys(list_terms(text, pieces=pieces))))  # ties in order
        if len(counts) > MAX_COUNTED_TERMS:
            counts = Counter({term: count for term, count in counts.items() if count > 1})
    return counts
