"""From blocks to a typed table: the reading of each column, the cells that do not fit it, the Parquet file.

Everything here looks at whole columns; the rows of one block say nothing of what a column is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from learning.frame import ColumnType
from tables.blocks import COLUMN, LINE, ROW, Blocks, Seen
from tables.issues import KEPT, Issue, Issues, shortened
from tables.types.inference import decide
from tables.types.reading import COUNT, FAULT, VALUE, Reading

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

_CODE: Final = "code"
_ROWS_IN_GROUP: Final = 1 << 17
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
    natural = {key: reading for key in keys if (reading := _natural(blocks, key, wanted.get(key)))}
    values = {key: _spellings(blocks, key) for key in keys if key not in natural}

    def judge(*, comma: bool) -> dict[str, Reading]:
        return {key: _judged(blocks, key, values[key], wanted.get(key), comma=comma) for key in values}

    judged = judge(comma=False)
    comma = any(reading.comma for reading in judged.values())
    if comma:
        judged = judge(comma=True)
    numbers = {key for key in values if key not in blocks.as_text and blocks.seen.get(key, Seen()).numbers}
    respelled = {key for key in numbers if comma or not judged[key].plain}
    empty = {key for key in values if not blocks.seen.get(key, Seen()).numbers and values[key].is_empty()}
    return Decided({key: natural.get(key) or judged[key] for key in keys}, empty, respelled)


def _judged(blocks: Blocks, key: str, values: pl.DataFrame, wanted: ColumnType | None, *, comma: bool) -> Reading:
    seen = blocks.seen.get(key, Seen())
    return decide(values, wanted=wanted, numbers=seen.numbers, integers=seen.integers, comma=comma)


def faults(blocks: Blocks, names: Mapping[str, str], readings: Mapping[str, Reading], issues: Issues) -> pl.Series:
    """Report the cells that their columns' readings cannot read; the numbers of the rows to reject."""
    found = [part for key in names for part in _cells_at_fault(blocks, key, readings[key])]
    if not found:
        return pl.Series(ROW, [], pl.Int64)
    cells = pl.concat(found).sort(ROW, maintain_order=True)
    for line, row, key, value, code in cells.head(KEPT).select(LINE, ROW, COLUMN, VALUE, _CODE).iter_rows():
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
    for frame, schema in zip(blocks.frames, blocks.schemas, strict=True):
        good = frame if rejected.is_empty() else frame.filter(~pl.col(ROW).is_in(rejected.implode()))
        columns = [_stored(key, schema, readings[key]).alias(name) for key, name in names.items()]
        plans.append(good.select(*columns, pl.col(LINE).alias(HIDDEN_LINE)))
    pl.concat(plans).sink_parquet(
        into, compression="zstd", compression_level=_ZSTD_LEVEL, row_group_size=_ROWS_IN_GROUP
    )


def _natural(blocks: Blocks, key: str, wanted: ColumnType | None) -> Reading | None:
    """The reading of a column that comes typed, as truths or as moments, in all blocks that have it."""
    kinds = {schema[key] for schema in blocks.schemas if key in schema}
    for kind in ("boolean", "datetime"):
        if kinds == {STORED[kind]} and wanted in {None, kind}:
            return Reading(kind, lambda column: column)
    return None


def _spellings(blocks: Blocks, key: str) -> pl.DataFrame:
    """The distinct texts of a column and how many cells have each, its plain numbers left out."""
    parts = _texts(blocks, key)
    if not parts:
        return pl.DataFrame(schema={VALUE: pl.String, COUNT: pl.UInt32})
    return (
        pl.concat(parts)
        .select(VALUE)
        .drop_nulls()
        .group_by(VALUE, maintain_order=True)
        .agg(pl.len().alias(COUNT))
        .collect()
    )


def _texts(blocks: Blocks, key: str) -> list[pl.LazyFrame]:
    """COLUMN, ROW, LINE and VALUE of a column's cells that are text or can be it again, odd ones among numbers too."""
    cells = (pl.lit(key).alias(COLUMN), pl.col(ROW), pl.col(LINE), pl.col(key).cast(pl.String).alias(VALUE))
    held = zip(blocks.frames, blocks.schemas, strict=True)
    parts = [frame.select(cells) for frame, schema in held if schema.get(key) in {pl.String(), pl.Boolean()}]
    return parts + [odd.lazy().filter(pl.col(COLUMN) == key) for odd in blocks.odd]


def _cells_at_fault(blocks: Blocks, key: str, reading: Reading) -> list[pl.DataFrame]:
    """COLUMN, ROW, LINE, VALUE and code of the cells that a reading cannot read, or finds infinite."""
    found: list[pl.DataFrame] = []
    for values, code in ((reading.faults, FAULT.get(reading.type)), (reading.infinite, "not_finite")):
        if values and code:
            wrong = pl.col(VALUE).is_in(pl.Series(values, dtype=pl.String).implode())
            found.append(pl.concat(_texts(blocks, key)).filter(wrong).with_columns(pl.lit(code).alias(_CODE)).collect())
    return found


def _stored(key: str, schema: pl.Schema, reading: Reading) -> pl.Expr:
    """The column as it is kept, from a block that may hold it as text, typed, or not at all."""
    stored, held = STORED[reading.type], schema.get(key)
    if held == pl.String or (held == pl.Boolean and stored != pl.Boolean):
        return pl.col(key).cast(pl.String).map_batches(reading.cast, return_dtype=stored, is_elementwise=True)
    return pl.col(key) if held == stored else pl.lit(None, stored)
