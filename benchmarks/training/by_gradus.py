"""Training as a job of Gradus does it, epoch records included."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a worker has it, before NumPy loads

from collections.abc import Callable

import numpy as np
from cases import Case
from turns import take_turns

from learning.data.arrays import ArrayDataset
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer
from tests.unit.learning.rows import create_target

WATCHED = 1000
"""Its epoch records tell of so many rows as well; the rivals look at none."""


def trainer_for(case: Case, x: np.ndarray, y: np.ndarray, cores: int) -> Trainer:
    """Make a trainer as a job's."""
    data = ArrayDataset(x, y if case.classes else y.reshape(-1, 1), create_target(case.classes))
    held = ArrayDataset(data.x[:WATCHED], data.y[:WATCHED], data.target)
    net = NeuralNet(case.width, [Dense(units=units) for units in case.hidden], case.outputs, seed=0)
    spec = TrainingSpec(epochs=case.epochs, batch_size=case.batch_size, early_stopping=None)
    return Trainer(net, data, held, spec, cores=cores)


def train(case: Case, x: np.ndarray, y: np.ndarray, cores: int) -> Callable[[], list[float]]:
    """Make ready to train."""
    trainer = trainer_for(case, x, y, cores)
    return lambda: [moment.train_loss for moment in trainer.run() if isinstance(moment, Epoch)]


if __name__ == "__main__":
    take_turns(train)
