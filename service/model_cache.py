"""LRU cache of loaded models, bounded in bytes.

A model is immutable, so a cached one is never stale. Of models larger than the whole cache the last one stays loaded.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from learning.model import Model
from service.counters import Metrics
from service.http.errors import ProblemError

MAX_LOADS: Final = 2
"""The maximum number of models that are loaded at once; each may have a gigabyte."""
MAX_LOAD_WAIT_SECONDS: Final = 10.0
HEADER_MEMORY_RATIO: Final = 6
"""The bytes that a loaded model takes for each byte of its header: four to five for thousands of columns or items."""


@dataclass(frozen=True)
class _Entry:
    model: Model
    size: int


class ModelCache:
    """A thread-safe LRU cache of models; concurrent requests for a model load it once.

    A model that is larger than the capacity is kept beside the others until another such one is loaded.

    Args:
        capacity: The maximum bytes of all cached models; 0 caches none.
        metrics: Counters of hits, misses and bytes.
    """

    def __init__(self, capacity: int, metrics: Metrics) -> None:
        self._capacity = capacity
        self._metrics = metrics
        self._size = 0
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._loading: dict[str, Future[Model]] = {}
        self._oversized: tuple[str, _Entry] | None = None
        self._lock = threading.Lock()
        self._loads = threading.BoundedSemaphore(MAX_LOADS)

    @property
    def size(self) -> int:
        """The approximate size of the cached models in bytes."""
        return self._size

    def get(self, model_id: str, load_bytes: Callable[[], bytes | memoryview]) -> Model:
        """The model with this id, loaded if it is not cached.

        Raises:
            CorruptModel: the bytes are not those of a model. After an error nothing is cached.
            ProblemError: `unavailable`, if other models are being loaded for long.
        """
        with self._lock:
            if entry := self._entries.get(model_id):
                self._entries.move_to_end(model_id)
                self._metrics.model_cache_hits.inc()
                return entry.model
            if self._oversized and self._oversized[0] == model_id:
                self._metrics.model_cache_hits.inc()
                return self._oversized[1].model
            future: Future[Model] = Future()
            loading = self._loading.setdefault(model_id, future)
        self._metrics.model_cache_misses.inc()
        return self._load(model_id, load_bytes, future) if loading is future else loading.result()

    def _load(self, model_id: str, load_bytes: Callable[[], bytes | memoryview], future: Future[Model]) -> Model:
        try:
            model, size = self._read(load_bytes)
        except BaseException as error:
            with self._lock:
                del self._loading[model_id]
            future.set_exception(error)
            raise
        with self._lock:
            del self._loading[model_id]
            self._insert(model_id, _Entry(model, size))
        future.set_result(model)
        return model

    def _read(self, load_bytes: Callable[[], bytes | memoryview]) -> tuple[Model, int]:
        """The model and the bytes of memory that it takes, while few others are read."""
        if not self._loads.acquire(timeout=MAX_LOAD_WAIT_SECONDS):
            raise ProblemError(
                "unavailable", f"{MAX_LOADS} other models are being loaded; try again.", headers={"Retry-After": "2"}
            )
        try:
            raw = load_bytes()
            model = Model.from_bytes(raw)
            return model, estimate_memory(model, len(raw))
        finally:
            self._loads.release()

    def _insert(self, model_id: str, entry: _Entry) -> None:
        if entry.size > self._capacity:
            self._oversized = (model_id, entry) if self._capacity else None
        else:
            self._entries[model_id] = entry
            self._size += entry.size
        while self._size > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self._size -= oldest.size
        self._metrics.model_cache_bytes.set(self._size + (self._oversized[1].size if self._oversized else 0))


def estimate_memory(model: Model, raw_bytes: int) -> int:
    """The bytes of memory that a loaded model of so many bytes takes: its weights, and its header as objects."""
    weights = 4 * model.header.parameter_count
    return weights + HEADER_MEMORY_RATIO * (raw_bytes - weights)
