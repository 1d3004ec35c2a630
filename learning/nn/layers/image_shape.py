"""Shapes of pictures: channels, height and width."""

from learning.errors import LayerMisfit
from learning.nn.layers.layer import Shape


def require_image(input_shape: Shape, least: int) -> tuple[int, int, int]:
    """Return channels, height and width of inputs that are a picture of at least `least` pixels each way.

    Raises:
        LayerMisfit: if they are not.
    """
    if len(input_shape) != 3:
        raise LayerMisfit(
            f"looks at a picture (channels x height x width), and gets {input_shape[0]:,} values in one list",
            "put it before the first dense layer of a net that learns from a column of pictures, or remove it",
        )
    channels, height, width = input_shape
    if min(height, width) < least:
        raise LayerMisfit(
            f"needs a picture of at least {least} x {least} pixels, and gets one of {height} x {width}",
            "remove a pool layer or a stride before it, or use a smaller one here, or larger pictures",
        )
    return channels, height, width
