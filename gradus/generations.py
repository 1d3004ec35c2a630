"""Texts of a model that writes, read piece by piece while they are written."""

import time
from collections.abc import Iterator, Mapping

import httpx2

from contract.responses import GenerationResponse, TextEvent, TokenResponse
from gradus.errors import ProblemError, UnexpectedResponse, Unreachable
from gradus.transport import (
    MAX_RETRY_AFTER_SECONDS,
    Transport,
    backoff_seconds,
    describe_failure,
    parse_json,
    refuse_non_finite,
)

MAX_SILENCE_SECONDS = 70.0  # the server writes for at most 60 seconds
BUSY_STATUSES = frozenset({429, 503})


class TextStream:
    """A text that goes on from a prompt, for one reader, who iterates over it once.

    Attributes:
        tokens: with log-probabilities: what was told of the tokens so far.
        answer: once the text is over, the whole answer; None before.
    """

    def __init__(self, transport: Transport, path: str, body: Mapping[str, object]) -> None:
        self._transport, self._path, self._body = transport, path, dict(body)
        self._pieces = self._read()
        self.tokens: list[TokenResponse] = []
        self.answer: GenerationResponse | None = None

    def __iter__(self) -> Iterator[str]:
        """The text, piece by piece.

        Raises:
            Unreachable: the server is not there, or the connection broke.
            ProblemError: the server refuses.
        """
        return self._pieces

    def wait(self) -> GenerationResponse:
        """The whole answer, once the text is over; raises what iterating raises."""
        for _ in self:
            pass
        if self.answer is None:
            raise UnexpectedResponse("the server ended the text before its end; was the key revoked?")
        return self.answer if not self.tokens else self.answer.model_copy(update={"tokens": self.tokens})

    def _read(self) -> Iterator[str]:
        refuse_non_finite(self._body)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        for attempt in range(self._transport.retries + 1):
            try:
                with self._transport.stream(
                    self._path, method="POST", json=self._body, headers=headers, read_timeout=MAX_SILENCE_SECONDS
                ) as response:
                    for event in httpx2.EventSource(response):
                        yield from self._parse_event(event)
            except ProblemError as error:  # before anything has come
                pause = error.retry_after or 0.0
                if (
                    attempt == self._transport.retries
                    or error.status not in BUSY_STATUSES
                    or pause > MAX_RETRY_AFTER_SECONDS
                ):
                    raise
                time.sleep(pause or backoff_seconds(attempt))
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                raise Unreachable(self._transport.url, describe_failure(error)) from error
            else:
                return

    def _parse_event(self, event: httpx2.ServerSentEvent) -> Iterator[str]:
        """The piece of an event; none of events that only a newer server knows."""
        if event.event == "text":
            piece = parse_json(TextEvent, event.data)
            self.tokens += piece.tokens or []
            yield piece.text
        elif event.event == "end":
            self.answer = parse_json(GenerationResponse, event.data)
