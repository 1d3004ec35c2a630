"""Layers have one number each: that of the statistics is that of traces, drawings and feature maps."""

from learning.insight.layer_numbers import number_layers
from learning.nn.layers import Conv, Dense, Dropout, Pool, Residual
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet


def test_convolutions_and_dense_layers_are_counted_and_pooling_is_not() -> None:
    inputs = NetInputs(2, image=ImageInput((1, 8, 8), (0.0,), (1.0,)))
    convolutions = (Conv(filters=2), Pool(), Conv(filters=3), Dropout(rate=0.5))

    numbers = number_layers(
        NeuralNet(inputs, (*convolutions, Dense(units=4), Residual(layers=(Dense(units=4),))), 3, seed=0)
    )

    assert (numbers.image, numbers.dense) == ((1, None, 2), (3, 4, 5))
