"""A choice of /v1/completions while it is written: its pieces, with the tokens whose text they tell."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contract.responses import CompletionChoice, CompletionEnd, CompletionLogprobs
from learning.language.reading import read_text
from learning.language.sampling import GenerateOptions
from learning.language.token_text import TokenDecoder
from learning.language.writer import GeneratedToken, TokenChoice, Writer
from service.generate.text_generation import Piece

IMPOSSIBLE: Final = -9999.0
"""What OpenAI's clients expect in place of the logarithm of 0."""


class TokenAtOffset(NamedTuple):
    """A token, with where it begins in the text."""

    token: str
    log_probability: float | None
    top: Sequence[TokenChoice] | None
    offset: int


class TokenOffsets:
    """Where tokens begin in a text, in the order in which they come."""

    def __init__(self, writer: Writer, start: int) -> None:
        self._decoder, self._offset = TokenDecoder(writer.tokenizer), start

    def place(self, token: int) -> int:
        """Return where the next token begins."""
        offset = self._offset
        self._offset += len(self._decoder.write(token))
        return offset


@dataclass(frozen=True)
class Choice:
    """One text of a completion, to be written.

    Attributes:
        index: Its number among the choices.
        writer: What writes.
        prompt: What is there.
        tokens: The tokens of the prompt.
        options: How it is written; None: only the prompt is told.
        top: How many of the most probable tokens are told at each place; None: tokens are not told at all.
        echo: Whether the prompt comes first.
    """

    index: int
    writer: Writer
    prompt: str
    tokens: Sequence[int]
    options: GenerateOptions | None
    top: int | None
    echo: bool

    def write(
        self, join: Callable[[Iterator[GeneratedToken]], Iterator[Piece]], is_over: Callable[[], bool]
    ) -> Iterator[tuple[CompletionChoice, int]]:
        """Iterate over pieces, each with the number of tokens that were written for it."""
        last = self.options is None
        if self.echo or last:
            logprobs = describe_tokens(list(self._read_prompt())) if self.echo and self.top is not None else None
            text = self.prompt if self.echo else ""
            yield self._describe(text, logprobs, "length" if last else None), 0
        if self.options is None:
            return
        told = len(self.prompt)
        offsets, waiting = TokenOffsets(self.writer, told), list[TokenAtOffset]()
        written = self.writer.write(self.tokens, self.options, top=self.top or 0, is_over=is_over)
        for piece in join(written):
            told += len(piece.text)
            logprobs = None
            if self.top is not None:
                waiting += [
                    TokenAtOffset(each.token, each.log_probability, each.top, offsets.place(each.number))
                    for each in piece.tokens
                ]
                is_cut = piece.finish_reason in {None, "stop"}
                ready = [each for each in waiting if not is_cut or each.offset < told]
                waiting = waiting[len(ready) :]
                logprobs = describe_tokens(ready)
            reason = "length" if piece.finish_reason == "time" else piece.finish_reason
            yield self._describe(piece.text, logprobs, reason), len(piece.tokens)

    def _read_prompt(self) -> Iterator[TokenAtOffset]:
        """The tokens of the prompt; those before what the net sees have no probability."""
        if not self.tokens:
            return
        seen = read_text(self.writer, self.tokens, self.top or 0).tokens
        names, offsets, hidden = (
            self.writer.tokenizer.tokens,
            TokenOffsets(self.writer, 0),
            len(self.tokens) - len(seen),
        )
        for place, token in enumerate(self.tokens):
            read = seen[place - hidden] if place > hidden else None
            offset = offsets.place(token)
            if read is None:
                yield TokenAtOffset(names[token], None, None, offset)
            else:
                yield TokenAtOffset(read.token, read.log_probability, read.top, offset)

    def _describe(
        self, text: str, logprobs: CompletionLogprobs | None, reason: CompletionEnd | None
    ) -> CompletionChoice:
        return CompletionChoice(index=self.index, text=text, logprobs=logprobs, finish_reason=reason)


def describe_tokens(tokens: Sequence[TokenAtOffset]) -> CompletionLogprobs:
    """Tokens as responses have them."""
    return CompletionLogprobs(
        tokens=[each.token for each in tokens],
        token_logprobs=[None if each.log_probability is None else _bound(each.log_probability) for each in tokens],
        top_logprobs=[_describe_top(each) for each in tokens],
        text_offset=[each.offset for each in tokens],
    )


def _describe_top(placed: TokenAtOffset) -> dict[str, float] | None:
    if placed.top is None or placed.log_probability is None:
        return None
    top = {each.token: each.log_probability for each in placed.top if math.isfinite(each.log_probability)}
    return {**top, placed.token: _bound(placed.log_probability)}


def _bound(log_probability: float) -> float:
    return log_probability if math.isfinite(log_probability) else IMPOSSIBLE
