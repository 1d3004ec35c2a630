"""Detection of an upload's format: by its first bytes, by what its sender says, by its name."""

import re
from pathlib import PurePosixPath
from typing import Final, Literal

from tables.formats.magic import skip_blanks

FileFormat = Literal[
    "csv", "tsv", "ndjson", "json", "parquet", "xlsx", "xls", "ods", "html", "arff", "text", "zip", "tar"
]

HEAD_BYTES: Final = 1 << 13
"""The number of a file's first bytes that tell its format."""

EXTENSIONS: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",
    ".dat": "csv",
    ".data": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xls",
    ".ods": "ods",
    ".html": "html",
    ".htm": "html",
    ".arff": "arff",
    ".md": "text",
    ".markdown": "text",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "tar",
}
"""The format by the ending of a file's name."""

WORKBOOKS: Final[frozenset[FileFormat]] = frozenset({"xlsx", "xls", "ods"})

ARCHIVES: Final[frozenset[FileFormat]] = frozenset({"zip", "tar"})

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE: Final = re.compile(rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|xl/|docProps/)", re.DOTALL)
_TAR_MAGIC: Final = slice(257, 262)
_ARRAY: Final = re.compile(rb"\[\s*(?:[\[{\]]|$)")
_OBJECT: Final = re.compile(rb'\{\s*(?:"|\}|$)')
_OBJECT_LINES: Final = re.compile(rb"[^\n]*\}\s*\n\s*\{")
_ARFF: Final = re.compile(rb"(?:\s*%[^\n]*\n|\s*\n)*\s*@relation\b", re.IGNORECASE)
_HTML: Final = re.compile(rb"<(?:!doctype html|html|table|meta|head|body|div|style|!--)", re.IGNORECASE)
_BEGINNINGS: Final[tuple[tuple[re.Pattern[bytes], FileFormat], ...]] = (
    (_HTML, "html"),
    (_ARFF, "arff"),
    (_ARRAY, "json"),
)


def detect_format(head: bytes, declared: FileFormat | None = None, name: str = "") -> FileFormat:
    """The format of a file that begins with these bytes.

    Bytes that can be of one format only decide; then the declared format, then the name's ending. Any other file is
    taken for delimited text, which says what is wrong with it if it is none. Text of lines may begin like anything
    that is text, and is one only where that is said.
    """
    said = declared or EXTENSIONS.get(PurePosixPath(name.lower().removesuffix(".gz")).suffix)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_ZIP):
        return _detect_zip(head, said)
    if head[_TAR_MAGIC] == b"ustar":
        return "tar"
    if head.startswith(_OLE):
        return "xls"
    if said == "text":
        return "text"
    written = _detect_text(skip_blanks(_decode_wide(head)), said)
    return written or ("csv" if said is None or said in WORKBOOKS | ARCHIVES or said == "html" else said)


def _detect_text(text: bytes, said: FileFormat | None) -> FileFormat | None:
    """The format that only text that begins like this has."""
    for beginning, found in _BEGINNINGS:
        if beginning.match(text):
            return found
    if _OBJECT.match(text):
        return "json" if said == "json" and not _OBJECT_LINES.match(text) else "ndjson"
    return None


def _detect_zip(head: bytes, said: FileFormat | None) -> FileFormat:
    if b"opendocument.spreadsheet" in head[:200]:
        return "ods"
    if said in WORKBOOKS:
        return "xlsx" if said == "xls" else said or "xlsx"
    return "xlsx" if _OFFICE.search(head) else "zip"


def _decode_wide(head: bytes) -> bytes:
    """The first bytes of text without the zero bytes of UTF-16."""
    return head[2:].replace(b"\0", b"") if head.startswith((b"\xff\xfe", b"\xfe\xff")) else head
