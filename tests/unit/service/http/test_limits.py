"""Rate limits and upload quotas: 429 with a true Retry-After, per owner, without partial effects."""

import gzip
import io
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from contract.settings import Settings
from service.http.errors import ProblemError
from service.http.limits import MAX_CALLERS, OwnerLimits, TokenBuckets
from tests.unit.service.keys.test_keys import bearer, make

CSV = b"a,b\n1,2\n3,4\n"
KNOWN = "gr_" + "x" * 43


class Clock:
    """Time that passes when the test says so."""

    now = 1e6

    def __call__(self) -> float:
        return self.now


def too_many(answer: TestResponse) -> int:
    """The seconds to wait that a refusal names, after a look at the rest of it."""
    assert answer.status_code == 429, answer.text
    assert answer.content_type == "application/problem+json"
    document = answer.get_json()
    assert document["type"] == "/problems/too-many-requests"
    seconds = int(answer.headers["Retry-After"])
    assert f"{seconds:,} s" in document["detail"]
    return seconds


def test_a_bucket_allows_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, 60.0, clock)

    assert [buckets.take("ann") for _ in range(60)] == [0.0] * 60
    assert buckets.take("ann") == pytest.approx(1.0)
    assert buckets.seconds_until("ann", 30) == pytest.approx(30.0)
    assert buckets.take("bob") == 0.0

    clock.now += 1.0
    assert buckets.take("ann") == 0.0
    assert buckets.take("ann") == pytest.approx(1.0)
    clock.now += 1e5
    assert buckets.take("ann", 60) == 0.0
    assert buckets.take("ann") > 0


@given(st.integers(1, 10**12), st.lists(st.tuples(st.integers(0, 10**12), st.floats(0, 4000)), max_size=20))
def test_after_retry_after_a_bucket_allows_a_request_and_never_more_than_its_rate(
    size: int, asked: list[tuple[int, float]]
) -> None:
    clock = Clock()
    buckets = TokenBuckets(size, 3600.0, clock)
    began, given_out = clock.now, 0
    for amount, pause in asked:
        amount %= size + 1  # noqa: PLW2901 - more than it holds is never asked of a bucket
        clock.now += pause
        wait = buckets.take("ann", amount)
        if wait:
            assert buckets.seconds_until("ann", amount) == wait
            clock.now += math.ceil(wait)
            assert buckets.take("ann", amount) == 0.0
        given_out += amount
        assert given_out <= size + size * (clock.now - began) / 3600.0 + size * 1e-8 + 1


def test_refunded_units_can_be_taken_again() -> None:
    buckets = TokenBuckets(100, 60.0, Clock())
    buckets.take("ann", 100)
    buckets.refund("ann", 40)
    buckets.refund("nobody", 40)

    assert buckets.take("ann", 40) == 0.0
    assert buckets.take("ann", 1) > 0


def test_a_bucket_without_a_size_is_unlimited() -> None:
    buckets = TokenBuckets(0, 60.0, Clock())

    assert buckets.take("ann", 10**18) == buckets.take("ann", 10**18) == 0.0


def test_many_callers_take_bounded_memory_and_the_heaviest_stay_limited() -> None:
    buckets = TokenBuckets(10, 60.0, Clock())
    buckets.take("greedy", 10)
    for number in range(3 * MAX_CALLERS):
        buckets.take(f"caller {number}")

    assert len(buckets._full_at) <= MAX_CALLERS
    assert buckets.take("greedy") > 0


