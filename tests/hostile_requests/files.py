"""Uploads that are cheap to send and costly to read."""

import gzip
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import polars as pl

from tests.hostile_requests.request import CSV, JSON, HostileRequest, join_repeated, post_bytes
from tests.hostile_requests.specs import ODD_TEXTS
from tests.hostile_requests.targets import Targets
from tests.workbooks import write_xlsx

NDJSON: Final = "application/x-ndjson"
PARQUET: Final = "application/vnd.apache.parquet"
BINARY: Final = "application/octet-stream"
UPLOAD: Final = "/v1/datasets"
MEBIBYTE: Final = 2**20


def quotes(_: Targets) -> Iterator[HostileRequest]:
    """Quotes that open and close where they should not."""
    for name, line in {
        "a quote that ends and one that opens": b'a","b\n',
        "a quote that opens": b'"a,b\n',
        "a quote that ends": b'a",b\n',
        "three quotes": b'""",b\n',
        "a quote before a blank": b'" ,"\n',
        "quotes in single ones": b"'a\",'b\n",
    }.items():
        for lines in (5000, 80_000):
            yield post_bytes(
                f"CSV: {lines:,} lines of {name}",
                UPLOAD,
                lambda line=line, lines=lines: b"x,y\n" + line * lines,
                CSV,
            )


def wide_headers(_: Targets) -> Iterator[HostileRequest]:
    """Many columns, with names that are alike or odd."""
    for name, names in {
        "10,000 columns of 256 letters": [f"{number}".ljust(256, "m") for number in range(10_000)],
        "10,000 equal columns of 200 letters": ["m" * 200] * 10_000,
        "9,999 columns of endings": [f"a{'_2' * (number % 50)}" for number in range(9_999)],
        **{f"100 columns of {name}": [f"{text}{n}" for n in range(100)] for name, text in ODD_TEXTS.items()},
    }.items():
        yield post_bytes(
            f"CSV: {name}",
            UPLOAD,
            lambda names=names: (",".join(names) + "\n" + ",".join("1" for _ in names)).encode(),
            CSV,
        )


