"""Detection of a table's layout: which rows are its header, which lie above it, and where its data begins.

A title, comments and notes are narrower than the table, and names are words above columns of numbers.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tables.formats.sample import (
    COMMENT_MARKS,
    MAX_ROWS,
    SampleRow,
    are_names,
    cell_at,
    count_filled,
    find_number_columns,
    is_comment,
    is_label_row,
    is_number,
    is_units_row,
    is_year,
    most_common_width,
)
from tables.issues import UnreadableFile
from tables.types.missing import TYPED_MARKERS

_MIN_FIT: Final = 0.8
_MIN_ROWS_FOR_WORDS: Final = 5
_MAX_LABEL_ROWS: Final = 3
_KEY_VALUE: Final = re.compile(r"[^\W\d][^:]{0,40}:\s")


@dataclass(frozen=True)
class Layout:
    """The structure of the beginning of a table.

    Attributes:
        names: The text of each column's name; empty where there is none.
        header: The indices of the rows with names, joined where there are several; empty if there is no header.
        body: The index of the first row of data.
        units: The index of the first row below the header with units or labels of the columns; None if there is none.
        header_line: The first line of the header, or of the data if there is none.
        lines_before_data: The number of lines before the first one of the data.
        fit: The share of rows that have the header's width, or one more; 0 for a table of one column.
        is_certain: Whether the header was given, or has names that are known.
    """

    names: list[str]
    header: tuple[int, ...]
    body: int
    units: int | None
    header_line: int
    lines_before_data: int
    fit: float
    is_certain: bool


def find_layout(
    rows: Sequence[SampleRow], header_line: int | None = None, known_names: Collection[str] = frozenset()
) -> Layout:
    """The layout of a table by its first rows, at least one.

    The header is in `header_line`, if given, with 0 for none; else it is the row with most of the `known_names`; else
    it is found.

    Raises:
        UnreadableFile: no-header-line.
    """
    if header_line is not None:
        return _use_header_line(rows, header_line)
    if known_names and (named := _find_known_names(rows, frozenset(known_names))) is not None:
        return _make_layout(rows, (named,), named + 1, is_certain=True)
    first = _find_header(rows)
    if first > 0 and len(rows) > first + 1 and _is_group_row(rows, first - 1):
        return _add_units(rows, (first - 1, first))
    if first + 1 < len(rows) and _has_repeated_names(rows, first):
        return _add_units(rows, (first, first + 1))
    if not known_names and _is_data(rows, first):
        return _make_layout(rows, (), first)
    return _add_units(rows, (first,))


def _use_header_line(rows: Sequence[SampleRow], header_line: int) -> Layout:
    if header_line == 0:
        return _make_layout(rows, (), _skip_comments(rows), is_certain=True)
    at = next((index for index, row in enumerate(rows) if row.line <= header_line < row.end), None)
    if at is None:
        last = rows[-1].end - 1
        raise UnreadableFile(
            "no-header-line",
            f"header_line is {header_line:,}, and there are no names in this line of the file.",
            f"Give a line from {rows[0].line} to {last:,} with the names of the columns, or 0 if there is none.",
        )
    return _make_layout(rows, (at,), at + 1, is_certain=True)


def _find_known_names(rows: Sequence[SampleRow], names: frozenset[str]) -> int | None:
    """The index of the row that has most of some names; None if it is not enough of them."""
    counts = [len(names & {cell.strip() for cell in row.cells}) for row in rows[:MAX_ROWS]]
    at = counts.index(max(counts))
    return at if counts[at] and 2 * counts[at] >= min(len(names), len(rows[at].cells)) else None


def _find_header(rows: Sequence[SampleRow]) -> int:
    """The index of the row with the names; of the first row that is no comment, where nothing tells."""
    first = _skip_comments(rows)
    body = rows[first + 1 :] or rows[first:]
    body_width = most_common_width(body)
    if 0 < first < len(rows) and _is_commented_header(rows, first - 1, first):
        return first - 1
    if body_width < 2:
        return first
    filled = [count_filled(row) for row in rows[: first + MAX_ROWS]]
    common = Counter(filled[first + 1 :] or filled[first:]).most_common(1)[0][0]
    if len(rows[first].cells) >= body_width and 2 * filled[first] >= common and filled[first] > 1:
        return first
    widest = filled[first]
    for index in range(first + 1, min(len(rows) - 2, len(filled))):
        if len(rows[index].cells) >= body_width and filled[index] > widest and _is_header(rows, index):
            return index
        widest = max(widest, filled[index])
    return first


def _skip_comments(rows: Sequence[SampleRow]) -> int:
    """The index of the first row that is no comment; 0 if all are, or most."""
    first = 0
    while first < len(rows) and is_comment(rows[first].cells):
        first += 1
    return first if first < len(rows) and not (first > MAX_ROWS // 2) else 0


def _is_commented_header(rows: Sequence[SampleRow], comment: int, first: int) -> bool:
    """Whether the names are in a comment, the last one above the data."""
    cells, width = rows[comment].cells, most_common_width(rows[first:])
    is_lone_mark = len(cells) == width + 1 and cells[0] in COMMENT_MARKS
    if (len(cells) != width and not is_lone_mark) or width < 2:
        return False
    numbers = find_number_columns(rows[first + 1 :] or rows[first:])
    if numbers:
        return all(is_number(rows[first].cells[index]) for index in numbers if index < len(rows[first].cells))
    mark = next((mark for mark in COMMENT_MARKS if cells[0].lstrip().startswith(mark)), "")
    return comment == 0 and bool(mark) and not cells[0].lstrip().removeprefix(mark)[:1].isspace()


def _is_header(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether a row below others is the header: a table of its width follows, and it has words above numbers."""
    below, width = rows[index + 1 : index + 1 + MAX_ROWS], len(rows[index].cells)
    fitting = sum(1 < len(row.cells) <= width + 1 for row in below)
    if len(below) < 2 or fitting < _MIN_FIT * len(below):
        return False
    cells = rows[index].cells
    numbers = find_number_columns(rows[index + 2 :] if len(below) > 2 else below)
    if numbers:
        named = [cells[column] for column in numbers if column < width and cells[column].strip()]
        return 2 * len(named) >= len(numbers) and all(not is_number(name) or is_year(name) for name in named)
    is_apart = rows[index].line > rows[index - 1].end or any(_KEY_VALUE.match(row.cells[0]) for row in rows[:index])
    return is_apart and not any(cell.startswith(" ") for row in below for cell in row.cells[1:])


