"""Losses of bags: of what a user rated or chose, against the outputs for all items.

Targets are the numbers of bags, which a batch makes dense.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.losses import Loss, plan_softmax
from learning.nn.plan import Operation
from learning.recommendation.bags import Bags

MAX_DENSE_CELLS = 2**22
"""The maximum cells that are looked at at once."""


class BagLoss(Loss):
    """A loss of logits (rows, items) against bags; the losses of all rows have a mean of one entry's.

    Args:
        bags: The bags.
        shares: How much each entry of a bag counts (bags,), such that the mean over bags is that over entries.
    """

    def __init__(self, bags: Bags, shares: NDArray[np.floating]) -> None:
        self.bags, self.shares = bags, shares.astype(np.float32)

    def read_numbers(self, targets: NDArray[np.floating]) -> NDArray[np.intp]:
        """The bag of each row (rows,)."""
        return targets[:, 0].astype(np.intp)


class RatingLoss(BagLoss):
    """Squared error of the items that a user rated, and of no others."""

    gradient_scale = 2.0

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Memory for values and, beside them, how much each counts (rows, 2 outputs)."""
        return np.zeros((len(targets), 2 * outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """Make the bags dense."""
        numbers, outputs = self.read_numbers(targets), encoded.shape[1] // 2
        places, entries = self.bags.find_entries(numbers)
        items = self.bags.items[entries]
        encoded.fill(0)
        encoded[places, items] = self.bags.values[entries]
        encoded[places, outputs + items] = self.shares[numbers][places]

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """The sum of (z - y)^2 over a bag, times the share of an entry."""
        numbers = self.read_numbers(targets)
        places, entries = self.bags.find_entries(numbers)
        errors = logits[places, self.bags.items[entries]].astype(np.float64) - self.bags.values[entries]
        return np.bincount(places, errors * errors, len(numbers)) * self.shares[numbers]

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """2 (z - y) of what was rated."""
        outputs = logits.shape[1]
        return [
            partial(np.subtract, logits, encoded[:, :outputs], out),
            partial(np.multiply, out, encoded[:, outputs:], out),
        ]


class ChoiceLoss(BagLoss):
    """Cross-entropy of each choice, -log softmax(z + level) of its item (Liang et al. 2018, arXiv:1802.05814).

    Args:
        bags, shares: As of all.
        levels: What is added to the logits, the logarithm of each item's share (items,).
    """

    def __init__(self, bags: Bags, shares: NDArray[np.floating], levels: NDArray[np.floating]) -> None:
        super().__init__(bags, shares)
        self.levels = levels.astype(np.float32)

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Memory for how much each choice counts (rows, outputs)."""
        return np.zeros((len(targets), outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """Make the bags dense."""
        numbers = self.read_numbers(targets)
        places, entries = self.bags.find_entries(numbers)
        encoded.fill(0)
        encoded[places, self.bags.items[entries]] = self.shares[numbers][places]

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """The sum of log(sum of exp(z)) - z_true over a bag, times the share of a choice."""
        numbers = self.read_numbers(targets)
        losses = np.empty(len(numbers))
        step = max(1, MAX_DENSE_CELLS // logits.shape[1])
        for start in range(0, len(numbers), step):
            part = slice(start, start + step)
            z = logits[part].astype(np.float64) + self.levels
            top = z.max(axis=1)
            totals = np.log(np.exp(z - top[:, None]).sum(axis=1)) + top
            places, entries = self.bags.find_entries(numbers[part])
            true = z[places, self.bags.items[entries]]
            losses[part] = np.bincount(places, totals[places] - true, len(z)) * self.shares[numbers[part]]
        return losses

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The probabilities times the choices' sum, minus the choices."""
        levels = self.levels.astype(logits.dtype)
        sums: NDArray[np.floating] = np.empty((len(logits), 1), logits.dtype)
        return [
            partial(np.add, logits, levels, out),
            *plan_softmax(out, out),
            partial(np.add.reduce, encoded, axis=1, out=sums, keepdims=True),
            partial(np.multiply, out, sums, out),
            partial(np.subtract, out, encoded, out),
        ]


class WholeBagLoss(BagLoss):
    """Squared error of all items, the sum of (level + z - y)^2, where y is 1 of what a user chose and 0 of the rest.

    Its minimum is at how probable it is that a user chooses an item; nothing learned costs about the size of a bag.

    Args:
        bags, shares: As of all; each bag counts the same.
        levels: What is added to the logits, the share of users who chose each item (items,).
    """

    gradient_scale = 2.0

    def __init__(self, bags: Bags, shares: NDArray[np.floating], levels: NDArray[np.floating]) -> None:
        super().__init__(bags, shares)
        self.levels = levels.astype(np.float32)

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Memory for what the logits should be (rows, outputs)."""
        return np.zeros((len(targets), outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """Make the bags dense, and take the levels away."""
        self.bags.write_dense(self.read_numbers(targets), encoded)
        encoded -= self.levels

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """The sum of (level + z - y)^2 over items."""
        numbers = self.read_numbers(targets)
        losses = np.empty(len(numbers))
        step = max(1, MAX_DENSE_CELLS // logits.shape[1])
        for start in range(0, len(numbers), step):
            part = slice(start, start + step)
            scores = logits[part] + self.levels.astype(logits.dtype)
            places, entries = self.bags.find_entries(numbers[part])
            scores[places, self.bags.items[entries]] -= self.bags.values[entries]
            losses[part] = np.einsum("ij,ij->i", scores, scores)
        return losses

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """2 (level + z - y)."""
        return [partial(np.subtract, logits, encoded, out)]