def rows_as_json(_: Targets) -> Iterator[HostileRequest]:
    """Rows as JSON, of a few letters each, or nested."""
    pieces: dict[str, Callable[[int], bytes]] = {
        "empty rows": lambda size: join_repeated(b"{}", size // 3),
        "plain rows": lambda size: join_repeated(b'{"a":1,"b":"x"}', size // 16),
        "rows of lists": lambda size: join_repeated(b'{"a":[[],[],[],[]]}', size // 20),
        "one row of lists": lambda size: b'{"a":[' + join_repeated(b"[]", size // 3) + b"]}",
        "one row of objects": lambda size: b'{"a":[' + join_repeated(b"{}", size // 3) + b"]}",
        "one row of numbers": lambda size: b'{"a":[' + join_repeated(b"1", size // 2) + b"]}",
        "one row of columns": lambda size: (
            b"{" + b",".join(b'"c%d":1' % number for number in range(min(size // 8, 60_000))) + b"}"
        ),
        "rows of new columns": lambda size: b",".join(b'{"c%d":1}' % number for number in range(size // 11)),
        "rows that are none": lambda size: join_repeated(b"1", size // 2),
        "one long text": lambda size: b'{"a":"' + b"\xf0\x9f\x98\x80" * (size // 4) + b'"}',
    }
    for megabytes in (4, 8, 32):
        for name, create in pieces.items():
            body = lambda create=create, megabytes=megabytes: (  # noqa: E731 - built late
                b'{"rows":[' + create(megabytes * MEBIBYTE) + b"]}"
            )
            yield post_bytes(f"JSON: {megabytes} MB of {name}", UPLOAD, body, JSON)
            if megabytes == 32:
                yield post_bytes(
                    f"JSON: gzip of {megabytes} MB of {name}",
                    UPLOAD,
                    lambda body=body: gzip.compress(body(), mtime=0),
                    JSON,
                    **{"Content-Encoding": "gzip"},
                )


def gzip_ratios(_: Targets) -> Iterator[HostileRequest]:
    """Files that become 50, 200 or 900 times as large when they are decompressed."""
    for ratio in (50, 200, 900):
        for media_type, line in ((CSV, b"1,2,3\n"), (NDJSON, b'{"a":1,"b":2}\n')):
            yield post_bytes(
                f"{media_type}: gzip, about {ratio}-fold",
                UPLOAD,
                lambda line=line, ratio=ratio: _compress_to_ratio(line, ratio),
                media_type,
                **{"Content-Encoding": "gzip"},
            )


def nested_lines(_: Targets) -> Iterator[HostileRequest]:
    """NDJSON whose lines are nested, wide, or no objects."""
    for name, line in {
        "30 levels": b'{"a":' * 30 + b"1" + b"}" * 30,
        "400 levels": b'{"a":' * 400 + b"1" + b"}" * 400,
        "1,000 empty lists": b'{"a":[' + join_repeated(b"[]", 1000) + b"]}",
        "1,000 keys": json.dumps({f"k{number}": number for number in range(1000)}).encode(),
        "no object": b"[[[[1]]]]",
        "a long integer": b'{"a":' + b"9" * 4000 + b"}",
        "escaped letters": b'{"a":"' + b"\\u0041" * 300 + b'"}',
    }.items():
        yield post_bytes(
            f"NDJSON: 4 MB of lines of {name}", UPLOAD, lambda line=line: (line + b"\n") * (2**22 // len(line)), NDJSON
        )


def parquet_footers(_: Targets) -> Iterator[HostileRequest]:
    """Parquet files of a few kilobytes that say that they are large."""
    tables: dict[str, Callable[[], pl.DataFrame]] = {
        "3,000 rows of a text of 1 MB": lambda: pl.select(pl.repeat("x" * 10**6, 3000).alias("a")),
        "300 rows of a text of 10 MB": lambda: pl.select(pl.repeat("x" * 10**7, 300).alias("a")),
        "20,000,000 rows of two constants": lambda: pl.select(
            pl.repeat(0, 20_000_000, dtype=pl.Int64).alias("a"), pl.repeat(1.5, 20_000_000).alias("b")
        ),
        "5,000,000 booleans": lambda: pl.select(pl.repeat(value=True, n=5_000_000).alias("a")),
        "5,000 rows of 2,000 constants": lambda: pl.DataFrame({f"c{n}": [1] * 5000 for n in range(2000)}),
        "lists of 1,000,000 numbers": lambda: pl.DataFrame({"a": [[0] * 1_000_000] * 3}),
        "nested structures": lambda: pl.DataFrame({"a": [{"b": {"c": {"d": [{"e": 1}]}}}] * 1000}),
        "names of 10,000 letters": lambda: pl.DataFrame({f"{n}".ljust(10_000, "n"): [1] for n in range(300)}),
    }
    for name, create in tables.items():
        yield post_bytes(f"Parquet: {name}", UPLOAD, lambda create=create: _write_parquet(create()), PARQUET)
    yield post_bytes(
        "Parquet: 10,000 row groups",
        UPLOAD,
        lambda: _write_parquet(pl.DataFrame({"a": range(10_000)}), row_group_size=1),
        PARQUET,
    )


def expanding_files(_: Targets) -> Iterator[HostileRequest]:
    """Small files in which a text or an empty cell stands in many rows."""
    for far in ("CV1048576", "ZZ1048576"):
        yield post_bytes(
            f"XLSX: a cell in {far}", UPLOAD, lambda far=far: write_xlsx({"One": [["a"], [1]]}, far), BINARY
        )
    for cells in (5, 50):
        yield post_bytes(
            f"HTML: {cells} texts of 90,000 letters in 1,000 rows",
            UPLOAD,
            lambda cells=cells: b"<table>" + (b"<tr><td rowspan=1000>" + b"x" * 90_000) * cells + b"<tr><td>1" * 1000,
            BINARY,
        )


def _compress_to_ratio(line: bytes, ratio: int) -> bytes:
    """32 MB of a line, with as many bytes by chance before as the ratio needs."""
    size = 32 * MEBIBYTE
    noise = bytes((number * 2654435761 >> 13) % 256 for number in range(size // ratio))
    return gzip.compress(b"".join((b"a,b,c\n", noise.hex().encode(), b"\n", line * (size // len(line)))), mtime=0)


def _write_parquet(table: pl.DataFrame, row_group_size: int | None = None) -> bytes:
    file = BytesIO()
    table.write_parquet(file, row_group_size=row_group_size)
    return file.getvalue()


FAMILIES: Final = (quotes, wide_headers, rows_as_json, gzip_ratios, nested_lines, parquet_footers, expanding_files)
