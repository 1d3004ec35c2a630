"""Training by PyTorch: by hand, as fast as a loop gets without compiling, or with a DataLoader, as its tutorials do.

Both begin with the weights that Gradus begins with; by hand, the rows come in the same order, too, so that the losses
must agree.
"""

import sys
from collections.abc import Callable

import numpy as np
import torch
from cases import Case
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from turns import take_turns

from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.seeding import rng_for


def same_net(case: Case) -> nn.Sequential:
    """Build the net with Gradus's first weights."""
    ours = NeuralNet(case.width, [Dense(units=units) for units in case.hidden], case.outputs, seed=0)
    layers: list[nn.Module] = []
    for matrix in ours.weights:
        inputs, units = len(matrix) - 1, matrix.shape[1]
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.from_numpy(matrix[:-1].T.copy())
        layer.bias.data = torch.from_numpy(matrix[-1].copy())
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def tensors(case: Case, x: np.ndarray, y: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn rows and targets into what PyTorch's losses take."""
    targets = torch.from_numpy(y) if case.classes > 2 else torch.from_numpy(y.astype(np.float32).reshape(-1, 1))
    return torch.from_numpy(x), targets


def loss_of(case: Case) -> nn.Module:
    """Choose the loss of the case's kind of target."""
    if not case.classes:
        return nn.MSELoss()
    return nn.BCEWithLogitsLoss() if case.classes == 2 else nn.CrossEntropyLoss()


def by_hand(case: Case, x: np.ndarray, y: np.ndarray, threads: int) -> Callable[[], list[float]]:
    """Make ready to train: rows are shuffled by one gather per epoch, batches are views, Adam is the fused one."""
    torch.set_num_threads(threads)
    net, loss_function, (inputs, targets) = same_net(case), loss_of(case), tensors(case, x, y)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)

    def run() -> list[float]:
        losses: list[float] = []
        for epoch in range(1, case.epochs + 1):
            order = torch.from_numpy(rng_for(0, "order", epoch).permutation(len(x)))
            batches = zip(inputs[order].split(case.batch_size), targets[order].split(case.batch_size), strict=True)
            total = torch.zeros(())
            for batch, answers in batches:
                optimizer.zero_grad(set_to_none=True)
                loss = loss_function(net(batch), answers)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(batch)
            losses.append(total.item() / len(x))
        return losses

    return run


def with_loader(case: Case, x: np.ndarray, y: np.ndarray, threads: int) -> Callable[[], list[float]]:
    """Make ready to train as PyTorch's own tutorials do."""
    torch.set_num_threads(threads)
    net, loss_function = same_net(case), loss_of(case)
    optimizer = torch.optim.Adam(net.parameters())
    loader = DataLoader(TensorDataset(*tensors(case, x, y)), batch_size=case.batch_size, shuffle=True)

    def run() -> list[float]:
        losses: list[float] = []
        for _ in range(case.epochs):
            total = 0.0
            for batch, answers in loader:
                optimizer.zero_grad()
                loss = loss_function(net(batch), answers)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(x))
        return losses

    return run


if __name__ == "__main__":
    take_turns({"by-hand": by_hand, "with-loader": with_loader}[sys.argv[1]])
