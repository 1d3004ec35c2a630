"""The model cache: one load per model, a limit in bytes, and least recently used eviction."""

import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from learning.data.prepare import prepare
from learning.errors import CorruptModel
from learning.frame import Frame, NumericColumn
from learning.model import Model, create_model
from learning.nn.layers import Dense
from service.counters import Metrics
from service.http.errors import ProblemError
from service.model_cache import MAX_LOADS, ModelCache, estimate_memory
from tests.unit.service.factories import fit_net, train_model

BYTES = train_model("price").to_bytes()
SIZE = estimate_memory(Model.from_bytes(BYTES), len(BYTES))


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
    loads, cache = Loads(), ModelCache(10 * SIZE, Metrics())

    first, again = (cache.get("a", loads.of("a")) for _ in range(2))

    assert first is again
    assert loads.keys == ["a"]
    assert cache.size == SIZE


def test_the_least_recently_used_model_goes_first() -> None:
    loads, cache = Loads(), ModelCache(2 * SIZE, Metrics())

    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, loads.of(key))

    assert loads.keys == ["a", "b", "c", "b"]
    assert cache.size == 2 * SIZE


def test_a_cache_without_capacity_keeps_none() -> None:
    loads, cache = Loads(), ModelCache(0, Metrics())

    for _ in range(2):
        assert cache.get("a", loads.of("a")).targets == ("price",)

    assert loads.keys == ["a", "a"]
    assert cache.size == 0


def test_of_models_larger_than_the_cache_the_last_one_is_kept() -> None:
    loads, metrics = Loads(), Metrics()
    cache = ModelCache(SIZE - 1, metrics)

    for key in ("a", "a", "b", "b", "a"):
        assert cache.get(key, loads.of(key)).targets == ("price",)
        assert next(iter(metrics.model_cache_bytes.collect())).samples[0].value == SIZE

    assert loads.keys == ["a", "b", "a"]
    assert cache.size == 0


def test_few_models_are_loaded_at_once_and_others_are_refused_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.model_cache.MAX_LOAD_WAIT_SECONDS", 0.01)
    cache, may_end, started = ModelCache(10 * SIZE, Metrics()), threading.Event(), threading.Semaphore(0)

    def slow() -> bytes:
        started.release()
        assert may_end.wait(10)
        return BYTES

    with ThreadPoolExecutor(MAX_LOADS) as pool:
        waiting = [pool.submit(cache.get, f"slow{number}", slow) for number in range(MAX_LOADS)]
        assert all(started.acquire(timeout=10) for _ in waiting)
        with pytest.raises(ProblemError) as refused:
            cache.get("one more", lambda: BYTES)
        may_end.set()
        assert all(asked.result().targets == ("price",) for asked in waiting)

    assert refused.value.kind.status == 503
    assert refused.value.headers == {"Retry-After": "2"}
    assert cache.get("one more", lambda: BYTES).targets == ("price",)


def test_concurrent_requests_load_a_model_once() -> None:
    cache, started, may_end, fetched = (
        ModelCache(10 * SIZE, Metrics()),
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
        ModelCache(10 * SIZE, Metrics()),
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
        assert cache.get("quick", loads.of("quick")).targets == ("price",)
        may_end.set()
        waiting.result()


def test_a_load_that_fails_is_tried_again() -> None:
    loads, cache = Loads(), ModelCache(10 * SIZE, Metrics())

    with pytest.raises(CorruptModel):
        cache.get("a", loads.of("a", BYTES[:-1]))

    assert cache.get("a", loads.of("a")).targets == ("price",)
    assert loads.keys == ["a", "a"]


def test_a_model_of_many_columns_counts_with_the_memory_of_its_header() -> None:
    names = [f"column {number}" for number in range(2000)]
    table = Frame({name: NumericColumn(np.arange(40.0) % 7) for name in [*names, "price"]}, 40)
    prepared = prepare(table, target="price", features=names, seed=0)
    raw = create_model(prepared, fit_net(prepared, [Dense(units=2)], epochs=1)).to_bytes()
    Model.from_bytes(raw)  # what is made once for all models

    tracemalloc.start()
    try:
        cache = ModelCache(2**30, Metrics())
        model = cache.get("wide", lambda: raw)
        model.predict(Frame({name: NumericColumn(np.zeros(1)) for name in names}, 1), 1)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(raw) < 0.5 * taken
    assert 0.5 * taken < cache.size < 2 * taken
