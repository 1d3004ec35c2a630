"""Names for columns: unique, printable, not empty, and as close to what the file says as that allows."""

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
    reserved, taken = set(given), set[str]()
    names: list[str] = []
    for number, (name, written) in enumerate(zip(given, raw, strict=True), 1):
        unique, times = name or f"column_{number}", 1
        while unique in taken or (times > 1 and unique in reserved) or (not name and unique in reserved):
            times += 1
            unique = f"{name or f'column_{number}'}_{times}"
        if unique != written.strip():
            code = "empty_header" if not name else "duplicate_header" if times > 1 else "unusable_header"
            fault = Issue(code, "warning", "renamed", line=line, column=unique, value=shortened(written))
            issues.add(fault)
        taken.add(unique)
        names.append(unique)
    return names


def _printable(name: str) -> str:
    """A name on one line without control characters, cut to a length that everybody accepts."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:LONGEST_NAME].strip()
