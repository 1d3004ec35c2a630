"""The operators of ONNX as functions of the package spox: those of opset 17, which all of today's runtimes have."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import NotExportable

OPSET: Final = "v17"
ML_OPSET: Final = "v3"
INSTALL: Final = "Install it with `pip install gradus[onnx]`, or `make setup EXTRAS=onnx` in a checkout."

Tensor = Any
"""A tensor of a graph that is being built."""


class Operators:
    """What graphs are built of; every method but `build` returns a tensor.

    Attributes:
        op: The standard operators.
        ml: Those of the domain ai.onnx.ml.
    """

    def __init__(self) -> None:
        try:
            self.spox: Any = import_module("spox")
            self.op: Any = import_module(f"spox.opset.ai.onnx.{OPSET}")
            self.ml: Any = import_module(f"spox.opset.ai.onnx.ml.{ML_OPSET}")
        except ImportError as fault:
            raise NotExportable("The package spox, which writes ONNX, is not installed here.", INSTALL) from fault

    def argument(self, dtype: DTypeLike, shape: Sequence[int | str]) -> Tensor:
        """An input of the graph."""
        return self.spox.argument(self.spox.Tensor(np.dtype(dtype), tuple(shape)))

    def const(self, value: Any, dtype: DTypeLike | None = None) -> Tensor:
        """A constant."""
        return self.op.constant(value=np.asarray(value, dtype))

    def cast(self, x: Tensor, dtype: DTypeLike) -> Tensor:
        """The same numbers of another type."""
        return self.op.cast(x, to=np.dtype(dtype))

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """The same numbers in another shape; -1 is what is left, 0 what is there."""
        return self.op.reshape(x, self.const(shape, np.int64))

    def concat(self, parts: Sequence[Tensor], axis: int = 1) -> Tensor:
        """Tensors side by side."""
        return parts[0] if len(parts) == 1 else self.op.concat(list(parts), axis=axis)

    def take(self, x: Tensor, places: Sequence[int] | NDArray[np.integer], axis: int = 1) -> Tensor:
        """These places of an axis."""
        return self.op.gather(x, self.const(places, np.int64), axis=axis)

    def look_up(self, keys: Tensor, numbers: Mapping[str, int] | Mapping[int, int], default: int) -> Tensor:
        """The number of each key, int64; of an unknown one the default."""
        names, values = list(numbers), list(numbers.values())
        if names and isinstance(names[0], str):
            return self.ml.label_encoder(keys, keys_strings=names, values_int64s=values, default_int64=default)
        return self.ml.label_encoder(keys, keys_int64s=names, values_int64s=values, default_int64=default)

    def log1p(self, x: Tensor) -> Tensor:
        """The logarithm of one more."""
        return self.op.log(self.op.add(x, self.const(1.0, np.float64)))

    def build(self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> Any:
        """The graph as a message of ONNX."""
        return self.spox.build(dict(inputs), dict(outputs))


@cache
def load_operators() -> Operators:
    """The operators.

    Raises:
        NotExportable: the package spox is not installed.
    """
    return Operators()
