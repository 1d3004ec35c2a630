"""Trained models: a net with the encoding of its inputs and target; immutable, with a format of bytes without code."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import Encoding, PreparedData
from learning.encoding.columns import InputColumn, InputWarning, WarningList
from learning.encoding.table import TableEncoder
from learning.errors import CorruptModel
from learning.frame import Frame
from learning.language.mixture import NgramMixture
from learning.language.token_encoder import TokenEncoder
from learning.language.writer import Writer
from learning.model_header import ModelHeader, create_header
from learning.nn.layers.inputs import RowArrays
from learning.nn.net import NeuralNet
from learning.novelty.picture_novelty import PictureNovelty
from learning.recommendation.history import HistoryEncoder
from learning.recommendation.recommender import Recommender
from learning.serialization import to_json
from learning.tasks import Predictions
from learning.tasks.conformal import ConformalScores
from learning.tasks.language import TextTarget
from learning.tasks.rowless import RowlessTarget

MAGIC: Final = b"GRADUS\x00\x01"
MAX_HEADER_BYTES: Final = 64 * 2**20
MAX_MODEL_BYTES: Final = 1_000_000_000
"""The longest value of SQLite, and less than that of PostgreSQL, in either of which a model is one."""
MAX_WEIGHTS_BYTES: Final = MAX_MODEL_BYTES - MAX_HEADER_BYTES
BYTES_PER_WEIGHT: Final = 4
MAX_ENCODED_CELLS: Final = 2**21
"""The maximum number of a net's inputs, of all rows together, that are encoded at once to predict."""
MIN_PIECE_ROWS: Final = 32
"""Rows that are encoded at once however wide they are."""
TEXT_ENCODERS: Final = frozenset({"text", "terms"})
_LENGTH_BYTES = 8
_DIGEST_BYTES = 32
_ALIGNMENT = 16


