"""Numbers of a net's layers: conv and dense ones are counted from 1 in its order, and pooling has none.

Statistics, drawings, traces, feature maps and findings name layers by them, so that a number is one layer everywhere.
"""

from dataclasses import dataclass

from learning.nn.layers import Conv, Dense, Pool
from learning.nn.net import NeuralNet


@dataclass(frozen=True)
class LayerNumbers:
    """The numbers of a net's layers.

    Attributes:
        image: That of each conv and pool layer; None for pooling.
        dense: That of each dense layer; the output layer comes last.
    """

    image: tuple[int | None, ...]
    dense: tuple[int, ...]


def number_layers(net: NeuralNet) -> LayerNumbers:
    """Number the conv, pool and dense layers of a net, also those within others."""
    image: list[int | None] = []
    dense: list[int] = []
    last = 0
    for leaf in (leaf for placed in net.placed for leaf in placed.leaves()):
        last += isinstance(leaf.layer, Conv | Dense)
        if isinstance(leaf.layer, Conv | Pool):
            image.append(last if isinstance(leaf.layer, Conv) else None)
        elif isinstance(leaf.layer, Dense):
            dense.append(last)
    return LayerNumbers(tuple(image), tuple(dense))
