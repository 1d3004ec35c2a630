"""Models kept ready to predict, up to a number of bytes: the least recently used one goes first.

A model never changes, so what is kept here is never stale; `store.models.lookup` says which model a name means.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from learning.model import Model
from service.operating.counters import Metrics


@dataclass(frozen=True)
class _Entry:
    model: Model
    size: int


class ModelCache:
    """A bounded set of loaded models; many threads may ask at once, and each model is then loaded once.

    Args:
        capacity: how many bytes the models kept may take together; 0 keeps none.
        metrics: where to count what was found here and what was not.
    """

    def __init__(self, capacity: int, metrics: Metrics) -> None:
        self._capacity = capacity
        self._metrics = metrics
        self._size = 0
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._loading: dict[str, Future[Model]] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many bytes the models kept take, about."""
        return self._size

    def get(self, key: str, load: Callable[[], bytes]) -> Model:
        """The model of this key; `load` fetches its bytes if nobody has or does.

        Raises:
            TornModel: if the bytes are not those of a model; whatever `load` raises. Nothing is kept then.
        """
        with self._lock:
            if (model := self._get_entry(key)) is not None:
                return model
            mine: Future[Model] = Future()
            promise = self._loading.setdefault(key, mine)
        self._metrics.model_cache_misses.inc()
        return self._load(key, load, mine) if promise is mine else promise.result()

    def _get_entry(self, key: str) -> Model | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        self._metrics.model_cache_hits.inc()
        return entry.model

    def _load(self, key: str, load: Callable[[], bytes], promise: Future[Model]) -> Model:
        try:
            raw = load()
            model = Model.from_bytes(raw)
        except BaseException as error:
            with self._lock:
                del self._loading[key]
            promise.set_exception(error)
            raise
        with self._lock:
            del self._loading[key]
            self._insert(key, _Entry(model, len(raw)))
        promise.set_result(model)
        return model

    def _insert(self, key: str, entry: _Entry) -> None:
        if entry.size > self._capacity:
            return
        self._entries[key] = entry
        self._size += entry.size
        while self._size > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self._size -= oldest.size
        self._metrics.model_cache_bytes.set(self._size)
