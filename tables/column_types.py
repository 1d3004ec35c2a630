"""From chunks to a typed table: the parser of each column, the cells that it cannot read, the Parquet file.

A column's type is decided over all its chunks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat
from learning.format_terms import DateOrder
from learning.frame import ColumnType
from tables.chunks import LINE, ROW, Chunks
from tables.issues import MAX_ISSUES, Issue, IssueCollector, Severity, shorten_value
from tables.options import ReadOptions
from tables.profile import file_column
from tables.types.cells import explain_fault, parse_cells
from tables.types.hints import ColumnHints
from tables.types.inference import infer_parser
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import COUNT, FAULT_CODES, VALUE, Parser

LINE_COLUMN: Final = "\0line"
"""The Parquet column with the line of the file on which each row begins; no name from a file has a zero byte."""

PARQUET_TYPES: Final[dict[ColumnType, pl.DataType]] = {
    "numeric": pl.Float64(),
    "categorical": pl.String(),
    "text": pl.String(),
    "boolean": pl.Boolean(),
    "datetime": pl.Datetime("us", "UTC"),
}
"""The Parquet type of each column type that can be asked for."""

IMAGE_CELL: Final = pl.Struct({"bytes": pl.Binary(), "path": pl.String()})
"""The type of a cell of images in a chunk: the small picture, and the name of the file that it comes from."""

_COLUMN: Final = "column"
_CODE: Final = "code"
_CELLS_PER_GROUP: Final = 1 << 22
_MIN_ROWS_PER_GROUP: Final = 1 << 12
_MAX_ROWS_PER_GROUP: Final = 1 << 17
_BYTES_PER_GROUP: Final = 1 << 28
_IMAGES_PER_GROUP: Final = 1 << 7
_ZSTD_LEVEL: Final = 1
_NO_TEXTS: Final = pl.DataFrame(schema={VALUE: pl.String, COUNT: pl.UInt32})


def decide_columns(
    chunks: Chunks,
    names: Mapping[str, str],
    requested_types: Mapping[str, ColumnType],
    formats: Mapping[str, ColumnFormat],
    options: ReadOptions,
    *,
    semicolons: bool,
) -> tuple[dict[str, Parser], set[str]]:
    """The parser of each column, by key, and the keys of those whose text is needed, but was not kept.

    `names` are the columns' names by key; `requested_types` and `formats` are those given with the upload, by key;
    `semicolons`: they separate the cells.
    """
    hints = {
        key: ColumnHints(requested_types.get(key), formats.get(key), options, name=name) for key, name in names.items()
    }
    parsers = {key: _infer_parser(chunks, key, hints[key]) for key in names}
    prefer_comma = any(parser.has_decimal_comma for parser in parsers.values())
    points_group = semicolons and not any(parser.has_decimal_point for parser in parsers.values())
    if prefer_comma or points_group:
        for key in [key for key, parser in parsers.items() if parser.is_open]:
            hints[key] = replace(hints[key], prefer_comma=prefer_comma, points_group=points_group)
            parsers[key] = _infer_parser(chunks, key, hints[key])
    if order := _find_date_order(parsers.values()):
        for key in [key for key, parser in parsers.items() if parser.format.date_order and parser.is_guess]:
            parsers[key] = _infer_parser(chunks, key, replace(hints[key], date_order=order))
    kept_as_numbers = {key for key, plain in chunks.plain.items() if plain.count}
    return parsers, {key for key in kept_as_numbers if not parsers[key].is_plain}


def _find_date_order(parsers: Iterable[Parser]) -> DateOrder | None:
    """The order of day and month that all columns have which are not guesses; None if they differ."""
    orders: list[DateOrder] = [
        parser.format.date_order for parser in parsers if parser.format.date_order and not parser.is_guess
    ]
    return orders[0] if orders and orders.count(orders[0]) == len(orders) else None


def _infer_parser(chunks: Chunks, key: str, hints: ColumnHints) -> Parser:
    kinds = {schema[key] for schema in chunks.schemas if key in schema}
    if IMAGE_CELL in kinds:
        return Parser("image")
    for kind in ("boolean", "datetime"):
        if kinds == {PARQUET_TYPES[kind]} and hints.type in {None, kind}:
            return Parser(kind)
    return infer_parser(_count_texts(chunks, key), hints, chunks.plain_numbers(key))


def report_faulty_cells(
    chunks: Chunks, names: Mapping[str, str], parsers: Mapping[str, Parser], issues: IssueCollector
) -> None:
    """Report the cells that their columns' parsers cannot read, which are emptied."""
    parts = [part for key in names for part in _find_faulty_cells(chunks, key, parsers[key])]
    if not parts:
        return
    cells = pl.concat(parts).sort(ROW, maintain_order=True)
    for line, row, key, value, code in cells.head(MAX_ISSUES).select(LINE, ROW, _COLUMN, VALUE, _CODE).iter_rows():
        severity: Severity = "warning" if code == "not_finite" else "error"
        advice = explain_fault(value, parsers[key].type, parsers[key].format)
        issues.add(Issue(code, severity, "cell_emptied", line, row, names[key], shorten_value(value), advice))
    infinite = cells[_CODE] == "not_finite"
    issues.count_issues("warning", int(infinite.slice(MAX_ISSUES).sum()))
    issues.count_issues("error", int((~infinite).slice(MAX_ISSUES).sum()))


