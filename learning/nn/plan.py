"""Execution plans: lists of NumPy calls, each bound to the arrays that it reads and writes.

A step is planned once and executed many thousand times, without lookups, slicing or allocation: that is most of what
makes small nets fast in Python.

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
    """Execute the operations of a plan in order."""
    for operation in operations:
        operation()


def scalar(value: float, dtype: DTypeLike) -> NDArray[np.floating]:
    """Return a 0-dimensional array, NumPy's fastest scalar; plans that are bound to it see changes in place."""
    return np.array(value, dtype)
