"""Seconds per epoch of a net with embeddings in Gradus and PyTorch, side by side: `make bench-embeddings`.

The net reads a user and an item, 32 numbers each, in batches of 1,024 rows as many as MovieLens 100K trains on. PyTorch
trains with gradients of whole tables, and with sparse ones and SparseAdam, by hand with views of gathered rows. All
begin with the same weights and take the rows in the same order; with sparse gradients the losses must agree, too. The
contestants are processes that take turns; ratios are medians over the turns. The exit status is 0 if Gradus is twice as
fast as the faster one of PyTorch, and a step with 100,000 users takes at most 1.3 times one with 1,000.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a worker has it, before NumPy loads
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from learning.data.arrays import ArrayDataset
from learning.nn.layers import Dense
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import NetInputs
from learning.nn.net import NeuralNet
from learning.seeding import rng_for
from learning.tasks.regression import RegressionTarget
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer

ROWS, ITEMS, VECTOR, UNITS, BATCH, EPOCHS = 80_000, 1_682, 32, 64, 1_024, 5
PEERS = {"PyTorch, dense": False, "PyTorch, sparse": True}
CASES = {"Gradus": 943, **dict.fromkeys(PEERS, 943), "Gradus, 1,000 users": 1_000, "Gradus, 100,000 users": 100_000}
MIN_RATIO, MAX_GROWTH, SAME_LOSS = 2.0, 1.3, 1e-2


def draw_rows(users: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw ids of rows, of which some occur often as in ratings, and their targets."""
    random = np.random.default_rng(0)
    ids = np.column_stack([count * random.random(ROWS) ** 1.5 for count in (users, ITEMS)]).astype(np.int32)
    tastes = [random.normal(size=(count, 2)) for count in (users, ITEMS)]
    liking = (tastes[0][ids[:, 0]] * tastes[1][ids[:, 1]]).sum(axis=1, keepdims=True)
    return ids, liking + random.normal(size=(ROWS, 1))


def create_net(users: int) -> NeuralNet:
    """The net with its first weights."""
    tables = tuple([Embedding(ids=count, units=VECTOR) for count in (users, ITEMS)])
    return NeuralNet(NetInputs(0, tables), [Dense(units=UNITS)] * 2, 1, seed=0)


def train_gradus(users: int, ids: np.ndarray, y: np.ndarray) -> Iterator[float]:
    """Train with Gradus, which shares steps among as many processes as it finds fit; yields the loss of each epoch."""
    data = ArrayDataset(np.empty((ROWS, 0), np.float32), y, RegressionTarget(mean=0.0, scale=1.0), ids=ids)
    spec = TrainingSpec(epochs=EPOCHS, batch_size=BATCH, early_stopping=None)
    events = Trainer(create_net(users), data, None, spec, cores=os.cpu_count() or 1).run()
    return (event.train_loss for event in events if isinstance(event, Epoch))


def train_torch(users: int, ids: np.ndarray, y: np.ndarray, *, sparse: bool, threads: int) -> Iterator[float]:
    """Train with PyTorch, from the same weights and in the same order; yields the loss of each epoch."""
    import torch  # noqa: PLC0415 - Gradus runs without it
    from torch import nn  # noqa: PLC0415 - Gradus runs without it

    torch.set_num_threads(threads)
    ours = create_net(users)
    tables = [
        nn.Embedding.from_pretrained(torch.from_numpy(table.copy()), freeze=False, sparse=sparse)
        for table in ours.tables
    ]
    layers: list[nn.Module] = []
    for matrix in ours.weights:
        layer = nn.Linear(len(matrix) - 1, matrix.shape[1])
        layer.weight.data = torch.from_numpy(matrix[:-1].T.copy())
        layer.bias.data = torch.from_numpy(matrix[-1].copy())
        layers += [layer, nn.ReLU()]
    net, loss_function = nn.Sequential(*layers[:-1]), nn.MSELoss()
    vectors = [table.weight for table in tables]
    optimizers = [torch.optim.Adam([*net.parameters(), *([] if sparse else vectors)], fused=True)]
    optimizers += [torch.optim.SparseAdam(vectors)] if sparse else []
    inputs, targets = torch.from_numpy(ids), torch.from_numpy(y.astype(np.float32))
    for epoch in range(1, EPOCHS + 1):
        order = torch.from_numpy(rng_for(0, "order", epoch).permutation(ROWS))
        total = torch.zeros(())
        for batch, answers in zip(inputs[order].split(BATCH), targets[order].split(BATCH), strict=True):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            joined = torch.cat([table(batch[:, column]) for column, table in enumerate(tables)], 1)
            loss = loss_function(net(joined), answers)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            total += loss.detach() * len(batch)
        yield total.item() / ROWS


def take_turns(name: str) -> None:
    """Train whenever asked to: the number of threads in a line is answered by the seconds per epoch and the losses."""
    users = CASES[name]
    rows = draw_rows(users)
    for line in sys.stdin:
        losses = (
            train_torch(users, *rows, sparse=PEERS[name], threads=int(line))
            if name in PEERS
            else train_gradus(users, *rows)
        )
        found, seconds = [next(losses)], []  # the first epoch warms up
        for _ in range(EPOCHS - 1):
            began = time.perf_counter()
            found.append(next(losses))
            seconds.append(time.perf_counter() - began)
        print(json.dumps({"seconds": min(seconds), "losses": found}), flush=True)


def start(name: str) -> Callable[[int], dict]:
    """Start a contestant; return what lets it train with so many threads."""
    command = [sys.executable, __file__, "--contestant", name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(threads: int) -> dict:
        process.stdin.write(f"{threads}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return turn


def main() -> int:
    """Let all train in turn, and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contestant", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--turns", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.contestant:
        take_turns(arguments.contestant)
        return 0
    contestants = {name: start(name) for name in CASES}
    threads = dict.fromkeys(CASES, 1)
    for name in PEERS:
        first = {count: contestants[name](count)["seconds"] for count in range(1, (os.cpu_count() or 1) + 1)}
        threads[name] = min(first, key=first.__getitem__)
    turns = [{name: turn(threads[name]) for name, turn in contestants.items()} for _ in range(arguments.turns)]

    def compare(name: str, other: str) -> float:
        return statistics.median(turn[name]["seconds"] / turn[other]["seconds"] for turn in turns)

    for name in CASES:
        seconds = statistics.median(turn[name]["seconds"] for turn in turns)
        how = f", {threads[name]} threads" if name in PEERS else ""
        print(f"{name:24} {1000 * seconds:8.1f} ms per epoch{how}")
    ratio = min(compare(name, "Gradus") for name in PEERS)
    growth = compare("Gradus, 100,000 users", "Gradus, 1,000 users")
    losses = [turns[0][name]["losses"] for name in ("Gradus", "PyTorch, sparse")]
    apart = max(abs(one - other) / other for one, other in zip(*losses, strict=True))
    print(f"{ratio:.2f} times as fast as the faster one of PyTorch (bar {MIN_RATIO})")
    print(f"with 100,000 users {growth:.2f} times as long as with 1,000 (bar {MAX_GROWTH})")
    print(f"losses at most {apart:.1e} apart from those of sparse gradients (bar {SAME_LOSS})")
    return int(ratio < MIN_RATIO or growth > MAX_GROWTH or apart > SAME_LOSS)


if __name__ == "__main__":
    sys.exit(main())
