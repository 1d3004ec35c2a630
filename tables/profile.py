"""Profiles of columns: counts, range, mean, quantiles, the most frequent values.

People read these before training, and see that an age of 999 means unknown.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from learning.column_format import ColumnFormat
from learning.frame import ColumnType
from learning.tasks.task_guess import count_rarest
from tables.issues import shorten_value

QUANTILES: Final = {"p01": 0.01, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p99": 0.99}
MAX_TOP_VALUES: Final = 10
MAX_COUNTED_CHARACTERS: Final = 2**24
"""The maximum characters of a text whose words are counted: its first."""
_WORD: Final = r"[\p{L}\p{M}\p{N}]+(?:['\u{2019}][\p{L}\p{M}]+)*"
_MAX_BYTES_AT_ONCE: Final = 1 << 25
_FILE_PREFIX: Final = "\0file "


@dataclass(frozen=True)
class TopValue:
    """A frequent value and how often it occurs."""

    value: str
    count: int


@dataclass(frozen=True)
class SideStats:
    """The range and the median of the widths or heights of images, in pixels."""

    min: int
    median: int
    max: int


@dataclass(frozen=True)
class ImageStats:
    """Statistics of the images of a column: how many files there are of each format, how large, and if all are grey."""

    kinds: tuple[TopValue, ...]
    width: SideStats
    height: SideStats
    grey: bool


@dataclass(frozen=True)
class TextStats:
    """Statistics of a text: its characters, about its words, and the ten most frequent words."""

    characters: int
    words: int
    top: tuple[TopValue, ...]


@dataclass(frozen=True)
class ColumnProfile:
    """Statistics of a column. What does not apply to its type is None.

    Attributes:
        min: For numbers a float, for moments RFC 3339; `max` likewise.
        std: The sample standard deviation.
        quantiles: Exact ones, of `QUANTILES`, interpolated linearly.
        distinct: The number of different values that are present.
        rarest: The rows of the rarest value of a column of at most 50 different whole numbers, which may be classes.
        top: The ten most frequent values of words.
        format: How the cells are written, the fields of `ColumnFormat` that differ from the default; None: none does.
        images: Statistics of images.
        text: Statistics of texts.
    """

    name: str
    type: ColumnType
    missing: int
    min: float | str | None = None
    max: float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] | None = None
    distinct: int | None = None
    rarest: int | None = None
    top: tuple[TopValue, ...] | None = None
    true: int | None = None
    format: dict[str, object] | None = None
    images: ImageStats | None = None
    text: TextStats | None = None


def profile_columns(
    parquet: Path,
    types: dict[str, ColumnType],
    formats: Mapping[str, ColumnFormat],
    rows: int,
    images: Mapping[str, ImageStats] = {},
) -> list[ColumnProfile]:
    """Profile every column of a Parquet file, a few at a time, so that they need not fit in memory together.

    What is known of the images in columns of images is given.
    """
    # of images it tells what their files are called, which is missing where they are
    names = [file_column(name) if kind == "image" else name for name, kind in types.items()]
    names_by_column = dict(zip(names, types, strict=True))
    step = max(1, _MAX_BYTES_AT_ONCE // max(1, 8 * rows))

    def profile_part(first: int) -> list[ColumnProfile]:
        frame = pl.scan_parquet(parquet, glob=False).select(cs.by_name(names[first : first + step])).collect()
        return [
            replace(
                _profile_column(name, frame[column], types[name]),
                format=formats[name].to_json() or None,
                images=images.get(name),
            )
            for column in frame.columns
            for name in (names_by_column[column],)
        ]

    with ThreadPoolExecutor(2 if 8 * rows <= _MAX_BYTES_AT_ONCE else 1) as threads:
        return list(chain.from_iterable(threads.map(profile_part, range(0, len(names), step))))


def file_column(name: str) -> str:
    """The Parquet column with the names of the files of a column of images; no name from a file has a zero byte."""
    return f"{_FILE_PREFIX}{name}"


def is_file_column(name: str) -> bool:
    """Whether a Parquet column has names of image files."""
    return name.startswith(_FILE_PREFIX)


def format_datetime(moment: datetime) -> str:
    """A moment in UTC as RFC 3339."""
    return moment.isoformat().replace("+00:00", "Z")


def _profile_column(name: str, column: pl.Series, kind: ColumnType) -> ColumnProfile:
    missing = column.null_count()
    present = column.alias("value").drop_nulls()  # polars takes a name such as ^a$ for a pattern
    match kind:
        case "numeric":
            return _profile_numbers(name, missing, present.to_numpy())
        case "boolean":
            return ColumnProfile(name, kind, missing, distinct=present.n_unique(), true=int(present.sum()))
        case "datetime":
            low, high = (
                format_datetime(moment) if isinstance(moment, datetime) else None
                for moment in (present.min(), present.max())
            )
            return ColumnProfile(name, kind, missing, min=low, max=high, distinct=present.n_unique())
        case "image":
            return ColumnProfile(name, kind, missing, distinct=len(present))
        case _:
            counts = present.value_counts(name="count")
            text = _measure_text(present) if kind == "text" else None
            return ColumnProfile(name, kind, missing, distinct=counts.height, top=_find_top(counts), text=text)


def _find_top(counts: pl.DataFrame) -> tuple[TopValue, ...]:
    """The most frequent of values with their counts; of those that are as frequent the first by the alphabet."""
    top = counts.top_k(MAX_TOP_VALUES, by=["count", "value"], reverse=[False, True])
    top = top.sort("count", "value", descending=[True, False])
    return tuple(TopValue(shorten_value(value), count) for value, count in top.iter_rows())


def _measure_text(cells: pl.Series) -> TextStats:
    """The statistics of a text whose rows are these."""
    lengths = cells.str.len_chars()
    characters = int(lengths.sum() or 0)
    head = cells.filter(lengths.cum_sum() <= MAX_COUNTED_CHARACTERS)
    words = head.str.extract_all(_WORD).list.explode(keep_nulls=False, empty_as_null=False).alias("value")
    counted = int(head.str.len_chars().sum() or 0)
    share = characters / counted if counted else 0.0
    return TextStats(characters, round(len(words) * share), _find_top(words.value_counts(name="count")))


def _profile_numbers(name: str, missing: int, numbers: NDArray[np.float64]) -> ColumnProfile:
    """The profile of finite numbers; sorting them once gives the range, the quantiles and how many differ."""
    if not len(numbers):
        return ColumnProfile(name, "numeric", missing, distinct=0)
    numbers = np.sort(numbers)
    distinct = 1 + int(np.count_nonzero(numbers[1:] != numbers[:-1]))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(numbers.mean())
        std = float(numbers.std(ddof=1)) if len(numbers) > 1 else 0.0
    return ColumnProfile(
        name,
        "numeric",
        missing,
        min=float(numbers[0]),
        max=float(numbers[-1]),
        mean=mean if np.isfinite(mean) else None,
        std=std if np.isfinite(std) else None,
        quantiles={key: _quantile(numbers, share) for key, share in QUANTILES.items()},
        distinct=distinct,
        rarest=count_rarest(numbers, distinct),
    )


def _quantile(ordered: NDArray[np.float64], share: float) -> float:
    """The value below which a share of ordered numbers lies, as `numpy.quantile` interpolates it."""
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    part = position - low
    return float(ordered[low] * (1 - part) + ordered[high] * part)
