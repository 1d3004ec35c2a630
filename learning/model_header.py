"""Headers of models: everything about a trained model but its weights, which is stored as JSON."""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, cast

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.column_format import PLAIN_FORMAT, ColumnFormat, NamedFormat
from learning.data.prepare import PreparedData
from learning.encoding.columns import InputColumn
from learning.encoding.image import ImageEncoder
from learning.encoding.table import TableEncoder
from learning.errors import CorruptModel
from learning.language.mixture import NgramMixture
from learning.language.token_encoder import TokenEncoder
from learning.nn.layers import Layer, count_parameters, place_net
from learning.nn.net import NeuralNet
from learning.novelty.picture_novelty import PictureNovelty
from learning.recommendation.history import HistoryEncoder
from learning.serialization import OPTIONAL, from_json, to_json
from learning.tasks import Predictions, Target
from learning.tasks.conformal import ConformalScores, NoCoverage
from learning.tasks.rowless import RowlessTarget


@dataclass(frozen=True, kw_only=True)
class ModelHeader:
    """Everything about a model but its weights.

    Attributes:
        target: The name of the target column; None where there are several, which the output names.
        inputs: The encoder of the input columns; of a model that recommends what users chose, or of a text.
        layers: The hidden layers.
        output: The encoding of the target.
        ignored: Columns of the dataset that the model does not use: rows may have them.
        formats: How cells of its inputs and its target are written, where not plainly; None in a model of an earlier
            version.
        novelty: How it tells that a picture is unlike those that it learned from; None if it sees none, there were too
            few, or an earlier version trained it.
        mixture: The n-grams that its net is mixed with; None if it writes alone, or does not write.
    """

    target: str | None
    inputs: TableEncoder | HistoryEncoder | TokenEncoder
    layers: Annotated[tuple[Layer, ...], MaxLen(64)]
    output: Target
    ignored: tuple[str, ...]
    formats: tuple[NamedFormat, ...] | None = None
    novelty: PictureNovelty | None = field(default=None, metadata=OPTIONAL)
    mixture: NgramMixture | None = field(default=None, metadata=OPTIONAL)
    conformal: ConformalScores | None = field(default=None, metadata=OPTIONAL)

    @cached_property
    def input_columns(self) -> tuple[InputColumn, ...]:
        """The columns that rows to predict have."""
        return tuple([replace(column, format=self.format_of(column.name)) for column in self.inputs.describe()])

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The names of the target columns."""
        return self.output.names if self.target is None else (self.target,)

    @cached_property
    def target_columns(self) -> tuple[InputColumn, ...]:
        """The columns of the targets, in rows that have them."""
        kind, classes = self.output.column_type, self.classes
        return tuple([InputColumn(name, kind, classes, format=self.format_of(name)) for name in self.targets])

    @cached_property
    def output_names(self) -> list[str]:
        """What the net's outputs stand for: each of two classes has a name, and so has each item to recommend."""
        if isinstance(self.inputs, HistoryEncoder):
            return list(self.inputs.catalogue.items)
        if isinstance(self.inputs, TokenEncoder):
            return list(self.inputs.tokenizer.tokens)
        return self.output.name_outputs(self.targets)

    def name_joined(self, joined: int) -> list[str]:
        """The names of so many values that the first dense layer reads, the features of a picture or token last."""
        names = self.inputs.output_names
        if isinstance(self.inputs, TokenEncoder):
            return [*names, *(f"{self.inputs.column} [{number}]" for number in range(1, joined - len(names) + 1))]
        image = self.inputs.image_encoder if isinstance(self.inputs, TableEncoder) else None
        return names if image is None else [*names, *self._name_features(image)]

    def _name_features(self, image: ImageEncoder) -> list[str]:
        """The names of what the image layers make of a picture: its feature maps, and the place in each."""
        placed = place_net(self.inputs.net_inputs, self.layers, self.output.outputs)
        maps, height, width = placed.image[-1].output_shape if placed.image else image.shape
        if height == width == 1:
            return [f"map {number + 1}" for number in range(maps)]
        places = np.ndindex(maps, height, width)
        return [f"map {number + 1} ({row + 1}, {place + 1})" for number, row, place in places]

    def format_of(self, name: str) -> ColumnFormat | None:
        """How the cells of an input or of the target are written; None if an earlier version trained the model."""
        return None if self.formats is None else self._formats_by_name.get(name, PLAIN_FORMAT)

    @cached_property
    def _formats_by_name(self) -> dict[str, ColumnFormat]:
        return {named.name: named.format for named in self.formats or ()}

    @property
    def parameter_count(self) -> int:
        """The number of weights, biases and other parameters."""
        return count_parameters(self.inputs.net_inputs, self.layers, self.output.outputs)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes; None for regression."""
        return self.output.labels or None

    def create_net(self, parameters: NDArray[np.floating]) -> NeuralNet:
        """A net of these layers over these weights (parameter_count,), which are copied only if they are no float32."""
        weights = np.require(parameters, np.float32, ["C", "A"])
        return NeuralNet(self.inputs.net_inputs, self.layers, self.output.outputs, seed=0, parameters=weights)

    def decode(self, logits: NDArray[np.floating], thresholds: NDArray[np.float64] | None = None) -> Predictions:
        """The predictions that logits (rows, outputs) stand for, with thresholds (targets,) those with intervals."""
        predictions = self.output.decode(logits)
        return (
            predictions
            if thresholds is None
            else replace(predictions, bounds=self.output.find_bounds(logits, thresholds))
        )

    @property
    def calibration(self) -> ConformalScores:
        """What intervals and sets of its predictions rest on.

        Raises:
            NoCoverage: nothing was kept for that.
            NotForTask: of a model that recommends or writes.
        """
        if isinstance(self.output, RowlessTarget):
            self.output.refuse()
        if self.conformal is None:
            raise NoCoverage(
                "There are no rows that this model neither learned from nor was stopped by, or it was trained by an "
                "earlier version, so intervals and sets would promise nothing.",
                "Train again with nets: 5, with split.test above 0, or with at least 100 validation rows.",
            )
        return self.conformal

    def to_json(self) -> bytes:
        """The header as JSON."""
        return json.dumps(to_json(self), separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "ModelHeader":
        """Parse a header.

        Raises:
            CorruptModel: if this is not the JSON of a header.
        """
        try:
            plain: object = json.loads(data)
            if isinstance(plain, dict):
                plain = {"formats": None, **cast("dict[str, object]", plain)}
            return from_json(cls, plain)
        except (ValueError, RecursionError) as fault:
            raise CorruptModel(f"The model's header cannot be read: {fault}") from fault


def create_header(prepared: PreparedData, net: NeuralNet) -> ModelHeader:
    """Create the header of the model of a net in training."""
    return ModelHeader(
        target=prepared.targets[0] if len(prepared.targets) == 1 else None,
        inputs=prepared.inputs,
        layers=net.layers[:-1],
        output=prepared.output,
        ignored=prepared.ignored,
        formats=prepared.formats,
    )
