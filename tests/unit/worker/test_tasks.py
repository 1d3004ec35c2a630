"""A trainer that drains its work leaves nothing of a job in memory."""

import gc
import weakref
from typing import Any

import pytest

from worker import tasks


class Trainer:
    """Something that holds itself, as what trains does over its hooks."""

    def __init__(self) -> None:
        self.hooks = [self]


def test_what_a_job_leaves_in_cycles_is_collected_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    held = list[weakref.ref[Trainer]]()

    def train(_: Any) -> bool:
        if len(held) == 2:
            return False
        assert all(trainer() is None for trainer in held)
        held.append(weakref.ref(Trainer()))
        return True

    monkeypatch.setattr(tasks, "_handlers", lambda: {"train": train})
    gc.disable()
    try:
        tasks._drain("train", None, lambda _: False)  # type: ignore[arg-type]
        assert [trainer() for trainer in held] == [None, None]
    finally:
        gc.enable()
