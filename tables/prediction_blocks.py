"""Blocks of a batch of predictions: some rows of an ingested table in, a file of their predictions out.

The files of blocks in text follow one another to one file, as the first one alone has a header; those of Parquet are
joined.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
import polars.selectors as cs

from learning.encoding.columns import InputColumn
from learning.frame import Frame
from learning.tasks import Predictions
from tables.column_types import LINE_COLUMN
from tables.formulas import escape_formulas
from tables.images.pixels import image_readers
from tables.parquet_table import load_frame
from tables.predict_cells import read_column
from tables.predict_faults import BadCells
from tables.profile import file_column

BlockFormat = Literal["csv", "ndjson", "parquet"]

LINE: Final = "line"
_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%.fZ"
_ZSTD_LEVEL: Final = 1


def read_block(
    parquet: Path, inputs: Sequence[InputColumn], profile: Sequence[Mapping[str, Any]], first: int, rows: int
) -> Frame:
    """Rows of a table as a model takes them, from number `first` on; a column that the table has not is missing."""
    names = {str(column["name"]) for column in profile}
    there = [column for column in inputs if column.name in names]
    readers = image_readers(there)
    frame = load_frame(parquet, [column.name for column in there], profile, rows, readers, first_row=first)
    absent = {
        column.name: read_column([None], column, BadCells()).repeat(frame.rows)
        for column in inputs
        if column.name not in names
    }
    return Frame({**frame.columns, **absent}, frame.rows, frame.numeric_block, frame.formats) if absent else frame


def read_block_cells(parquet: Path, columns: Sequence[str], first: int, rows: int) -> pl.DataFrame:
    """The line of the file where each of these rows begins, and cells of theirs; of pictures the names of the files."""
    table = pl.scan_parquet(parquet, glob=False)
    schema = table.collect_schema()
    chosen = [
        cs.by_name(file_column(name) if schema[name] == pl.Binary() else name).as_expr().alias(name) for name in columns
    ]
    lines = cs.by_name(LINE_COLUMN).as_expr().alias(_free_name(LINE, columns))
    return table.select(lines, *chosen).slice(first, rows).collect()


def write_block(
    cells: pl.DataFrame, predictions: Predictions, out: Path, file_format: BlockFormat, *, is_first: bool
) -> None:
    """Write rows and their predictions; of CSV the first block has the header."""
    table = cells.hstack(_list_columns(predictions, cells.columns))
    if file_format == "parquet":
        table.write_parquet(out, compression="zstd", compression_level=_ZSTD_LEVEL)
        return
    times = [name for name, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    table = table.with_columns(cs.by_name(times).dt.strftime(_TIME_FORMAT)) if times else table
    if file_format == "csv":
        escape_formulas(table).write_csv(out, include_header=is_first)
    else:
        table.write_ndjson(out)


def join_blocks(blocks: Sequence[Path], out: Path) -> None:
    """Join the Parquet files of all blocks to one, in little memory."""
    pl.scan_parquet(list(blocks), glob=False).sink_parquet(out, compression="zstd", compression_level=_ZSTD_LEVEL)


def _list_columns(predictions: Predictions, taken: Sequence[str]) -> list[pl.Series]:
    """The predictions as columns, with other names than those that are taken."""
    columns: list[pl.Series] = []
    if predictions.labels:
        labels = pl.Series(predictions.labels, dtype=pl.String)
        columns.append(labels.gather(predictions.choices).alias(_free_name("label", taken)))
    names, bound_names = predictions.columns, predictions.bound_columns
    numbers = [(name, predictions.numbers[:, place]) for place, name in enumerate(names)]
    if predictions.bounds is not None:
        numbers += [(name, predictions.bounds[:, place]) for place, name in enumerate(bound_names)]
    if predictions.typicality is not None:
        numbers.append(("typicality", predictions.typicality))
    for name, values in numbers:
        series = pl.Series(_free_name(name, taken), values)
        columns.append(series.fill_nan(None) if series.dtype == pl.Float64 else series)
    return columns


def _free_name(name: str, taken: Sequence[str]) -> str:
    """The name, or one like it that is not taken."""
    while name in taken:
        name = f"predicted_{name}" if name != LINE else "file_line"
    return name
