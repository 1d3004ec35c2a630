"""The events of a job: each change of state and each epoch, once and in order, until the job has ended.

They come as server-sent events. A broken stream is resumed by Last-Event-ID; where no events come through (some proxies
buffer them), it polls instead.
"""

import math
import time
from collections.abc import Iterator
from typing import TypeVar

import httpx2

from contract.responses import EpochResponse, JobResponse, Page
from contract.states import TERMINAL
from contract.training_view import LayersResponse
from gradus.errors import ProblemError, Unreachable, WaitTimeout
from gradus.transport import MAX_RETRY_AFTER_SECONDS, Transport, backoff_seconds, describe_failure, parse_json

MAX_SILENCE_SECONDS = 40.0  # the server sends a comment every 15 seconds
POLL_SECONDS = 1.0
MAX_ABSENCE_SECONDS = 20.0  # of a server that restarts
MAX_EMPTY_STREAMS = 4  # in a row, before it polls

JobEvent = JobResponse | EpochResponse
E = TypeVar("E", EpochResponse, LayersResponse)


class JobEventStream:
    """The events of one job, for one reader."""

    def __init__(self, transport: Transport, job_id: str, *, after_epoch: int, timeout: float | None) -> None:
        self._transport = transport
        self._id = job_id
        self._path = f"/v1/jobs/{job_id}"
        self._deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        self._after = after_epoch
        self._epochs: dict[int | None, int] = {}
        """The last epoch of each net that was heard of."""
        self._event_id = ""
        self._is_over = False

    def __iter__(self) -> Iterator[JobEvent]:
        """The job at each change of state, each epoch after `after_epoch`, and at the end the job in its last state.

        Of a job of several nets come the epochs of all, each with its `net`.

        Raises:
            WaitTimeout: the timeout is over before the job.
            Unreachable: the server does not come back.
            NotFound: the job was deleted.
        """
        empty_streams = 0
        last_contact = time.monotonic()
        while not self._is_over and empty_streams < MAX_EMPTY_STREAMS:
            last_event_id = self._event_id
            try:
                yield from self._stream()
                last_contact = time.monotonic()
            except httpx2.ConnectError as error:
                if time.monotonic() - last_contact > (MAX_ABSENCE_SECONDS if self._event_id else 0.0):
                    raise Unreachable(self._transport.url, describe_failure(error)) from error
                self._pause(POLL_SECONDS)
                continue
            except httpx2.TransportError:
                last_contact = time.monotonic()
            except ProblemError as error:
                if error.status not in {405, 406, 429, 501, 502, 503, 504}:
                    raise
                self._pause(min(error.retry_after or 0.0, MAX_RETRY_AFTER_SECONDS))
            empty_streams = 0 if self._event_id != last_event_id else empty_streams + 1
            if not self._is_over:
                self._pause(backoff_seconds(empty_streams))
        if not self._is_over:
            yield from self._poll()

    def _stream(self) -> Iterator[JobEvent]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._event_id:
            headers["Last-Event-ID"] = self._event_id
        read_timeout = max(0.1, min(MAX_SILENCE_SECONDS, self._deadline - time.monotonic()))
        with self._transport.stream(f"{self._path}/events", headers=headers, read_timeout=read_timeout) as response:
            if response.status_code == 204:
                yield from self._fetch_last()
                return
            for event in httpx2.EventSource(response):
                self._check_time()
                yield from self._parse_event(event)
                self._event_id = event.id
                if self._is_over:
                    return

    def _parse_event(self, event: httpx2.ServerSentEvent) -> Iterator[JobEvent]:
        """The parsed event; none for events that only a newer server knows."""
        if event.event == "epoch":
            epoch = parse_json(EpochResponse, event.data)
            if epoch.epoch > self._get_epoch(epoch.net):
                self._epochs[epoch.net] = epoch.epoch
                yield epoch
        elif event.event == "status":
            yield parse_json(JobResponse, event.data)
        elif event.event == "end":
            yield from self._fetch_last()

    def _fetch_last(self) -> Iterator[JobEvent]:
        self._is_over = True
        yield self._transport.request_model(JobResponse, "GET", self._path)

    def _poll(self) -> Iterator[JobEvent]:
        status = ""
        while True:
            job = self._transport.request_model(JobResponse, "GET", self._path)
            for net in [net.net for net in job.nets or ()] or [None]:
                for epoch in list_after_epoch(
                    self._transport, EpochResponse, f"{self._path}/epochs", self._get_epoch(net), net
                ):
                    self._epochs[net] = epoch.epoch
                    yield epoch
            if job.status != status:
                status = job.status
                yield job
            if job.status in TERMINAL:
                return
            self._pause(POLL_SECONDS)

    def _get_epoch(self, net: int | None) -> int:
        return self._epochs.get(net, self._after)

    def _pause(self, seconds: float) -> None:
        self._check_time()
        time.sleep(max(0.0, min(seconds, self._deadline - time.monotonic())))

    def _check_time(self) -> None:
        if time.monotonic() >= self._deadline:
            raise WaitTimeout(f"{self._id} is not over yet; it goes on, and wait() may be called again")


def list_after_epoch(transport: Transport, kind: type[E], path: str, after: int, net: int | None = None) -> Iterator[E]:
    """All of a list that goes on after epochs, those after number `after`, oldest first; of a net of an ensemble."""
    of_net = {} if net is None else {"net": net}
    while True:
        page = transport.request_model(Page[kind], "GET", path, params={"after_epoch": after, "limit": 1000, **of_net})
        for epoch in page.data:
            after = epoch.epoch
            yield epoch
        if not page.has_more:
            return
