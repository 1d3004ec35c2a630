"""Writer of a model as a file of ONNX: one named input for each column, and the answers as outputs."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from learning.encoding.table import TableEncoder
from learning.errors import NotExportable
from learning.export.onnx.answers import add_class_answers, add_number_answers
from learning.export.onnx.columns import ColumnGraph, FeatureGraph
from learning.export.onnx.coverage import COVERAGE, describe_coverage, find_thresholds
from learning.export.onnx.layers import add_layers
from learning.export.onnx.operators import Operators, Tensor, load_operators
from learning.export.onnx.recommendations import RecommendationGraph
from learning.model import BYTES_PER_WEIGHT, Model
from learning.nn.layers import place_net
from learning.nn.layers.inputs import ImageInput
from learning.recommendation.history import HistoryEncoder
from learning.tasks.classification import ClassTarget
from learning.tasks.regression import RegressionTarget

MAX_GRAPH_BYTES: Final = 64 * 2**20
"""The most bytes of weights; while the file is made it takes several times as many."""
MAX_GRAPH_COLUMNS: Final = 2000
"""The most columns, each of which is an input and several operators."""


def write_onnx(model: Model, about: Mapping[str, str], feature_graph: FeatureGraph | None = None) -> bytes:
    """The model as a file of ONNX.

    Args:
        model: The model.
        about: What the file says of it, as texts by their names.
        feature_graph: The net that makes features of its pictures, if one does.

    Raises:
        NotExportable: a part of it is nothing that ONNX has, it is too large, or the package that writes it is missing.
    """
    check_onnx(model)
    ops = load_operators()
    facts = {**about, "notes": _NOTES}
    if model.recommender is not None:
        recommendations = RecommendationGraph(ops, model.recommender)
        inputs, outputs = recommendations.inputs, recommendations.outputs
        facts |= recommendations.facts
    elif model.writer is not None:
        inputs, outputs = _build_language(ops, model)
    else:
        inputs, outputs = _build_table(ops, model, feature_graph)
        facts |= describe_coverage(model)
    taken = {f"predicted_{name}" if name in inputs else name: tensor for name, tensor in outputs.items()}
    graph = ops.build(inputs, taken)
    for name, text in facts.items():
        graph.metadata_props.add(key=name, value=text)
    return graph.SerializeToString()


_NOTES: Final = (
    "Numbers are float64, NaN where missing; booleans are 1 and 0; moments are seconds since 1970 UTC; categories are "
    "spelled as in training, and empty where missing; pictures have the size that the model sees; users and items are "
    "strings."
)


def check_onnx(model: Model) -> None:
    """Check what can be told without building the graph.

    Raises:
        NotExportable: the model is too large.
    """
    size = BYTES_PER_WEIGHT * model.parameter_count
    if isinstance(model.header.inputs, HistoryEncoder):  # which has a vector for each user
        size += BYTES_PER_WEIGHT * len(model.header.inputs.users) * model.net.placed[-1].input_shape[0]
    if size > MAX_GRAPH_BYTES or len(model.inputs) > MAX_GRAPH_COLUMNS:
        raise NotExportable(
            f"The model has {size:,} bytes of weights and {len(model.inputs):,} columns, and a file of ONNX takes at "
            f"most {MAX_GRAPH_BYTES:,} and {MAX_GRAPH_COLUMNS:,}.",
            "Export its weights as safetensors or npz.",
        )


def _build_table(
    ops: Operators, model: Model, feature_graph: FeatureGraph | None
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The inputs and outputs of a model of a table."""
    encoder: Any = model.header.inputs
    if not isinstance(encoder, TableEncoder):
        raise TypeError(f"{encoder} encodes no table")
    net = model.net
    placed = place_net(net.net_inputs, net.layers[:-1], net.outputs)
    columns = ColumnGraph(ops, encoder, net.tables, feature_graph)
    x = columns.joined
    if columns.pixels is not None:
        scaled = _scale_pixels(ops, columns.pixels, net.net_inputs.require_image())
        features = ops.reshape(add_layers(ops, scaled, placed.image, net.parameters), [-1, placed.features])
        x = features if x is None else ops.concat([x, features])
    logits = add_layers(ops, x, placed.joined, net.parameters)
    target = model.header.output
    thresholds = find_thresholds(model, COVERAGE)
    if isinstance(target, ClassTarget):
        return columns.inputs, add_class_answers(ops, logits, target, thresholds)
    if isinstance(target, RegressionTarget):
        return columns.inputs, add_number_answers(ops, logits, target, thresholds)
    raise TypeError(f"{target} is no target of a table")


def _scale_pixels(ops: Operators, pixels: Tensor, image: ImageInput) -> Tensor:
    """Pixels as the net reads them: by channel, minus the mean, by the deviation."""
    deviations = np.array(image.deviations)
    scale = (1 / (255 * deviations)).reshape(-1, 1, 1)
    offset = (np.array(image.means) / deviations).reshape(-1, 1, 1)
    return ops.op.sub(ops.op.mul(pixels, ops.const(scale, np.float32)), ops.const(offset, np.float32))


def _build_language(ops: Operators, model: Model) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The inputs and outputs of a model that writes: tokens, and the logits of what follows each."""
    tokens, net = ops.argument(np.int64, ("rows", "positions")), model.net
    placed = place_net(net.net_inputs, net.layers[:-1], net.outputs)
    return {"tokens": tokens}, {"logits": add_layers(ops, tokens, placed.joined, net.parameters)}
