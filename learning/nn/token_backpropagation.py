"""Backpropagation of nets that learn to write: a batch is passed in slices, whose values stay in the processor's cache.

The loss is the mean over the tokens of a batch. It is one of scores, which is what the caller keeps of a row: logits
are the largest arrays there are, and those of a slice are forgotten with it.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.backpropagation import Batch
from learning.nn.image_plan import split_evenly
from learning.nn.layers.embedding import Lookups
from learning.nn.layers.layer import LayerObserver
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, scalar
from learning.nn.token_plan import TokenPlan


class TokenBackpropagation:
    """Plans how batches of `rows` rows of tokens fill the gradients of a net, in memory allocated once.

    Args:
        net: The net.
        loss: The loss of its scores.
        rows: Rows per batch.
        gradients: Memory for the gradient of each parameter (n,); None: the net's own.
        batch_rows: Rows of the whole batch, if these are a worker's share of it.
        slice_rows: The most rows of a slice; None: as many as the net's `slice_rows`.
        lookups: None: there are no other embeddings.

    Attributes:
        random_layers: The plans of layers that draw random numbers for each slice.
    """

    def __init__(
        self,
        net: NeuralNet,
        loss: Loss,
        rows: int,
        *,
        gradients: NDArray[np.floating] | None = None,
        batch_rows: int | None = None,
        slice_rows: int | None = None,
        lookups: Sequence[Lookups] | None = None,
    ) -> None:
        self.rows, tokens = rows, net.net_inputs.require_tokens()
        self._gradients = net.gradients if gradients is None else gradients
        self._bounds = split_evenly(rows, slice_rows or net.slice_rows)
        self._share = np.empty_like(self._gradients) if len(self._bounds) > 1 else self._gradients
        self._scale = scalar(loss.gradient_scale / max(batch_rows or rows, 1) / tokens.context, net.dtype)
        sizes = sorted({stop - start for start, stop in self._bounds})
        self._slices = {size: TokenPlan(tokens, net.layers, net.parameters, self._share, size) for size in sizes}
        self.random_layers = [layer for plan in self._slices.values() for layer in plan.stack.random_layers]

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the dropout masks of the next batches from a generator."""
        for layer in self.random_layers:
            layer.seed_with(random)

    def watch(self, observer: LayerObserver) -> None:
        """Let an observer see all layers, in what is planned from now on."""
        for plan in self._slices.values():
            plan.stack.watch(observer)

    def plan_step(self, batch: Batch) -> list[Operation]:
        """Plan one batch: of each slice random numbers, forward pass and backward pass."""
        operations: list[Operation] = [] if self._bounds else [partial(self._gradients.fill, 0)]
        for start, stop in self._bounds:
            plan = self._slices[stop - start]
            operations += [layer.resample for layer in plan.stack.random_layers]
            operations += [*self._plan_slice(batch, start, stop), *plan.plan_backward(self._scale)]
            if start:
                operations.append(partial(np.add, self._gradients, self._share, self._gradients))
            elif self._share is not self._gradients:
                operations.append(partial(np.copyto, self._gradients, self._share))
        return operations

    def plan_forward(self, batch: Batch) -> list[Operation]:
        """Plan the forward pass, from the tokens to their scores."""
        return [operation for start, stop in self._bounds for operation in self._plan_slice(batch, start, stop)]

    def _plan_slice(self, batch: Batch, start: int, stop: int) -> list[Operation]:
        if batch.tokens is None:
            raise ValueError("the batch has no tokens")
        plan = self._slices[stop - start]
        return [*plan.plan_forward(batch.tokens[start:stop]), *plan.plan_scores(batch.logits[start:stop])]
