"""Requests and responses about a job's net during training: layers, stored weights, replays, traced steps."""

from typing import Annotated, Literal

from pydantic import Field

from contract.responses import PredictedClass, PredictedValue, ResponseModel
from contract.specs import RowToPredict, StrictModel
from learning.nn.activations import ActivationName

MAX_REPLAY_ROWS = 1024

NullableFloats = list[float | None]
Epoch = Annotated[int, Field(ge=0, le=2**53)]
LayerNumber = Annotated[
    int, Field(description="Conv and dense layers are counted from 1 in the net's order; the output layer comes last.")
]
ImageLayerNumber = Annotated[
    int | None, Field(description="Conv and dense layers are counted from 1 in the net's order; null for pooling.")
]


class LayerResponse(ResponseModel):
    """A dense or conv layer, perhaps within another, as up to 256 training rows found it."""

    layer: LayerNumber
    type: Literal["dense", "conv"] = "dense"
    units: int = Field(description="How many neurons it has, or channels, each at every place of a picture.")
    activation: ActivationName
    gradient_norm: float | None = Field(description="The length of the gradient by the layer's weights and biases.")
    weight_norm: float | None = Field(description="The length of its weights and biases.")
    update_ratio: float | None = Field(
        description="What the epoch's last step changed of them, as a part of their length; some 0.001 is usual."
    )
    dead_share: float | None = Field(description="Relu and its like: the share of units that say 0 to every row.")
    saturated_share: float | None = Field(
        description="Tanh and sigmoid: the share of values within half a percent of the range's ends."
    )
    activation_mean: float | None
    activation_std: float | None


class LayersResponse(ResponseModel):
    """The dense and conv layers after an epoch."""

    epoch: int
    net: int | None = Field(default=None, description="Of an ensemble: the net whose they are, from 1.")
    layers: list[LayerResponse]
    non_finite: dict[str, str] | None = None


class LayersPage(ResponseModel):
    """The layers of a job's net, epoch by epoch, oldest first."""

    object: Literal["list"] = "list"
    data: list[LayersResponse]
    has_more: bool
    after_epoch: int = Field(description="Pass this as `after_epoch` to go on.")


class NetInput(ResponseModel):
    """A number that goes into the net."""

    index: int = Field(description="Its place among all inputs, from 0.")
    name: str = Field(description="What it says: a column, or something of a column.")


class LayerWeights(ResponseModel):
    """The strongest units of a dense layer, and what ties them to those that are shown of the layer before."""

    layer: LayerNumber
    units: int = Field(description="How many it has.")
    activation: ActivationName
    shown: list[int] = Field(description="Which of them are shown, from 0.")
    weights: list[NullableFloats] = Field(
        description="One row for each input or unit shown before, one number for each here."
    )
    biases: NullableFloats
    gradients: list[NullableFloats] | None = Field(description="Of these weights, when the net was last looked at.")
    dead: list[bool] | None = Field(description="Whether each unit shown was dead then.")


class JobWeightsResponse(ResponseModel):
    """A job's net after an epoch, as it can be drawn: the inputs and units that are tied most strongly."""

    object: Literal["job_weights"] = "job_weights"
    job_id: str
    epoch: int = Field(description="0 stands for the weights that it began with.")
    kept_epochs: list[int]
    watched_epoch: int | None = Field(description="After which epoch the net was last looked at.")
    inputs: list[NetInput]
    outputs: list[str] = Field(
        description="The classes, or the target. Two classes share one output, which is positive for the second."
    )
    layers: list[LayerWeights]


class ReplayRequest(StrictModel):
    """Rows, and the epochs whose nets are to predict them."""

    rows: list[RowToPredict] = Field(max_length=MAX_REPLAY_ROWS, fail_fast=True)
    epochs: Literal["all", "latest"] | Annotated[list[Epoch], Field(min_length=1, max_length=MAX_REPLAY_ROWS)] = Field(
        default="all", description="Of the kept ones."
    )
    defaults: RowToPredict = Field(default={}, description="The cells of columns that rows leave out.")


class ReplayedEpoch(ResponseModel):
    """The net's prediction for each row after an epoch."""

    epoch: int
    predictions: list[PredictedValue | PredictedClass]


