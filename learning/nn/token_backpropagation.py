"""Backpropagation of nets that learn to write, slice by slice.

The loss is the mean over the tokens of a batch. It is one of scores, which is what the caller keeps of a row: logits
are the largest arrays there are, and those of a slice are forgotten with it.
"""

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation
from learning.nn.sliced_backpropagation import SlicedBackpropagation
from learning.nn.token_plan import TokenPlan


class TokenBackpropagation(SlicedBackpropagation):
    """Plans how batches of rows of tokens fill the gradients of a net."""

    def create_slice(self, rows: int) -> "TokenSlice":
        """Create the memory of so many rows."""
        return TokenSlice(self.net, rows, self.slice_gradients, self.gradient_scale)


class TokenSlice:
    """The forward and backward pass of `rows` rows of tokens.

    Args:
        net: The net.
        rows: The number of rows.
        gradients: Memory for the gradient of each parameter of the layers.
        gradient_scale: The factor of all gradients ().

    Attributes:
        stacks: The layers.
    """

    def __init__(
        self, net: NeuralNet, rows: int, gradients: NDArray[np.floating], gradient_scale: NDArray[np.floating]
    ) -> None:
        self._plan = TokenPlan(net.net_inputs.require_tokens(), net.layers, net.parameters, gradients, rows)
        self._scale = gradient_scale
        self.stacks = (self._plan.stack,)

    def plan_passes(self, batch: Batch, rows: slice) -> tuple[list[Operation], list[Operation]]:
        """Plan the forward pass of these rows of a batch to their scores, and the backward pass.

        Raises:
            ValueError: if the batch has no tokens.
        """
        if batch.tokens is None:
            raise ValueError("the batch has no tokens")
        forward = [*self._plan.plan_forward(batch.tokens[rows]), *self._plan.plan_scores(batch.logits[rows])]
        return forward, self._plan.plan_backward(self._scale)
