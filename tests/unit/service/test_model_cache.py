"""The model cache: one load per model, a limit in bytes, and least recently used eviction."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from learning.errors import CorruptModel
from service.counters import Metrics
from service.model_cache import ModelCache
from tests.unit.service.factories import train_model

BYTES = train_model("price").to_bytes()


class Loads:
    """Counts how often each model is fetched."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def of(self, key: str, data: bytes = BYTES) -> Callable[[], bytes]:
        def load() -> bytes:
            self.keys.append(key)
            return data

        return load


def test_a_model_is_fetched_once() -> None:
    loads, cache = Loads(), ModelCache(10 * len(BYTES), Metrics())

    first, again = (cache.get("a", loads.of("a")) for _ in range(2))

    assert first is again
    assert loads.keys == ["a"]
    assert cache.size == len(BYTES)


def test_the_least_recently_used_model_goes_first() -> None:
    loads, cache = Loads(), ModelCache(2 * len(BYTES), Metrics())

    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, loads.of(key))

    assert loads.keys == ["a", "b", "c", "b"]
    assert cache.size == 2 * len(BYTES)


@pytest.mark.parametrize("capacity", [0, len(BYTES) - 1])
def test_a_model_larger_than_the_cache_is_served_and_not_cached(capacity: int) -> None:
    loads, cache = Loads(), ModelCache(capacity, Metrics())

    for _ in range(2):
        assert cache.get("a", loads.of("a")).target == "price"

    assert loads.keys == ["a", "a"]
    assert cache.size == 0


def test_concurrent_requests_load_a_model_once() -> None:
    cache, started, may_end, fetched = (
        ModelCache(10 * len(BYTES), Metrics()),
        threading.Event(),
        threading.Event(),
        list[str](),
    )

    def load() -> bytes:
        fetched.append("a")
        started.set()
        assert may_end.wait(10)
        return BYTES

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(cache.get, "a", load)
        assert started.wait(10)
        others = [pool.submit(cache.get, "a", load) for _ in range(7)]
        may_end.set()
        models = {id(asked.result()) for asked in [first, *others]}

    assert len(models) == 1
    assert fetched == ["a"]


def test_a_slow_load_does_not_block_other_models() -> None:
    cache, loads, may_end, started = (
        ModelCache(10 * len(BYTES), Metrics()),
        Loads(),
        threading.Event(),
        threading.Event(),
    )

    def slow() -> bytes:
        started.set()
        assert may_end.wait(10)
        return BYTES

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.get, "slow", slow)
        assert started.wait(10)
        assert cache.get("quick", loads.of("quick")).target == "price"
        may_end.set()
        waiting.result()


def test_a_load_that_fails_is_tried_again() -> None:
    loads, cache = Loads(), ModelCache(10 * len(BYTES), Metrics())

    with pytest.raises(CorruptModel):
        cache.get("a", loads.of("a", BYTES[:-1]))

    assert cache.get("a", loads.of("a")).target == "price"
    assert loads.keys == ["a", "a"]
