"""Training by scikit-learn's multilayer perceptron, with Adam, without its L2 penalty or early stopping."""

import warnings
from collections.abc import Callable

import numpy as np
from cases import Case
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits
from turns import take_turns


def train(case: Case, x: np.ndarray, y: np.ndarray, threads: int) -> Callable[[], list[float]]:
    """Make ready to train."""
    kind = MLPClassifier if case.classes else MLPRegressor
    mlp = kind(
        hidden_layer_sizes=case.hidden,
        batch_size=case.batch_size,
        max_iter=case.epochs,
        alpha=0.0,
        tol=0.0,
        random_state=0,
    )
    halved = 1 if case.classes else 2  # its squared error is halved

    def run() -> list[float]:
        with threadpool_limits(threads):
            mlp.fit(x, y)
        return [halved * loss for loss in mlp.loss_curve_]

    return run


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    take_turns(train)