def _is_group_row(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether a row directly above the header names groups of columns, each in the first of its columns."""
    row, header = rows[index], rows[index + 1]
    filled = [column for column, cell in enumerate(row.cells) if cell.strip()]
    return (
        row.end == header.line
        and len(row.cells) == len(header.cells) > 2
        and not is_comment(row.cells)
        and not any(is_number(row.cells[column]) and not is_year(row.cells[column]) for column in filled)
        and (filled[0] > 0 or len(filled) > 2)
        and filled[-1] > 0
    )


def _has_repeated_names(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether the names below a row complete it: it repeats names side by side, or leaves them out."""
    above, below = rows[index].cells, rows[index + 1].cells
    if len(above) != len(below) or len(above) < 3 or rows[index].end != rows[index + 1].line:
        return False
    is_merged = any(one.strip() == other.strip() != "" for one, other in pairwise(above)) or any(
        not one.strip() and other.strip() for one, other in zip(above[1:], below[1:], strict=True)
    )
    body = rows[index + 2 : index + 2 + MAX_ROWS]
    names = {column: below[column].strip() for column in find_number_columns(body) if column < len(below)}
    return (
        is_merged
        and bool(names)
        and all(
            name and (not is_number(name) or (is_year(name) and not all(is_year(cell_at(row, column)) for row in body)))
            for column, name in names.items()
        )
        and not any(name.lower() in TYPED_MARKERS for name in names.values())
    )


def _is_data(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether the first row is one of data: numbers above numbers, words that occur below."""
    cells, below = [cell.strip() for cell in rows[index].cells], rows[index + 1 : index + 1 + MAX_ROWS]
    if not below or not any(cells) or len(cells) != most_common_width(below):
        return False
    numeric = [cell for cell in cells if is_number(cell)]
    if are_names(numeric):
        return False
    columns = {column for column in find_number_columns(below) if column < len(cells)}
    if not all(is_number(cells[column]) or cells[column].lower() in TYPED_MARKERS for column in columns):
        return False
    words = [column for column in range(len(cells)) if column not in columns and cells[column]]
    occur = all(any(cells[column] == cell_at(row, column) for row in below) for column in words)
    numbers = sum(is_number(cells[column]) for column in columns)
    if numbers:
        return occur or numbers > 1
    is_repeated = any([cell.strip() for cell in row.cells] == cells for row in below)
    return occur and len(below) >= _MIN_ROWS_FOR_WORDS and not is_repeated


def _add_units(rows: Sequence[SampleRow], header: tuple[int, ...]) -> Layout:
    """The layout with this header, and the rows of units and labels below it, if there are any."""
    names = body = header[-1] + 1
    while body + 2 <= len(rows) and body < names + _MAX_LABEL_ROWS:
        if not (is_units_row(rows, body) or is_label_row(rows, body)):
            break
        body += 1
    if _names_index(rows, header, body):
        return _make_layout(rows, header, body + 1, index_name=rows[body].cells[0])
    return _make_layout(rows, header, body, units=names if body > names else None)


def _names_index(rows: Sequence[SampleRow], header: tuple[int, ...], body: int) -> bool:
    """Whether the first row below a header names its first column alone, as pandas does where names have levels."""
    first = rows[header[-1]].cells
    return (
        body + 2 <= len(rows)
        and not any(rows[index].cells[0].strip() for index in header)
        and len(rows[body].cells) == len(first) > 2
        and count_filled(rows[body]) == 1
        and bool(rows[body].cells[0].strip())
        and count_filled(rows[body + 1]) > 2
    )


def _make_layout(
    rows: Sequence[SampleRow],
    header: tuple[int, ...],
    body: int,
    *,
    units: int | None = None,
    index_name: str = "",
    is_certain: bool = False,
) -> Layout:
    below = rows[body : body + MAX_ROWS]
    if header:
        names = _join_names([rows[index].cells for index in header])
        names = [index_name or names[0], *names[1:]]
        is_comment_header = header[0] > 0 or names[0].lstrip()[1:2].isspace()
        wide = len(names) > 2 and len(names) - 1 == most_common_width(below)
        if wide and names[0] in COMMENT_MARKS and not is_certain:
            names = names[1:]
        elif is_comment_header and is_comment(names) and not is_certain:
            names = [_remove_mark(names[0]), *names[1:]]
        widest = max((len(row.cells) for row in below), default=0)
        if len(names) > widest > 0:  # a delimiter ends the header, but no row
            last_named = max((number for number, name in enumerate(names, 1) if name.strip()), default=0)
            names = names[: max(widest, last_named)]
        line = rows[header[0]].line
        before = rows[body - 1].end - 1
    else:
        names = [f"column_{number}" for number in range(1, max(1, most_common_width(below)) + 1)]
        line = rows[body].line
        before = line - 1
    same = sum(len(row.cells) == len(names) for row in below)
    wider = sum(len(row.cells) == len(names) + 1 for row in below)
    fit = (1 + max(same, 0.9 * wider)) / (1 + len(below)) if len(names) > 1 else 0.0
    if wider > same and header:
        width = len(names) + 1
        is_last_empty = not any(cell_at(row, width - 1) for row in below)
        names = [*names, ""] if is_last_empty else ["", *names]
    return Layout(names, header, body, units, line, before, fit, is_certain)


def _join_names(header: list[list[str]]) -> list[str]:
    """The names of columns; those of groups are joined with those below."""
    if len(header) == 1:
        return header[0]
    groups, names, group = header[0], list[str](), ""
    for column, name in enumerate(header[1]):
        group = (groups[column].strip() if column < len(groups) else "") or group
        names.append(" ".join(dict.fromkeys(part for part in (group, name.strip()) if part)))
    return names


def _remove_mark(name: str) -> str:
    bare = name.lstrip().lstrip("#%/;").strip()
    return bare or name
