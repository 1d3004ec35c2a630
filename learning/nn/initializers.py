"""Weight initialization: random, with a variance that keeps activations from vanishing or exploding through layers.

Equal weights would make equal neurons with equal gradients, which stay equal for ever.
"""

import math
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import RELU_FAMILY, ActivationName

InitializerName = Literal["auto", "he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]

INITIALIZER_DESCRIPTIONS: Final[dict[InitializerName, str]] = {
    "auto": "he_normal for relu and its relatives, glorot_uniform for the others.",
    "he_normal": "He et al. 2015: normal, variance 2 / inputs; suits relu and its relatives.",
    "he_uniform": "The same variance, uniform.",
    "glorot_normal": "Glorot & Bengio 2010: normal, variance 2 / (inputs + units); suits tanh and sigmoid.",
    "glorot_uniform": "The same variance, uniform.",
}


def draw_weights(
    name: InitializerName, activation: ActivationName, size: tuple[int, int], random: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the weights of size (inputs, units) of a dense layer with this activation; its biases begin at zero.

    He et al. (2015): variance 2 / inputs, as a ReLU halves the variance. Glorot & Bengio (2010): variance
    2 / (inputs + units). A uniform number from -a to a has variance a^2 / 3.
    """
    if name == "auto":
        name = "he_normal" if activation in RELU_FAMILY else "glorot_uniform"
    family, shape = name.split("_")
    inputs, units = size
    deviation = math.sqrt(2 / (inputs if family == "he" else inputs + units))
    if shape == "normal":
        return random.normal(0.0, deviation, size)
    return random.uniform(-deviation * math.sqrt(3), deviation * math.sqrt(3), size)
