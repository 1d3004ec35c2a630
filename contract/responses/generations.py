"""Responses of models that write: a text, its tokens, and the events in which it comes."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel
from contract.responses.predictions import is_none

FinishReason = Literal["stop", "length", "time"]


class TokenResponse(ResponseModel):
    """A token at a place of a text."""

    token: str = Field(description="The token; a part of a character is written like `<e2>`.")
    log_probability: float | None = Field(description="The natural logarithm of its probability, at temperature 1.")
    top: list["TokenResponse"] | None = Field(
        default=None, exclude_if=is_none, description="The most probable tokens at its place, if they were asked for."
    )


class GenerationUsage(ResponseModel):
    """How many tokens were read and written."""

    prompt_tokens: int = Field(description="Those of the prompt, also where the net sees only its end.")
    completion_tokens: int
    total_tokens: int


class GenerationResponse(ResponseModel):
    """A text that goes on from a prompt."""

    object: Literal["generation"] = "generation"
    model_id: str
    name: str
    version: int
    text: str = Field(description="What was written, without the prompt.")
    finish_reason: FinishReason = Field(
        description="stop: a text of `stop`, or the end of a document; length: `max_tokens`; time: the time for an "
        "answer was over."
    )
    usage: GenerationUsage
    warnings: list[str] = Field(
        default=[], description="Characters of the prompt that the model never saw, and tokens that the net cannot see."
    )
    tokens: list[TokenResponse] | None = Field(
        default=None, exclude_if=is_none, description="With `log_probabilities`: each token that was written."
    )


class TextEvent(ResponseModel):
    """The data of an event `text`: what was written since the one before."""

    text: str
    tokens: list[TokenResponse] | None = Field(default=None, exclude_if=is_none)


class NextTokensResponse(ResponseModel):
    """What a model that writes expects at each place of a text, and where it looks."""

    object: Literal["next_tokens"] = "next_tokens"
    model_id: str
    name: str
    version: int
    tokens: list[TokenResponse] = Field(
        description="The tokens that the net sees, each with its probability given those before, and with the most "
        "probable ones at its place; the first has neither. null stands for the logarithm of 0."
    )
    next: list[TokenResponse] = Field(description="The most probable tokens after the text.")
    context: int = Field(description="How many tokens the net sees at most; of a longer text these are the last.")
    attention: list[list[list[list[float]]]] | None = Field(
        default=None,
        exclude_if=is_none,
        description="With `attention`: for each layer, each of its heads and each token that looks, how much it looks "
        "at each token from the first to itself; these sum to 1.",
    )
    warnings: list[str] = Field(
        description="Characters that the model never saw, and tokens before those that the net sees."
    )
