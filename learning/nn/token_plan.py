"""A net that learns to write, planned for some rows of tokens: what it expects at each position, and its score.

The softmax, the cross-entropy and its gradient share their passes over the logits, which are the largest arrays there
are.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.image_plan import split_evenly
from learning.nn.layers.inputs import TokenInput
from learning.nn.layers.layer import LayerSpec
from learning.nn.layers.stack import StackPlan
from learning.nn.layers.token_embedding import TokenEmbeddingPlan
from learning.nn.plan import Operation, execute, scalar

MAX_SLICE_TOKENS: Final = 1024
MAX_SLICE_CELLS: Final = 2**22
"""The limits of what passes the layers at a time: tokens, and values of the widest layer at all of them."""


class TokenPlan:
    """All layers of a net, for `rows` rows of tokens.

    Args:
        tokens: What is read.
        layers: The layers, the first an embedding and the last linear, with an output for each token.
        parameters: Their parameters.
        gradients: Memory for the gradient of each; None: none is wanted.
        rows: The number of rows.

    Attributes:
        stack: The plans of the layers.
        logits: What is expected at each position (rows x context, vocabulary). After the forward pass they are as the
            output layer makes them; scores change them by a number for each position.
    """

    def __init__(
        self,
        tokens: TokenInput,
        layers: Sequence[LayerSpec],
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        rows: int,
    ) -> None:
        self.rows, self.context, self.vocabulary, dtype = rows, tokens.context, tokens.vocabulary, parameters.dtype
        self.stack = StackPlan(layers, parameters, gradients, tokens.shape, rows)
        self.read = cast("TokenEmbeddingPlan", self.stack.layers[0]).tokens.reshape(rows, -1)
        columns = rows * tokens.context
        self.logits: NDArray[np.floating] = np.empty((columns, self.vocabulary), dtype)
        self.error: NDArray[np.floating] = np.empty((columns, self.vocabulary), dtype)
        self.row: NDArray[np.floating] = np.empty((columns, 1), dtype)
        self.true: NDArray[np.floating] = np.empty(columns, dtype)
        self.ones: NDArray[np.floating] = np.ones((self.vocabulary, 1), dtype)
        self.zero, self.one = scalar(0, dtype), scalar(1, dtype)
        self.bases = np.arange(columns).reshape(rows, -1) * self.vocabulary
        self.places = np.zeros((rows, tokens.context), np.intp)  # of the next tokens among all logits
        self._forward: list[Operation] | None = None
        self._backward: list[Operation] | None = None

    def plan_forward(self, tokens: NDArray[np.int32]) -> list[Operation]:
        """Plan the forward pass of rows of tokens (rows, context + 1)."""
        if self._forward is None:
            self._forward = self.stack.forward(self.stack.layers[0].inputs, self.logits.T)
        return [
            partial(np.copyto, self.read, tokens[:, :-1]),
            partial(np.add, self.bases, tokens[:, 1:], self.places),
            *self._forward,
        ]

    def plan_scores(self, scores: NDArray[np.floating]) -> list[Operation]:
        """Plan the scores (rows, 2 context): log-probabilities of the next tokens, then 1 for each most probable one.

        Probabilities times `row` are then in `error`.
        """
        flat, places, out = self.logits.reshape(-1), self.places.reshape(-1), scores.reshape(self.rows, 2, -1)
        true, row = self.true.reshape(self.rows, -1), self.row.reshape(self.rows, -1)
        return [
            partial(np.maximum.reduce, self.logits, axis=1, out=self.row, keepdims=True),
            partial(np.subtract, self.logits, self.row, self.logits),
            partial(np.take, flat, places, 0, self.true, "clip"),
            partial(np.greater_equal, true, self.zero, out[:, 1]),
            partial(np.exp, self.logits, self.error),
            partial(self.error.dot, self.ones, self.row),
            partial(np.log, row, out[:, 0]),
            partial(np.subtract, true, out[:, 0], out[:, 0]),
        ]

    def plan_backward(self, scale: NDArray[np.floating]) -> list[Operation]:
        """Plan the backward pass, after the scores: of minus the log-probabilities, each times `scale` ()."""
        if self._backward is None:
            by_logits = self.stack.backward(
                self.stack.layers[0].inputs, self.logits.T, self.error.T, input_gradient=False
            )
            self._backward = by_logits[0]
        return [
            partial(np.divide, scale, self.row, self.row),
            partial(np.multiply, self.error, self.row, self.error),
            partial(self._subtract_true, scale),
            *self._backward,
        ]

    def _subtract_true(self, scale: NDArray[np.floating]) -> None:
        """Take `scale` off the gradient by the logit of each token that follows."""
        self.error.reshape(-1)[self.places.reshape(-1)] -= scale


def score_tokens(plan_rows: Callable[[int], TokenPlan], tokens: NDArray[np.int32], most: int) -> NDArray[np.floating]:
    """Return the scores (rows, 2 context) of rows of tokens (rows, context + 1), at most so many at a time."""
    plan = plan_rows(min(len(tokens), most))
    scores: NDArray[np.floating] = np.empty((len(tokens), 2 * plan.context), plan.logits.dtype)
    for start, stop in split_evenly(len(tokens), most):
        plan = plan if plan.rows == stop - start else plan_rows(stop - start)
        execute([*plan.plan_forward(tokens[start:stop]), *plan.plan_scores(scores[start:stop])])
    return scores


def count_scores(tokens: TokenInput) -> int:
    """The number of scores of a row."""
    return 2 * tokens.context


def choose_window_rows(tokens: TokenInput, widest: int) -> int:
    """Return the most rows of a slice, whose widest layer has so many values for a row."""
    return max(1, min(MAX_SLICE_TOKENS // tokens.context, MAX_SLICE_CELLS // widest))
