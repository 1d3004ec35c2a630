"""A corpus of hostile tables, a few megabytes at most: each may be refused or read, quickly, and nothing more.

Every one is built when asked for, from a fixed seed, so that a failure can be seen again.
"""

import gzip
import json
import random
import string
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Final

import polars as pl
from PIL import Image

from tests.pictures import cats_and_dogs, draw, png, save, tar_of, zip_of
from tests.workbooks import write_xlsx, write_zip

SIZE: Final = 4 * 2**20
"""As much as a service reads within an upload, unless it is told otherwise."""


def _repeat_line(line: bytes, header: bytes = b"a,b,c\n") -> bytes:
    """A table of one line again and again."""
    return header + line * ((SIZE - len(header)) // len(line))


def _noise(letters: str) -> bytes:
    chance = random.Random(7)
    return "".join(chance.choices(letters, k=SIZE - 100)).encode()


def _parquet(table: pl.DataFrame) -> bytes:
    file = BytesIO()
    table.write_parquet(file)
    return file.getvalue()


def _corrupt(data: bytes) -> bytes:
    """The bytes with some of them changed, here and there."""
    chance, changed = random.Random(7), bytearray(data)
    for _ in range(len(data) // 50 + 1):
        changed[chance.randrange(4, len(data) - 8)] = chance.randrange(256)
    return bytes(changed)


def _nested_zip() -> bytes:
    data = bytes(2**20)
    for _ in range(4):
        data = zip_of({"a/1.png": data})
    return data


def _small_table() -> pl.DataFrame:
    return pl.DataFrame({"a": range(1000), "b": [f"word {number % 7}" for number in range(1000)]})


def _gzip_of_gzip() -> bytes:
    data = bytes(50 * 2**20)
    for _ in range(3):
        data = gzip.compress(data, 9, mtime=0)
    return data


CSV: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"a",
    "only line feeds": lambda: b"\n" * SIZE,
    "only carriage returns": lambda: b"\r" * SIZE,
    "only blanks": lambda: b" " * SIZE,
    "only commas": lambda: b"," * SIZE,
    "only quotes": lambda: b'"' * SIZE,
    "an odd number of quotes": lambda: b'"' * (SIZE - 1),
    "only zero bytes": lambda: bytes(SIZE),
    "zero bytes in cells": lambda: _repeat_line(b"1,\0x,2\n"),
    "every byte there is": lambda: _repeat_line(bytes(range(256))),
    "only a header": lambda: b"a,b,c\n",
    "only a byte order mark": lambda: b"\xef\xbb\xbf",
    "two byte order marks": lambda: b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n",
    "UTF-16 with a mark": lambda: "a,b\n1,é\n".encode("utf-16"),
    "UTF-16 cut in a letter": lambda: "a,b\n1,é\n".encode("utf-16")[:-1],
    "UTF-16 of halves of pairs": lambda: b"\xff\xfea\x00\n\x00" + b"\x00\xd8" * (SIZE // 2),
    "UTF-32": lambda: "a,b\n1,2\n".encode("utf-32"),
    "bytes that are no UTF-8": lambda: _repeat_line(b"\xff\xfe\xfd,\xc0\x80,\xed\xa0\x80\n"),
    "surrogates in UTF-8": lambda: _repeat_line(b"\xed\xa0\x80,1,2\n"),
    "100,000 columns": lambda: _wide(100_000),
    "10,000 columns": lambda: _wide(10_000),
    "10,000 columns of one name": lambda: b"a," * 9_999 + b"a\n" + (b"1," * 9_999 + b"1\n") * 20,
    "10,000 columns without a name": lambda: b"," * 9_999 + b"\n" + (b"1," * 9_999 + b"1\n") * 20,
    "names that collide when renamed": lambda: (
        ",".join(f"a_{number}" if number % 2 else "a" for number in range(10_000)).encode()
        + b"\n"
        + b"1," * 9_999
        + b"1\n"
    ),
    "a name of a megabyte": lambda: b"a" * 2**20 + b",b\n1,2\n",
    "one line": lambda: b"a" * SIZE,
    "one line below a header": lambda: b"a,b\n" + b"1" * (SIZE - 4),
    "a quote that is never closed": lambda: b'a,b\n"' + _repeat_line(b"1,2\n", b""),
    "a quote opened in every line": lambda: _repeat_line(b'"1,2,3\n'),
    "a quote within every cell": lambda: _repeat_line(b'1",2"3,"4"5\n'),
    "quotes that swallow lines": lambda: _repeat_line(b'"1\n2",3\n'),
    "lines too short": lambda: _repeat_line(b"1\n"),
    "lines too long": lambda: _repeat_line(b"1,2,3,4\n"),
    "lines of any length": lambda: _repeat_line(b"1\n1,2,3\n1,2\n1,2,3,4,5\n\n"),
    "a line in a thousand broken": lambda: _repeat_line(b"1,2,3\n" * 999 + b'"1,2\n'),
    "a broken line in every 64 kB": lambda: _repeat_line(b"1,2,3\n" * 10_900 + b"1\n"),
    "backslashes": lambda: _repeat_line(b'\\"1,\\\\,\\\n'),
    "delimiters by chance": lambda: _noise(',;\t|"\n'),
    "text by chance": lambda: _noise(string.printable),
    "a delimiter named in a line": lambda: b'sep="\n1"2\n',
    "formulas": lambda: _repeat_line(b"=cmd|' /C calc'!A0,@SUM(1+1),-2+3\n"),
    "numbers of a hundred thousand digits": lambda: _repeat_line(b"9" * 100_000 + b",1,2\n"),
    "huge exponents": lambda: _repeat_line(b"1e999999999,-1e400,1e-999999999\n"),
    "no numbers that look like some": lambda: _repeat_line(b"nan,Infinity,-inf\n"),
    "numbers with every sign": lambda: _repeat_line(b"1'000.5,-+1,0x1F\n1e,1.2.3,--5\n"),
    "a different text in every cell": lambda: (
        b"a,b,c\n" + b"".join(b"%x,q%x,z%x\n" % (number, number * 7, number * 13) for number in range(170_000))
    ),
    "dates that are none": lambda: _repeat_line(b"2024-02-30,99/99/9999,0000-00-00\n"),
    "dates of every kind": lambda: _repeat_line(
        b"2024-01-31,31.01.2024,1/2/2024\n1/31/24,2024-01-31T25:00:00Z,12:61\n"
    ),
    "JSON": lambda: json.dumps([{"a": 1}] * 200_000).encode(),
    "brackets": lambda: b"[" * SIZE,
    "HTML": lambda: b"<!doctype html><script>alert(1)</script>" * 1000,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000,
    "gzip that ends too early": lambda: gzip.compress(b"a,b\n1,2\n" * 1000)[:-9],
    "gzip with rubbish behind": lambda: gzip.compress(b"a,b\n1,2\n") + b"rubbish",
    "gzip with a wrong checksum": lambda: gzip.compress(b"a,b\n1,2\n")[:-8] + bytes(8),
    "gzip with nothing in it": lambda: gzip.compress(b""),
    "gzip of a thousand empty files": lambda: gzip.compress(b"") * 1000,
    "only the head of gzip": lambda: b"\x1f\x8b",
    "a gzip bomb": lambda: gzip.compress(bytes(300 * 2**20), 9),
    "a gzip bomb of commas": lambda: gzip.compress(b"a,b\n" + b"1,2\n" * (60 * 2**20), 9),
    "gzip in gzip": _gzip_of_gzip,
    "zstandard": lambda: b"\x28\xb5\x2f\xfd" + bytes(100),
    "a zip file": lambda: b"PK\x03\x04" + bytes(1000),
}
"""Bytes that come as text/csv, by what is odd about them."""


def _wide(columns: int) -> bytes:
    names = ",".join(f"c{number}" for number in range(columns)).encode()
    return names + b"\n" + (b"1," * (columns - 1) + b"1\n") * 10


NDJSON: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "empty objects": lambda: b"{}\n" * (SIZE // 3),
    "no object": lambda: b"1\n[]\nnull\n" * 100_000,
    "not JSON": lambda: b"{" * SIZE,
    "not JSON in every line": lambda: b'{"a": \n' * (SIZE // 7),
    "100,000 brackets": lambda: b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
    "100,000 braces": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n",
    "nested in every line": lambda: (b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}\n") * 4000,
    "a key twice": lambda: b'{"a": 1, "a": 2}\n' * 200_000,
    "NaN and Infinity": lambda: b'{"a": NaN, "b": Infinity, "c": -Infinity}\n' * 90_000,
    "huge integers": lambda: (b'{"a": ' + b"9" * 100_000 + b"}\n") * 40,
    "huge exponents": lambda: b'{"a": 1e999999999, "b": -1e999}\n' * 120_000,
    "half a surrogate pair": lambda: b'{"a": "\\ud800", "\\udfff": 1}\n' * 120_000,
    "zero bytes in text": lambda: b'{"a": "\\u0000", "b\\u0000": "\0"}\n' * 100_000,
    "a new key in every line": lambda: b"".join(b'{"k%d": 1}\n' % number for number in range(200_000)),
    "9,000 keys, a few in every line": lambda: b"".join(
        b'{"k%d": 1, "j%d": "x"}\n' % (number % 4500, number % 4500) for number in range(150_000)
    ),
    "a key of a megabyte": lambda: b'{"' + b"a" * 2**20 + b'": 1}\n',
    "100,000 keys in a line": lambda: json.dumps({f"k{number}": number for number in range(100_000)}).encode(),
    "every type in one column": lambda: b'{"a": 1}\n{"a": "x"}\n{"a": true}\n{"a": null}\n{"a": {"b": [1]}}\n' * 60_000,
    "a byte order mark": lambda: b'\xef\xbb\xbf{"a": 1}\n',
    "UTF-16": lambda: '{"a": 1}\n'.encode("utf-16"),
    "lines of blanks": lambda: b" \n" * (SIZE // 2),
}
"""Bytes that come as application/x-ndjson."""


PARQUET: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "only the mark": lambda: b"PAR1",
    "two marks": lambda: b"PAR1PAR1",
    "a footer of four gigabytes": lambda: b"PAR1" + bytes(100) + b"\xff\xff\xff\xff" + b"PAR1",
    "a footer of zeros": lambda: b"PAR1" + bytes(1000) + (900).to_bytes(4, "little") + b"PAR1",
    "a footer of ones": lambda: b"PAR1" + b"\xff" * 1000 + (900).to_bytes(4, "little") + b"PAR1",
    "a CSV": lambda: b"a,b\n1,2\n",
    "cut in the middle": lambda: _parquet(_small_table())[:1000],
    "bytes changed by chance": lambda: _corrupt(_parquet(_small_table())),
    "a bomb of one value": lambda: _parquet(pl.select(pl.repeat(0, 50_000_000, dtype=pl.Int64).alias("a"))),
    "a bomb of one long text": lambda: _parquet(pl.select(pl.repeat("a" * 100_000, 20_000).alias("a"))),
    "10,000 columns": lambda: _parquet(pl.DataFrame({f"c{number}": [1, 2] for number in range(10_000)})),
    "20,000 columns": lambda: _parquet(pl.DataFrame({f"c{number}": [1] for number in range(20_000)})),
    "no columns": lambda: _parquet(pl.DataFrame()),
    "no rows": lambda: _parquet(_small_table().head(0)),
    "deep lists": lambda: _parquet(_create_nested_frame(30)),
    "NaN and infinity": lambda: _parquet(pl.DataFrame({"a": [float("nan"), float("inf"), float("-inf")]})),
    "encrypted": lambda: b"PARE" + bytes(1000) + b"PARE",
}
"""Bytes that come as application/vnd.apache.parquet."""


OTHER: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "a cell far away": lambda: write_xlsx({"One": [["a"], [1]]}, far="XFD1048576"),
    "a thousand sheets": lambda: write_xlsx({f"S{number}": [["a"], [1]] for number in range(1000)}),
    "a workbook cut in the middle": lambda: write_xlsx({"One": [["a"], [1]] * 500})[:2000],
    "bytes of a workbook changed by chance": lambda: _corrupt(write_xlsx({"One": [["a"], [1]] * 500})),
    "a sheet of a hundred megabytes": lambda: write_zip(
        {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": bytes(100 * 2**20)}
    ),
    "a document of text": lambda: write_zip({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}),
    "an old workbook of zeros": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10_000),
    "an old workbook by chance": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(7).randbytes(100_000),
    "a page of open tags": lambda: b"<table>" + b"<td colspan=1000 rowspan=1000>" * 100_000,
    "a page of comments": lambda: b"<table>" + b"<!--" * (SIZE // 4),
    "an array that is never closed": lambda: b"[" + b'{"a":1},' * (SIZE // 8),
    "an array of brackets": lambda: b"[" * SIZE,
    "a picture of 900 million pixels": lambda: zip_of({"a/1.png": save(Image.new("1", (30_000, 30_000)))}),
    "a picture of 100,000 x 1 pixels": lambda: zip_of({"a/1.png": save(Image.new("1", (100_000, 1)))}),
    "pictures of zeros": lambda: zip_of({f"a/{number}.png": bytes(15 * 2**20) for number in range(30)}),
    "pictures that are another archive": lambda: zip_of({f"a/{number}.png": _nested_zip() for number in range(3)}),
    "pictures cut in the middle": lambda: zip_of(cats_and_dogs(20))[:-3000],
    "pictures changed by chance": lambda: _corrupt(zip_of(cats_and_dogs(20), zipfile.ZIP_STORED)),
    "forty thousand empty pictures": lambda: zip_of(dict.fromkeys(map("a/{}.png".format, range(40_000)), b"")),
    "names that lead elsewhere": lambda: zip_of({f"../../{'../' * n}etc/{n}.png": png(n) for n in range(9)}),
    "drawings": lambda: zip_of({"a/1.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'}),
    "a picture that is a page too": lambda: zip_of({"a/1.jpg": save(draw(), "JPEG") + b"<script>alert(1)</script>"}),
    "an archive behind another": lambda: tar_of({}) + tar_of({"a/1.png": png()}),
    "sparse rows": lambda: _repeat_line(b"1 1:2 7:3\n", b""),
    "quotes in ARFF": lambda: b"@relation x\n@attribute a string\n@data\n" + b"'\\" * (SIZE // 2),
}
"""Bytes that come as application/octet-stream."""


def _create_nested_frame(levels: int) -> pl.DataFrame:
    column = pl.Series("a", [1, 2, 3])
    for _ in range(levels):
        column = column.implode()
    return column.to_frame()
