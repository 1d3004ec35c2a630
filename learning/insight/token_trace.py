"""A trace of one training step on one token of a text: forward to its probability, and back into every layer.

It is the forward pass and the backpropagation of training, for one window and the loss of its last token alone, with
what each layer makes of the position before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from learning.insight.layer_numbers import number_layers
from learning.nn.layers import Dense, Layer, TokenEmbedding
from learning.nn.layers.attention import AttentionPlan
from learning.nn.layers.layer import LayerObserver, LayerPlan, LayerSpec
from learning.nn.layers.stack import PlacedLayer, StackPlan, place_layers
from learning.nn.layers.token_embedding import EmbeddingTables
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.nn.token_plan import TokenPlan


@dataclass(frozen=True, kw_only=True)
class EmbeddingTrace:
    """How the vector of the last token that is read comes about.

    Attributes:
        token: The vector of the token (units,).
        position: That of its position (units,); None if positions have none.
        runs: Those of the last two tokens together, of the last three, … (units,).
        gradient: dL/d of the token's vector (units,), also from where else the token stands.
    """

    token: NDArray[np.floating]
    position: NDArray[np.floating] | None
    runs: Sequence[NDArray[np.floating]]
    gradient: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class TokenLayerTrace:
    """What a layer makes of the last token that is read; L is the loss of the token that follows.

    Attributes:
        layer: The layer.
        number: Its number, if it is a dense one.
        block: The number of the residual connection that it is or is in, from 1; None if it is in none.
        outputs: Its outputs (units,).
        by_outputs: dL/d of them (units,).
        attention: How much each head looks at each token (heads, tokens); None of other layers.
        weight_norm: The length of its parameters; None if it has none of its own.
        gradient_norm: The length of dL/d of them.
    """

    layer: LayerSpec
    number: int | None
    block: int | None
    outputs: NDArray[np.floating]
    by_outputs: NDArray[np.floating]
    attention: NDArray[np.floating] | None
    weight_norm: float | None
    gradient_norm: float | None


@dataclass(frozen=True, kw_only=True)
class TokenTrace:
    """A training step on one token.

    Attributes:
        embedding: How its vector comes about.
        layers: All layers in the order of the forward pass; a residual connection follows those within it.
        features: What the output layer reads (features,).
        output: The weights of the output layer, and in the last row its biases (features + 1, vocabulary).
        output_gradient: dL/d of them, of the same shape.
        logits: The net's outputs (vocabulary,).
        probabilities: Their softmax (vocabulary,).
        loss: Minus the logarithm of the probability of the token that follows, in nats.
        loss_after: The same after a step of gradient descent.
    """

    embedding: EmbeddingTrace
    layers: Sequence[TokenLayerTrace]
    features: NDArray[np.floating]
    output: NDArray[np.floating]
    output_gradient: NDArray[np.floating]
    logits: NDArray[np.floating]
    probabilities: NDArray[np.float64]
    loss: float
    loss_after: float


@np.errstate(all="ignore")
def trace_token(net: NeuralNet, tokens: Sequence[int], expected: int, learning_rate: float) -> TokenTrace:
    """Trace a training step on the token that follows some, without dropout, weight decay and clipping.

    Args:
        net: The net, which writes; it is not changed.
        tokens: What is read, at least one token and at most the net's context.
        expected: The token that follows.
        learning_rate: The learning rate of the step before `loss_after`.
    """
    gradients = np.zeros_like(net.gradients)
    plan = TokenPlan(net.net_inputs.require_tokens(), net.inference_layers, net.parameters, gradients, 1)
    observer, last = _PositionObserver(len(tokens) - 1), len(tokens) - 1
    plan.stack.watch(observer)
    window = np.zeros((1, plan.context + 1), np.int32)  # what is behind the last token changes nothing before it
    window[0, : len(tokens)] = tokens
    execute(plan.plan_forward(window))
    logits = plan.logits[last].copy()
    log_probabilities = _log_softmax(logits)
    plan.error.fill(0)
    plan.error[last] = np.exp(log_probabilities)
    plan.error[last, expected] -= 1
    first = plan.stack.layers[0]
    execute(plan.stack.backward(first.inputs, plan.logits.T, plan.error.T, input_gradient=False)[0])
    after = net.parameters - net.dtype.type(learning_rate) * gradients
    stepped = TokenPlan(net.net_inputs.require_tokens(), net.inference_layers, after, None, 1)
    execute(stepped.plan_forward(window))
    return TokenTrace(
        embedding=_trace_embedding(net, tokens, gradients),
        layers=_list_layers(net, plan.stack, observer, gradients),
        features=observer.inputs[id(plan.stack.layers[-1])],
        output=net.weights[-1],
        output_gradient=net.weight_views(gradients)[-1],
        logits=logits,
        probabilities=np.exp(log_probabilities),
        loss=-float(log_probabilities[expected]),
        loss_after=-float(_log_softmax(stepped.logits[last])[expected]),
    )


class _PositionObserver(LayerObserver):
    """Copies of what goes into all layers and comes out at one position, and of the gradients there, by plan."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.inputs = dict[int, NDArray[np.floating]]()
        self.outputs = dict[int, NDArray[np.floating]]()
        self.by_outputs = dict[int, NDArray[np.floating]]()

    def see_inputs(self, layer: LayerPlan, x: NDArray[np.floating]) -> None:
        """Copy a layer's inputs; those of an embedding are no vectors."""
        if x.size:
            self.inputs[id(layer)] = x[:, self.position].copy()

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Copy a layer's outputs."""
        self.outputs[id(layer)] = y[:, self.position].copy()

    def see_gradient(self, layer: LayerPlan, dy: NDArray[np.floating]) -> None:
        """Copy the gradient by a layer's outputs."""
        self.by_outputs[id(layer)] = dy[:, self.position].copy()


