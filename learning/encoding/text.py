"""Encoder of text columns in models of earlier versions: tf-idf over the most frequent words, a number for each.

Such models go on to predict; nothing is fitted to texts this way any more.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import MAX_COLUMN_OUTPUTS
from learning.frame import Column, TextColumn

# Japanese and Chinese are written without blanks: each of their characters counts as a word
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_CHUNK_ROWS = 1024


@dataclass(frozen=True, kw_only=True)
class TextEncoder:
    """Encodes a text column: tf-idf over the most frequent words, each row of length 1.

    A word that occurs n times in a row counts 1 + ln n, times its inverse document frequency, 1 + ln(rows / rows with
    it) (Salton & Buckley 1988); the row is then scaled to length 1, so that long texts count no more than short ones. A
    text without any known word, and a missing one, is all zeros.

    Attributes:
        words: The vocabulary, the words in most rows first.
        weights: The inverse document frequency of each word.
        flag: Whether there is one more input, 1 where the text is missing.
    """

    type: Literal["text"] = "text"
    name: str
    words: Annotated[tuple[str, ...], MaxLen(MAX_COLUMN_OUTPUTS)]
    weights: Annotated[tuple[Annotated[float, Gt(0.0)], ...], MaxLen(MAX_COLUMN_OUTPUTS)]
    flag: bool

    def __post_init__(self) -> None:
        if len(self.words) != len(self.weights) or not self.words:
            raise ValueError(f"{self.name} has {len(self.words)} words and {len(self.weights)} weights")

    @property
    def width(self) -> int:
        """The number of inputs of the column."""
        return len(self.words) + self.flag

    @property
    def output_names(self) -> list[str]:
        """The name of each input."""
        return [f"{self.name} has {word}" for word in self.words] + [missing_flag_name(self.name)] * self.flag

    @property
    def typical_value(self) -> str:
        """The most frequent words."""
        return " ".join(self.words[:5])

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "text")

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode the column into `out` (rows, width), and add warnings about its rows to `warnings`."""
        texts = require_type(column, TextColumn, self.name).values
        for start in range(0, len(texts), _CHUNK_ROWS):
            part = texts[start : start + _CHUNK_ROWS]
            out[start : start + _CHUNK_ROWS, : len(self.words)] = self._tf_idf(part)
            if self.flag:
                out[start : start + _CHUNK_ROWS, -1] = [text is None for text in part]
        if warnings is not None and not self.flag:
            rows = np.flatnonzero([text is None for text in texts])
            warnings.add_missing(rows, self.name, "it is treated as a text without known words")

    def grid(self, _encoded: NDArray[np.floating], _points: int) -> None:
        """None: there are no typical texts to vary the column over."""

    def _tf_idf(self, texts: NDArray[np.object_]) -> NDArray[np.float64]:
        width, word_index = len(self.words), self._word_index
        cells = [
            row * width + word_index[word]
            for row, text in enumerate(texts)
            if text is not None
            for word in _split_words(text)
            if word in word_index
        ]
        bags = np.bincount(np.array(cells, dtype=np.intp), minlength=len(texts) * width).astype(np.float64)
        occurs = bags > 0.0
        bags[occurs] = 1.0 + np.log(bags[occurs])
        bags = bags.reshape(len(texts), width) * self._weights
        length = np.sqrt(np.square(bags).sum(axis=1, keepdims=True))
        return bags / np.maximum(length, 1.0)  # a row with any word is at least 1 long

    @cached_property
    def _word_index(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        return np.array(self.weights)


def _split_words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
