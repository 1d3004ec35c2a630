"""Server-sent events of a job: its status, every epoch, its end; resumed by `Last-Event-ID`.

An event's id is a cursor, `revision-epoch`, of several nets with the epoch of each, that only moves forward. Between
two polls of the database a stream holds no connection to it, so that many readers cost little.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from contract.responses import EpochResponse, JobResponse
from contract.states import TERMINAL, JobStatus

POLL_SECONDS: Final = 0.15
KEEP_ALIVE_SECONDS: Final = 15.0
RETRY_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, order=True)
class Cursor:
    """A position in a job's events: all up to this revision of the job, and this epoch of each net, were sent."""

    revision: int = 0
    epochs: tuple[int, ...] = (0,)

    @classmethod
    def parse(cls, text: str, nets: int = 1) -> "Cursor":
        """The cursor of an event's id; the beginning, if it is not one of a stream of so many nets."""
        numbers = text.split("-")
        if len(numbers) == nets + 1 and all(map(_is_number, numbers)):
            revision, *epochs = map(int, numbers)
            return cls(revision, tuple(epochs))
        return cls(epochs=(0,) * nets)

    def advance(self, place: int, epoch: int) -> "Cursor":
        """The cursor after an epoch of the net in this place."""
        return replace(self, epochs=(*self.epochs[:place], epoch, *self.epochs[place + 1 :]))

    def __str__(self) -> str:
        return "-".join(map(str, (self.revision, *self.epochs)))


@dataclass(frozen=True)
class ReaderState:
    """The state of a reader: the events up to a cursor, and the status sent last on this connection, if any was."""

    cursor: Cursor = Cursor()
    status: JobStatus | None = None


@dataclass(frozen=True)
class Event:
    """One event, and what its reader has after it."""

    kind: Literal["status", "layers", "epoch", "end"]
    data: str
    state: ReaderState

    def __bytes__(self) -> bytes:
        return f"id: {self.state.cursor}\nevent: {self.kind}\ndata: {self.data}\n\n".encode()


def build_events(
    state: ReaderState,
    revision: int,
    job: JobResponse,
    epochs: Sequence[tuple[int, EpochResponse]],
    layers: Mapping[tuple[int, int], str],
    *,
    more: bool,
) -> Iterator[Event]:
    """The events that a reader lacks, in order.

    A status comes before the epochs that follow it; the last status after all epochs, and then the end, whose cursor
    is one revision further, which no other event can have because a job that ended never changes. The layers of an
    epoch come before it, with the cursor of the epoch before: a reader that disconnects in between gets them twice
    rather than never.

    Args:
        state: what the reader has been sent.
        revision: the job's present one.
        job: the job at that revision.
        epochs: the first epochs after the reader's cursor, each after the place of its net from 0; `more` says
            whether there are others beyond.
        layers: by place and epoch, a `contract.training_view.LayersResponse` as JSON, of some of these epochs and of
            those before them.
        more: see `epochs`.
    """
    over = job.status in TERMINAL
    cursor = replace(state.cursor, revision=revision)
    if job.status != state.status and not over:
        yield Event("status", job.model_dump_json(), ReaderState(cursor, job.status))
    status = state.status if over else job.status
    for reached in enumerate(cursor.epochs):
        if reached in layers:
            yield Event("layers", layers[reached], ReaderState(cursor, status))
    for place, answer in epochs:
        if (place, answer.epoch) in layers:
            yield Event("layers", layers[place, answer.epoch], ReaderState(cursor, status))
        cursor = cursor.advance(place, answer.epoch)
        yield Event("epoch", answer.model_dump_json(), ReaderState(cursor, status))
    if over and not more:
        if job.status != state.status:
            yield Event("status", job.model_dump_json(), ReaderState(cursor, job.status))
        yield Event("end", job.model_dump_json(), ReaderState(replace(cursor, revision=revision + 1), job.status))


def stream_events(
    fetch_events: Callable[[ReaderState], Sequence[Event] | None],
    after: Cursor,
    *,
    may_wait: Callable[[], bool],
    poll_seconds: float = POLL_SECONDS,
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
) -> Iterator[bytes]:
    """The events from `after` on, until the end, or until the reader disconnects.

    Args:
        fetch_events: the events that a reader lacks; None once the job is gone.
        after: the cursor of the last event that the reader has.
        may_wait: whether to wait for further events; if not, the reader reconnects by itself, as `retry` tells it.
        poll_seconds: the pause between two polls.
        keep_alive_seconds: after how long without events a comment is sent, so that no proxy closes the connection.
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