def _trace_embedding(net: NeuralNet, tokens: Sequence[int], gradients: NDArray[np.floating]) -> EmbeddingTrace:
    own, shape, last = net.placed[0].stretch, net.net_inputs.require_tokens().shape, len(tokens) - 1
    layer = cast("TokenEmbedding", net.layers[0])
    tables, by_tables = (EmbeddingTables(layer, each[own], shape) for each in (net.parameters, gradients))
    runs = tables.find_runs(np.array(tokens)[None])
    return EmbeddingTrace(
        token=tables.vectors[tokens[-1]],
        position=None if tables.positions is None else tables.positions[last],
        runs=[table[own_runs[0, last]] for table, own_runs in zip(tables.runs, runs, strict=True)],
        gradient=by_tables.vectors[tokens[-1]],
    )


def _list_layers(
    net: NeuralNet, stack: StackPlan, observer: _PositionObserver, gradients: NDArray[np.floating]
) -> list[TokenLayerTrace]:
    found, numbers, blocks = list[TokenLayerTrace](), iter(number_layers(net).dense), 0

    def add(placed: PlacedLayer, plan: LayerPlan, block: int | None) -> None:
        own = placed.stretch if placed.parameters and not placed.parts else slice(0)
        is_dense = isinstance(placed.layer, Dense)
        found.append(
            TokenLayerTrace(
                layer=placed.layer,
                number=next(numbers) if is_dense else None,
                block=block,
                outputs=observer.outputs[id(plan)],
                by_outputs=observer.by_outputs[id(plan)],
                attention=_view_attention(plan, observer.position),
                weight_norm=_find_norm(net.parameters[own]) if own.stop else None,
                gradient_norm=_find_norm(gradients[own]) if own.stop else None,
            )
        )

    layers = cast("Sequence[Layer]", net.inference_layers)
    shape = net.net_inputs.require_tokens().shape
    for placed, plan in zip(place_layers(layers, shape), stack.layers, strict=True):
        block = None
        if plan.stacks:
            blocks += 1
            block = blocks
            for inner, inner_plan in zip(placed.parts, plan.stacks[0].layers, strict=True):
                add(inner, inner_plan, block)
        add(placed, plan, block)
    return found


def _view_attention(plan: LayerPlan, position: int) -> NDArray[np.floating] | None:
    return plan.attention[:, 0, : position + 1, position] if isinstance(plan, AttentionPlan) else None


def _find_norm(vector: NDArray[np.floating]) -> float:
    return float(np.linalg.norm(vector.astype(np.float64)))


def _log_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    z = logits.astype(np.float64)
    z -= z.max()
    return z - np.log(np.exp(z).sum())
