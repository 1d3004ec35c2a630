"""Repair of malformed delimited text: the rows of a simple definition of them, and in time linear in the text."""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tables.formats.dialect import Dialect
from tables.formats.repair import repair_rows
from tables.issues import IssueCollector

if TYPE_CHECKING:
    from _csv import Reader

TEXT_BYTES = 60_000
MAX_READS = 8
"""The largest number of reads of a character, whatever the quotes are like."""

UNCLOSED = {
    "a quote closed and another opened on each line": b'a","b\n',
    "a quote opened on each line": b'"a,b\n',
    "nothing but a quote on each line": b'"\n',
    "now one quote, now three": b'a","b\n"c""d",e\n',
    "quotes that give another width each time": b'a","b",c\nd,"e\n',
    "inches before a cell of two lines": b'"bad,1\n5" pipe,"two\nlines"\n',
    "blank lines between quotes": b'"\n\n\n\n',
    "blank cells of two lines at the end": b'a,b,"\n","\n',
    "good rows between": b"1,2\n" * 50 + b'"a,b\n',
    "a quote that is never closed": b'a","b\n' * 4 + b'"\n' + b"1,2\n" * 10_000,
    "escaped line feeds": b"\\\n",
    "escaped line feeds and quotes": b'"\\"\\\n\\"a"b,\n',
    "escaped line feeds, and quotes that close": b'a\\\n","\\\nb"\n',
}


@dataclass(frozen=True)
class CountingDialect(Dialect):
    """A dialect that counts the characters that are read in it."""

    read: list[int] = field(default_factory=list[int])

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> "Reader":
        def count() -> Iterator[str]:
            for line in lines:
                self.read.append(len(line))
                yield line

        return super().reader(count(), strict=strict)


@pytest.mark.parametrize("backslash", [False, True])
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("lines", UNCLOSED.values(), ids=UNCLOSED)
def test_unclosed_quotes_are_repaired_in_linear_time(lines: bytes, width: int, backslash: bool):
    text = lines * max(1, TEXT_BYTES // len(lines))
    dialect = CountingDialect(",", backslash)

    repaired = repair_rows(text, dialect, width, line=1, row=1, issues=IssueCollector(), last=True)

    assert repaired.size > len(text) // 10
    assert sum(dialect.read) < MAX_READS * len(text)


@pytest.mark.parametrize("seed", range(8))
def test_the_rows_are_those_of_their_definition(seed: int):
    chance = random.Random(seed)
    for _ in range(500):
        letters = chance.choice(['a",\n', 'a" ,\n\\', 'ab"""\n,,', '"\n,a\\\\', 'a,\n"b '])
        text = "".join(chance.choices(letters, k=chance.randint(1, 40))) + "\n"
        dialect, width, issues = Dialect(",", chance.random() < 0.4), chance.randint(1, 4), IssueCollector()

        repaired = repair_rows(text.encode(), dialect, width, line=1, row=1, issues=issues, last=True)

        rows = dict(zip(repaired.line, csv.reader(io.StringIO(repaired.data, newline="")), strict=True))
        unclosed = [issue.line for issue in issues.first_issues() if issue.code == "unclosed_quote"]
        assert (rows, unclosed) == _define_rows(io.StringIO(text, newline="\n").readlines(), dialect, width), text


def _define_rows(lines: list[str], dialect: Dialect, width: int) -> tuple[dict[int, list[str]], list[int]]:
    """The good rows by their lines, and the lines of unclosed quotes: each row is tried anew, line by line."""
    rows, unclosed, start = dict[int, list[str]](), list[int](), 0
    while start < len(lines):
        reader = dialect.reader([*lines[start:], "\0"])
        cells = next(reader)
        end = start + reader.line_num
        while len(cells) > width and not cells[-1].strip() and "\n" not in cells[-1]:
            cells.pop()
        well_formed = end - start == 1
        with suppress(csv.Error):
            well_formed = well_formed or (
                len(cells) == width and bool(list(dialect.reader(lines[start:end], strict=True)))
            )
        first = lines[start].rstrip("\n")
        blank = not first or (width > 1 and "," not in first and not first.strip())
        if end > len(lines) or not well_formed:
            if not blank:
                unclosed.append(start + 1)
            end = start + 1
        elif len(cells) == width and not blank and (width == 1 or first.strip(",")):
            rows[start + 1] = cells
        start = end
    return rows, unclosed
