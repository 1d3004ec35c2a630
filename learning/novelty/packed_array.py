"""Arrays in the header of a model: float32 as base64, which is read much faster than a list of numbers in JSON."""

import binascii
import math
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Le, MaxLen
from numpy.typing import NDArray

MAX_VALUES: Final = 2**20

Length = Annotated[int, Ge(0), Le(MAX_VALUES)]


@dataclass(frozen=True)
class PackedArray:
    """An array of finite numbers: its shape, and its values as base64 of float32, little-endian, row by row."""

    shape: Annotated[tuple[Length, ...], MaxLen(2)]
    data: str

    def __post_init__(self) -> None:
        try:
            data = b64decode(self.data, validate=True)
        except (binascii.Error, ValueError) as fault:
            raise ValueError("an array is no base64") from fault
        if math.prod(self.shape) > MAX_VALUES or len(data) != 4 * math.prod(self.shape):
            raise ValueError(f"an array of the shape {self.shape} has {len(data)} bytes")
        if not np.isfinite(np.frombuffer(data, "<f4")).all():
            raise ValueError("an array has values that are not finite numbers")

    @classmethod
    def pack(cls, values: NDArray[np.floating]) -> "PackedArray":
        """Pack an array of one or two axes."""
        return cls(values.shape, b64encode(values.astype("<f4").tobytes()).decode())

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The array."""
        return np.frombuffer(b64decode(self.data), "<f4").astype(np.float64).reshape(self.shape)
