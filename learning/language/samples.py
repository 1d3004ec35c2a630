"""Samples: what a net writes after an epoch of its training, so that one sees how noise becomes words.

The seed is always the same: a training that is repeated, or resumed, writes the same.
"""

from typing import Final

from learning.data.prepare import PreparedData
from learning.language.token_encoder import TokenEncoder
from learning.language.tokenizers import UNKNOWN
from learning.language.writer import GenerateOptions, Writer
from learning.nn.net import NeuralNet

SAMPLE_OPTIONS: Final = GenerateOptions(max_tokens=200, temperature=0.8)
MAX_SAMPLES: Final = 500
"""Of more epochs, only every second, third, ... has a sample."""


class SampleWriter:
    """Writes a sample with a net in training; of a net that does not learn to write nothing."""

    def __init__(self, prepared: PreparedData, net: NeuralNet, epochs: int) -> None:
        self.writer = Writer(prepared.inputs, net) if isinstance(prepared.inputs, TokenEncoder) else None
        self.epochs = epochs

    def write(self, epoch: int) -> str | None:
        """Return what the net writes now, after this epoch, from nothing on; None where there is no sample."""
        if self.writer is None or not is_sampled(epoch, self.epochs):
            return None
        text = "".join([token.text for token in self.writer.write("", SAMPLE_OPTIONS)])
        return text.replace("\0", UNKNOWN)  # which no database takes


def is_sampled(epoch: int, epochs: int) -> bool:
    """Return whether there is a sample after an epoch of so many."""
    return epoch % -(-epochs // MAX_SAMPLES) == 0
