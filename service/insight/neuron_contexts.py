"""Favourite contexts of a neuron: the places of held-out text where it outputs most, with its output at each token."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from contract.language_insight import NeuronContextResponse, NeuronContextsResponse, NeuronLayerResponse
from contract.responses import FieldError
from learning.array_bytes import decode_array
from learning.errors import NotForTask
from learning.insight.neuron_contexts import NeuronLayer, compute_answers, list_neuron_layers
from learning.language.writer import Writer
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.http.validation_errors import invalid_fields
from service.insight.stored_insights import load_insights
from service.services import Context, load_model

routes = Routes("neuron_contexts", "What the neurons of a model that writes answer to.")

TOKENS_BEFORE: Final = 48
TOKENS_AFTER: Final = 12
PARTS: Final = ("neurons.windows", "neurons.places")


class NeuronQuery(Query):
    """Which neuron."""

    layer: int | None = Field(default=None, ge=1, description="The number of its layer; by default the first.")
    unit: int = Field(default=0, ge=0, description="Its number in the layer, from 0.")


@routes.get(
    "/v1/models/{ref}/neuron-contexts",
    scope="read",
    summary="What a neuron answers to",
    problems=("not-found", "no-insight", "not-for-task"),
)
def index(context: Context, ref: str, query: NeuronQuery) -> NeuronContextsResponse:
    """The stretches of held-out text where a neuron of a model that writes outputs most, the highest first.

    It is one of a dense layer with an activation function. The windows were searched when the model was trained.
    """
    served, model = load_model(context, ref)
    if model.writer is None:
        raise NotForTask(
            f"{served.name}:{served.version} is a model of {model.task}, and reads no text token by token.",
            "Look at its feature importance.",
        )
    layers = list_neuron_layers(model.net)
    insights = load_insights(context, served, PARTS)
    if not layers or not all(part in insights for part in PARTS):
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of what the neurons of {served.name}:{served.version} answer to: it has no dense layers "
            "with an activation function, or was trained before that was kept. Train again: the new version has it.",
        )
    windows, places = (decode_array(insights[part]) for part in PARTS)
    number = _find_layer(layers, query)
    chosen = layers[number]
    return NeuronContextsResponse(
        model_id=served.id,
        name=served.name,
        version=served.version,
        layers=[NeuronLayerResponse(layer=each.layer, units=each.units, activation=each.activation) for each in layers],
        layer=chosen.layer,
        unit=query.unit,
        contexts=_list_contexts(model.writer, windows, places[chosen.first + query.unit], number, query.unit),
    )


def _find_layer(layers: list[NeuronLayer], query: NeuronQuery) -> int:
    """The place of the layer that is asked for.

    Raises:
        ProblemError: `invalid`, if there is no such layer or neuron.
    """
    numbers = [each.layer for each in layers]
    if query.layer is not None and query.layer not in numbers:
        detail = f"is none of the layers with neurons to look at, which are {', '.join(map(str, numbers))}"
        raise invalid_fields([FieldError(pointer="?layer", detail=detail, code="unknown_layer", given=query.layer)])
    found = 0 if query.layer is None else numbers.index(query.layer)
    if query.unit >= layers[found].units:
        detail = f"is none of the neurons of layer {numbers[found]}, which has {layers[found].units:,}, from 0"
        raise invalid_fields([FieldError(pointer="?unit", detail=detail, code="unknown_unit", given=query.unit)])
    return found


def _list_contexts(
    writer: Writer, windows: NDArray[np.uint16], places: NDArray[np.int32], layer: int, unit: int
) -> list[NeuronContextResponse]:
    """The contexts at these places (n,), with the outputs of a neuron of the layer at this place."""
    context, names = windows.shape[1], writer.tokenizer.tokens
    rows, positions = np.divmod(places, context)
    outputs = np.nan_to_num(compute_answers(writer.net, windows[rows])[layer][unit].reshape(len(rows), context))
    contexts: list[NeuronContextResponse] = []
    for row, position, values in zip(rows.tolist(), positions.tolist(), outputs, strict=True):
        first = max(position - TOKENS_BEFORE, 0)
        part = slice(first, position + 1 + TOKENS_AFTER)
        contexts.append(
            NeuronContextResponse(
                tokens=[names[int(token)] for token in windows[row, part].tolist()],
                outputs=[round(value, 4) for value in values[part].astype(np.float64).tolist()],
                highest=position - first,
            )
        )
    return contexts
