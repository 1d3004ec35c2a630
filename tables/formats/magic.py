"""Detection of files that are no tables by their magic bytes, so that the error names the kind of file."""

import re
from typing import Final

from tables.issues import UnreadableFile

SAVE_AS_CSV: Final = "Open it in a spreadsheet program, save the sheet as CSV, and upload that."
SEND_GZIP: Final = "Decompress it first; gzip alone may be sent as it is, with Content-Encoding: gzip."
SEND_TABLE: Final = "Upload a table: CSV, TSV, Excel, JSON or Parquet; or many images as a ZIP, a folder a class."
SEND_AS: Final = "Upload it again as {}, or give it the ending that fits."

_MAGIC: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PAR1", "a Parquet file", SEND_AS.format("application/vnd.apache.parquet")),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it and upload the table that is in it."),
    (b"PK\x05\x06", "an empty ZIP archive", SEND_TABLE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or another Office file", SAVE_AS_CSV),
    (b"\x1f\x8b", "gzip-compressed", SEND_GZIP),
    (b"BZh", "bzip2-compressed", SEND_GZIP),
    (b"\xfd7zXZ\x00", "xz-compressed", SEND_GZIP),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", SEND_GZIP),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and upload the table that is in it."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it and upload the table that is in it."),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", SEND_TABLE),
    (b"\xff\xd8\xff", "a JPEG image", SEND_TABLE),
    (b"GIF8", "a GIF image", SEND_TABLE),
    (b"%PDF-", "a PDF document", "Export the table in it as CSV and upload that."),
    (b"SQLite format 3\x00", "an SQLite database", "Export one of its tables as CSV and upload that."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Save its table as Parquet or CSV and upload that."),
    (b"\x93NUMPY", "a NumPy array", "Save it as CSV or Parquet, with names for its columns, and upload that."),
    (b"ARROW1", "an Arrow (Feather) file", "Save it as Parquet and upload that."),
    (b"FEA1", "a Feather file", "Save it as Parquet and upload that."),
    (b"\x80\x04\x95", "a Python pickle", "Save its table as Parquet or CSV and upload that."),
    (b"\x80\x05\x95", "a Python pickle", "Save its table as Parquet or CSV and upload that."),
    (b"\x7fELF", "a program", SEND_TABLE),
)
_MARKUP: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"<!doctype html", "a web page", "Download the table itself, perhaps after signing in, and upload that."),
    (b"<html", "a web page", "Download the table itself, perhaps after signing in, and upload that."),
    (b"<svg", "an SVG drawing", SEND_TABLE),
    (b"<?xml", "an XML document", "Save its table as CSV and upload that."),
    (b"{\\rtf", "a rich-text document", "Save it as plain text and upload that."),
)
_SPARSE_LINE: Final = re.compile(rb"\s*[+-]?\d[\d.eE+-]*(?: qid:\d+)?(?: +\d+:[+-]?[\d.eE+-]+)+ *(?:#.*)?\r?")
_XML: Final = re.compile(rb"<([A-Za-z][\w:.-]*)(?: [^<>]*)?>\s*<[A-Za-z][\w:.-]*[ />]")
"""The begin of an XML document without a declaration: a tag right within another."""
_WORKBOOKS: Final = (b"xl/", b"[Content_Types].xml")


def refuse_binary(head: bytes) -> None:
    """Raise UnreadableFile, not-a-table, for the magic bytes of a file that is no table."""
    if head.startswith(b"PK\x03\x04") and any(mark in head for mark in _WORKBOOKS):
        raise _not_a_table("an Excel workbook (.xlsx) or another Office document", SAVE_AS_CSV)
    for start, kinds in ((head, _MAGIC), (skip_blanks(head).lower(), _MARKUP)):
        for magic, what, advice in kinds:
            if start.startswith(magic):
                raise _not_a_table(what, advice)


def describe_file(head: bytes) -> str | None:
    """What a file is by its first bytes, with its article; None if that is not known."""
    for start, kinds in ((head, _MAGIC), (skip_blanks(head).lower(), _MARKUP)):
        for magic, what, _ in kinds:
            if start.startswith(magic):
                return what
    return None


def refuse_other_text(head: bytes) -> None:
    """Raise UnreadableFile, not-a-table, for text of another format where a delimited table is expected."""
    if _XML.match(skip_blanks(head)):
        raise _not_a_table("an XML document", "Save its table as CSV and upload that.")
    if skip_blanks(head).startswith((b'{"', b"[{", b"[\n", b"{\n", b"{}", b"[]")):
        raise _not_a_table(
            "JSON", "Upload it as application/x-ndjson, one object on each line, or as a .json file with one array."
        )
    lines = [line for line in head.split(b"\n")[:6] if line.strip()]
    if len(lines) > 1 and all(map(_SPARSE_LINE.fullmatch, lines[:-1])):
        raise _not_a_table(
            "sparse (libsvm, svmlight)",
            "Write it with all columns first: in Python, sklearn.datasets.load_svmlight_file reads it, and "
            "pandas.DataFrame(X.toarray()).to_csv writes it.",
        )


def skip_blanks(head: bytes) -> bytes:
    """The beginning of a file without byte order mark and leading blanks."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


def _not_a_table(what: str, advice: str) -> UnreadableFile:
    return UnreadableFile("not-a-table", f"The file is {what}, not a table.", advice)
