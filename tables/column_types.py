"""From blocks to a typed table: the reading of each column, the cells that do not fit it, the Parquet file.

Everything here looks at whole columns; the rows of one block say nothing of what a column is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from learning.frame import ColumnType
from tables.chunks import LINE, ROW, Blocks, Seen
from tables.issues import KEPT, Issue, Issues, shortened
from tables.types.inference import decide
from tables.types.parse import COUNT, FAULT, VALUE, Reading

HIDDEN_LINE: Final = "\0line"
"""The Parquet column with the line of the upload on which each row begins; no name from a file can be like it."""

STORED: Final[dict[ColumnType, pl.DataType]] = {
    "numeric": pl.Float64(),
    "categorical": pl.String(),
    "text": pl.String(),
    "boolean": pl.Boolean(),
    "datetime": pl.Datetime("us", "UTC"),
}
"""How a column of each type is kept in Parquet."""

_COLUMN: Final = "column"
_CODE: Final = "code"
_CELLS_IN_GROUP: Final = 1 << 22
_FEWEST_ROWS_IN_GROUP: Final = 1 << 12
_MOST_ROWS_IN_GROUP: Final = 1 << 17
_ZSTD_LEVEL: Final = 1


@dataclass(frozen=True)
class Decided:
    """What the columns of an upload are, by key.

    Attributes:
        empty: Keys of columns without any value.
        respelled: Keys of columns that were kept as numbers, and whose spelling is needed to read them rightly.
    """

    readings: dict[str, Reading]
    empty: set[str]
    respelled: set[str]


def decided(blocks: Blocks, keys: Sequence[str], wanted: Mapping[str, ColumnType]) -> Decided:
    """Decide what each column is; `wanted` are the types that a person gave, by key."""
    found = {key: _judged(blocks, key, wanted.get(key), comma=False) for key in keys}
    comma = any(judged.reading.comma for judged in found.values())
    if comma:
        found = {key: _judged(blocks, key, wanted.get(key), comma=True) for key in keys}
    return Decided(
        readings={key: judged.reading for key, judged in found.items()},
        empty={key for key, judged in found.items() if judged.empty},
        respelled={key for key, judged in found.items() if judged.numbers and (comma or not judged.reading.plain)},
    )


@dataclass(frozen=True)
class _Judged:
    reading: Reading
    empty: bool = False
    numbers: bool = False


def _judged(blocks: Blocks, key: str, wanted: ColumnType | None, *, comma: bool) -> _Judged:
    """The reading of a column, whether it is empty, and whether the spelling of some of its cells is gone."""
    kinds = {schema[key] for schema in blocks.schemas if key in schema}
    for kind in ("boolean", "datetime"):
        if kinds == {STORED[kind]} and wanted in {None, kind}:
            return _Judged(Reading(kind, lambda column: column))
    seen, values = blocks.seen.get(key, Seen()), _spellings(blocks, key)
    reading = decide(values, wanted=wanted, numbers=seen.numbers, integers=seen.integers, comma=comma)
    return _Judged(reading, empty=not seen.numbers and values.is_empty(), numbers=seen.numbers > 0)


def faults(blocks: Blocks, names: Mapping[str, str], readings: Mapping[str, Reading], issues: Issues) -> pl.Series:
    """Report the cells that their columns' readings cannot read; the numbers of the rows to reject."""
    found = [part for key in names for part in _cells_at_fault(blocks, key, readings[key])]
    if not found:
        return pl.Series(ROW, [], pl.Int64)
    cells = pl.concat(found).sort(ROW, maintain_order=True)
    for line, row, key, value, code in cells.head(KEPT).select(LINE, ROW, _COLUMN, VALUE, _CODE).iter_rows():
        emptied = code == "not_finite"
        issues.add(
            Issue(
                code,
                "warning" if emptied else "error",
                "cell_emptied" if emptied else "row_rejected",
                line=line,
                row=row,
                column=names[key],
                value=shortened(value),
            )
        )
    emptied = cells[_CODE] == "not_finite"
    issues.count("warning", int(emptied.slice(KEPT).sum()))
    issues.count("error", int((~emptied).slice(KEPT).sum()))
    return cells[ROW].filter(~emptied).unique()


def write(
    blocks: Blocks, names: Mapping[str, str], readings: Mapping[str, Reading], rejected: pl.Series, into: Path
) -> None:
    """Cast the blocks and write all rows that are not rejected, a row group at a time."""
    plans: list[pl.LazyFrame] = []
    for frame, schema in zip(blocks.frames(), blocks.schemas, strict=True):
        good = frame if rejected.is_empty() else frame.filter(~pl.col(ROW).is_in(rejected.implode()))
        columns = [_stored(key, schema, readings[key]).alias(name) for key, name in names.items()]
        plans.append(good.select(*columns, pl.col(LINE).alias(HIDDEN_LINE)))
    pl.concat(plans).sink_parquet(
        into, compression="zstd", compression_level=_ZSTD_LEVEL, row_group_size=rows_in_group(len(names))
    )


def rows_in_group(columns: int) -> int:
    """How many rows of so many columns are written together, and best read together: few enough to take no memory."""
    return min(max(_CELLS_IN_GROUP // columns, _FEWEST_ROWS_IN_GROUP), _MOST_ROWS_IN_GROUP)


def _spellings(blocks: Blocks, key: str) -> pl.DataFrame:
    """The distinct texts of a column and how many cells have each, its plain numbers left out."""
    parts = [cells.select(VALUE) for cells in blocks.texts(key)]
    if not parts:
        return _nothing()
    return pl.concat(parts).drop_nulls().group_by(VALUE, maintain_order=True).len(COUNT)


@cache
def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={VALUE: pl.String, COUNT: pl.UInt32})


def _cells_at_fault(blocks: Blocks, key: str, reading: Reading) -> list[pl.DataFrame]:
    """ROW, LINE, VALUE, column and code of the cells that a reading cannot read, or finds infinite."""
    found: list[pl.DataFrame] = []
    for values, code in ((reading.faults, FAULT.get(reading.type)), (reading.infinite, "not_finite")):
        if values and code:
            wrong = pl.col(VALUE).is_in(pl.Series(values, dtype=pl.String).implode())
            named = (pl.lit(key).alias(_COLUMN), pl.lit(code).alias(_CODE))
            found += [cells.filter(wrong).with_columns(*named) for cells in blocks.texts(key)]
    return found


def _stored(key: str, schema: pl.Schema, reading: Reading) -> pl.Expr:
    """The column as it is kept, from a block that may hold it as text, typed, or not at all."""
    stored, held = STORED[reading.type], schema.get(key)
    if held == pl.String or (held == pl.Boolean and stored != pl.Boolean):
        return pl.col(key).cast(pl.String).map_batches(reading.cast, return_dtype=stored, is_elementwise=True)
    return pl.col(key) if held == stored else pl.lit(None, stored)
