"""Writer of a model as a file of ONNX: one named input for each column, and the answers as outputs."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from learning.encoding.table import TableEncoder
from learning.errors import NotExportable
from learning.export.onnx.answers import add_class_answers, add_number_answers
from learning.export.onnx.columns import ColumnGraph
from learning.export.onnx.layers import add_layers
from learning.export.onnx.operators import Operators, Tensor, load_operators
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


def write_onnx(model: Model, about: Mapping[str, str]) -> bytes:
    """The model as a file of ONNX.

    Args:
        model: The model.
        about: What the file says of it, as texts by their names.

    Raises:
        NotExportable: a part of it is nothing that ONNX has, it is too large, or the package that writes it is missing.
    """
    check_onnx(model)
    ops = load_operators()
    inputs, outputs = _build_language(ops, model) if model.writer is not None else _build_table(ops, model)
    taken = {f"predicted_{name}" if name in inputs else name: tensor for name, tensor in outputs.items()}
    graph = ops.build(inputs, taken)
    for name, text in {**about, "notes": _NOTES}.items():
        graph.metadata_props.add(key=name, value=text)
    return graph.SerializeToString()


_NOTES: Final = (
    "Numbers are float64, NaN where missing; booleans are 1 and 0; moments are seconds since 1970 UTC; categories are "
    "spelled as in training, and empty where missing; pictures have the size that the model sees."
)


def check_onnx(model: Model) -> None:
    """Check what can be told without building the graph.

    Raises:
        NotExportable: the model recommends, or is too large.
    """
    if isinstance(model.header.inputs, HistoryEncoder):
        raise NotExportable(
            "A model that recommends keeps what users chose, and is no graph.",
            "Export it as python, or its weights as safetensors or npz.",
        )
    size = BYTES_PER_WEIGHT * model.parameter_count
    if size > MAX_GRAPH_BYTES or len(model.inputs) > MAX_GRAPH_COLUMNS:
        raise NotExportable(
            f"The model has {size:,} bytes of weights and {len(model.inputs):,} columns, and a file of ONNX takes at "
            f"most {MAX_GRAPH_BYTES:,} and {MAX_GRAPH_COLUMNS:,}.",
            "Export its weights as safetensors or npz.",
        )


def _build_table(ops: Operators, model: Model) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The inputs and outputs of a model of a table."""
    encoder: Any = model.header.inputs
    if not isinstance(encoder, TableEncoder):
        raise TypeError(f"{encoder} encodes no table")
    net = model.net
    placed = place_net(net.net_inputs, net.layers[:-1], net.outputs)
    columns = ColumnGraph(ops, encoder, net.tables)
    x = columns.joined
    if columns.pixels is not None:
        scaled = _scale_pixels(ops, columns.pixels, net.net_inputs.require_image())
        features = ops.reshape(add_layers(ops, scaled, placed.image, net.parameters), [-1, placed.features])
        x = features if x is None else ops.concat([x, features])
    logits = add_layers(ops, x, placed.joined, net.parameters)
    target = model.header.output
    if isinstance(target, ClassTarget):
        return columns.inputs, add_class_answers(ops, logits, target)
    if isinstance(target, RegressionTarget):
        return columns.inputs, add_number_answers(ops, logits, target)
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
