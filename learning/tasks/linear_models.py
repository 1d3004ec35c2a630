"""Linear models, with which nets are compared: ridge regression, and logistic regression with the same penalty."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.losses import compute_probabilities

RIDGE_PENALTY: Final = 1.0
"""L2 penalty of the weights, so that collinear inputs do no harm."""

MAX_STEPS: Final = 60
MIN_STEPS: Final = 5
MAX_MULTIPLICATIONS: Final = 2**31
"""Steps of logistic regression: as many as this many multiplications allow, within these bounds."""


def fit_ridge(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    """The weights (inputs, outputs) of least squared error, with a ridge (Hoerl & Kennard 1970).

    Args:
        x: The inputs (rows, inputs), the last of them 1.
        y: The targets (rows, outputs).
        weights: How much each row counts (rows,).
    """
    weighed = _weigh(x, weights)
    return np.linalg.inv(weighed.T @ x + _ridge_matrix(x.shape[1])) @ (weighed.T @ y)


def fit_logistic(
    x: NDArray[np.float64],
    y: NDArray[np.intp],
    weights: NDArray[np.floating] | None,
    constant: NDArray[np.float64],
    classes: int,
) -> NDArray[np.float64]:
    """The weights (inputs, outputs) of logistic regression, by accelerated bound optimization.

    The Hessian of the cross-entropy is never above half of x'x for each class, a fourth of it for two (Böhning 1992),
    so one factorisation serves all steps; Nesterov momentum is restarted where it leads uphill (O'Donoghue & Candès
    2015).

    Args:
        x: The inputs (rows, inputs), the last of them 1.
        y: The class numbers (rows,).
        weights: How much each row counts (rows,).
        constant: The logits of the best constant prediction (outputs,), one for two classes.
        classes: The number of classes.
    """
    one_hot, outputs = np.eye(classes)[y], len(constant)
    bound = 0.25 if outputs == 1 else 0.5
    ridge = _ridge_matrix(x.shape[1])
    weighed = _weigh(x, weights)
    step = np.linalg.inv(bound * (weighed.T @ x) + ridge) @ weighed.T
    shrink = np.linalg.inv(bound * (weighed.T @ x) + ridge) @ ridge
    fitted = np.zeros((x.shape[1], outputs))
    fitted[-1] = constant
    ahead, speed = fitted, 1.0
    for _ in range(min(MAX_STEPS, max(MIN_STEPS, MAX_MULTIPLICATIONS // (x.size * outputs)))):
        error = (one_hot - compute_probabilities(x @ ahead))[:, -outputs:]
        after = ahead + step @ error - shrink @ ahead
        moved = after - fitted
        if float(np.sum((after - ahead) * moved)) < 0:
            speed = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead, fitted, speed = after + (speed - 1) / faster * moved, after, float(faster)
    return fitted


def _weigh(x: NDArray[np.float64], weights: NDArray[np.floating] | None) -> NDArray[np.float64]:
    """The rows of x, each times its weight."""
    return x if weights is None else x * weights[:, None]


def _ridge_matrix(inputs: int) -> NDArray[np.float64]:
    """The L2 penalty as a diagonal matrix, next to nothing for the bias."""
    return np.diag(np.append(np.full(inputs - 1, RIDGE_PENALTY), 1e-6))