def write_parquet(chunks: Chunks, names: Mapping[str, str], parsers: Mapping[str, Parser], parquet: Path) -> None:
    """Parse the chunks and write all rows, a row group at a time."""
    plans: list[pl.LazyFrame] = []
    for frame, schema in zip(chunks.lazy_frames(), chunks.schemas, strict=True):
        columns = [
            column for key, name in names.items() for column in _parquet_columns(key, name, schema, parsers[key])
        ]
        plans.append(frame.select(*columns, pl.col(LINE).alias(LINE_COLUMN)))
    types = [parsers[key].type for key in names]
    size = min(row_group_size(len(types), "image" in types), max(1, _BYTES_PER_GROUP * chunks.rows // chunks.size))
    pl.concat(plans).sink_parquet(parquet, compression="zstd", compression_level=_ZSTD_LEVEL, row_group_size=size)


def row_group_size(columns: int, has_images: bool = False) -> int:
    """The most rows of a Parquet row group of a table of this many columns: few enough to need little memory."""
    if has_images:
        return _IMAGES_PER_GROUP
    return min(max(_CELLS_PER_GROUP // columns, _MIN_ROWS_PER_GROUP), _MAX_ROWS_PER_GROUP)


def _count_texts(chunks: Chunks, key: str) -> pl.DataFrame:
    """The distinct texts of a column and how many cells have each, its plain numbers left out."""
    parts = [cells[VALUE].to_frame() for cells in chunks.text_cells(key)]
    if not parts:
        return _NO_TEXTS
    if sum(part.height for part in parts) <= MAX_PYTHON_TEXTS:
        counts = Counter[str](cell for part in parts for cell in part[VALUE].to_list() if cell is not None)
        return pl.DataFrame({VALUE: list(counts), COUNT: list(counts.values())}, _NO_TEXTS.schema)
    return pl.concat(parts).drop_nulls().group_by(VALUE, maintain_order=True).len(COUNT)


def _find_faulty_cells(chunks: Chunks, key: str, parser: Parser) -> list[pl.DataFrame]:
    """ROW, LINE, VALUE, column and code of the cells that a parser cannot read, or reads as infinite."""
    parts: list[pl.DataFrame] = []
    for values, code in ((parser.faulty_values, FAULT_CODES.get(parser.type)), (parser.infinite_values, "not_finite")):
        if values and code:
            is_faulty = pl.col(VALUE).is_in(pl.Series(values, dtype=pl.String).implode())
            named = (pl.lit(key).alias(_COLUMN), pl.lit(code).alias(_CODE))
            parts += [cells.filter(is_faulty).with_columns(*named) for cells in chunks.text_cells(key)]
    return parts


def _parquet_columns(key: str, name: str, schema: pl.Schema, parser: Parser) -> list[pl.Expr]:
    """The expressions of a column: of images their bytes, and the names of their files."""
    if parser.type != "image":
        return [_parquet_column(key, schema, parser).alias(name)]
    if schema.get(key) != IMAGE_CELL:  # no row of the chunk has one
        return [pl.lit(None, pl.Binary).alias(name), pl.lit(None, pl.String).alias(file_column(name))]
    cells = pl.col(key).struct
    return [cells.field("bytes").alias(name), cells.field("path").alias(file_column(name))]


def _parquet_column(key: str, schema: pl.Schema, parser: Parser) -> pl.Expr:
    """The expression of a Parquet column, from a chunk that has it as text, typed, or not at all."""
    stored, chunk_type = PARQUET_TYPES[parser.type], schema.get(key)
    if chunk_type == pl.String or (chunk_type == pl.Boolean and stored != pl.Boolean):
        return (
            pl.col(key)
            .cast(pl.String)
            .map_batches(
                partial(parse_cells, kind=parser.type, format_=parser.format), return_dtype=stored, is_elementwise=True
            )
        )
    return pl.col(key) if chunk_type == stored else pl.lit(None, stored)
