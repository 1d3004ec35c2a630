"""Operations: what a step of training is made of, each a call of NumPy bound to the arrays that it reads and writes.

A step is planned once and run many thousand times. All that a plan has looked up, cut and counted, a step need not do
again, and nothing in it takes memory: that is most of what makes small nets fast in Python.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import DTypeLike, NDArray

Operation = Callable[[], object]
"""One call, ready to be made: `functools.partial` of a function and its arrays."""


def execute(operations: Iterable[Operation]) -> None:
    """Make the calls, one after the other."""
    for operation in operations:
        operation()


def scalar(value: float, dtype: DTypeLike) -> NDArray[np.floating]:
    """Return a number as an array without dimensions: what NumPy computes with at the least delay.

    Its value can be changed in place, and operations that are bound to it see the change.
    """
    return np.array(value, dtype)
