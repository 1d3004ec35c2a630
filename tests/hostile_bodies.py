"""Hostile bodies: JSON that is none or far too much, and forms that are broken, by what is odd about them."""

import json
from typing import Final

ROUTES: Final = ("/v1/jobs", "/v1/jobs/validate", "/v1/datasets", "/v1/keys", "/v1/models/none/predict")


def _create_wide_object(prefix: str, fields: int) -> bytes:
    """An object of many fields, which is hardly smaller than a spec may be."""
    body = json.dumps(dict.fromkeys([f"{prefix}{number}" for number in range(fields)], 1), separators=(",", ":"))
    assert 900_000 < len(body) < 1_040_000
    return body.encode()


TREES: Final = {
    "nothing": b"",
    "blanks": b" " * 2**20,
    "zero bytes": bytes(1000),
    "half an object": b'{"a": ',
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "100,000 brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 open brackets": b"[" * 100_000,
    "100,000 braces": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "NaN": b'{"a": NaN, "b": Infinity, "c": -Infinity}',
    "an integer of 100,000 digits": b'{"a": ' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"a": 1e999999999, "b": -1e400}',
    "a key twice": b'{"a": 1, "a": 2}',
    "half a surrogate pair": b'{"a": "\\ud800", "\\udfff": 1}',
    "zero bytes in text": b'{"a\\u0000": "\\u0000"}',
    "control characters": b'{"a": "\x01\x02"}',
    "100,000 unknown fields": json.dumps({f"k{number}": number for number in range(100_000)}).encode(),
    "95,000 unknown fields": _create_wide_object("k", 95_000),
    "85,000 fields that look like large numbers": _create_wide_object("1e", 85_000),
    "95,000 unknown fields of a layer": b'{"layers":[%b]}' % _create_wide_object("k", 95_000),
    "a text of a megabyte": b'{"a": "' + b"x" * 2**20 + b'"}',
    "a number": b"1",
    "null": b"null",
    "a list": b"[{}]",
}


def _create_form(*parts: bytes, boundary: bytes = b"X") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


FILE = b'Content-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\na,b\n1,2\n'
FORMS: Final = {
    "nothing": (b"", "X"),
    "no boundary in the header": (_create_form(FILE), ""),
    "a boundary of a thousand letters": (_create_form(FILE), "X" * 1000),
    "another boundary": (_create_form(FILE), "Y"),
    "no end": (_create_form(FILE)[:-10], "X"),
    "10,000 parts": (
        _create_form(*(b'Content-Disposition: form-data; name="f%d"\r\n\r\n1' % number for number in range(10_000))),
        "X",
    ),
    "10,000 files": (_create_form(*[FILE] * 10_000), "X"),
    "a header of two megabytes": (
        _create_form(b"Content-Disposition: form-data; x=" + b"a" * 2**21 + b"\r\n\r\n1"),
        "X",
    ),
    "200,000 headers": (_create_form(b"X-A: b\r\n" * 200_000 + FILE), "X"),
    "a field of two megabytes": (
        _create_form(b'Content-Disposition: form-data; name="name"\r\n\r\n' + b"a" * 2**21),
        "X",
    ),
    "no name": (_create_form(b"Content-Disposition: form-data\r\n\r\n1"), "X"),
    "no headers": (_create_form(b"\r\n1"), "X"),
    "no file": (_create_form(b'Content-Disposition: form-data; name="name"\r\n\r\n1'), "X"),
    "a file without a name": (_create_form(b'Content-Disposition: form-data; name="file"\r\n\r\na,b\n1,2\n'), "X"),
    "boundaries and nothing else": (b"--X\r\n" * 200_000, "X"),
    "line feeds": (b"\r\n" * 2**20, "X"),
    "nested forms": (
        _create_form(b"Content-Type: multipart/mixed; boundary=Y\r\n\r\n" + _create_form(FILE, boundary=b"Y")),
        "X",
    ),
}
