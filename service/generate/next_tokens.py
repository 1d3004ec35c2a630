"""What a model that writes makes of a text: the tokens that it expects at each place, and where it looks.

So one sees why it writes what it does: each token is drawn from those that it expects.
"""

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints

from contract.responses import FieldError, NextTokensResponse
from contract.specs import FreeText, StrictModel
from learning.language.reading import NextTokens, read_text
from service.generate.routes import JSON, MAX_PROMPT_CHARACTERS, load_writer
from service.generate.text_generation import describe_choices, describe_token
from service.http import bodies
from service.http.errors import ProblemError
from service.http.routing import Routes
from service.services import Context

MAX_TOP: Final = 50
MAX_ATTENTION_NUMBERS: Final = 2**18
"""The most numbers of attention in a response, of about 6 characters each."""

routes = Routes("next tokens", "What a model that writes expects at each place of a text.")


class NextTokensRequest(StrictModel):
    """A text, and what is asked of it."""

    text: Annotated[FreeText, StringConstraints(max_length=MAX_PROMPT_CHARACTERS)] = Field(
        description="The text. Empty: a new line, or a new document."
    )
    top: int = Field(
        default=5, ge=0, le=MAX_TOP, description="How many of the most probable tokens are told at each place."
    )
    attention: bool = Field(default=False, description="Tell also how much each token looks at each one before it.")


@routes.post(
    "/v1/models/{ref}/next-tokens",
    scope="predict",
    summary="What is expected in a text",
    response_model=NextTokensResponse,
    consumes=(JSON,),
    body_models={JSON: NextTokensRequest},
    problems=("not-found", "not-for-task"),
    example={"text": "To be, or not to be", "top": 3, "attention": True},
)
def next_tokens(context: Context, ref: str) -> NextTokensResponse:
    """The probability of each token of a text given those before it, and the most probable ones at its place.

    With `attention` also how much each token looks at itself and at each one before it, by layer and head. The net sees
    no more than its `context`: of a longer text the last tokens, and a warning says so.
    """
    body = bodies.parse_model(context.raw_body, NextTokensRequest, lines=True)
    resolved, writer = load_writer(context, ref)
    tokens = writer.tokenizer.encode(body.text).tolist()
    reading = read_text(writer, tokens, body.top)
    return NextTokensResponse(
        model_id=resolved.id,
        name=resolved.name,
        version=resolved.version,
        tokens=[
            describe_token(each.token, each.log_probability, each.top if body.top and number else None)
            for number, each in enumerate(reading.tokens)
        ],
        next=describe_choices(reading.next),
        context=writer.encoder.context,
        attention=_list_attention(reading) if body.attention else None,
        warnings=writer.list_warnings(body.text, len(tokens)),
    )


def _list_attention(found: NextTokens) -> list[list[list[list[float]]]]:
    """The attention of each layer, head and token that looks, up to itself.

    Raises:
        ProblemError: `invalid`, if these are too many numbers.
    """
    tokens, heads = len(found.tokens), sum(map(len, found.attention))
    if (numbers := heads * tokens * (tokens + 1) // 2) > MAX_ATTENTION_NUMBERS:
        detail = (
            f"has {tokens:,} tokens that the net sees, whose attention in {heads:,} heads is {numbers:,} numbers; "
            f"{MAX_ATTENTION_NUMBERS:,} are told. Send a shorter text, or leave out attention."
        )
        error = FieldError(pointer="#/text", detail=detail, code="too_long")
        raise ProblemError("invalid", f"#/text {detail}", errors=[error])
    return [[_list_rows(head) for head in layer] for layer in found.attention]


def _list_rows(head: NDArray[np.floating]) -> list[list[float]]:
    rounded = head.astype(np.float64).round(4).tolist()
    return [row[: number + 1] for number, row in enumerate(rounded)]
