"""Layers of a net as a graph.

Values are (rows, values), of texts (rows, positions, features), of pictures (rows, channels, height, width).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.export.onnx.operators import Operators, Tensor
from learning.nn.activations import ActivationName
from learning.nn.activations.gelu import Gelu
from learning.nn.activations.rectifiers import LEAKY_SLOPE
from learning.nn.layers import Attention, Conv, Dense, Norm, PlacedLayer, Pool, Residual, TokenEmbedding
from learning.nn.layers.attention import find_slopes
from learning.nn.layers.norm import EPSILON
from learning.nn.layers.token_embedding import HASH_FACTOR

Parameters = NDArray[np.floating]


def _gelu(ops: Operators, z: Tensor) -> Tensor:
    """The approximation by a hyperbolic tangent that nets learn with."""
    op = ops.op
    cubed = op.mul(op.mul(z, z), op.mul(z, ops.const(Gelu.B, np.float32)))
    t = op.tanh(op.mul(op.add(z, cubed), ops.const(Gelu.A, np.float32)))
    return op.mul(z, op.mul(op.add(t, ops.const(1.0, np.float32)), ops.const(0.5, np.float32)))


ACTIVATE: Final[Mapping[ActivationName, Callable[[Operators, Tensor], Tensor]]] = {
    "linear": lambda _, z: z,
    "relu": lambda ops, z: ops.op.relu(z),
    "leaky_relu": lambda ops, z: ops.op.leaky_relu(z, alpha=LEAKY_SLOPE),
    "elu": lambda ops, z: ops.op.elu(z),
    "gelu": _gelu,
    "silu": lambda ops, z: ops.op.mul(z, ops.op.sigmoid(z)),
    "tanh": lambda ops, z: ops.op.tanh(z),
    "sigmoid": lambda ops, z: ops.op.sigmoid(z),
    "softplus": lambda ops, z: ops.op.softplus(z),
}


def add_layers(ops: Operators, x: Tensor, layers: Sequence[PlacedLayer], parameters: Parameters) -> Tensor:
    """What layers, one after the other, make of values."""
    for placed in layers:
        x = add_layer(ops, x, placed, parameters)
    return x


def add_layer(ops: Operators, x: Tensor, placed: PlacedLayer, parameters: Parameters) -> Tensor:
    """What a layer makes of values."""
    own = {name: view.astype(np.float32) for name, view in placed.cut_parameters(parameters).items()}
    match layer := placed.layer:
        case Residual():
            made = ops.op.add(x, add_layers(ops, x, placed.parts, parameters))
        case Dense():
            made = ACTIVATE[layer.activation](ops, _add_dense(ops, x, layer, own))
        case Norm():
            made = _add_norm(ops, x, placed.input_shape, layer.groups, own)
        case Conv():
            made = ACTIVATE[layer.activation](ops, _add_conv(ops, x, placed, layer, own))
        case Pool():
            made = _add_pool(ops, x, layer)
        case TokenEmbedding():
            made = _add_embedding(ops, x, placed.input_shape[0], own)
        case Attention():
            made = _add_attention(ops, x, layer, own)
        case _:  # dropout: values pass unchanged
            made = x
    return made


def _add_dense(ops: Operators, x: Tensor, layer: Dense, own: Mapping[str, Parameters]) -> Tensor:
    weights, bias, groups = own["weights"], ops.const(own["bias"]), layer.groups
    if groups == 1:
        return ops.op.add(ops.op.matmul(x, ops.const(weights)), bias)
    part, units = weights.shape[0], layer.units // groups
    grouped = ops.op.transpose(ops.reshape(x, [-1, groups, part]), perm=[1, 0, 2])
    made = ops.op.matmul(grouped, ops.const(weights.reshape(part, groups, units).transpose(1, 0, 2)))
    return ops.op.add(ops.reshape(ops.op.transpose(made, perm=[1, 0, 2]), [-1, layer.units]), bias)


def _add_norm(ops: Operators, x: Tensor, shape: Sequence[int], groups: int, own: Mapping[str, Parameters]) -> Tensor:
    """Mean 0 and variance 1 over the values of each group of a row, or of a position."""
    op, is_image = ops.op, len(shape) == 3
    parts = x
    if groups > 1:
        parts = ops.reshape(x, [0, groups, -1])
    axes = [1, 2, 3] if is_image and groups == 1 else [-1]
    rest = op.sub(parts, op.reduce_mean(parts, axes=axes, keepdims=1))
    variance = op.reduce_mean(op.mul(rest, rest), axes=axes, keepdims=1)
    normal = op.div(rest, op.sqrt(op.add(variance, ops.const(EPSILON, np.float32))))
    normal = ops.reshape(normal, [-1, *shape]) if groups > 1 else normal
    size = (-1, 1, 1) if is_image else (-1,)
    return op.add(op.mul(normal, ops.const(own["gain"].reshape(size))), ops.const(own["shift"].reshape(size)))


def _add_conv(ops: Operators, x: Tensor, placed: PlacedLayer, layer: Conv, own: Mapping[str, Parameters]) -> Tensor:
    channels, height, width = placed.input_shape
    window = layer.window(placed.input_shape)
    reach = [(n - 1) * window.stride + window.kernel for n in (window.height, window.width)]
    bottom, right = max(reach[0] - height - window.top, 0), max(reach[1] - width - window.left, 0)
    patterns = own["weights"].reshape(layer.groups, *layer.group_shape(channels)).transpose(0, 4, 3, 1, 2)
    return ops.op.conv(
        x,
        ops.const(patterns.reshape(layer.filters, *patterns.shape[2:])),
        ops.const(own["bias"]),
        group=layer.groups,
        strides=[window.stride, window.stride],
        pads=[window.top, window.left, bottom, right],
    )


def _add_pool(ops: Operators, x: Tensor, layer: Pool) -> Tensor:
    op = ops.op
    if layer.size == "global":
        return op.global_max_pool(x) if layer.kind == "max" else op.global_average_pool(x)
    size = [layer.size, layer.size]
    if layer.kind == "max":
        return op.max_pool(x, kernel_shape=size, strides=size)[0]
    return op.average_pool(x, kernel_shape=size, strides=size)


def _add_embedding(ops: Operators, tokens: Tensor, vocabulary: int, own: Mapping[str, Parameters]) -> Tensor:
    """The vectors of tokens (rows, positions), with those of their positions and of the runs that they end."""
    op = ops.op
    x = op.gather(ops.const(own["vectors"]), tokens, axis=0)
    length = op.gather(op.shape(tokens), ops.const([1], np.int64), axis=0)
    if "positions" in own:
        x = op.add(x, op.slice(ops.const(own["positions"]), ops.const([0], np.int64), length, ops.const([0], np.int64)))
    keys = ops.cast(tokens, np.uint64)
    for before, name in enumerate([name for name in own if name.startswith("runs_of_")], start=1):
        shifted = ops.cast(_shift(ops, tokens, before, length), np.uint64)
        keys = op.add(keys, op.mul(shifted, ops.const(vocabulary**before % 2**64, np.uint64)))
        hashed, count = keys, len(own[name])
        if vocabulary ** (before + 1) > count:
            mixed = op.mul(keys, ops.const(HASH_FACTOR, np.uint64))
            hashed = op.bit_shift(mixed, ops.const(32, np.uint64), direction="RIGHT")
        place = ops.cast(op.mod(hashed, ops.const(count, np.uint64)), np.int64)
        x = op.add(x, op.gather(ops.const(own[name]), place, axis=0))
    return x


def _shift(ops: Operators, tokens: Tensor, places: int, length: Tensor) -> Tensor:
    """Tokens (rows, positions) so many places later; before the first of a row the first of the vocabulary is."""
    op = ops.op
    pads = op.pad(tokens, ops.const([0, places, 0, 0], np.int64), ops.const(0, np.int64))
    return op.slice(pads, ops.const([0], np.int64), length, ops.const([1], np.int64))


def _add_attention(ops: Operators, x: Tensor, layer: Attention, own: Mapping[str, Parameters]) -> Tensor:
    """Every position looks at itself and those before it (rows, positions, features)."""
    op, heads = ops.op, layer.heads
    features = len(own["bias"])
    size = features // heads
    made = op.add(op.matmul(x, ops.const(own["queries_keys_values"])), ops.const(own["queries_keys_values_bias"]))
    parts = [ops.take(made, np.arange(start * features, (start + 1) * features), axis=2) for start in range(3)]
    split = [op.transpose(ops.reshape(part, [0, 0, heads, size]), perm=[0, 2, 1, 3]) for part in parts]
    queries, keys, values = split
    scaled = op.mul(queries, ops.const(1 / math.sqrt(size), np.float32))
    fits = op.matmul(scaled, op.transpose(keys, perm=[0, 1, 3, 2]))
    places = op.range(
        ops.const(0, np.int64), op.gather(op.shape(x), ops.const(1, np.int64), axis=0), ops.const(1, np.int64)
    )
    away = op.sub(ops.reshape(places, [1, -1]), ops.reshape(places, [-1, 1]))  # (looking, looked at)
    if layer.alibi:
        slopes = ops.const(find_slopes(layer).reshape(heads, 1, 1), np.float32)
        fits = op.add(fits, op.mul(slopes, ops.cast(away, np.float32)))
    fits = op.where(op.greater(away, ops.const(0, np.int64)), ops.const(-np.inf, np.float32), fits)
    found = op.matmul(op.softmax(fits, axis=-1), values)
    joined = ops.reshape(op.transpose(found, perm=[0, 2, 1, 3]), [0, 0, features])
    return op.add(op.matmul(joined, ops.const(own["weights"])), ops.const(own["bias"]))
