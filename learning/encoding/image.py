"""Encoder of a column of pictures: their pixels, with the mean and deviation of each channel in training rows."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import MIN_ROWS_PER_OUTPUT, SkippedColumn, skip_constant, skip_empty
from learning.errors import UnusableColumn
from learning.frame import Column, ImageColumn
from learning.nn.layers.inputs import ImageInput

MAX_FITTED_PIXELS: Final = 2**26
"""The maximum number of pixels that means and deviations are computed from, of evenly spread pictures."""

MIN_DEVIATION: Final = 1 / 255
"""Deviations are at least one step of a pixel, so that nothing is divided by zero."""

Share = Annotated[float, Ge(0.0), Le(1.0)]
Deviation = Annotated[float, Gt(0.0), Le(1.0)]


@dataclass(frozen=True, kw_only=True)
class ImageEncoder:
    """Encodes a column of pictures, all of one size: a net reads their pixels, and layers make features of them.

    A row without a picture has one of the mean colour; it is flagged if enough training rows had none.

    Attributes:
        channels: 1 of grey, or 3 of red, green and blue.
        height, width: Their size in pixels.
        means, deviations: The mean and the standard deviation of each channel's pixels / 255 in training rows.
        flag: Whether there is an input that is 1 where the picture is missing.
    """

    type: Literal["image"] = "image"
    name: str
    channels: Annotated[int, Ge(1), Le(3)]
    height: Annotated[int, Ge(1), Le(1024)]
    image_width: Annotated[int, Ge(1), Le(1024)]
    means: Annotated[tuple[Share, ...], MaxLen(3)]
    deviations: Annotated[tuple[Deviation, ...], MaxLen(3)]
    flag: bool

    def __post_init__(self) -> None:
        if not len(self.means) == len(self.deviations) == self.channels:
            raise ValueError(f"{self.name} has {self.channels} channels and {len(self.means)} means")

    @classmethod
    def fit(cls, name: str, column: Column) -> "ImageEncoder | SkippedColumn":
        """Fit to the training rows."""
        column = require_type(column, ImageColumn, name)
        rows = np.flatnonzero(column.present)
        if not len(rows):
            return skip_empty(name)
        _, channels, height, width = column.pixels.shape
        step = -(-len(rows) * column.pixels[0].size // MAX_FITTED_PIXELS)
        counts = np.zeros((channels, 256), np.int64)
        for row in rows[::step]:
            for channel, pixels in enumerate(column.pixels[row]):
                counts[channel] += np.bincount(pixels.reshape(-1), minlength=256)
        missing = len(column) - len(rows)
        if not missing and (counts > 0).sum(axis=1).max() == 1:
            return skip_constant(name, value="a picture of one colour")
        levels, shares = np.arange(256) / 255, counts / counts.sum(axis=1, keepdims=True)
        means = shares @ levels
        deviations = np.sqrt(np.maximum(shares @ levels**2 - means**2, 0.0))
        return cls(
            name=name,
            channels=channels,
            height=height,
            image_width=width,
            means=tuple(np.clip(means, 0.0, 1.0).tolist()),
            deviations=tuple(np.clip(deviations, MIN_DEVIATION, 1.0).tolist()),
            flag=missing >= MIN_ROWS_PER_OUTPUT,
        )

    @property
    def width(self) -> int:
        """The number of numbers that a row gets besides its picture."""
        return int(self.flag)

    @property
    def output_names(self) -> list[str]:
        """The name of each of these."""
        return [missing_flag_name(self.name)] * self.width

    @property
    def typical_value(self) -> None:
        """None: there is no typical picture."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return self.channels, self.height, self.image_width

    @property
    def net_input(self) -> ImageInput:
        """A picture as a net reads it."""
        return ImageInput(self.shape, self.means, self.deviations)

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "image", image_shape=self.shape)

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode which pictures are missing into `out` (rows, width), and add warnings about rows to `warnings`."""
        column = require_type(column, ImageColumn, self.name)
        if self.flag:
            np.logical_not(column.present, out[:, 0])
        elif warnings is not None:
            warnings.add_missing(np.flatnonzero(~column.present), self.name, "it is treated as one of the mean colour")

    def find_missing(self, column: Column) -> NDArray[np.intp]:
        """The rows that have no picture."""
        return np.flatnonzero(~require_type(column, ImageColumn, self.name).present)

    def encode_pixels(self, column: Column, out: NDArray[np.uint8]) -> None:
        """Copy the pixels of each row into `out` (rows, *shape).

        Raises:
            UnusableColumn: if the pictures are of another size than in training.
        """
        column = require_type(column, ImageColumn, self.name)
        if column.pixels.shape[1:] != self.shape:
            has, wants = (" x ".join(map(str, shape)) for shape in (column.pixels.shape[1:], self.shape))
            raise UnusableColumn(
                f"Column '{self.name}' has pictures of {has} (channels, height, width), and those that the model "
                f"learned from have {wants}.",
                "Resize them.",
            )
        out[...] = column.pixels
        missing = np.flatnonzero(~column.present)
        if len(missing):
            out[missing] = np.rint(np.multiply(self.means, 255)).astype(np.uint8)[:, None, None]

    def grid(self, _encoded: NDArray[np.floating], _points: int) -> None:
        """None: there are no typical pictures to vary the column over."""