class Model:
    """A trained model, a header and weights (parameter_count,), never to be changed; safe for many threads at once.

    Attributes:
        header: Everything but the weights.
        net: The net; never to be changed.
    """

    def __init__(self, header: ModelHeader, parameters: NDArray[np.floating]) -> None:
        self.header, self.net = header, header.create_net(parameters)
        self.targets, self.classes, self.task = header.targets, header.classes, header.output.task
        self.layers, self.ignored, self.parameter_count = header.layers, header.ignored, self.net.parameter_count

    @cached_property
    def inputs(self) -> tuple[InputColumn, ...]:
        """The input columns."""
        return self.header.input_columns

    @cached_property
    def image_shapes(self) -> dict[str, tuple[int, int, int]]:
        """Channels, height and width of the pictures of its columns of images, by name."""
        return {column.name: column.image_shape for column in self.inputs if column.image_shape is not None}

    @property
    def parameters(self) -> NDArray[np.floating]:
        """A copy of all weights and biases (parameter_count,)."""
        return self.net.parameters.copy()

    @property
    def encoding(self) -> Encoding:
        """The encoding of its inputs and target, for a warm start, and for whatever judges single rows.

        Raises:
            NotForTask: of a model that recommends or writes.
        """
        inputs, output = self.header.inputs, self.header.output
        if isinstance(output, RowlessTarget):
            output.refuse()
        return Encoding(cast("TableEncoder", inputs), output)

    @cached_property
    def recommender(self) -> Recommender | None:
        """What recommends; None of a model of another task."""
        inputs = self.header.inputs
        return Recommender(inputs, self.net) if isinstance(inputs, HistoryEncoder) else None

    @cached_property
    def writer(self) -> Writer | None:
        """What writes; None of a model of another task."""
        inputs = self.header.inputs
        return Writer(inputs, self.net, self.header.mixture) if isinstance(inputs, TokenEncoder) else None

    def create_example_row(self) -> Mapping[str, str | float | bool | None]:
        """A typical row as JSON values: medians and the most frequent categories; null in place of a picture."""
        return self.header.inputs.typical_row()

    def predict(
        self, frame: Frame, max_warnings: int = 1000, coverage: float | None = None
    ) -> tuple[Predictions, list[InputWarning]]:
        """Predict each row of the frame; a missing value is imputed as in training.

        With a coverage between 0 and 1 they have intervals or sets; `header.calibration` says what these promise.

        Returns:
            The predictions, and warnings about rows unlike those of training: unseen_category, pooled_category,
            outside_trained_range, unlike_training, or missing_imputed; the last only where no value was missing in
            training.

        Raises:
            UnusableColumn: if an input column does not exist, or is of another type than in training.
            NoCoverage: if the model has too few rows that it did not learn from to promise it, or none.
            NotForTask: if it recommends or writes, and a coverage is asked for.
        """
        thresholds = None if coverage is None else self.header.calibration.find_thresholds(coverage)
        if self.recommender is not None:
            return self.recommender.predict(frame, max_warnings)
        if self.writer is not None:
            return self.writer.predict(frame)
        if frame.rows > self._piece_rows:
            return self._predict_in_pieces(frame, max_warnings, thresholds)
        warnings = WarningList(max_warnings)
        arrays = self.header.inputs.encode_arrays(frame, warnings)
        logits, typicality = self._pass_rows(arrays, frame, warnings)
        return self._decode(logits, typicality, thresholds), warnings.sorted()

    def encode(self, frame: Frame) -> NDArray[np.floating]:
        """The joined values of its net for each row of the frame (rows, net.inputs).

        Raises:
            UnusableColumn: if an input column does not exist, or is of another type than in training.
        """
        return self.net.join(*self.header.inputs.encode_arrays(frame))

    @cached_property
    def _piece_rows(self) -> int:
        """The number of rows encoded at once: whole chunks of the net if one is no larger, for the same bits."""
        cells, chunk = self.net.inputs + 2 * self.net.net_inputs.slots, self.net.chunk_rows
        rows = max(MIN_PIECE_ROWS, MAX_ENCODED_CELLS // cells)
        return rows - rows % chunk if rows > chunk else rows

    def _predict_in_pieces(
        self, frame: Frame, max_warnings: int, thresholds: NDArray[np.float64] | None
    ) -> tuple[Predictions, list[InputWarning]]:
        """The same for many rows, in memory for few: the net's inputs may be many times as large as the frame."""
        logits: NDArray[np.floating] = np.empty((frame.rows, self.net.outputs), self.net.dtype)
        typicality = None if self.header.novelty is None else np.empty(frame.rows)
        listed: list[InputWarning] = []
        for start in range(0, frame.rows, self._piece_rows):
            piece = frame.slice(start, start + self._piece_rows)
            warnings = WarningList(max_warnings - len(listed))
            arrays, own = self.header.inputs.encode_arrays(piece, warnings), slice(start, start + piece.rows)
            logits[own], part = self._pass_rows(arrays, piece, warnings)
            if typicality is not None:
                typicality[own] = part
            listed += [warning._replace(row=start + warning.row) for warning in warnings.sorted()]
        return self._decode(logits, typicality, thresholds), listed

    def _pass_rows(
        self, arrays: RowArrays, frame: Frame, warnings: WarningList
    ) -> tuple[NDArray[np.floating], NDArray[np.float64] | None]:
        """The logits of rows, and the typicality of their pictures, with warnings of those that are unfamiliar."""
        novelty, inputs = self.header.novelty, self.header.inputs
        picture = inputs.picture if isinstance(inputs, TableEncoder) else None
        if novelty is None or picture is None:
            return self.net.forward(*arrays), None
        joined, (encoder, places) = self.net.join(*arrays), picture
        typicality = novelty.measure_typicality(arrays.images, joined[:, places])
        typicality[encoder.find_missing(frame.column(encoder.name))] = np.nan
        for row in warnings.first_rows(np.flatnonzero(typicality <= novelty.max_unfamiliar)):
            warnings.add(row, encoder.name, "unlike_training", novelty.describe(float(typicality[row])))
        return self.net.forward(joined), typicality

    def _decode(
        self,
        logits: NDArray[np.floating],
        typicality: NDArray[np.float64] | None,
        thresholds: NDArray[np.float64] | None,
    ) -> Predictions:
        predictions = self.header.decode(logits, thresholds)
        return predictions if typicality is None else replace(predictions, typicality=typicality)

    @cached_property
    def weights_sha256(self) -> str:
        """The SHA-256 of the weights, float32 and little-endian, in hexadecimal."""
        return compute_weights_sha256(self.net.parameters)

    def weight_arrays(self) -> dict[str, NDArray[np.float32]]:
        """The parameters of each layer that has any, from `layer1.weights` (inputs, units) and `layer1.bias` on.

        Of a dense layer of several groups the inputs are those of one group, as in a grouped convolution.

        Then the vectors of each column of ids, and of each of texts (ids, units), from `embedding1.vectors` on.
        """
        views = [placed.cut_parameters(self.net.parameters) for placed in self.net.placed]
        arrays = {
            f"layer{number}.{name}": view
            for number, layer in enumerate(filter(None, views), start=1)
            for name, view in layer.items()
        }
        arrays |= {f"embedding{number}.vectors": table for number, table in enumerate(self.net.tables, start=1)}
        return {name: view.astype(np.float32, copy=False) for name, view in arrays.items()}

    @property
    def vocabulary_json(self) -> str | None:
        """How texts become the numbers that the net reads, in JSON: its tokenizer or terms; None if it reads none."""
        inputs = self.header.inputs
        reads = isinstance(inputs, TokenEncoder) or any(column.type in TEXT_ENCODERS for column in inputs.columns)
        return json.dumps(to_json(inputs), separators=(",", ":"), allow_nan=False) if reads else None

    def to_bytes(self) -> bytes:
        """Serialize the model.

        The format is a magic number, the length of the header (8 bytes, little-endian), the header in JSON, the weights
        in float32, little-endian, and the SHA-256 of everything before it. Blanks after the header put the weights at a
        multiple of 16 bytes, so that they are read where they lie.
        """
        header, weights = self.header.to_json(), self.net.parameters.astype("<f4", copy=False).data
        header += b" " * (-len(header) % _ALIGNMENT)
        start = MAGIC + len(header).to_bytes(_LENGTH_BYTES, "little") + header
        digest = hashlib.sha256(start)
        digest.update(weights)
        return b"".join([start, weights, digest.digest()])

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> "Model":
        """Deserialize a model, to the same predictions in every bit; its weights stay where they lie.

        Raises:
            CorruptModel: if these are not exactly the bytes of a model.
        """
        start = len(MAGIC) + _LENGTH_BYTES
        body = memoryview(data)[: max(len(data) - _DIGEST_BYTES, 0)]
        if len(body) < start or bytes(body[: len(MAGIC)]) != MAGIC:
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
        if not np.isfinite([parameters.min(), parameters.max()]).all():  # either is NaN if a weight is
            raise CorruptModel("The model has weights that are not finite numbers.")
        return cls(header, parameters)


def compute_weights_sha256(parameters: NDArray[np.floating]) -> str:
    """The SHA-256 of a net's weights, float32 and little-endian, in hexadecimal."""
    return hashlib.sha256(parameters.astype("<f4", copy=False).data).hexdigest()


def create_model(prepared: PreparedData, net: NeuralNet, conformal: ConformalScores | None = None) -> Model:
    """Create the model of a trained net, with a copy of its parameters, and with the scores that intervals rest on."""
    picture = prepared.inputs.picture if isinstance(prepared.inputs, TableEncoder) else None
    novelty = None if picture is None else _fit_novelty(prepared, net, picture[1])
    mixture = _fit_mixture(prepared, net)
    header = replace(create_header(prepared, net), novelty=novelty, mixture=mixture, conformal=conformal)
    return Model(header, net.parameters.copy())


def _fit_novelty(prepared: PreparedData, net: NeuralNet, places: slice) -> PictureNovelty | None:
    """How unlike the training pictures others are, by held-out ones: of an ensemble on folds, those of each fold."""
    rows, train, held_out = prepared.rows, prepared.train, [prepared.validation, prepared.test]
    if prepared.validation is train and rows.folds is not None:
        return PictureNovelty.fit(net, places, train, [prepared.test], rows.folds[rows.train])
    return PictureNovelty.fit(net, places, train, held_out)


def _fit_mixture(prepared: PreparedData, net: NeuralNet) -> NgramMixture | None:
    """The n-grams that a net is mixed with, if it writes and a part of the text was held out."""
    held_out, target = prepared.epoch_sample, prepared.epoch_sample.target
    if not isinstance(target, TextTarget) or not len(held_out):
        return None
    return target.fit_mixture(net.forward(*held_out.arrays), held_out.y)
