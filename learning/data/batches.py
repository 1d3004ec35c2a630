"""Batches: training rows are gathered in blocks of many batches.

A block is small enough for the processor's cache, and short enough for the caller to act between blocks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.data.augment import augment_images
from learning.data.augment_spec import AugmentSpec
from learning.data.dataset import Dataset
from learning.nn.backpropagation import Batch
from learning.nn.losses import Loss

MAX_BLOCK_BYTES = 2**20
MAX_BLOCK_BATCHES = 128
MAX_BLOCK_PRODUCTS = 2**30
"""The limits of a block: bytes, batches, and multiplications (some 0.1 s of work)."""


def choose_block_rows(words: int, products: int, batch_size: int) -> int:
    """Return the rows of a block, of 4-byte words each: whole batches, and at least one.

    A net multiplies about three times as often as in a forward pass, which is `products` times per row: forward, and
    backward for weights and inputs.
    """
    rows = min(MAX_BLOCK_BYTES // (4 * words), MAX_BLOCK_PRODUCTS // (3 * products), MAX_BLOCK_BATCHES * batch_size)
    return max(rows // batch_size, 1) * batch_size


@dataclass(frozen=True)
class TrainingRows:
    """A dataset, targets of the loss (rows, columns), and weights of losses (rows, 1), None for all 1."""

    dataset: Dataset
    targets: NDArray[np.floating]
    weights: NDArray[np.floating] | None

    def __len__(self) -> int:
        return len(self.targets)


class BatchBuffer:
    """Memory for one block of rows, cut into batches.

    Args:
        x: Memory for their numbers, as a net allocates it.
        source: The rows that blocks are gathered from.
        loss: The loss, which encodes their targets.
        outputs: The number of logits.
        augment: How pictures are varied; None: not at all.
    """

    def __init__(
        self, x: NDArray[np.floating], source: TrainingRows, loss: Loss, outputs: int, augment: AugmentSpec | None
    ) -> None:
        self.source, self.loss, self.x, self.augment = source, loss, x, augment
        rows, dtype = len(x), x.dtype
        numbers, *others = source.dataset.inputs
        # The first layer may have columns of its own in x.
        self._numbers = x if (rows, *numbers.shape) == x.shape else np.empty((rows, *numbers.shape), dtype)
        others_by_name: dict[str, NDArray[Any]] = {
            each.name: np.empty((rows, *each.shape), each.dtype) for each in others
        }
        self.inputs = [self._numbers, *others_by_name.values()]
        self.ids: NDArray[np.int32] | None = others_by_name.get("ids")
        self.images: NDArray[np.uint8] | None = others_by_name.get("images")
        self.tokens: NDArray[np.int32] | None = others_by_name.get("tokens")
        self.terms: NDArray[Any] | None = others_by_name.get("terms")
        self.targets: NDArray[np.floating] = np.empty((rows, source.targets.shape[1]), dtype)
        self.encoded_targets = loss.target_buffer(self.targets, outputs)
        self.weights: NDArray[np.floating] | None = None if source.weights is None else np.empty((rows, 1), dtype)
        self.logits: NDArray[np.floating] = np.empty((rows, outputs), dtype)

    def __len__(self) -> int:
        return len(self.x)

    def view_batch(self, start: int, rows: int) -> Batch:
        """Return a batch of the block, in memory that is the same for every block."""
        inputs = self.ids, self.images, self.tokens, self.terms
        block = Batch(self.x, self.encoded_targets, self.weights, self.logits, *inputs)
        return block.take(slice(start, start + rows))

    def gather(self, indices: NDArray[np.intp], seed: int, epoch: int) -> None:
        """Gather the rows of these indices, as they are in this epoch, into the beginning of the block."""
        n = len(indices)
        self.source.dataset.gather(indices, [memory[:n] for memory in self.inputs], epoch)
        if self.images is not None and self.augment is not None:
            augment_images(self.images[:n], indices, self.augment, seed, epoch)
        if self.x is not self._numbers:
            self.x[:n, : self._numbers.shape[1]] = self._numbers[:n]
        self.source.targets.take(indices, 0, self.targets[:n], "clip")
        self.loss.encode_targets(self.targets[:n], self.encoded_targets[:n])
        if self.weights is not None and self.source.weights is not None:
            self.source.weights.take(indices, 0, self.weights[:n], "clip")

    def sum_losses(self, n: int) -> float:
        """Return the sum of the weighted losses of the first n rows."""
        return self.loss.total(self.logits[:n], self.targets[:n], None if self.weights is None else self.weights[:n])
