"""A trained model: the net, how rows are encoded for it, and how its answers are read; immutable, and a row of bytes.

It is all that is left of a job: whoever has the bytes can predict, and nothing in them can run.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.data.prepare import Encoding, PreparedData
from learning.encoding.columns import InputColumn, InputWarning, WarningList
from learning.encoding.table import TableEncoder
from learning.encoding.targets import ClassTarget, RegressionTarget, Target, Task
from learning.errors import CorruptModel
from learning.frame import Frame
from learning.nn.layers import Layer, count_parameters
from learning.nn.net import NeuralNet
from learning.serialization import from_json, to_json

MAGIC: Final = b"GRADUS\x00\x01"
MAX_HEADER_BYTES: Final = 64 * 2**20
_LENGTH_BYTES = 8
_DIGEST_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ModelHeader:
    """Everything about a model but its weights.

    Attributes:
        target: The name of the column that it predicts.
        inputs: How a row becomes numbers for the net.
        layers: The hidden layers.
        output: How the net's answers become values or classes.
        ignored: Columns of the dataset that the model does not look at.
    """

    target: str
    inputs: TableEncoder
    layers: Annotated[tuple[Layer, ...], MaxLen(64)]
    output: Target
    ignored: tuple[str, ...]

    @property
    def parameter_count(self) -> int:
        """How many weights and biases a net of these sizes has."""
        return count_parameters(self.inputs.width, self.layers, self.output.outputs)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes that are told apart; None if a number is predicted."""
        return self.output.classes if isinstance(self.output, ClassTarget) else None

    def create_net(self, parameters: NDArray[np.floating]) -> NeuralNet:
        """A net of these layers with a copy of these weights (parameter_count,)."""
        net = NeuralNet(self.inputs.width, self.layers, self.output.outputs, seed=0)
        net.parameters[...] = parameters
        return net

    def decode(self, answers: NDArray[np.floating]) -> "Predictions":
        """What a net's answers (rows, outputs) mean."""
        if isinstance(self.output, RegressionTarget):
            return Predictions(values=self.output.decode(answers))
        return Predictions(probabilities=self.output.decode(answers), classes=self.output.classes)

    def to_json(self) -> bytes:
        """The header as JSON."""
        return json.dumps(to_json(self), separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "ModelHeader":
        """The header again.

        Raises:
            TornModel: if this is not the JSON of a whole one.
        """
        try:
            return from_json(cls, json.loads(data))
        except (ValueError, RecursionError) as fault:
            raise CorruptModel(f"The model's header cannot be read: {fault}") from fault


@dataclass(frozen=True)
class Predictions:
    """What a model says of rows.

    Attributes:
        values: Regression: the predicted numbers, in the target's units, finite float64 (rows,).
        probabilities: Classes: the probability of each, float64 (rows, classes), each row with the sum 1.
        classes: Their names, in the order of the columns.
    """

    values: NDArray[np.float64] | None = None
    probabilities: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many rows there were."""
        said = self.values if self.probabilities is None else self.probabilities
        return 0 if said is None else len(said)

    @cached_property
    def labels(self) -> list[str]:
        """The most probable class of each row; none for regression."""
        if self.probabilities is None:
            return []
        return [self.classes[number] for number in self.probabilities.argmax(axis=1).tolist()]


class Model:
    """A trained model; safe for any number of threads at once.

    Args:
        header: Everything but the weights.
        parameters: The weights (parameter_count,); they are copied.
    """

    def __init__(self, header: ModelHeader, parameters: NDArray[np.floating]) -> None:
        self._header = header
        self._net = header.create_net(parameters)

    @property
    def header(self) -> ModelHeader:
        """Everything about it but the weights."""
        return self._header

    @property
    def task(self) -> Task:
        """Whether it predicts a number or a class."""
        return self._header.output.task

    @property
    def target(self) -> str:
        """The name of the column that it predicts."""
        return self._header.target

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes that it tells apart; None if it predicts a number."""
        return self._header.classes

    @cached_property
    def inputs(self) -> tuple[InputColumn, ...]:
        """The columns that it predicts from."""
        return self._header.inputs.describe()

    @property
    def ignored(self) -> tuple[str, ...]:
        """The dataset's other columns: rows may have them, and they change nothing."""
        return self._header.ignored

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The hidden layers."""
        return self._header.layers

    @property
    def parameter_count(self) -> int:
        """How many weights and biases it has."""
        return self._net.parameter_count

    @property
    def parameters(self) -> NDArray[np.floating]:
        """A copy of all weights and biases (parameter_count,)."""
        return self._net.parameters.copy()

    @property
    def net(self) -> NeuralNet:
        """The net itself, to be looked into, and never changed."""
        return self._net

    @property
    def encoding(self) -> Encoding:
        """How its columns and its target are encoded, for who trains on from it."""
        return Encoding(self._header.inputs, self._header.output)

    def create_example_row(self) -> dict[str, str | float | bool]:
        """A row as it might well be, as JSON values: medians and the most frequent categories."""
        return self._header.inputs.typical_row()

    def predict(self, frame: Frame, max_warnings: int = 1000) -> tuple[Predictions, list[InputWarning]]:
        """Predict each row of the frame; a missing value is imputed as in training.

        Args:
            frame: The rows.
            max_warnings: How many warnings to return at most.

        Returns:
            The predictions, and what makes those of some rows less certain, by row: unseen_category,
            outside_trained_range, or missing_imputed; the last only where training missed no value, so that the net
            cannot know what its absence means.

        Raises:
            UnusableColumn: if a column that the model needs is not there, or is of another type than in training.
        """
        warnings = WarningList(max_warnings)
        x = self._header.inputs.encode(frame, warnings=warnings)
        return self._header.decode(self._net.forward(x)), warnings.sorted()

    @cached_property
    def weights_sha256(self) -> str:
        """The SHA-256 of the weights, float32 and little-endian, in hexadecimal."""
        return compute_weights_sha256(self._net.parameters)

    def weight_arrays(self) -> dict[str, NDArray[np.float32]]:
        """The weights (inputs, units) and the bias (units,) of each dense layer, from `layer1.weights` on."""
        arrays: dict[str, NDArray[np.float32]] = {}
        for number, matrix in enumerate(self._net.weights, start=1):
            arrays[f"layer{number}.weights"] = matrix[:-1].astype(np.float32)
            arrays[f"layer{number}.bias"] = matrix[-1].astype(np.float32)
        return arrays

    def to_bytes(self) -> bytes:
        """The model as bytes.

        They are a magic number, the length of the header (8 bytes, little-endian), the header in JSON, the weights in
        float32, little-endian, and the SHA-256 of everything before it.
        """
        header = self._header.to_json()
        body = MAGIC + len(header).to_bytes(_LENGTH_BYTES, "little") + header + self._weights()
        return body + hashlib.sha256(body).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """The model again, with the same predictions in every bit.

        Raises:
            TornModel: if these are not all of the bytes of a model, unchanged.
        """
        start = len(MAGIC) + _LENGTH_BYTES
        body = memoryview(data)[: max(len(data) - _DIGEST_BYTES, 0)]
        if len(body) < start or not data.startswith(MAGIC):
            raise CorruptModel("These bytes do not begin as a model's do.")
        if hashlib.sha256(body).digest() != data[len(body) :]:
            raise CorruptModel("These bytes were cut or changed since the model was written: their checksum differs.")
        length = int.from_bytes(body[len(MAGIC) : start], "little")
        if length > min(MAX_HEADER_BYTES, len(body) - start):
            raise CorruptModel(f"The model's header claims {length} bytes.")
        header = ModelHeader.from_json(bytes(body[start : start + length]))
        weights = body[start + length :]
        if len(weights) != 4 * header.parameter_count:
            raise CorruptModel(
                f"The model has {len(weights)} bytes of weights, and needs 4 times {header.parameter_count}."
            )
        parameters = np.frombuffer(weights, dtype="<f4")
        if not np.isfinite(parameters).all():
            raise CorruptModel("The model has weights that are not finite numbers.")
        return cls(header, parameters)

    def _weights(self) -> bytes:
        return self._net.parameters.astype("<f4").tobytes()


def compute_weights_sha256(parameters: NDArray[np.floating]) -> str:
    """The SHA-256 of a net's weights, float32 and little-endian, in hexadecimal."""
    return hashlib.sha256(parameters.astype("<f4", copy=False).data).hexdigest()


def create_model(prepared: PreparedData, net: NeuralNet) -> Model:
    """The model of a trained net: from now on it does not change, even if the net does."""
    return Model(create_header(prepared, net), net.parameters)


def create_header(prepared: PreparedData, net: NeuralNet) -> ModelHeader:
    """Everything about the model that a net in training will be, but its weights."""
    return ModelHeader(
        target=prepared.target,
        inputs=prepared.inputs,
        layers=net.layers[:-1],
        output=prepared.output,
        ignored=prepared.ignored,
    )
