"""The response with a net's weights, and arrays as JSON numbers.

They have the shortest digits that identify a float32, and are null where a number is not finite.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.training_view import JobWeightsResponse, LayerWeights, NetInput
from learning.insight.graph_view import VisibleUnits, select_strongest_units, visible_weights
from learning.insight.layer_numbers import number_layers
from learning.insight.weight_history import decode_weights
from service.training_view.stored_nets import StoredNet

Gradients = tuple[int, bytes, bytes]
"""The epoch of the last layer statistics, the gradients then, and which units were dead."""


def choose_units(kept: StoredNet, weights: NDArray[np.floating], count: int) -> VisibleUnits:
    """The inputs, and units of each layer, that are shown: at most `count` of each, those with the largest weights."""
    return select_strongest_units(kept.header.create_net(weights).weights, count)


def weights_response(
    kept: StoredNet, epoch: int, weights: NDArray[np.floating], looked: Gradients | None, shown: VisibleUnits
) -> JobWeightsResponse:
    """A net after an epoch, as far as its units are shown."""
    header, net = kept.header, kept.header.create_net(weights)
    names, numbers = header.name_joined(len(net.weights[0]) - 1), number_layers(net).dense
    gradients = None if looked is None else net.weight_views(decode_weights(looked[1]))
    dead = None if looked is None else _split_by_layer(looked[2], [layer.units for layer in net.dense_layers])
    return JobWeightsResponse(
        job_id=kept.job_id,
        epoch=epoch,
        kept_epochs=kept.epochs,
        watched_epoch=None if looked is None else looked[0],
        inputs=[NetInput(index=place, name=names[place]) for place in shown.inputs],
        outputs=header.output_names,
        layers=[
            LayerWeights(
                layer=numbers[place],
                units=layer.units,
                activation=layer.activation,
                shown=shown.layers[place],
                weights=(part := to_json_rows(_shown_part(net.weights, shown, place)))[:-1],
                biases=part[-1],
                gradients=None if gradients is None else to_json_rows(_shown_part(gradients, shown, place))[:-1],
                dead=None if dead is None else dead[place][shown.layers[place]].tolist(),
            )
            for place, layer in enumerate(net.dense_layers)
        ],
    )


def _shown_part(matrices: Sequence[NDArray[np.floating]], shown: VisibleUnits, place: int) -> NDArray[np.floating]:
    before = shown.layers[place - 1] if place else shown.inputs
    return visible_weights(matrices[place], before, shown.layers[place])


def _split_by_layer(dead: bytes, units: Sequence[int]) -> list[NDArray[np.bool_]]:
    return np.split(np.frombuffer(dead, np.bool_), np.cumsum(units)[:-1])


def to_json_numbers(vector: NDArray[np.floating]) -> list[float | None]:
    """The numbers of a vector (n,)."""
    texts: list[str] = vector.astype(np.float32).astype("U").tolist()
    finite: list[bool] = np.isfinite(vector).tolist()
    return [float(text) if sound else None for text, sound in zip(texts, finite, strict=True)]


def to_json_rows(matrix: NDArray[np.floating]) -> list[list[float | None]]:
    """The rows of a matrix (m, n)."""
    return [to_json_numbers(row) for row in matrix]


def to_json_number(value: float) -> float | None:
    """A number, or null."""
    (number,) = to_json_numbers(np.array([value]))
    return number
