"""Options of reading a file that its format does not take: they are told, as who gives one expects it to be used."""

from collections.abc import Iterator
from typing import Final, get_args

from tables.formats.detection import ARCHIVES, WORKBOOKS, FileFormat
from tables.issues import Issue, shorten_value
from tables.options import ReadOptions

_ALL: Final[frozenset[FileFormat]] = frozenset(get_args(FileFormat))
_LINES: Final[frozenset[FileFormat]] = frozenset({"csv", "tsv", "html"})
_PARQUET: Final[frozenset[FileFormat]] = frozenset({"parquet"})
_TAKEN_BY: Final[dict[str, tuple[frozenset[FileFormat], str]]] = {
    "sheet": (WORKBOOKS, "workbooks"),
    "header_line": (WORKBOOKS | ARCHIVES | _LINES, "files with lines of cells"),
    "encoding": (_ALL - WORKBOOKS - _PARQUET, "files of text"),
}
"""The formats that take an option, by its name, and what they are in words."""


def list_unused_options(options: ReadOptions, file_format: FileFormat) -> Iterator[Issue]:
    """An issue for each option that is given and not taken."""
    for name, (formats, what) in _TAKEN_BY.items():
        if (value := getattr(options, name)) is not None and file_format not in formats:
            advice = f"{name} is for {what}, and this file was read as {file_format}: leave it out, or check the file."
            yield Issue("unused_option", "warning", "kept", value=shorten_value(f"{name}={value}"), suggestion=advice)
