"""Execution plans: lists of NumPy calls, each bound to the arrays that it reads and writes.

A step is planned once and executed many thousand times. What a plan has looked up, cut and counted need not be done
again, and nothing in it allocates memory: that is most of what makes small nets fast in Python.

    x, y = np.ones((64, 28)), np.empty((64, 10))
    weights = np.ones((28, 10))
    plan = [partial(np.dot, x, weights, y), partial(np.maximum, y, 0.0, out=y)]  # y = relu(x W)
    execute(plan)  # as often as wanted; between two executions the arrays' contents change, never the arrays
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import DTypeLike, NDArray

Operation = Callable[[], object]
"""One call of a plan: `functools.partial` of a function and its arrays."""


def execute(operations: Iterable[Operation]) -> None:
    """Make the calls of a plan, one after the other."""
    for operation in operations:
        operation()


def scalar(value: float, dtype: DTypeLike) -> NDArray[np.floating]:
    """Return a number as an array without dimensions, which NumPy computes with fastest.

    Its value can be changed in place, and plans that are bound to it see the change.
    """
    return np.array(value, dtype)
