"""Lower bound of training time: the matrix products of every step and nothing else, at a number of threads.

Forward one product for each layer, back one for its weights' gradient, and one for its inputs' but in the first layer.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from cases import Case
from threadpoolctl import threadpool_limits
from turns import take_turns


def train(case: Case, _x: np.ndarray, _y: np.ndarray, threads: int) -> Callable[[], list[float]]:
    """Make ready to multiply."""
    random, rows = np.random.default_rng(0), case.batch_size
    products = []
    for number, (inputs, units) in enumerate(pairwise((case.width, *case.hidden, case.outputs))):
        x, w, dy = (
            random.standard_normal(shape, np.float32) for shape in ((rows, inputs), (inputs, units), (rows, units))
        )
        products += [partial(x.dot, w, np.empty_like(dy)), partial(x.T.dot, dy, np.empty_like(w))]
        if number:
            products.append(partial(dy.dot, w.T, np.empty_like(x)))

    def run() -> list[float]:
        with threadpool_limits(threads):
            for _ in range(case.epochs * -(-case.rows // rows)):
                for product in products:
                    product()
        return []

    return run


if __name__ == "__main__":
    take_turns(train)
