"""A text while it is written: token by token until its time is over, whole, or as events for a reader."""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from contract.responses.generations import (
    FinishReason,
    GenerationResponse,
    GenerationUsage,
    TextEvent,
    TokenResponse,
)
from learning.language.sampling import GenerateOptions
from learning.language.writer import TokenChoice, Writer, WrittenToken
from service.http.errors import ProblemError
from service.services import Context
from store.models.lookup import ResolvedModel

MAX_SECONDS: Final = 60.0
"""The longest that one text is written at."""
KEY_CHECK_SECONDS: Final = 1.0
PIECE_SECONDS: Final = 0.02
"""The least time between two events: a net may write thousands of tokens a second, and nobody reads them singly."""


@dataclass(frozen=True)
class Writing:
    """A text to be written.

    Attributes:
        context: The request.
        model: The model.
        writer: What writes.
        prompt: What is there.
        options: How it is written.
        top: How many of the most probable tokens are told at each place; None: tokens are not told at all.
    """

    context: Context
    model: ResolvedModel
    writer: Writer
    prompt: str
    options: GenerateOptions
    top: int | None

    def write(self) -> Generator[tuple[WrittenToken, FinishReason | None]]:
        """The tokens, the last with the reason why it is: its own, or that the time is over.

        Raises:
            ProblemError: the key was revoked meanwhile.
        """
        began = checked = time.monotonic()
        is_ending = self.context.services.connection_slots.is_ending
        for token in self.writer.write(self.prompt, self.options, top=self.top or 0):
            now = time.monotonic()
            if now - checked >= KEY_CHECK_SECONDS:
                self.context.authenticate()
                checked = now
            is_over = now - began >= MAX_SECONDS or is_ending()
            reason: FinishReason | None = token.finish_reason or ("time" if is_over else None)
            self.context.services.metrics.written_tokens.inc()
            yield token, reason
            if reason is not None:
                return

    def write_whole(self) -> GenerationResponse:
        """The whole text."""
        pairs = list(self.write())
        written, reason = [token for token, _ in pairs], pairs[-1][1]
        text = "".join([token.text for token in written])
        return self._describe(text, reason or "length", len(written), self._list_tokens(written))

    def stream(self) -> Iterator[bytes]:
        """The events of the text: `text` for each piece, and at the end `end` with the whole answer, without tokens.

        The stream ends before that if the key is revoked meanwhile.
        """
        texts, unsent, count, sent_at = list[str](), list[WrittenToken](), 0, -math.inf
        try:
            for token, reason in self.write():
                unsent.append(token)
                if reason is None and time.monotonic() - sent_at < PIECE_SECONDS:
                    continue
                sent_at, count = time.monotonic(), count + len(unsent)
                texts.append("".join([each.text for each in unsent]))
                if texts[-1] or self.top is not None:
                    yield encode_event("text", TextEvent(text=texts[-1], tokens=self._list_tokens(unsent)))
                unsent = []
                if reason is not None:
                    yield encode_event("end", self._describe("".join(texts), reason, count, None))
        except ProblemError:
            return

    def _describe(
        self, text: str, reason: FinishReason, count: int, tokens: list[TokenResponse] | None
    ) -> GenerationResponse:
        read = self.writer.count_tokens(self.prompt)
        return GenerationResponse(
            model_id=self.model.id,
            name=self.model.name,
            version=self.model.version,
            text=text,
            finish_reason=reason,
            usage=GenerationUsage(prompt_tokens=read, completion_tokens=count, total_tokens=read + count),
            warnings=self.writer.list_warnings(self.prompt),
            tokens=tokens,
        )

    def _list_tokens(self, written: Sequence[WrittenToken]) -> list[TokenResponse] | None:
        if self.top is None:
            return None
        return [
            describe_token(token.token, token.log_probability, token.top if self.top else None) for token in written
        ]


def encode_event(kind: str, data: BaseModel) -> bytes:
    """A server-sent event whose data is JSON."""
    return f"event: {kind}\ndata: {data.model_dump_json()}\n\n".encode()


def describe_token(token: str, log_probability: float | None, top: Sequence[TokenChoice] | None) -> TokenResponse:
    """A token as responses have it; the logarithm of 0 is null, and such ones are none of the most probable."""
    if log_probability is not None and not math.isfinite(log_probability):
        log_probability = None
    return TokenResponse(
        token=token, log_probability=log_probability, top=None if top is None else describe_choices(top)
    )


def describe_choices(choices: Sequence[TokenChoice]) -> list[TokenResponse]:
    """The most probable tokens as responses have them, without those of probability 0."""
    return [
        describe_token(each.token, each.log_probability, None) for each in choices if each.log_probability > -math.inf
    ]
