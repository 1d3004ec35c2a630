"""Prefill: a beginning of a text that a net reads at once, whose keys and values are then kept for what follows.

Products of matrices with many columns cost far less a token than products with one.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.attention import AttentionPlan, NextAttentionPlan
from learning.nn.layers.stack import StackPlan
from learning.nn.layers.token_embedding import EmbeddingTables, TokenEmbedding
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


class PrefillPlan:
    """The forward pass of all layers before the last for one text of `count` tokens; for one thread at a time.

    Args:
        net: The net; its parameters do not change.
        count: The number of tokens, at most the net's context.

    Attributes:
        count: The number of tokens.
        outputs: What the last layer reads (features, count), after `read`.
    """

    def __init__(self, net: NeuralNet, count: int) -> None:
        self.count, tokens = count, net.net_inputs.require_tokens()
        embedding, own, last = cast("TokenEmbedding", net.layers[0]), net.placed[0].stretch, net.placed[-1].stretch
        self._tables = EmbeddingTables(embedding, net.parameters[own], tokens.shape)
        shape = embedding.units, count
        between = net.parameters[own.stop : last.start]
        self.stack = StackPlan(net.inference_layers[1:-1], between, None, shape, 1)
        self._gathered: NDArray[np.floating] = np.empty((1, count, embedding.units), net.dtype)
        inputs = self.stack.layers[0].inputs if self.stack.layers else np.empty(shape, net.dtype)
        self.outputs: NDArray[np.floating] = np.empty(shape, net.dtype) if self.stack.layers else inputs
        self._inputs, self._operations = inputs, self.stack.forward(inputs, self.outputs)

    def read(self, tokens: Sequence[int]) -> None:
        """Read the tokens, as many as it was planned for."""
        self._tables.look_up(np.array(tokens)[None], self._gathered)
        self._inputs[...] = self._gathered[0].T
        execute(self._operations)


def list_attention_plans(stack: StackPlan) -> Iterator[AttentionPlan | NextAttentionPlan]:
    """Iterate over the plans of attention layers, first to last, also those within others."""
    for plan in stack.layers:
        for inner in plan.stacks:
            yield from list_attention_plans(inner)
        if isinstance(plan, AttentionPlan | NextAttentionPlan):
            yield plan