def test_concurrent_threads_share_the_limit() -> None:
    buckets = TokenBuckets(1000, 1e9)
    got: list[float] = []

    def ask() -> None:
        got.extend([buckets.take("ann") for _ in range(500)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0.0) == 1000


def test_an_owner_over_the_rate_limit_is_refused_and_others_are_not(make_app: Callable[..., Flask]) -> None:
    client = make_app(requests_per_minute=4).test_client()
    admin = make(client, ["admin"])["key"]
    ann = make(client, ["read"], admin, owner="ann")["key"]
    again = make(client, ["read"], admin, owner="ann")["key"]

    answers = [client.get("/v1/models", headers=bearer(key)) for key in (ann, again, ann, again, ann)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert 1 <= too_many(answers[-1]) <= 15
    assert "4 requests a minute" in answers[-1].get_json()["detail"]
    assert client.get("/v1/datasets/ds_1", headers=bearer(ann)).status_code == 429
    assert client.get("/v1/models", headers=bearer(admin)).status_code == 200
    for public in ("/healthz", "/readyz", "/openapi.json", "/docs", "/problems"):
        assert client.get(public, headers=bearer(ann)).status_code == 200


def upload(client: FlaskClient, raw: bytes = CSV, **more: Any) -> TestResponse:
    return client.post("/v1/datasets", data=raw, content_type=more.pop("kind", "text/csv"), **more)


def chunked_environ(raw: io.BytesIO) -> dict[str, Any]:
    return {"wsgi.input": raw, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


def nothing_more_is_kept(tmp_path: Path, datasets: int) -> None:
    assert sum(path.is_file() for path in (tmp_path / "files").rglob("*")) == 2 * datasets


class Unread:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("was read")


def test_an_upload_over_the_remaining_quota_is_refused_unread(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    client = make_app(upload_bytes_per_hour=2 * len(CSV)).test_client()
    assert upload(client).status_code == 201

    longer = str(len(CSV) + 1)
    refused = client.post(
        "/v1/datasets",
        content_type="text/csv",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": longer},
    )

    assert 100 < too_many(refused) <= math.ceil(3600 / (2 * len(CSV)))
    assert f"{2 * len(CSV)} bytes an hour" in refused.get_json()["detail"]
    assert upload(client).status_code == 201
    assert too_many(upload(client)) <= 1800
    nothing_more_is_kept(tmp_path, 2)


def test_a_chunked_upload_over_the_quota_is_cut_off_and_leaves_nothing(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    limit = 4 * 2**20
    client = make_app(upload_bytes_per_hour=limit, inline_read_bytes=0).test_client()
    assert upload(client, b"a,b\n" + b"1,2\n" * 2**19).status_code == 201
    body = io.BytesIO(b"a,b\n" + b"1,2\n" * 2**20)

    refused = client.post("/v1/datasets", content_type="text/csv", environ_overrides=chunked_environ(body))

    assert 0 < too_many(refused) <= 3600
    assert 1.9 * 2**20 < body.tell() < 2.6 * 2**20
    assert sum(path.is_file() for path in (tmp_path / "files").rglob("*")) == 1
    assert len(client.get("/v1/datasets").get_json()["data"]) == 1


def test_an_upload_over_the_whole_quota_is_413(make_app: Callable[..., Flask]) -> None:
    client = make_app(upload_bytes_per_hour=1000).test_client()
    body = io.BytesIO(b"a,b\n" + b"1,2\n" * 2**20)

    declared = upload(client, b"a,b\n" + b"1,2\n" * 1000)
    discovered = client.post("/v1/datasets", content_type="text/csv", environ_overrides=chunked_environ(body))

    assert [(answer.status_code, answer.get_json()["limit"]) for answer in (declared, discovered)] == [(413, 1000)] * 2


@pytest.mark.parametrize("form", ["file", "form", "rows"])
def test_every_way_to_upload_counts(make_app: Callable[..., Flask], form: str) -> None:
    client = make_app(upload_bytes_per_hour=1000).test_client()
    rows = {"rows": [{"a": 1, "b": "x" * 600}]}
    table = f"a,b\n1,{'x' * 600}\n".encode()

    def send() -> TestResponse:
        match form:
            case "file":
                return upload(client, table)
            case "form":
                return client.post("/v1/datasets", data={"file": (io.BytesIO(table), "t.csv")})
            case _:
                return client.post("/v1/datasets", json=rows)

    assert send().status_code == 201
    assert too_many(send()) > 0


def test_an_aborted_upload_counts_by_the_bytes_received(make_app: Callable[..., Flask]) -> None:
    client = make_app(upload_bytes_per_hour=1000).test_client()
    torn = {"wsgi.input": io.BytesIO(b"a,b\n"), "CONTENT_LENGTH": "990"}

    assert client.post("/v1/datasets", content_type="text/csv", environ_overrides=torn).status_code == 400

    assert upload(client, b"a,b\n" + b"1,2\n" * 240).status_code == 201


def test_a_compressed_upload_counts_as_it_is_sent(make_app: Callable[..., Flask]) -> None:
    table = b"a,b\n" + b"1,2\n" * 5000
    zipped = gzip.compress(table)
    assert len(zipped) < 300
    client = make_app(upload_bytes_per_hour=300).test_client()

    assert upload(client, zipped, headers={"Content-Encoding": "gzip"}).status_code == 201


def test_retry_after_of_a_cut_off_upload_covers_the_bytes_received() -> None:
    limits = OwnerLimits(Settings(upload_bytes_per_hour=100))

    def pieces() -> Iterator[bytes]:
        while True:
            yield b"x" * 30

    with limits.count_upload("ann", iter([b"x" * 60]), 60) as source:
        list(source)
    with limits.count_upload("ann", pieces(), None) as source, pytest.raises(ProblemError) as refused:
        list(source)

    assert refused.value.headers["Retry-After"] == "1800"  # 10 bytes are left of the 60 that came


def test_failed_key_attempts_are_rate_limited_by_address_and_valid_keys_still_work(
    make_app: Callable[..., Flask],
) -> None:
    client = make_app(wrong_keys_per_minute=5).test_client()
    admin = make(client, ["admin"])["key"]
    unused = make(client, ["read"], admin)["key"]
    assert client.get("/v1/models", headers=bearer(admin)).status_code == 200
    here = {"REMOTE_ADDR": "127.0.0.1"}

    def guess(number: int, peer: dict[str, str]) -> TestResponse:
        return client.get("/v1/models", headers=bearer(f"gr_{number:043}"), environ_overrides=peer)

    answers = [guess(number, here) for number in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 1 <= too_many(answers[-1]) <= 12
    assert client.get("/v1/models", headers=bearer(admin)).status_code == 200
    assert client.get("/v1/models", headers=bearer(unused)).status_code == 200
    created = make(client, ["read"], admin)["key"]
    assert [client.get("/v1/models", headers=bearer(key)).status_code for key in (created, unused, admin)] == [200] * 3
    assert too_many(guess(6, here)) > 0
    assert guess(7, {"REMOTE_ADDR": "192.0.2.1"}).status_code == 401
    assert client.get("/v1/models").status_code == 401
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_ipv6_addresses_are_limited_by_their_64_bit_prefix(
    make_app: Callable[..., Flask], one: str, other: str, together: bool
) -> None:
    client = make_app(wrong_keys_per_minute=1).test_client()
    make(client, ["admin"])

    statuses = [
        client.get("/v1/models", headers=bearer(KNOWN), environ_overrides={"REMOTE_ADDR": peer}).status_code
        for peer in (one, other)
    ]

    assert statuses == [401, 429 if together else 401]