class ReplayResponse(ResponseModel):
    """Predictions for rows over the epochs."""

    object: Literal["replay"] = "replay"
    job_id: str
    data: list[ReplayedEpoch]


class ActivationsRequest(StrictModel):
    """A neuron, the rows that it is to respond to, and the epoch whose net is asked."""

    layer: int = Field(ge=1, le=2**20, description="The number of its layer, as the layers and weights of the job say.")
    unit: int = Field(ge=0, le=2**31, description="Which of the layer's neurons, from 0.")
    rows: list[RowToPredict] = Field(min_length=1, max_length=MAX_REPLAY_ROWS, fail_fast=True)
    defaults: RowToPredict = Field(default={}, description="The cells of columns that rows leave out.")
    epoch: Literal["latest"] | Epoch = Field(default="latest", description="One of the kept ones.")


class ActivationsResponse(ResponseModel):
    """What a neuron says to each row."""

    object: Literal["activations"] = "activations"
    job_id: str
    epoch: int
    layer: LayerNumber
    unit: int
    activation: ActivationName
    activations: NullableFloats = Field(description="Its output for each row: the activation of its weighted sum.")


class TraceRequest(StrictModel):
    """A row with its target, and the epoch whose net is to be traced."""

    row: RowToPredict = Field(description="The columns to predict from, and the target.")
    epoch: Literal["latest"] | Epoch = Field(default="latest", description="One of the kept ones.")


class EncodedInput(ResponseModel):
    """A number that goes into the net."""

    name: str
    value: float | None


class TracedLayer(ResponseModel):
    """Forward and backward pass of a dense layer. Vectors are whole; of large matrices the strongest part is shown."""

    layer: LayerNumber
    units: int
    activation: ActivationName
    shown_inputs: list[int] = Field(description="Which inputs have a row in `weights` and `dw`, from 0.")
    shown: list[int] = Field(description="Which units have a column there, from 0.")
    weights: list[NullableFloats]
    biases: NullableFloats
    inputs: NullableFloats = Field(description="What came in.")
    z: NullableFloats = Field(description="The sums: inputs times weights, plus biases.")
    a: NullableFloats = Field(description="What the activation makes of them.")
    dz: NullableFloats = Field(description="How the loss would grow with each sum.")
    da: NullableFloats = Field(description="How the loss would grow with each value of `a`.")
    dw: list[NullableFloats] = Field(description="How the loss would grow with each weight.")
    db: NullableFloats = Field(description="How the loss would grow with each bias.")


class TracedImageLayer(ResponseModel):
    """Forward and backward pass of a conv or pool layer; a channel is a unit at every place of the picture."""

    layer: ImageLayerNumber
    type: Literal["conv", "pool"]
    channels: int
    height: int
    width: int
    activation: ActivationName | None = Field(description="Of a conv layer.")
    a: NullableFloats = Field(description="The mean of each channel's outputs.")
    da: NullableFloats = Field(
        description="How the loss would grow if all outputs of a channel did; null before the first layer that learns."
    )
    weight_norms: NullableFloats | None = Field(description="The length of each filter's weights; null for pooling.")
    dw_norms: NullableFloats | None = Field(description="The length of the gradient by them.")
    db: NullableFloats | None = Field(description="How the loss would grow with each filter's bias.")


class TracedUpdate(ResponseModel):
    """The step that this row alone would ask for."""

    optimizer: str = Field(description="How the job makes steps of gradients.")
    rule: Literal["weight - learning_rate * gradient"] = Field(
        default="weight - learning_rate * gradient",
        description="The step of plain gradient descent, after which the loss is `loss_after`.",
    )
    learning_rate: float
    loss_after: float | None


class TraceResponse(ResponseModel):
    """Every number of one step of training with one row: forward, the error, and back."""

    object: Literal["trace"] = "trace"
    job_id: str
    epoch: int
    row: RowToPredict
    encoded: list[EncodedInput]
    image_layers: list[TracedImageLayer] = Field(description="The conv and pool layers, which come before `layers`.")
    layers: list[TracedLayer]
    prediction: PredictedValue | PredictedClass
    expected: float | str
    target: float = Field(
        description="What the loss compares the net's answer with: a standardised number, -1 or 1 for two classes, or "
        "the class's place."
    )
    loss_name: Literal["mse", "mae", "huber", "cross_entropy"]
    loss: float | None
    update: TracedUpdate
