"""/v1/completions: texts for OpenAI's own clients, which need nothing but this address and a key."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from flask import Response

from contract.ids import new_id
from contract.responses import CompletionChoice, CompletionResponse, GenerationUsage
from learning.language.writer import Writer
from service.generate.completion_choices import Choice
from service.generate.completion_request import CompletionRequest
from service.generate.openai_problems import translate_problem
from service.generate.routes import JSON, load_writer, respond_with_stream, respond_with_whole
from service.generate.text_generation import WritingTime, join_pieces
from service.http import bodies
from service.http.errors import ProblemError
from service.http.responses import EVENT_STREAM
from service.http.routing import Routes
from service.services import Context
from store.models.lookup import ResolvedModel

DONE: Final = b"data: [DONE]\n\n"

routes = Routes("completions", "Texts for clients of OpenAI's API.")


@routes.post(
    "/v1/completions",
    scope="predict",
    summary="Write, for OpenAI's clients",
    response_model=CompletionResponse,
    consumes=(JSON,),
    body_models={JSON: CompletionRequest},
    produces=(JSON, EVENT_STREAM),
    problems=("not-found", "not-for-task"),
    translate_problem=translate_problem,
    example={"model": "plays", "prompt": "ROMEO:\n", "max_tokens": 100, "seed": 1, "stop": ["\n\n"]},
)
def completions(context: Context) -> Response:
    """Write on after prompts, as OpenAI's `client.completions.create` asks for it.

    With `stream` pieces come in events while they are written, one choice after the other, and at the end `[DONE]`.
    All choices together are written for at most 60 s. A problem has the member `error` of OpenAI's besides its own;
    what cannot be asked for is 400. Of a prompt longer than the net's context the last tokens are read; with `echo` and
    `logprobs` those before have no probability.
    """
    return complete(context, context.raw_body)


def complete(context: Context, raw_body: bytes) -> Response:
    """The response to a body of such a request.

    Raises:
        ProblemError: `invalid`, with each field that is.
    """
    body = bodies.parse_model(raw_body, CompletionRequest, lines=True)
    resolved, writer = load_writer(context, body.model)
    completion = Completion(context, body, resolved, writer, body.list_prompts(writer))
    if body.stream:
        return respond_with_stream(completion.stream())
    return respond_with_whole(context, completion.write_whole)


@dataclass
class Completion:
    """The choices of a request, which are written one after the other.

    Attributes:
        context: The request.
        body: What is asked for.
        model: The model.
        writer: What writes.
        prompts: Each prompt as a text and its tokens.
    """

    context: Context
    body: CompletionRequest
    model: ResolvedModel
    writer: Writer
    prompts: list[tuple[str, list[int]]]

    def __post_init__(self) -> None:
        self._id, self._created, self._written = new_id("cmpl"), int(time.time()), 0

    def write_whole(self) -> CompletionResponse:
        """All choices."""
        choices = dict[int, list[CompletionChoice]]()
        for piece in self._write():
            choices.setdefault(piece.index, []).append(piece)
        return self._describe([_join(pieces) for pieces in choices.values()], self._count())

    def stream(self) -> Iterator[bytes]:
        """The events; they end without `[DONE]` if the key is revoked meanwhile."""
        try:
            for piece in self._write():
                if piece.text or piece.finish_reason is not None or piece.logprobs is not None:
                    yield _encode(self._describe([piece], None))
        except ProblemError:
            return
        options = self.body.stream_options
        if options is not None and options.include_usage:
            yield _encode(self._describe([], self._count()))
        yield DONE

    def _write(self) -> Iterator[CompletionChoice]:
        time_left, join = WritingTime(self.context), partial(join_pieces, services=self.context.services)
        options = self.body.list_options()
        for number, (prompt, tokens) in enumerate(self.prompts):
            for place, own in enumerate(options):
                choice = Choice(
                    index=number * len(options) + place,
                    writer=self.writer,
                    prompt=prompt,
                    tokens=tokens,
                    options=own if self.body.token_limit else None,
                    top=self.body.logprobs,
                    echo=bool(self.body.echo),
                )
                for piece, count in choice.write(join, time_left.is_over):
                    self._written += count
                    yield piece

    def _count(self) -> GenerationUsage:
        read = sum([len(tokens) for _, tokens in self.prompts])
        return GenerationUsage(prompt_tokens=read, completion_tokens=self._written, total_tokens=read + self._written)

    def _describe(self, choices: list[CompletionChoice], usage: GenerationUsage | None) -> CompletionResponse:
        return CompletionResponse(
            id=self._id,
            created=self._created,
            model=f"{self.model.name}:{self.model.version}",
            system_fingerprint=self.model.id,
            choices=choices,
            usage=usage,
        )


def _encode(event: CompletionResponse) -> bytes:
    return f"data: {event.model_dump_json()}\n\n".encode()


def _join(pieces: list[CompletionChoice]) -> CompletionChoice:
    """A choice whose pieces are all there."""
    logprobs = [piece.logprobs for piece in pieces if piece.logprobs is not None]
    joined = None
    if logprobs:
        joined = type(logprobs[0])(
            tokens=[each for part in logprobs for each in part.tokens],
            token_logprobs=[each for part in logprobs for each in part.token_logprobs],
            top_logprobs=[each for part in logprobs for each in part.top_logprobs],
            text_offset=[each for part in logprobs for each in part.text_offset],
        )
    return pieces[-1].model_copy(update={"text": "".join([piece.text for piece in pieces]), "logprobs": joined})
