"""A job's story as server-sent events: its state, every epoch, its end; replayed from wherever a reader stopped.

An event's id is `revision-epoch`, a place in the story that only moves forward. Between two looks at the database
nothing is held, so that many readers cost little.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contract.responses import EpochResponse, JobResponse
from contract.states import TERMINAL, JobStatus

POLL_SECONDS: Final = 0.15
KEEP_ALIVE_SECONDS: Final = 15.0
RETRY_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in a job's story: all up to this revision of the job and up to this epoch was told."""

    revision: int = 0
    epoch: int = 0

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The place that an event's id names; the beginning, if it is not one of ours."""
        revision, _, epoch = text.partition("-")
        return cls(int(revision), int(epoch)) if _is_number(revision) and _is_number(epoch) else cls()

    def __str__(self) -> str:
        return f"{self.revision}-{self.epoch}"


@dataclass(frozen=True)
class ReaderState:
    """What a reader knows: the story up to a place, and the state told last, if any was told on this connection."""

    cursor: Cursor = Cursor()
    status: JobStatus | None = None


@dataclass(frozen=True)
class Event:
    """One event, and what its reader knows after it."""

    kind: Literal["status", "layers", "epoch", "end"]
    data: str
    state: ReaderState

    def __bytes__(self) -> bytes:
        return f"id: {self.state.cursor}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


def build_events(
    state: ReaderState,
    revision: int,
    job: JobResponse,
    epochs: Sequence[EpochResponse],
    layers: Mapping[int, str],
    *,
    more: bool,
) -> Iterator[Event]:
    """What a reader has not heard yet, in order.

    A state is told before the epochs that follow it; a last state after all epochs, and then the end, which stands
    one revision further, where nothing else can stand because a job that ended never changes. What is known of the
    layers after an epoch is told before it, at the place of the epoch before: a reader who stops in between hears it
    twice, and never not at all.

    Args:
        state: what the reader has been sent.
        revision: the job's present one.
        job: the job at that revision.
        epochs: the epochs after the place heard of, or the first of them.
        layers: by epoch, a `contract.training_view.LayersResponse` as JSON, of some of these epochs and one before.
        more: whether there are epochs beyond these.
    """
    over = job.status in TERMINAL
    epoch = state.cursor.epoch
    if job.status != state.status and not over:
        yield Event("status", job.model_dump_json(), ReaderState(Cursor(revision, epoch), job.status))
    status = state.status if over else job.status
    if epoch in layers:
        yield Event("layers", layers[epoch], ReaderState(Cursor(revision, epoch), status))
    for answer in epochs:
        if answer.epoch in layers:
            yield Event("layers", layers[answer.epoch], ReaderState(Cursor(revision, epoch), status))
        epoch = answer.epoch
        yield Event("epoch", answer.model_dump_json(), ReaderState(Cursor(revision, epoch), status))
    if over and not more:
        if job.status != state.status:
            yield Event("status", job.model_dump_json(), ReaderState(Cursor(revision, epoch), job.status))
        yield Event("end", job.model_dump_json(), ReaderState(Cursor(revision + 1, epoch), job.status))


def stream_events(
    fetch_events: Callable[[ReaderState], Sequence[Event] | None],
    after: Cursor,
    *,
    may_wait: Callable[[], bool],
    poll_seconds: float = POLL_SECONDS,
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
) -> Iterator[bytes]:
    """The story from `after` on, until its end, or until the reader goes.

    Args:
        fetch_events: the events that a reader lacks; None once the job is gone.
        after: where the reader stopped.
        may_wait: whether to wait for what will happen; if not, the reader comes again by itself, as `retry` tells it.
        poll_seconds: how long to wait between two looks.
        keep_alive_seconds: after how long a silence a comment is sent, so that nobody on the way hangs up.
    """
    state = ReaderState(after)
    sent_at = time.monotonic()
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    while (events := fetch_events(state)) is not None:
        if events:
            yield b"".join(map(bytes, events))
            state = events[-1].state
            sent_at = time.monotonic()
            if events[-1].kind == "end":
                return
            continue
        if not may_wait():
            return
        if time.monotonic() - sent_at >= keep_alive_seconds:
            yield b": keep-alive\n\n"
            sent_at = time.monotonic()
        time.sleep(poll_seconds)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
