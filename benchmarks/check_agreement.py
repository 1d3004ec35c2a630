"""Whether nets learn as PyTorch's do: from the same first weights, with the same rows in the same order.

    make bench

Trains with every optimizer and every loss for five epochs of small batches in float32, here and there, and compares the
mean loss of each epoch. Exit status 0 only if no two differ by more than rounding does: one part in 100,000.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from learning.data.arrays import ArrayDataset
from learning.data.shuffle import EpochShuffler
from learning.nn.activations import ActivationName
from learning.nn.layers import Dense
from learning.nn.losses import LossName
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, Optimizer, RmsProp, Sgd
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer
from tests.unit.learning.rows import create_target

ROWS, WIDTH, UNITS, BATCH, EPOCHS, SEED = 5000, 20, 32, 32, 5, 3
DECAY = 0.01
MAX_DIFFERENCE = 1e-5
RESULT = Path("benchmarks/results/agreement.json")

BENDS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "elu": torch.nn.ELU}

LOSSES = {
    "mse": functional.mse_loss,
    "mae": functional.l1_loss,
    "huber": functional.huber_loss,
    "two classes": functional.binary_cross_entropy_with_logits,
    "ten classes": functional.cross_entropy,
}


def optimizers() -> Iterator[tuple[Optimizer, type[torch.optim.Optimizer], dict[str, object], float]]:
    """Each optimizer, PyTorch's of the same name, its settings, and how strong weight decay is."""
    for decay in (0.0, DECAY):
        yield Sgd(learning_rate=0.05), torch.optim.SGD, {}, decay
        yield Sgd(learning_rate=0.01, momentum=0.9), torch.optim.SGD, {"momentum": 0.9}, decay
        nesterov = {"momentum": 0.9, "nesterov": True}
        yield Sgd(learning_rate=0.01, momentum=0.9, nesterov=True), torch.optim.SGD, nesterov, decay
        yield RmsProp(), torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-8}, decay
        yield Adam(), torch.optim.Adam, {}, decay
        yield AdamW(), torch.optim.AdamW, {}, decay


def rows(kind: str) -> ArrayDataset:
    """Rows that can be learned, but not perfectly."""
    random = np.random.default_rng(0)
    x = random.standard_normal((ROWS, WIDTH), np.float32)
    score = np.sin(x[:, :4]).sum(axis=1) + x[:, 4] * x[:, 5] + 0.5 * random.standard_normal(ROWS)
    if kind == "two classes":
        return ArrayDataset(x, (score > 0).astype(np.int64), create_target(2))
    if kind == "ten classes":
        return ArrayDataset(x, np.searchsorted(np.quantile(score, np.arange(0.1, 0.95, 0.1)), score), create_target(10))
    return ArrayDataset(x, (score / score.std()).astype(np.float32)[:, None], create_target(0))


def net_for(data: ArrayDataset, bend: ActivationName) -> NeuralNet:
    """The net that both begin with."""
    return NeuralNet(WIDTH, [Dense(units=UNITS, activation=bend)] * 2, data.outputs, seed=SEED)


def here(data: ArrayDataset, loss: LossName, bend: ActivationName, optimizer: Optimizer, decay: float) -> list[float]:
    """The mean loss of each epoch as Gradus trains."""
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "early_stopping": None, "weight_decay": decay, "seed": SEED}
    trainer = Trainer(net_for(data, bend), data, None, TrainingSpec(loss=loss, optimizer=optimizer, **settings))
    return [moment.train_loss for moment in trainer.run() if isinstance(moment, Epoch)]


def there(
    data: ArrayDataset, kind: str, bend: ActivationName, make: type[torch.optim.Optimizer], settings: dict[str, object]
) -> list[float]:
    """The mean loss of each epoch as PyTorch trains; biases are not decayed."""
    layers: list[torch.nn.Module] = []
    for matrix in net_for(data, bend).weights:
        layer = torch.nn.Linear(len(matrix) - 1, matrix.shape[1])
        layer.weight.data = torch.from_numpy(matrix[:-1].T.copy())
        layer.bias.data = torch.from_numpy(matrix[-1].copy())
        layers += [layer, BENDS[bend]()]
    net = torch.nn.Sequential(*layers[:-1])
    biases = [parameter for parameter in net.parameters() if parameter.ndim == 1]
    weights = [parameter for parameter in net.parameters() if parameter.ndim == 2]
    walk = make([{"params": weights}, {"params": biases, "weight_decay": 0.0}], **settings)
    x = torch.from_numpy(data.x)
    y = torch.from_numpy(data.y.astype(np.float32)[:, None] if len(data.target.labels) == 2 else data.y)
    order, losses = EpochShuffler(ROWS, WIDTH, SEED), []
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        for batch in torch.from_numpy(order.select_indices(epoch, 0, ROWS)).split(BATCH):
            walk.zero_grad()
            loss = LOSSES[kind](net(x[batch]), y[batch])
            loss.backward()
            walk.step()
            total += loss.item() * len(batch)
        losses.append(total / ROWS)
    return losses


def main() -> int:
    """Compare, print, and judge."""
    torch.set_num_threads(1)
    cases = [("ten classes", "relu", *optimizer) for optimizer in optimizers()]
    cases += [(kind, "relu", Adam(), torch.optim.Adam, {}, 0.0) for kind in LOSSES]
    cases += [("two classes", bend, Adam(), torch.optim.Adam, {}, 0.0) for bend in BENDS]
    found: dict[str, float] = {}
    for kind, bend, optimizer, make, more, decay in cases:
        data = rows(kind)
        ours = here(data, "cross_entropy" if data.target.labels else kind, bend, optimizer, decay)
        settings = {"lr": optimizer.learning_rate, "weight_decay": decay, **more}
        theirs = there(data, kind, bend, make, settings)
        apart = max(abs(mine / other - 1) for mine, other in zip(ours, theirs, strict=True))
        what = f"{kind}, {bend}, {optimizer.type} {settings}"
        found[what] = apart
        print(f"{what}: loss {ours[0]:.6f} … {ours[-1]:.6f}, apart {apart:.1e}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    agreed = max(found.values()) <= MAX_DIFFERENCE
    print("all agree" if agreed else f"some are apart by more than {MAX_DIFFERENCE:g}")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
