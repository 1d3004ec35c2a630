"""A CSV file of rows to predict from, as a frame: fast where all cells are plain numbers, else strict.

The strict reader parses cells as training does, but skips no row: each needs its prediction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO

import numpy as np
import polars as pl

from learning.encoding.columns import InputColumn
from learning.frame import Column, Frame, NumericBlock, NumericColumn
from learning.spelling import quote_names
from tables.chunks import ROW, column_key
from tables.formats.delimited import DelimitedReader
from tables.formats.dialect import LayoutHints
from tables.formats.headers import are_row_numbers, is_index_name, spell_plainly
from tables.issues import IssueCollector, UnreadableFile
from tables.predict_cells import read_column
from tables.predict_faults import MAX_CSV_CELLS, BadCell, BadCells, RowLimit, UnknownColumns, count_cells
from tables.types.numbers import are_plain_numbers_read


def frame_from_csv(
    data: bytes,
    inputs: Sequence[InputColumn],
    ignore: Collection[str] = (),
    outputs: int = 1,
    *,
    ignore_unknown: bool = False,
    bad: BadCells | None = None,
) -> Frame:
    """The rows of a delimited file with a header, as a model's inputs; an absent column is missing in every row.

    Args:
        data: The file.
        inputs: The columns that the model takes.
        ignore: Other names that may be there, such as that of the target.
        outputs: The number of values that are predicted for a row.
        ignore_unknown: Whether any other name may be there; one of an index without a name may be in any case.
        bad: Collects the faults; where it allows them, their cells are missing in the frame.

    Raises:
        BadRows: a name is unknown, a row has the wrong number of cells, or a value does not fit its input.
        TooManyRows: the rows have more than MAX_CSV_CELLS cells, be they there or missing.
        UnreadableFile: it is no delimited file with at least one row.
    """
    bad = BadCells() if bad is None else bad
    limit = RowLimit(count_cells(inputs), outputs, MAX_CSV_CELLS)
    if (frame := _read_fast(data, inputs, limit)) is not None:
        return frame
    issues = IssueCollector()
    hints = LayoutHints(names=frozenset(expected.name for expected in inputs))
    upload = DelimitedReader(BytesIO(data), issues, hints=hints)
    chunks = list(_read_chunks(upload, data, limit))
    if upload.short_rows.are_many:
        issues = IssueCollector()
        upload = DelimitedReader(BytesIO(data), issues, hints=hints, fill_short_rows=True)
        chunks = list(_read_chunks(upload, data, limit))
    for issue in issues.first_issues():
        if issue.action == "row_rejected":
            detail = f"cannot be read (line {issue.line})"
            bad.add(BadCell((issue.row or 1) - 1, None, detail, issue.code, issue.value))
    bad.refuse()
    if not chunks:
        raise UnreadableFile("no-rows", "There are no rows below the names of the columns.", "Send at least one row.")
    table = _fill_gaps(pl.concat(chunks), issues.rejected_rows, bad)
    at = {name: column_key(index) for index, name in enumerate(upload.names)}
    named = {*ignore, *(expected.name for expected in inputs)}
    plain_names = {spell_plainly(name): name for name in named - set(upload.names)}
    at = {name if name in named else plain_names.get(spell_plainly(name), name): key for name, key in at.items()}
    if not ignore_unknown:
        UnknownColumns(inputs, ignore).add(0, _list_names(upload, table, at, inputs), bad)
        bad.refuse(always=any(cell.code == "unknown_column" for cell in bad))
    _require_input(at, [expected.name for expected in inputs])
    numeric = [at[expected.name] for expected in inputs if _is_plain(expected) and expected.name in at]
    plain = _plain_numbers(table, numeric)
    columns: dict[str, Column] = {}
    for expected in inputs:
        key = at.get(expected.name, expected.name)
        if key in plain:
            columns[expected.name] = plain[key]
        elif expected.name in at:
            columns[expected.name] = _read_distinct(table[key], expected, bad)
        else:
            columns[expected.name] = read_column([None], expected, bad).repeat(table.height)
    bad.refuse()
    return Frame(columns, table.height)


def _require_input(found: Collection[str], names: Sequence[str]) -> None:
    """Refuse a file that has none of the columns that a model takes: all its rows would be predicted alike."""
    if not any(name in found for name in names):
        detail = f"None of its columns is one that the model takes: {quote_names(names)}."
        raise UnreadableFile("no-columns", detail, "Name the columns in the first line.")


def _fill_gaps(table: pl.DataFrame, rejected: int, bad: BadCells) -> pl.DataFrame:
    """The table with an empty row in place of each that was rejected."""
    if not rejected:
        return table
    rows = table.height + rejected
    bad.rows |= set(range(rows)) - set((table[ROW] - 1).to_list())
    numbers = pl.DataFrame({ROW: pl.Series(range(1, rows + 1), dtype=table.schema[ROW])})
    return numbers.join(table, on=ROW, how="left", maintain_order="left")


def _list_names(
    upload: DelimitedReader, table: pl.DataFrame, at: Mapping[str, str], inputs: Sequence[InputColumn]
) -> list[str]:
    """The names of columns, but of those without values or names, and of indexes that are no inputs."""
    names = {expected.name for expected in inputs}
    return [
        name
        for name, key in at.items()
        if name in names
        or not (
            (key in upload.unnamed_columns and table[key].null_count() == table.height)
            or ((key in upload.unnamed_columns or is_index_name(name)) and are_row_numbers(table[key]))
        )
    ]


def _read_chunks(upload: DelimitedReader, data: bytes, limit: RowLimit) -> Iterator[pl.DataFrame]:
    """The rows in chunks, until they are too many; the others are counted by their lines."""
    rows = 0
    for chunk in upload.chunks():
        rows += chunk.height
        if rows > limit.max_rows:
            limit.check(max(rows, data.count(b"\n") - 1))
        yield chunk


def _read_fast(data: bytes, inputs: Sequence[InputColumn], limit: RowLimit) -> Frame | None:
    """The frame of rows with a plain number for each input and nothing else, in commas; None of any others."""
    header, _, rows = data.partition(b"\n")
    names = [expected.name for expected in inputs if _is_plain(expected)]
    columns = header.decode(errors="replace").split(",")
    if len(names) < len(inputs) or sorted(columns) != sorted(names) or b'"' in rows or b"\r" in rows:
        return None
    if len(rows) > limit.max_rows:  # a row takes a byte at the least
        limit.check(rows.count(b"\n"))
    try:
        table = pl.read_csv(rows, has_header=False, schema=dict.fromkeys(columns, pl.Float64), quote_char=None)
    except pl.exceptions.PolarsError:
        return None
    # cells and rows that are empty or not all there are null
    if not table.height or sum(table.null_count().row(0)):
        return None
    values = table[names].to_numpy().T
    return Frame({}, table.height, NumericBlock(tuple(names), values)) if np.isfinite(values).all() else None


def _is_plain(expected: InputColumn) -> bool:
    """Whether an input is a number, and reads plain numbers as a cast does."""
    return expected.type == "numeric" and are_plain_numbers_read(expected.format)


def _plain_numbers(table: pl.DataFrame, keys: list[str]) -> dict[str, NumericColumn]:
    """Those columns of text of which every cell is a plain number, or empty."""
    numbers = table.select(pl.col(keys).cast(pl.Float64, strict=False))
    bounded = numbers.select(pl.all().is_finite().all())
    plain = [key for key in keys if bounded[key][0] and numbers[key].null_count() == table[key].null_count()]
    filled = numbers.select(pl.col(plain).fill_null(np.nan))
    return {key: NumericColumn(filled[key].to_numpy()) for key in plain}


def _read_distinct(text: pl.Series, expected: InputColumn, bad: BadCells) -> Column:
    """Each distinct text looked at once; a fault is named at its first row, or at each if they are allowed."""
    distinct = text.drop_nulls().unique(maintain_order=True)
    places = text.cast(pl.Enum(distinct)).to_physical().cast(pl.Int64).fill_null(len(distinct)).to_numpy()
    wrong = BadCells(is_allowed=True)
    column = read_column([*distinct, None], expected, wrong)
    for cell in wrong:
        rows = np.flatnonzero(places == cell.row) if bad.is_allowed else [np.argmax(places == cell.row)]
        for row in rows:
            bad.add(cell._replace(row=int(row)))
    return column.take(places)
