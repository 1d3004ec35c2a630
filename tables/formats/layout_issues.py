"""Issues of a table's layout: which lines were passed over, and where its names come from."""

from collections.abc import Sequence

from tables.formats.layout import Layout
from tables.formats.sample import SampleRow
from tables.issues import Issue, IssueCollector, shorten_value


def report_layout(rows: Sequence[SampleRow], layout: Layout, issues: IssueCollector) -> None:
    """Report what is not a header in the first row of a file."""
    line = layout.header_line
    above = layout.header[0] if layout.header else layout.body
    if above:
        value = shorten_value(" | ".join(_show(row) for row in rows[:above]))
        lines = _name_lines(rows[0].line, rows[above - 1].end - 1)
        what = "data begins" if not layout.header else "names of the columns are"
        advice = f"{lines} passed over, as the {what} in line {line}. If they are elsewhere, give header_line."
        issues.add(Issue("lines_before_header", "warning", "kept", rows[0].line, value=value, suggestion=advice))
    if not layout.header and not layout.is_certain:
        advice = (
            f"Line {line} was read as data, and the columns named column_1 to column_{len(layout.names)}. "
            f"If it has the names, give header_line={line}; else put a line with names above it."
        )
        value = shorten_value(_show(rows[layout.body]))
        issues.add(Issue("no_header", "warning", "kept", line, value=value, suggestion=advice))
    if len(layout.header) > 1:
        value = shorten_value(" | ".join(layout.names))
        advice = "The names of groups in the line above were joined with those of their columns, by a blank."
        issues.add(Issue("header_lines_joined", "warning", "kept", line, value=value, suggestion=advice))
    if layout.units is not None:
        passed = rows[layout.units : layout.body]
        lines = _name_lines(passed[0].line, passed[-1].end - 1)
        advice = f"{lines} passed over, with units or labels of the columns and no values."
        value = shorten_value(" | ".join(map(_show, passed)))
        issues.add(Issue("units_line", "warning", "kept", passed[0].line, value=value, suggestion=advice))
    _report_moved_names(rows, layout, issues)


def _report_moved_names(rows: Sequence[SampleRow], layout: Layout, issues: IssueCollector) -> None:
    """Report names that are given to the last columns, where the first cells do not look like those of an index."""
    if not layout.header or layout.names[0] or len(layout.names) != len(rows[layout.header[0]].cells) + 1:
        return
    firsts = [row.cells[0].strip() for row in rows[layout.body :] if len(row.cells) == len(layout.names)]
    if len(set(firsts)) == len(firsts):
        return
    advice = (
        "The rows have one cell more than the line of names, which were given to the last columns. If that is wrong, "
        "put quotes around cells that have a delimiter in them."
    )
    value, line = shorten_value(_show(rows[layout.body])), layout.header_line
    issues.add(Issue("names_moved", "warning", "kept", line, value=value, suggestion=advice))


def _show(row: SampleRow) -> str:
    return ", ".join(cell.strip() for cell in row.cells if cell.strip())


def _name_lines(first: int, last: int) -> str:
    return f"Line {first} was" if first == last else f"Lines {first} to {last} were"
