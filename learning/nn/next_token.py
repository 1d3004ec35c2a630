"""A net that learned to write, read token by token: what it expects next, from all tokens so far.

What was computed of the tokens before is kept, so that one more costs a product of matrices with one column, however
many there are. When they reach the net's context, it goes on from the latter half of them.
"""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.attention import AttentionPlan, NextAttentionPlan
from learning.nn.layers.layer import SequencePosition
from learning.nn.layers.stack import StackPlan
from learning.nn.layers.token_embedding import NextEmbeddingPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.nn.prefill import PrefillPlan, list_attention_plans

MAX_SINGLE_TOKENS: Final = 4
"""Up to so many tokens are read one after the other; more at once."""


class NextTokenPlan:
    """The forward pass for one text that grows, for one thread at a time.

    Args:
        net: The net; its parameters do not change.

    Attributes:
        tokens: The tokens that it has before it, from the first that it still sees.
        logits: What is expected next (vocabulary,), once there are tokens.
    """

    def __init__(self, net: NeuralNet) -> None:
        self.net, tokens = net, net.net_inputs.require_tokens()
        self.context, self.tokens = tokens.context, list[int]()
        self._position = SequencePosition()
        self._stack = StackPlan(net.inference_layers, net.parameters, None, tokens.shape, 1, position=self._position)
        self._embedding = cast("NextEmbeddingPlan", self._stack.layers[0])
        logits: NDArray[np.floating] = np.empty((tokens.vocabulary, 1), net.dtype)
        self.logits = logits[:, 0]
        self._prefill: PrefillPlan | None = None
        self._operations = self._stack.forward(self._embedding.inputs, logits)

    @np.errstate(all="ignore")
    def read(self, tokens: Sequence[int]) -> NDArray[np.floating]:
        """Read at least one more token; return the logits (vocabulary,) of the next, which the next call overwrites."""
        if len(tokens) <= MAX_SINGLE_TOKENS and len(self.tokens) + len(tokens) <= self.context:
            for token in tokens:
                self._read_one(token)
            return self.logits
        text = [*self.tokens, *tokens]
        self.tokens = text if len(text) <= self.context else text[-max(self.context // 2, 1) :]
        self._read_all()
        return self.logits

    def _read_one(self, token: int) -> None:
        self._position.number = len(self.tokens)
        self.tokens.append(token)
        self._embedding.tokens = self.tokens
        execute(self._operations)

    def _read_all(self) -> None:
        """Read all tokens at once, and keep what is needed of them."""
        count = len(self.tokens)
        if self._prefill is None or self._prefill.count != count:
            self._prefill = PrefillPlan(self.net, count)
        self._prefill.read(self.tokens)
        for own, read in zip(list_attention_plans(self._stack), list_attention_plans(self._prefill.stack), strict=True):
            cast("NextAttentionPlan", own).remember(cast("AttentionPlan", read), count)
        last = self._stack.layers[-1]
        np.copyto(last.inputs, self._prefill.outputs[:, -1:])
        execute(last.forward(last.inputs, self.logits[:, None]))
