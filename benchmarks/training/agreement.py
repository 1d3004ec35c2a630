"""Whether Gradus and PyTorch walk the same way: with each optimizer, from the same weights, over the same batches.

Both compute in float32, so that their sums differ in the last digits, and over the steps in a few more.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a worker has it, before NumPy loads

import sys

import numpy as np
import torch
from by_torch import loss_of, same_net, tensors
from cases import CASES, Case, rows

from learning.nets.layers import Dense
from learning.nets.net import NeuralNet
from learning.randomness import generator
from learning.training.data import TrainingData
from learning.training.optimizers import Adam, AdamW, Optimizer, RmsProp, Sgd
from learning.training.schedules import Constant
from learning.training.trainer import Epoch, Trainer

EPOCHS, DECAY, NEAR = 4, 0.01, 1e-3
"""Losses agree if they differ by no more than NEAR of themselves."""


def ours(case: Case, x: np.ndarray, y: np.ndarray, optimizer: Optimizer) -> list[float]:
    """Return the loss of each epoch here."""
    data = TrainingData(x, y if case.classes else y.reshape(-1, 1), case.classes)
    net = NeuralNet(case.width, [Dense(units=units) for units in case.hidden], case.outputs, seed=0)
    settings = {"epochs": EPOCHS, "batch_size": case.batch_size, "weight_decay": DECAY}
    trainer = Trainer(net, data, optimizer=optimizer, schedule=Constant(), **settings)
    return [moment.train_loss for moment in trainer.run() if isinstance(moment, Epoch)]


def theirs(case: Case, x: np.ndarray, y: np.ndarray, optimizer: Optimizer) -> list[float]:
    """Return the same of PyTorch's."""
    net, loss_function, (inputs, targets) = same_net(case), loss_of(case), tensors(case, x, y)
    matrices = [p for p in net.parameters() if p.ndim == 2]
    biases = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": biases, "weight_decay": 0.0}]
    match optimizer:
        case Sgd():
            walk = torch.optim.SGD(
                groups, optimizer.learning_rate, momentum=optimizer.momentum, nesterov=optimizer.nesterov
            )
        case RmsProp():
            walk = torch.optim.RMSprop(groups, optimizer.learning_rate, optimizer.decay, optimizer.epsilon)
        case Adam():
            walk = torch.optim.Adam(groups, optimizer.learning_rate)
        case AdamW():
            walk = torch.optim.AdamW(groups, optimizer.learning_rate)
    losses = []
    for epoch in range(1, EPOCHS + 1):
        order, total = torch.from_numpy(generator(0, "order", epoch).permutation(len(x))), 0.0
        for numbers in order.split(case.batch_size):
            walk.zero_grad()
            loss = loss_function(net(inputs[numbers]), targets[numbers])
            loss.backward()
            walk.step()
            total += loss.item() * len(numbers)
        losses.append(total / len(x))
    return losses


def main() -> int:
    """Print both for each optimizer and kind of target, and judge."""
    apart = 0.0
    for name in ("numbers-32", "small-256"):
        case = CASES[name]
        x, y = (part[:5000] for part in rows(case))
        for optimizer in (Sgd(), Sgd(momentum=0.9), Sgd(momentum=0.9, nesterov=True), RmsProp(), Adam(), AdamW()):
            here, there = ours(case, x, y, optimizer), theirs(case, x, y, optimizer)
            apart = max(apart, *(abs(a - b) / b for a, b in zip(here, there, strict=True)))
            print(
                f"{name} {optimizer}:\n    " + "  ".join(f"{a:.6f}/{b:.6f}" for a, b in zip(here, there, strict=True))
            )
    print(f"Losses of Gradus and PyTorch differ by at most {apart:.1e} of themselves.")
    return int(apart > NEAR)


if __name__ == "__main__":
    sys.exit(main())
