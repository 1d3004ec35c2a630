"""Names for columns: unique, printable, not empty, and as close to what the file says as that allows."""

from collections import Counter
from typing import Final

from tables.errors import Unreadable
from tables.issues import Issue, Issues, shortened

MOST_COLUMNS: Final = 10_000
LONGEST_NAME: Final = 256


def named(raw: list[str], issues: Issues, line: int | None = None) -> list[str]:
    """Give every column a name of its own, and warn of each that had to be made up or changed.

    Args:
        raw: The names as they are written.
        issues: Where the warnings go.
        line: The line of the file that the names stand on.

    Raises:
        Unreadable: too-many-columns.
    """
    if len(raw) > MOST_COLUMNS:
        raise Unreadable(
            "too-many-columns",
            f"The table has {len(raw):,} columns; at most {MOST_COLUMNS:,} can be read.",
            "Check the delimiter, leave out columns, or make rows of them.",
        )
    given = [_printable(name) for name in raw]
    reserved, seen, copies = set(given), set[str](), Counter[str]()
    names: list[str] = []
    for number, (name, written) in enumerate(zip(given, raw, strict=True), 1):
        unique = wish = name or f"column_{number}"
        if unique in (seen if name else reserved):
            copies[wish] += 1
            while (unique := f"{wish}_{copies[wish] + 1}") in reserved:
                copies[wish] += 1
            reserved.add(unique)
        seen.add(unique)
        if unique != written.strip():
            code = "empty_header" if not name else "unusable_header" if unique == wish else "duplicate_header"
            issues.add(Issue(code, "warning", "renamed", line=line, column=unique, value=shortened(written)))
        names.append(unique)
    return names


def _printable(name: str) -> str:
    """A name on one line without control characters, cut to a length that everybody accepts."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:LONGEST_NAME].strip()
