"""The weights that a net begins with: random, and of a size at which signals neither fade nor grow from layer to layer.

Equal weights would make equal neurons that learn the same for ever; too large ones drown the first errors.
"""

import math

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.specs import Dense


def draw_weights(layer: Dense, inputs: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw the weights (inputs, units) of a dense layer; its biases begin at zero.

    He et al. (2015): variance 2 / inputs, as a ReLU lets half of the signal through. Glorot & Bengio (2010): variance
    2 / (inputs + units). A uniform number from -a to a has variance a^2 / 3.
    """
    name = layer.initializer
    if name == "auto":
        bent = layer.activation in {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"}
        name = "he_normal" if bent else "glorot_uniform"
    family, shape = name.split("_")
    deviation = math.sqrt(2 / (inputs if family == "he" else inputs + layer.units))
    size = (inputs, layer.units)
    if shape == "normal":
        return random.normal(0.0, deviation, size)
    return random.uniform(-deviation * math.sqrt(3), deviation * math.sqrt(3), size)
