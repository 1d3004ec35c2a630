"""Header lines among the rows of a table, as where files were put together: they are no rows."""

from collections.abc import Sequence

import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.issues import Issue, IssueCollector, shorten_value


def leave_out_headers(frame: pl.DataFrame, header: Sequence[str], issues: IssueCollector) -> pl.DataFrame:
    """The rows of a table of text without those that have the name of their column in every cell."""
    types = dict(frame.schema)  # made once: it takes time for every column
    names = [(key, name.strip()) for index, name in enumerate(header) if (key := column_key(index)) in types]
    if len(names) < 2 or not all(name and types[key] == pl.String for key, name in names):
        return frame
    first, name = names[0]
    places = (frame[first].str.strip_chars() == name).fill_null(value=False).arg_true()
    if not len(places):
        return frame
    likely = frame.gather(places)
    same = likely.select(
        pl.all_horizontal([(pl.col(key).str.strip_chars() == name).fill_null(value=False) for key, name in names])
    ).to_series()
    if not same.any():
        return frame
    advice = "This line repeats the names of the columns, and was left out."
    value = shorten_value(", ".join(name for _, name in names))
    for line, row in likely.filter(same).select(LINE, ROW).iter_rows():
        issues.add(Issue("repeated_header", "warning", "row_rejected", line, row, value=value, suggestion=advice))
    is_row = pl.Series(values=[True]).new_from_index(0, frame.height).scatter(places.filter(same), False)
    return frame.filter(is_row)
