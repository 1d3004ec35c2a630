"""Detection of a file's encoding, and decoding to UTF-8 with lines that end in a line feed.

Spreadsheets write UTF-8, UTF-16 or Windows-1252, and a file does not name its encoding; its sender may.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from encodings.aliases import aliases
from typing import BinaryIO, Final

from learning.spelling import cut_name
from tables.formats.magic import SEND_TABLE
from tables.issues import Issue, IssueCollector, UnreadableFile

PIECE_BYTES: Final = 1 << 20
"""The number of bytes read at once, which fit into a processor's cache."""

_HEAD: Final = 1 << 16
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CONTROLS: Final = bytes(sorted(set(range(32)) - set(b"\t\n\r\f\x1a") | {127}))
_REPLACED: Final = "\ufffd".encode()
_OTHER_CODECS: Final = frozenset(
    """
    base64_codec bz2_codec hex_codec idna mbcs oem punycode quopri_codec raw_unicode_escape rot_13 undefined
    unicode_escape unicode_internal uu_codec zlib_codec
    """.split()  # noqa: SIM905 - a list would take a line for each
)
"""Codecs that are no encoding of text in a file."""


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file, after a byte order mark of `bom` bytes."""

    name: str
    bom: int = 0
    is_valid_utf8: bool = False


def detect_encoding(file: BinaryIO, declared: str | None = None) -> Encoding:
    """Detect the encoding by a byte order mark, by the positions of zero bytes, or by decoding the whole file.

    Without a mark, the `declared` encoding is taken, if there is one. A file that is not valid UTF-8 is Windows-1252,
    which includes Latin-1; but with more valid than invalid characters beyond ASCII it is damaged UTF-8.

    Raises:
        UnreadableFile: not-a-table, for binary data; unknown-encoding.
    """
    chosen = find_encoding(declared) if declared else None
    head = file.read(_HEAD)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return _check_utf8(file, len(mark)) if name == "utf-8" else Encoding(name, len(mark))
    if chosen and chosen != "utf-8":
        return Encoding(_choose_byte_order(chosen, head))
    if (wide := _detect_utf16(head)) is not None:
        return wide
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > 3 and controls > len(head) // 100:
        raise UnreadableFile("not-a-table", "The file is binary data, not text.", SEND_TABLE)
    return _check_utf8(file, 0)


def find_encoding(name: str) -> str:
    """The name of Python's codec for an encoding of text.

    Raises:
        UnreadableFile: unknown-encoding.
    """
    known = {key: codec for key, codec in aliases.items() if codec not in _OTHER_CODECS}
    spelling = re.sub(r"[^a-z0-9]+", "_", name.strip().lower().removeprefix("x-")).strip("_")
    try:
        codec = codecs.lookup(name.strip()) if name.isascii() and "\0" not in name else None
    except LookupError:
        codec = None
    if codec is None and spelling in known:
        codec = codecs.lookup(known[spelling])
    if codec is None or codec.name.replace("-", "_") in _OTHER_CODECS or not is_text_codec(codec):
        near = get_close_matches(spelling, [*known, *known.values()], 5, 0.5)
        shown = sorted({codecs.lookup(known.get(found, found)).name for found in near})
        raise UnreadableFile(
            "unknown-encoding",
            f"There is no encoding '{cut_name(name)}'.",
            f"Near names are: {', '.join(shown)}." if shown else "Names are utf-8, windows-1252, shift_jis, gb18030.",
        )
    return codec.name


def is_text_codec(codec: codecs.CodecInfo) -> bool:
    """Whether a codec decodes bytes to text, one piece after another."""
    return bool(codec.incrementaldecoder) and bool(getattr(codec, "_is_text_encoding", True))


def read_pieces(file: BinaryIO, encoding: Encoding, issues: IssueCollector) -> Iterator[bytes]:
    """The text as UTF-8 in arbitrary pieces, with line feeds as line ends; zero bytes are removed and reported."""
    file.seek(encoding.bom)
    decode = codecs.getincrementaldecoder(encoding.name)("replace").decode
    line, carry = 1, b""
    while True:
        raw = file.read(PIECE_BYTES)
        piece = carry + (raw if encoding.is_valid_utf8 else decode(raw, not raw).encode())
        carry = b""
        if raw and piece.endswith(b"\r"):
            piece, carry = piece[:-1], b"\r"
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\0" in piece:
            _report_lines(piece, b"\0", line, "nul_byte", issues)
            piece = piece.replace(b"\0", b"")
        if not encoding.is_valid_utf8 and _REPLACED in piece:
            _report_lines(piece, _REPLACED, line, "undecodable", issues)
        yield piece
        if not raw:
            return
        line += piece.count(b"\n")


def _check_utf8(file: BinaryIO, bom: int) -> Encoding:
    file.seek(bom)
    decoder = codecs.getincrementaldecoder("utf-8")()
    piece, pending = b"", False
    try:
        while piece := file.read(PIECE_BYTES):
            if pending or not piece.isascii():
                decoder.decode(piece)
                pending = bool(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        text = piece.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        valid = sum(not letter.isascii() for letter in text) - broken
        return Encoding("utf-8" if bom or valid > broken else "cp1252", bom)
    return Encoding("utf-8", bom, is_valid_utf8=True)


def _detect_utf16(head: bytes) -> Encoding | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 10 and even < odd // 10:
        return Encoding("utf-16-le")
    if even > len(head) // 10 and odd < even // 10:
        return Encoding("utf-16-be")
    return None


def _choose_byte_order(codec: str, head: bytes) -> str:
    """The codec of a file without a byte order mark, which those of UTF-16 and UTF-32 of no byte order want."""
    if codec == "utf-16":
        wide = _detect_utf16(head)
        return wide.name if wide is not None else "utf-16-le"
    if codec == "utf-32":
        return "utf-32-be" if head.startswith(b"\0\0") else "utf-32-le"
    return codec


def _report_lines(piece: bytes, what: bytes, line: int, code: str, issues: IssueCollector) -> None:
    """Warn of each line of the piece that contains the bytes."""
    for offset, text in enumerate(piece.split(b"\n")):
        if what in text:
            issues.add(Issue(code, "warning", "kept", line=line + offset))
