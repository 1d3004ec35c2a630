"""A job's story as it happens: each change of state and each epoch, once and in order, until the job is over.

It is told by server-sent events. When the way breaks it goes on where it stopped, by Last-Event-ID; where events
cannot pass at all (some proxies hold them back) it asks again and again instead.
"""

import time
from collections.abc import Iterator
from typing import TypeVar

import httpx2

from contract.responses import EpochResponse, JobResponse, Page
from contract.states import TERMINAL
from contract.training_view import LayersResponse
from gradus.errors import ProblemError, Unreachable, WaitExpired
from gradus.transport import PATIENCE, Connection, backoff, parse_json, reason

SILENCE = 40.0  # seconds; the server sends a sign of life every 15
STEP = 1.0  # seconds between two looks where there are no events
ABSENCE = 20.0  # seconds that a server may be away, to start again
FRUITLESS = 4  # streams in a row without one event, before asking instead

Told = JobResponse | EpochResponse
E = TypeVar("E", EpochResponse, LayersResponse)


class Following:
    """What one reader has heard of one job."""

    def __init__(self, connection: Connection, job_id: str, *, after_epoch: int, timeout: float | None) -> None:
        self._connection = connection
        self._id = job_id
        self._until = None if timeout is None else time.monotonic() + timeout
        self._epoch = after_epoch
        self._event_id = ""
        self._over = False

    def __iter__(self) -> Iterator[Told]:
        """The job at each change of state, each epoch after `after_epoch`, and last the job in its last state.

        Raises:
            WaitExpired: the timeout is over and the job is not.
            Unreachable: the server is gone for good.
            NotFound: the job is gone.
        """
        fruitless = 0
        heard = time.monotonic()
        while not self._over and fruitless < FRUITLESS:
            before = self._event_id
            try:
                yield from self._streamed()
                heard = time.monotonic()
            except httpx2.ConnectError as error:
                if time.monotonic() - heard > (ABSENCE if self._event_id else 0.0):
                    raise Unreachable(self._connection.url, reason(error)) from error
                self._pause(STEP)
                continue
            except httpx2.TransportError:
                heard = time.monotonic()
            except ProblemError as error:
                if error.status not in {405, 406, 429, 501, 502, 503, 504}:
                    raise
                self._pause(min(error.retry_after or 0.0, PATIENCE))
            fruitless = 0 if self._event_id != before else fruitless + 1
            if not self._over:
                self._pause(backoff(fruitless))
        if not self._over:
            yield from self._polled()

    def _streamed(self) -> Iterator[Told]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._event_id:
            headers["Last-Event-ID"] = self._event_id
        silence = SILENCE if self._until is None else max(0.1, min(SILENCE, self._until - time.monotonic()))
        with self._connection.stream(f"/v1/jobs/{self._id}/events", headers=headers, silence=silence) as response:
            if response.status_code == 204:
                yield from self._ended()
                return
            for event in httpx2.EventSource(response):
                self._check_time()
                yield from self._understood(event)
                self._event_id = event.id
                if self._over:
                    return

    def _understood(self, event: httpx2.ServerSentEvent) -> Iterator[Told]:
        match event.event:
            case "epoch":
                epoch = parse_json(EpochResponse, event.data)
                if epoch.epoch > self._epoch:
                    self._epoch = epoch.epoch
                    yield epoch
            case "status":
                yield parse_json(JobResponse, event.data)
            case "end":
                yield from self._ended()
            case _:
                pass  # a newer server tells more than this client knows

    def _ended(self) -> Iterator[Told]:
        self._over = True
        yield self._connection.read(JobResponse, "GET", f"/v1/jobs/{self._id}")

    def _polled(self) -> Iterator[Told]:
        status = ""
        while True:
            job = self._connection.read(JobResponse, "GET", f"/v1/jobs/{self._id}")
            for epoch in epochs_after(self._connection, self._id, self._epoch):
                self._epoch = epoch.epoch
                yield epoch
            if job.status != status:
                status = job.status
                yield job
            if job.status in TERMINAL:
                self._over = True
                return
            self._pause(STEP)

    def _pause(self, seconds: float) -> None:
        self._check_time()
        left = seconds if self._until is None else max(0.0, self._until - time.monotonic())
        time.sleep(min(seconds, left))

    def _check_time(self) -> None:
        if self._until is not None and time.monotonic() >= self._until:
            raise WaitExpired(f"{self._id} is not over yet; it goes on, and wait() may be called again")


def epochs_after(connection: Connection, job_id: str, after: int) -> Iterator[EpochResponse]:
    """The recorded epochs after number `after`, oldest first."""
    return listed_after(connection, EpochResponse, f"/v1/jobs/{job_id}/epochs", after)


def listed_after(connection: Connection, kind: type[E], path: str, after: int) -> Iterator[E]:
    """All of a list that goes on after epochs, those after number `after`, oldest first."""
    while True:
        page = connection.read(Page[kind], "GET", path, params={"after_epoch": after, "limit": 1000})
        for epoch in page.data:
            after = epoch.epoch
            yield epoch
        if not page.has_more:
            return
