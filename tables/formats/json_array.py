"""Splitter of a JSON array into its values, so that a file of any size is read as one of an object on each line is."""

import re
from collections.abc import Iterator
from typing import Final

from tables.formats.dialect import MAX_ROW_BYTES
from tables.issues import UnreadableFile

ONE_ARRAY: Final = 'Write one array of objects, such as [{"sqft": 1200, "city": "Oslo"}], or one object on each line.'

_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|\{(?:[^{}\[\]"]++|"(?:[^"\\]++|\\.)*+")*+\}|["\[\]{},]', re.DOTALL)
"""A string, an object without brackets in it, or a mark; a quote alone is not closed."""


def split_array(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, list[int]]]:  # noqa: C901, PLR0912 - one loop of tokens
    """Values of a JSON array, each on a line of its own, with the lines of the file on which they begin.

    The pieces are arbitrary parts of the text. What is within a value is not looked at, but for its brackets.

    Raises:
        UnreadableFile: not-json, row-too-long.
    """
    text, line, begun, ended = b"", 1, False, False
    for piece in pieces:
        text += piece
        depth, start, counted = int(begun), 0, 0
        values, lines = list[bytes](), list[int]()
        for token in _TOKEN.finditer(text):
            mark, at = token[0], token.start()
            if mark == b'"':  # not closed yet
                break
            if ended or not (depth or mark == b"["):
                raise _not_json(line + text.count(b"\n", counted, at), "there is text outside of the array")
            if len(mark) > 1:
                continue
            if mark in b"[{":
                depth += 1
                if depth == 1:
                    begun, start = True, token.end()
            elif mark in b"]}":
                depth -= 1
                if not depth and mark == b"}":
                    raise _not_json(line + text.count(b"\n", counted, at), "the array is closed by a brace")
            if depth == 0 or (depth == 1 and mark == b","):
                value = text[start:at].strip()
                if value or mark == b",":
                    first = text.index(value, start)
                    line += text.count(b"\n", counted, first)
                    counted = first
                    values.append(value.replace(b"\n", b" "))
                    lines.append(line)
                start, ended = token.end(), depth == 0
        line += text.count(b"\n", counted, start)
        text = text[start:]
        if len(text) > MAX_ROW_BYTES:
            raise UnreadableFile("row-too-long", f"The value in line {line:,} is longer than 8 MiB.", ONE_ARRAY)
        if values:
            yield b"".join(value + b"\n" for value in values), lines
    if not ended or text.strip():
        raise _not_json(line, "there is text outside of the array" if ended else "the array is not closed")


def _not_json(line: int, fault: str) -> UnreadableFile:
    return UnreadableFile("not-json", f"The file is no JSON array: in line {line:,}, {fault}.", ONE_ARRAY)
