"""Connection slots, by kind and by owner."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from flask import Flask

from service.http.connection_slots import ConnectionSlots, SlotPool, count_threads


def test_an_owner_gets_half_of_the_slots_and_leaves_the_others_to_others() -> None:
    pool = SlotPool(4)
    with ExitStack() as stack:
        assert [stack.enter_context(pool.acquire("one")) for _ in range(3)] == [True, True, False]
        assert [stack.enter_context(pool.acquire(owner)) for owner in ("two", "three", "four")] == [True, True, False]

    with pool.acquire("four") as has_slot:
        assert has_slot


def test_there_is_a_thread_for_each_slot_besides_those_for_quick_requests() -> None:
    slots = ConnectionSlots(8, lambda: False)

    pools = [pool for pool in vars(slots).values() if isinstance(pool, SlotPool)]

    assert count_threads(8) == 8 + sum(pool.slots for pool in pools)


@pytest.mark.parametrize(("body_bytes", "kind"), [(100, "small_bodies"), (100_000, "uploads")])
def test_a_body_is_refused_without_a_slot_of_its_kind(
    make_app: Callable[..., Flask], body_bytes: int, kind: str
) -> None:
    app = make_app(service_threads=2)
    client = app.test_client()
    table = (b"a,b\n" + b"1,2\n" * 25_000)[:body_bytes]

    with getattr(app.extensions["services"].connection_slots, kind).acquire("local") as taken:
        assert taken
        busy = client.post("/v1/datasets", data=table, content_type="text/csv")
        assert (busy.status_code, busy.json["type"]) == (503, "/problems/unavailable")
        assert int(busy.headers["Retry-After"]) > 0
        assert client.get("/v1/datasets").status_code == 200
    assert client.post("/v1/datasets", data=table, content_type="text/csv").status_code == 201


def test_a_download_is_refused_without_a_slot_and_returns_its_own(make_app: Callable[..., Flask]) -> None:
    app = make_app(service_threads=2)
    client = app.test_client()
    dataset = client.post("/v1/datasets", data=b"a,b\n1,2\n", content_type="text/csv").json
    path = f"/v1/datasets/{dataset['id']}/content"

    with app.extensions["services"].connection_slots.downloads.acquire("local"):
        assert client.get(path).status_code == 503
    client.head(path).close()
    assert client.get(path, headers={"Range": "bytes=0-2"}).data == b"a,b"
    assert client.get(path).data == b"a,b\n1,2\n"
