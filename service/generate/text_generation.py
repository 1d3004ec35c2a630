"""A text while it is written: token by token until its time is over, whole, or as events for a reader."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from learning.language.writer import GeneratedToken, TokenChoice, Writer
from service.generate.turns import Turns
from service.http.errors import ProblemError
from service.services import Context, Services
from store.models.lookup import ResolvedModel

MAX_SECONDS: Final = 60.0
"""The longest that one request is written for."""
CHECK_SECONDS: Final = 1.0
PIECE_SECONDS: Final = 0.02
"""The least time between two events: a net may write thousands of tokens a second, and nobody reads them singly."""


TURNS: Final = Turns()


class WritingTime:
    """The time of a request that is written for, which begins now: `is_over` is asked after each token."""

    def __init__(self, context: Context) -> None:
        self._context, self._slots = context, context.services.connection_slots
        self._began = self._checked = time.monotonic()

    def is_over(self) -> bool:
        """Whether the text ends here: the time is over, the service shuts down, or its client is gone.

        Raises:
            ProblemError: the key was revoked meanwhile.
        """
        now = time.monotonic()
        if now - self._checked >= CHECK_SECONDS:
            self._checked = now
            self._context.authenticate()
            address = self._context.request.environ.get("REMOTE_ADDR", "")
            if not self._slots.has_sender(address, len(self._context.raw_body)):
                return True
        return now - self._began >= MAX_SECONDS or self._slots.is_ending()


@dataclass(frozen=True)
class Piece:
    """What was written since the piece before.

    Attributes:
        tokens: The tokens, at least one.
        text: Their text.
        finish_reason: Why it is the last piece; None if others follow.
    """

    tokens: Sequence[GeneratedToken]
    text: str
    finish_reason: FinishReason | None


def join_pieces(tokens: Iterable[GeneratedToken], services: Services) -> Iterator[Piece]:
    """Iterate over pieces of a text: the first token at once, then what comes within `PIECE_SECONDS` together."""
    unsent, sent_at = list[GeneratedToken](), -math.inf
    for token in TURNS.iterate(iter(tokens)):
        unsent.append(token)
        if token.finish_reason is None and time.monotonic() - sent_at < PIECE_SECONDS:
            continue
        sent_at = time.monotonic()
        services.metrics.written_tokens.inc(len(unsent))
        yield Piece(unsent, "".join([each.text for each in unsent]), token.finish_reason)
        unsent = []


@dataclass(frozen=True)
class TextGeneration:
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

    def write(self) -> Iterator[Piece]:
        """Iterate over the pieces, the last with the reason why it is.

        Raises:
            ProblemError: the key was revoked meanwhile.
        """
        is_over = WritingTime(self.context).is_over
        tokens = self.writer.write(self._tokens, self.options, top=self.top or 0, is_over=is_over)
        return join_pieces(tokens, self.context.services)

    @cached_property
    def _tokens(self) -> list[int]:
        return self.writer.tokenizer.encode(self.prompt).tolist()

    def write_whole(self) -> GenerationResponse:
        """The whole text."""
        pieces = [*self.write()]
        written = [token for piece in pieces for token in piece.tokens]
        text = "".join([piece.text for piece in pieces])
        return self._describe(text, pieces[-1].finish_reason or "length", len(written), self._list_tokens(written))

    def stream(self) -> Iterator[bytes]:
        """The events of the text: `text` for each piece, and at the end `end` with the whole answer, without tokens.

        The stream ends before that if the key is revoked meanwhile.
        """
        texts, count = list[str](), 0
        try:
            for piece in self.write():
                texts.append(piece.text)
                count += len(piece.tokens)
                if piece.text or self.top is not None:
                    yield encode_event("text", TextEvent(text=piece.text, tokens=self._list_tokens(piece.tokens)))
                if piece.finish_reason is not None:
                    yield encode_event("end", self._describe("".join(texts), piece.finish_reason, count, None))
        except ProblemError:
            return

    def _describe(
        self, text: str, reason: FinishReason, count: int, tokens: list[TokenResponse] | None
    ) -> GenerationResponse:
        read = len(self._tokens)
        return GenerationResponse(
            model_id=self.model.id,
            name=self.model.name,
            version=self.model.version,
            text=text,
            finish_reason=reason,
            usage=GenerationUsage(prompt_tokens=read, completion_tokens=count, total_tokens=read + count),
            warnings=self.writer.list_warnings(self.prompt, read),
            tokens=tokens,
        )

    def _list_tokens(self, written: Sequence[GeneratedToken]) -> list[TokenResponse] | None:
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
