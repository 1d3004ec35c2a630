"""The body of /v1/completions: what OpenAI's clients send, as prompts and options of a model that writes."""

import secrets
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from contract.responses import FieldError
from contract.specs import FreeText, StrictModel
from learning.language.sampling import MAX_STOPS, GenerateOptions
from learning.language.writer import Writer
from service.generate.routes import MAX_PROMPT_CHARACTERS, MAX_TOKENS, MAX_TOP, StopText
from service.http.errors import ProblemError

MAX_CHOICES: Final = 128
MAX_SEED: Final = 2**53

PromptText = Annotated[FreeText, StringConstraints(max_length=MAX_PROMPT_CHARACTERS)]
PromptTokens = Annotated[
    list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=MAX_PROMPT_CHARACTERS, fail_fast=True)
]
Neutral = Annotated[float, Field(ge=0.0, le=0.0)]
Prompts = (
    PromptText
    | PromptTokens
    | Annotated[list[PromptText], Field(min_length=1, max_length=MAX_CHOICES, fail_fast=True)]
    | Annotated[list[PromptTokens], Field(min_length=1, max_length=MAX_CHOICES, fail_fast=True)]
)


class StreamOptions(StrictModel):
    """What is streamed besides the text."""

    include_usage: bool | None = Field(default=None, description="Whether the last event has the usage.")
    include_obfuscation: bool | None = Field(default=None, description="Ignored.")


class CompletionRequest(StrictModel):
    """Prompts, and how they are gone on with."""

    model: str = Field(description="A model that writes: an id, a name, `name:3` or `name@alias`.")
    prompt: Prompts | None = Field(
        default=None,
        description="A text, texts, tokens by their numbers, or lists of them. null: a new line, or a new document.",
    )
    max_tokens: Annotated[int, Field(ge=0, le=MAX_TOKENS)] | None = Field(
        default=16, description="The most tokens of each choice."
    )
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] | None = Field(
        default=1.0, description="Below 1 probable tokens become more so. 0: always the most probable one."
    )
    top_p: Annotated[float, Field(ge=0.0, le=1.0)] | None = Field(
        default=1.0, description="Only the most probable tokens are drawn from that together have this probability."
    )
    top_k: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Only so many of the most probable tokens are drawn from; OpenAI has no such field."
    )
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES)] | None = Field(default=1, description="Choices of each prompt.")
    stream: bool | None = Field(default=False, description="Whether texts come in events while they are written.")
    stream_options: StreamOptions | None = Field(default=None, description="With `stream`.")
    logprobs: Annotated[int, Field(ge=0, le=MAX_TOP)] | None = Field(
        default=None, description="Tell each token, and so many of the most probable ones at its place."
    )
    echo: bool | None = Field(default=False, description="Whether the prompt comes before the text.")
    stop: StopText | Annotated[list[StopText], Field(max_length=MAX_STOPS, fail_fast=True)] | None = Field(
        default=None, description="Texts before which to stop."
    )
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = Field(
        default=None, description="The same seed writes the same texts; each further choice has the next. null: any."
    )
    best_of: Annotated[int, Field(ge=1)] | None = Field(default=None, description="null, or as `n`.")
    presence_penalty: Neutral | None = Field(default=0, description="Nothing else is possible.")
    frequency_penalty: Neutral | None = Field(default=0, description="Nothing else is possible.")
    logit_bias: Annotated[dict[str, Any], Field(max_length=0)] | None = Field(
        default=None, description="Nothing else is possible."
    )
    suffix: Literal[""] | None = Field(default=None, description="Nothing else is possible.")
    user: FreeText | None = Field(default=None, description="Ignored.")

    def list_prompts(self, writer: Writer) -> list[tuple[str, list[int]]]:
        """Each prompt as a text and its tokens.

        Raises:
            ProblemError: `invalid` if there are too many choices, or a token that there is not.
        """
        prompts = _split_prompts(self.prompt)
        choices = len(prompts) * (self.n or 1)
        if choices > MAX_CHOICES:
            _refuse("n", f"makes {choices:,} choices with {len(prompts):,} prompts; {MAX_CHOICES} are possible.")
        if self.best_of not in {None, self.n or 1}:
            _refuse("best_of", "must be null or as n: all choices are sent.")
        if (characters := sum(map(len, prompts))) > MAX_PROMPT_CHARACTERS:
            _refuse(
                "prompt", f"has {characters:,} characters or tokens in all; {MAX_PROMPT_CHARACTERS:,} are possible."
            )
        largest = max([max(prompt) for prompt in prompts if isinstance(prompt, list)], default=0)
        if largest >= writer.tokenizer.vocabulary:
            _refuse("prompt", f"has the token {largest:,}; the model has those below {writer.tokenizer.vocabulary:,}.")
        return [
            (each, writer.tokenizer.encode(each).tolist())
            if isinstance(each, str)
            else (writer.tokenizer.decode(each), each)
            for each in prompts
        ]

    def list_options(self) -> list[GenerateOptions]:
        """How each choice of a prompt is written."""
        first = secrets.randbelow(MAX_SEED) if self.seed is None else self.seed
        stop = self.stop or ()
        return [
            GenerateOptions(
                max_tokens=max(1, self.token_limit),
                temperature=1.0 if self.temperature is None else self.temperature,
                top_k=self.top_k,
                top_p=1.0 if self.top_p is None else self.top_p,
                seed=(first + number) % MAX_SEED,
                stop=(stop,) if isinstance(stop, str) else tuple(stop),
            )
            for number in range(self.n or 1)
        ]

    @property
    def token_limit(self) -> int:
        """The most tokens of each choice, which may be none."""
        return 16 if self.max_tokens is None else self.max_tokens


def _split_prompts(prompt: str | list[int] | list[str] | list[list[int]] | None) -> list[str | list[int]]:
    if prompt is None:
        return [""]
    if isinstance(prompt, str):
        return [prompt]
    tokens = [each for each in prompt if isinstance(each, int)]
    return [tokens] if tokens else [each for each in prompt if not isinstance(each, int)]


def _refuse(field: str, detail: str) -> None:
    error = FieldError(pointer=f"#/{field}", detail=detail, code="not_possible")
    raise ProblemError("invalid", f"#/{field} {detail}", errors=[error])
