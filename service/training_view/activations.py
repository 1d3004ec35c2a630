"""The response with the activations of a neuron, which is named by its layer and its place in it.

A neuron that the net has not is refused here with those that it has.
"""

import numpy as np
from numpy.typing import NDArray

from contract.responses import FieldError
from contract.training_view import ActivationsRequest, ActivationsResponse
from learning.insight.capabilities import list_unavailable
from learning.insight.layer_numbers import number_layers
from learning.insight.neuron_activations import compute_activations
from service.http.errors import ProblemError
from service.http.validation_errors import invalid_fields
from service.request_bodies.strict_rows import WRAPPED
from service.training_view.replay import encode_rows
from service.training_view.responses import to_json_numbers
from service.training_view.stored_nets import StoredNet
from service.unavailable import refuse_unavailable


def activations_response(
    kept: StoredNet, request: ActivationsRequest, epoch: int, weights: NDArray[np.floating]
) -> ActivationsResponse:
    """The activations of a neuron for rows with the weights after an epoch.

    Raises:
        ProblemError: `invalid`, if a row does not fit, or there is no such neuron.
        NotForTask: the net does not learn from rows of a table.
    """
    header = kept.header
    refuse_unavailable("evaluate", list_unavailable(header.output.task, header.output.columns))
    net = header.create_net(weights)
    numbers = number_layers(net).dense
    if request.layer not in numbers:
        layers = ", ".join(map(str, numbers))
        raise _unknown("#/layer", f"is {request.layer}, and the layers of neurons are {layers}", request.layer)
    place = numbers.index(request.layer)
    layer = net.dense_layers[place]
    if request.unit >= layer.units:
        raise _unknown(
            "#/unit", f"is {request.unit}, and the last of layer {request.layer} is {layer.units - 1}", request.unit
        )
    arrays = encode_rows(header, request.rows, WRAPPED, request.defaults)
    activations = compute_activations(net, net.join(*arrays), place, request.unit)
    return ActivationsResponse(
        job_id=kept.job_id,
        epoch=epoch,
        layer=request.layer,
        unit=request.unit,
        activation=layer.activation,
        activations=to_json_numbers(activations),
    )


def _unknown(pointer: str, detail: str, given: int) -> ProblemError:
    return invalid_fields([FieldError(pointer=pointer, detail=detail, code="unknown_neuron", given=given)])
