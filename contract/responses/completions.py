"""Responses of /v1/completions, in the shape that OpenAI's clients read."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel
from contract.responses.generations import GenerationUsage
from contract.responses.predictions import is_none

CompletionEnd = Literal["stop", "length"]


class CompletionLogprobs(ResponseModel):
    """The tokens of a text with the natural logarithms of their probabilities; -9999 stands for that of 0."""

    tokens: list[str]
    token_logprobs: list[float | None] = Field(description="null: of the first token there is.")
    top_logprobs: list[dict[str, float] | None] = Field(
        description="The most probable tokens at each place, and the one that is there."
    )
    text_offset: list[int] = Field(description="Where each token begins, counted from the beginning of the prompt.")


class CompletionChoice(ResponseModel):
    """A text, or a piece of it."""

    index: int
    text: str
    logprobs: CompletionLogprobs | None = None
    finish_reason: CompletionEnd | None = Field(
        description="stop: a text of `stop`, or the end of a document; length: `max_tokens`, or the time for an answer "
        "was over; null: more pieces follow."
    )


class CompletionResponse(ResponseModel):
    """Texts that go on from prompts; while they are streamed, a piece of one."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int = Field(description="Unix seconds.")
    model: str
    system_fingerprint: str = Field(description="The model's id, whose weights never change.")
    choices: list[CompletionChoice]
    usage: GenerationUsage | None = Field(default=None, exclude_if=is_none)
