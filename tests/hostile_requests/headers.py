"""Paths, hosts, headers, filters and cursors that are long, odd, or new each time."""

import base64
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from tests.hostile_requests.request import HostileRequest
from tests.hostile_requests.targets import Targets

LISTS: Final = ("/v1/datasets", "/v1/jobs", "/v1/models")
TIMES: Final = 150


def long_paths(_: Targets) -> Iterator[HostileRequest]:
    """Long paths, each of them new."""
    for name, text in {
        "letters": "a" * 60_000,
        "an emoji and letters": quote("\U0001f600") + "a" * 60_000,
        "emoji": quote("\U0001f600" * 5000),
        "slashes": "/a" * 30_000,
        "encoded slashes": "%2f" * 20_000,
        "dots": "../" * 20_000,
    }.items():
        for kind in LISTS:
            yield HostileRequest(f"GET {kind}/ and {name}", "GET", f"{kind}/{{number}}{text}", times=TIMES)
    wrong = {"Authorization": "Bearer gr_wrong"}
    for name, text in {"an emoji and letters": quote("\U0001f600") + "a" * 60_000, "letters": "b" * 60_000}.items():
        yield HostileRequest(
            f"without a key: {name}", "GET", f"/v1/models/{{number}}{text}", headers=wrong, times=10 * TIMES
        )


def long_headers(_: Targets) -> Iterator[HostileRequest]:
    """Headers as long as the server takes them, each of them new."""
    for header, text in {
        "Host": "a" * 60_000 + ".localhost",
        "Accept": "text/csv;q=0.1," * 4000,
        "Accept-Encoding": "gzip;q=0.1," * 5000,
        "Prefer": "wait=1," * 8000,
        "If-None-Match": '"aaaa",' * 8000,
        "Range": "bytes=" + "0-0," * 15_000,
        "Cookie": "a=b; " * 12_000,
        "X-Request-Id": "x" * 60_000,
        "Idempotency-Key": "x" * 60_000,
        "Last-Event-ID": "9" * 60_000,
        "X-Forwarded-For": "127.0.0.1, " * 5000,
        "Origin": "http://" + "a" * 60_000,
        "User-Agent": "\xff" * 60_000,
        "Authorization": "Bearer gr_" + "x" * 60_000,
    }.items():
        yield HostileRequest(
            f"a long {header}", "GET", "/v1/datasets?limit=1", headers={header: f"{text}{{number}}"}, times=TIMES // 3
        )


def odd_filters(_: Targets) -> Iterator[HostileRequest]:
    """Filters of lists that match nothing, and queries with too much in them."""
    for kind in LISTS:
        for name, query in {
            "60,000 letters": "name=" + "a" * 60_000,
            "10,000 states": "status=" + ",".join(["queued"] * 8000),
            "10,000 unknown fields": "&".join(f"f{number}=1" for number in range(7000)),
            "a field 10,000 times": "&".join(["limit=1"] * 7000),
            "encoded zeros": "name=" + "%00" * 20_000,
            "patterns": "name=" + quote("%_\\" * 80),
        }.items():
            yield HostileRequest(f"GET {kind}: {name}", "GET", f"{kind}?{query}")


def odd_cursors(targets: Targets) -> Iterator[HostileRequest]:
    """Cursors that were not given out."""
    encoded = base64.urlsafe_b64encode(b'{"a":' * 5000).decode().rstrip("=")
    for kind in LISTS:
        for name, cursor in {
            "60,000 letters": "x" * 60_000,
            "encoded JSON": encoded,
            "a far number": "9" * 4000,
            "of another kind": targets.wide_dataset,
        }.items():
            yield HostileRequest(f"GET {kind}: a cursor of {name}", "GET", f"{kind}?after={cursor}")
    for name, query in {"far": f"after={2**53}", "too far": f"after={2**64}", "many": "limit=1000000"}.items():
        yield HostileRequest(f"rows: {name}", "GET", f"/v1/datasets/{targets.wide_dataset}/rows?{query}")
        yield HostileRequest(f"issues: {name}", "GET", f"/v1/datasets/{targets.wide_dataset}/issues?{query}")


FAMILIES: Final = (long_paths, long_headers, odd_filters, odd_cursors)
