"""Tables whose cells are divided by blanks: their text with tabs instead, so that one reader reads all tables.

Cells are divided by any run of blanks, by two blanks or more, or by the positions that are blank in every line.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from tables.formats.dialect import Dialect, LayoutHints, SniffResult, try_dialect
from tables.formats.sample import find_number_columns, is_comment

TAB: Final = Dialect("\t")
_MIN_FIT: Final = 0.95
_MIN_LINES: Final = 2
_MAX_LINE_CHARS: Final = 10_000
_MAX_LINES: Final = 300
_MIN_FIXED_LINES: Final = 3
_RUNS: Final = re.compile(rb'("(?:[^"\n]|"")*")|[ \t]+')
_WIDE_RUNS: Final = re.compile(rb'("(?:[^"\n]|"")*")|\t[ \t]*| (?:[ \t])+')

Divide = Callable[[bytes], bytes]
"""A function that puts tabs between the cells of whole lines."""


def sniff_blanks(sample: str, hints: LayoutHints) -> tuple[Divide, SniffResult] | None:
    """How blanks divide the cells of a table, and its layout then; None if they do not divide them evenly."""
    lines = [line for line in sample.split("\n")[: 2 * _MAX_LINES] if line.strip()]
    if len(lines) <= _MIN_LINES or max(map(len, lines)) > _MAX_LINE_CHARS:
        return None
    for divide in (_divide_at_runs, _divide_at_wide_runs, _divide_at_positions(lines)):
        if divide is not None:
            sniffed = try_dialect(divide(sample.encode("utf-8", "replace")).decode(), TAB, hints)
            if _fits(sniffed):
                return divide, sniffed
    return None


def divide_pieces(pieces: Iterator[bytes], divide: Divide) -> Iterator[bytes]:
    """Text in arbitrary pieces with tabs between its cells, in pieces of whole lines."""
    rest = b""
    for piece in pieces:
        whole, found, after = piece.rpartition(b"\n")
        if not found:
            rest += piece
            continue
        yield divide(rest + whole + found)
        rest = after
    if rest:
        yield divide(rest)


def _fits(sniffed: SniffResult) -> bool:
    """Whether a layout is that of a table: nearly all rows are equally wide, and there are numbers in it."""
    layout = sniffed.layout
    body = sniffed.rows[layout.body :]
    if len(body) < _MIN_LINES or layout.fit < _MIN_FIT * 0.9:
        return False
    width = len(layout.names)
    fitting = sum(len(row.cells) == width for row in body)
    header = [cell for index in layout.header for cell in sniffed.rows[index].cells]
    is_wider = bool(layout.header) and width > len(header)
    if is_wider and len(header) < 2 and not _RUNS_OF_NAMES.fullmatch(body[0].cells[0]):
        return False
    if layout.header and not all(cell.strip() for cell in layout.names[1:]):
        return False
    above = sniffed.rows[: layout.header[0] if layout.header else layout.body]
    if any(not is_comment(row.cells) for row in above) and not layout.header:
        return False
    return fitting >= _MIN_FIT * len(body) and bool(find_number_columns(body))


_RUNS_OF_NAMES: Final = re.compile(r"\d+")


def _divide_at_runs(text: bytes) -> bytes:
    return _strip_lines(_RUNS.sub(_keep_quoted, text))


def _divide_at_wide_runs(text: bytes) -> bytes:
    return _strip_lines(_WIDE_RUNS.sub(_keep_quoted, text))


def _keep_quoted(match: re.Match[bytes]) -> bytes:
    return match[1] or b"\t"


def _strip_lines(text: bytes) -> bytes:
    """The lines without tabs at their beginning and end."""
    text = text.removeprefix(b"\t")
    return text.replace(b"\n\t", b"\n").replace(b"\t\n", b"\n")


def _divide_at_positions(lines: list[str]) -> Divide | None:
    """A function that cuts lines at the positions that are blank in all of a sample; None if there are none."""
    kept = [line for line in lines if not is_comment([line])][:_MAX_LINES]
    if len(kept) < _MIN_FIXED_LINES or any("\t" in line for line in kept):
        return None
    length = max(map(len, kept))
    blank = [all(line[at : at + 1] in {" ", ""} for line in kept) for at in range(length)]
    starts = [at for at in range(length) if not blank[at] and (not at or blank[at - 1])]
    if len(starts) < 2:
        return None
    gaps = [at for at in range(length) if blank[at]]
    spans = [*pairwise(starts), (starts[-1], None)]

    def cut(line: str) -> str:
        if not line.strip() or any(line[at : at + 1] not in {" ", ""} for at in gaps):
            return line
        return "\t".join(line[start:end].strip() for start, end in spans)

    def divide(text: bytes) -> bytes:
        return "\n".join(map(cut, text.decode().split("\n"))).encode()

    return divide
