"""Numbers of a net's layers: conv and dense ones are counted from 1 in its order, and pooling has none.

Statistics, drawings, traces, feature maps and findings name layers by them, so that a number is one layer everywhere.
"""

from dataclasses import dataclass, field

from learning.nn.layers import Conv, Dense, Pool
from learning.nn.net import NeuralNet


@dataclass(frozen=True)
class LayerNumbers:
    """The numbers of a net's layers.

    Attributes:
        image: That of each conv and pool layer; None for pooling.
        dense: That of each dense layer; the output layer comes last.
    """

    image: list[int | None] = field(default_factory=list)
    dense: list[int] = field(default_factory=list)


def number_layers(net: NeuralNet) -> LayerNumbers:
    """Number the conv, pool and dense layers of a net, also those within others."""
    numbers, last = LayerNumbers(), 0
    for leaf in (leaf for placed in net.placed for leaf in placed.leaves()):
        last += isinstance(leaf.layer, Conv | Dense)
        if isinstance(leaf.layer, Conv | Pool):
            numbers.image.append(last if isinstance(leaf.layer, Conv) else None)
        elif isinstance(leaf.layer, Dense):
            numbers.dense.append(last)
    return numbers
