"""Generate: a model that writes goes on from a prompt."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final

from flask import Request, Response
from pydantic import BaseModel, Field, StringConstraints

from contract.responses import GenerationResponse
from contract.specs import FreeText, StrictModel
from learning.errors import NotForTask
from learning.language.sampling import MAX_STOPS, GenerateOptions
from learning.language.writer import Writer
from learning.spelling import quote_names
from learning.training.spec import Seed
from service.generate.text_generation import TextGeneration
from service.http import bodies
from service.http.responses import EVENT_STREAM, json_response
from service.http.routing import Routes
from service.services import Context, load_model
from store.models.lookup import ResolvedModel

MAX_TOKENS: Final = 10_000
MAX_PROMPT_CHARACTERS: Final = 100_000
"""Of which subwords are found in less than a second, also of a script with three bytes for each."""
MAX_STOP_CHARACTERS: Final = 200
MAX_TOP: Final = 5
JSON: Final = "application/json"

routes = Routes("generate", "Texts of a model that writes.")

StopText = Annotated[FreeText, StringConstraints(min_length=1, max_length=MAX_STOP_CHARACTERS)]


def _describe_option(name: str) -> Any:
    """The field of that name of `GenerateOptions`, with its default and description."""
    option = GenerateOptions.__dataclass_fields__[name]
    return Field(default=option.default, **option.metadata)


class GenerateRequest(StrictModel):
    """A prompt, and how it is gone on with."""

    prompt: Annotated[FreeText, StringConstraints(max_length=MAX_PROMPT_CHARACTERS)] = Field(
        default="",
        description="What is there already, of which the net sees as much of the end as its context. Empty: a new "
        "line, or a new document.",
    )
    max_tokens: Annotated[int, Field(ge=1, le=MAX_TOKENS)] = _describe_option("max_tokens")
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = _describe_option("temperature")
    top_k: Annotated[int, Field(ge=1)] | None = _describe_option("top_k")
    top_p: Annotated[float, Field(ge=0.0, le=1.0)] = _describe_option("top_p")
    seed: Seed = _describe_option("seed")
    stop: StopText | Annotated[list[StopText], Field(max_length=MAX_STOPS, fail_fast=True)] = Field(
        default=[], description="Texts before which to stop, when one of them would be written."
    )
    log_probabilities: Annotated[int, Field(ge=0, le=MAX_TOP)] | None = Field(
        default=None,
        description="Tell also each token with the logarithm of its probability, and so many of the most probable "
        "ones at its place.",
    )

    def make_options(self) -> GenerateOptions:
        """How the text is written."""
        return GenerateOptions(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            seed=self.seed,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop),
        )


@routes.post(
    "/v1/models/{ref}/generate",
    scope="predict",
    summary="Write",
    response_model=GenerationResponse,
    consumes=(JSON,),
    body_models={JSON: GenerateRequest},
    produces=(JSON, EVENT_STREAM),
    problems=("not-found", "not-for-task"),
    example={"prompt": "ROMEO:\n", "max_tokens": 200, "temperature": 0.8, "seed": 1, "stop": ["\n\n"]},
)
def generate(context: Context, ref: str) -> Response:
    """Write on after a prompt, token by token. The same model, request and `seed` write the same text.

    With `Accept: text/event-stream` it comes while it is written: events `text` with what is new, and at the end an
    event `end` with the whole answer, whose `tokens` came with the pieces. A text is written for at most 60 s; then
    its `finish_reason` is `time`. When too many are written at once, the answer is 503 with `Retry-After`.
    """
    body = bodies.parse_model(context.raw_body, GenerateRequest, lines=True)
    resolved, writer = load_writer(context, ref)
    writing = TextGeneration(context, resolved, writer, body.prompt, body.make_options(), body.log_probabilities)
    if prefers_events(context.request):
        return respond_with_stream(writing.stream())
    return respond_with_whole(context, writing.write_whole)


def load_writer(context: Context, ref: str) -> tuple[ResolvedModel, Writer]:
    """The model that a reference resolves to now.

    Raises:
        NotFound: there is none.
        NotForTask: it is of another task.
    """
    resolved, model = load_model(context, ref)
    if model.writer is None:
        raise NotForTask(
            f"{resolved.name}:{resolved.version} is a model of {model.task}, which predicts "
            f"{quote_names(model.targets)}, and does not write.",
            "Train one with task language on a text, or use predict.",
        )
    return resolved, model.writer


def prefers_events(request: Request) -> bool:
    """Whether the `Accept` header prefers events to JSON."""
    if EVENT_STREAM not in request.environ.get("HTTP_ACCEPT", ""):
        return False
    return request.accept_mimetypes.best_match([JSON, EVENT_STREAM]) == EVENT_STREAM


def respond_with_stream(events: Iterator[bytes]) -> Response:
    """The response whose events come while a text is written, which holds a slot as long as it is sent."""
    return Response(events, content_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})


def respond_with_whole(context: Context, write: Callable[[], BaseModel]) -> Response:
    """The response that is there when all is written.

    Raises:
        ProblemError: `unavailable` if no slot is free for the owner.
    """
    pool = context.services.connection_slots.waits
    with pool.acquire(context.owner) as has_slot:
        if not has_slot:
            raise pool.unavailable("texts that are written")
        return json_response(write())
