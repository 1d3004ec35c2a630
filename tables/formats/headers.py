"""Column names from a header: unique, printable, not empty, and otherwise as in the file."""

import re
import unicodedata
from collections import Counter
from typing import Final

import polars as pl

from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

MAX_COLUMNS: Final = 10_000
MAX_NAME_CHARS: Final = 256
_NO_WIDTH: Final = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff\u00ad")
_INDEX_NAME: Final = re.compile(r"Unnamed: \d+|__index_level_\d+__")


def unique_names(raw: list[str], issues: IssueCollector, line: int | None = None) -> list[str]:
    """Unique column names, with a warning for each that is generated or changed.

    Raises:
        UnreadableFile: too-many-columns.
    """
    if len(raw) > MAX_COLUMNS:
        raise UnreadableFile(
            "too-many-columns",
            f"The table has {len(raw):,} columns; at most {MAX_COLUMNS:,} can be read.",
            "Check the delimiter, leave out columns, or make rows of them.",
        )
    printable = [make_printable(name) for name in raw]
    reserved, used, copies = set(printable), set[str](), Counter[str]()
    names: list[str] = []
    for number, (name, written) in enumerate(zip(printable, raw, strict=True), 1):
        unique = base = name or f"column_{number}"
        if unique in (used if name else reserved):
            copies[base] += 1
            while (unique := f"{base}_{copies[base] + 1}") in reserved:
                copies[base] += 1
            reserved.add(unique)
        used.add(unique)
        if unique != written.strip():
            code = "empty_header" if not name else "unusable_header" if unique == base else "duplicate_header"
            issues.add(Issue(code, "warning", "renamed", line=line, column=unique, value=shorten_value(written)))
        names.append(unique)
    return names


def make_printable(name: str) -> str:
    """The name on one line, without control characters, cut to MAX_NAME_CHARS."""
    text = name if name.isprintable() else "".join([letter if letter.isprintable() else " " for letter in name])
    return " ".join(text.split())[:MAX_NAME_CHARS].strip()


def spell_plainly(name: str) -> str:
    """The name as `unique_names` gives it, in the composed form of Unicode and without characters of no width."""
    return make_printable(unicodedata.normalize("NFC", name.translate(_NO_WIDTH)))


def is_index_name(name: str) -> bool:
    """Whether a column of this name in a header is an index that pandas has written."""
    return not name.strip() or _INDEX_NAME.fullmatch(name) is not None


def are_row_numbers(cells: pl.Series) -> bool:
    """Whether the cells are different whole numbers, as those of an index are."""
    numbers = cells.cast(pl.Float64, strict=False)
    return numbers.null_count() == 0 and bool((numbers == numbers.floor()).all()) and numbers.n_unique() == len(numbers)
