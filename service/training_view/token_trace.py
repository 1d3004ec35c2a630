"""The trace of one training step of a net that writes: a text's last token, expected from those before it.

It is what `step_trace` has of a row of a table; here a token goes through embedding, attention and dense layers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.problems import PROBLEM_KINDS
from contract.token_trace import (
    TokenTraceResponse,
    TracedEmbedding,
    TracedLogit,
    TracedRun,
    TracedTerm,
    TracedToken,
    TracedTokenLayer,
)
from contract.training_view import TracedUpdate
from learning.errors import NotForTask
from learning.insight.token_trace import TokenLayerTrace, TokenTrace, trace_token
from learning.language.drawing import find_top
from learning.language.token_encoder import TokenEncoder
from learning.language.tokenizers import Tokenizer
from learning.language.writer import MAX_CHARACTERS_PER_TOKEN, Writer
from learning.model_header import ModelHeader
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from service.http.errors import ProblemError
from service.services import Context, load_model
from service.training_view.responses import to_json_number, to_json_numbers, to_json_rows
from service.training_view.stored_nets import EpochReference, StoredNet, load_stored_net
from store.jobs import jobs
from store.tables import JobRow

SHOWN_NUMBERS: Final = 64
"""The most numbers of a vector that are shown."""
SHOWN_TERMS: Final = 8
SHOWN_TOKENS: Final = 6


@dataclass(frozen=True)
class TracedNet:
    """A job's net after an epoch, and the epochs whose nets can be traced."""

    job: JobRow
    header: ModelHeader
    net: NeuralNet
    epoch: int
    epochs: list[int]
    learning_rate: float


def load_traced_net(context: Context, job_id: str, reference: EpochReference) -> TracedNet:
    """The net of a job as it is stored; of one that is too large for that, its model after its best epoch.

    Raises:
        NotFound: there is no such job.
        ProblemError: nothing is kept of its net, or not after this epoch.
    """
    try:
        with context.begin_read() as s:
            kept = load_stored_net(s, context, job_id)
            epoch = kept.resolve_epoch(reference, "#/epoch")
            net = kept.header.create_net(kept.load_weights(s, epoch))
            return TracedNet(kept.job, kept.header, net, epoch, kept.epochs, kept.find_learning_rate(s, epoch))
    except ProblemError as problem:
        if problem.kind is not PROBLEM_KINDS["not-kept"]:
            raise
        with context.begin_read() as s:
            job = jobs.get(s, context.owner, job_id)
            if job.model_id is None:
                raise
            _, model = load_model(context, job.model_id)
            kept = StoredNet(job, model.header, [job.best["epoch"] if job.best else job.epoch])
            epoch = kept.resolve_epoch(reference, "#/epoch")
            return TracedNet(job, model.header, model.net, epoch, kept.epochs, kept.find_learning_rate(s, epoch))


def token_trace_response(traced: TracedNet, text: str) -> TokenTraceResponse:
    """The trace of a step of a net on the last token of a text.

    Raises:
        NotForTask: the net does not write.
    """
    inputs = traced.header.inputs
    if not isinstance(inputs, TokenEncoder):
        raise NotForTask(
            f"This job is of {traced.header.output.task}, whose net reads no text token by token.",
            "Trace a row with its target.",
        )
    net, tokenizer, learning_rate = traced.net, inputs.tokenizer, traced.learning_rate
    writer, longest = Writer(inputs, net), (inputs.context + 1) * MAX_CHARACTERS_PER_TOKEN
    found = tokenizer.encode(text[-longest:]).tolist()
    read, expected = writer.encode(found[:-1]), found[-1]
    trace = trace_token(net, read, expected, learning_rate)
    return TokenTraceResponse(
        job_id=traced.job.id,
        epoch=traced.epoch,
        kept_epochs=traced.epochs,
        tokens=[_name_token(tokenizer, token) for token in read],
        expected=_name_token(tokenizer, expected),
        vocabulary=tokenizer.vocabulary,
        context=inputs.context,
        embedding=TracedEmbedding(
            token_vector=_cut(trace.embedding.token),
            position_vector=None if trace.embedding.position is None else _cut(trace.embedding.position),
            runs=[
                TracedRun(length=length, values=_cut(values)) for length, values in enumerate(trace.embedding.runs, 2)
            ],
            gradient=_cut(trace.embedding.gradient),
        ),
        layers=[_describe_layer(layer) for layer in trace.layers],
        terms=_list_terms(trace, expected),
        features=len(trace.features),
        bias=to_json_number(trace.output[-1, expected]),
        bias_gradient=to_json_number(trace.output_gradient[-1, expected]),
        logits=_list_logits(tokenizer, trace, expected),
        loss=to_json_number(trace.loss),
        update=TracedUpdate(
            optimizer=traced.job.spec["optimizer"]["type"],
            learning_rate=learning_rate,
            loss_after=to_json_number(trace.loss_after),
        ),
        warnings=writer.list_warnings(text, len(found) - 1),
    )


def _describe_layer(traced: TokenLayerTrace) -> TracedTokenLayer:
    layer = traced.layer
    return TracedTokenLayer.model_validate(
        {
            "type": layer.type,
            "layer": traced.number,
            "block": traced.block,
            "units": len(traced.outputs),
            "activation": layer.activation if isinstance(layer, Dense) else None,
            "outputs": _cut(traced.outputs),
            "output_gradients": _cut(traced.by_outputs),
            "attention": None if traced.attention is None else to_json_rows(traced.attention),
            "weight_norm": None if traced.weight_norm is None else to_json_number(traced.weight_norm),
            "gradient_norm": None if traced.gradient_norm is None else to_json_number(traced.gradient_norm),
        }
    )


def _list_terms(trace: TokenTrace, expected: int) -> list[TracedTerm]:
    weights, gradients = trace.output[:-1, expected], trace.output_gradient[:-1, expected]
    order = np.argsort(-np.abs(trace.features * weights), kind="stable")[:SHOWN_TERMS]
    columns = (to_json_numbers(each[order]) for each in (trace.features, weights, gradients))
    return [
        TracedTerm(feature=feature, value=value, weight=weight, gradient=gradient)
        for feature, value, weight, gradient in zip(order.tolist(), *columns, strict=True)
    ]


def _list_logits(tokenizer: Tokenizer, trace: TokenTrace, expected: int) -> list[TracedLogit]:
    top = [int(token) for token in find_top(trace.probabilities, SHOWN_TOKENS)]
    return [
        TracedLogit(
            id=token,
            token=tokenizer.tokens[token],
            logit=to_json_number(trace.logits[token]),
            probability=to_json_number(trace.probabilities[token]),
            gradient=to_json_number(trace.probabilities[token] - (token == expected)),
        )
        for token in [*top, *([] if expected in top else [expected])]
    ]


def _name_token(tokenizer: Tokenizer, token: int) -> TracedToken:
    return TracedToken(id=token, token=tokenizer.tokens[token])


def _cut(vector: NDArray[np.floating]) -> list[float | None]:
    return to_json_numbers(vector[:SHOWN_NUMBERS])
