"""Profile of a training step of nets that see pictures, in processor time of one thread, beside PyTorch.

    .bench/bin/python benchmarks/training/image_step.py

The least processor time of each operation counts, and of whole steps, which are taken in turns; so it can be run while
other programs keep the machine busy. The roofline is the time of the same multiplications, once as a convolution takes
them and once as Winograd's does, at the speed of a product of 1,024 x 1,024 x 1,024.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import argparse
import math
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from bench_images import BATCH, BATCHES, CASES, Case, Gradus, Torch, create_data

from learning.nn.layers import Conv, place_net
from learning.nn.layers.grouped_products import choose_products
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.layers.winograd import PIXELS, TILE, WinogradProducts
from learning.nn.plan import Operation


def time_least(run: Callable[[], object], times: int) -> float:
    """The least processor time of a call, in milliseconds."""
    found: list[int] = []
    for _ in range(times):
        began = time.thread_time_ns()
        run()
        found.append(time.thread_time_ns() - began)
    return min(found) / 1e6


def find_kind(operation: Operation) -> str:
    """What an operation belongs to."""
    if not isinstance(operation, partial) or operation.func is not np.matmul:
        return "activation, pooling, bias, copies"
    return "transforms" if operation.args[0].shape[-2] <= len(PIXELS) else "products"


def profile_step(step: list[Operation], times: int) -> dict[str, float]:
    """The milliseconds of the operations of a step by kind, each its least of so many steps."""
    least = np.full(len(step), math.inf)
    for _ in range(times):
        for number, operation in enumerate(step):
            least[number] = min(least[number], time_least(operation, 1))
    found = dict.fromkeys(("products", "transforms", "activation, pooling, bias, copies"), 0.0)
    for operation, milliseconds in zip(step, least, strict=True):
        found[find_kind(operation)] += milliseconds
    return found


def count_multiplications(case: Case) -> tuple[float, float]:
    """The multiplications of a step of a batch: of plain convolutions, and of those that Gradus computes."""
    inputs = NetInputs(0, image=ImageInput(case.shape, (0.5,) * case.shape[0], (0.25,) * case.shape[0]))
    plain = fast = 0.0
    for number, placed in enumerate(place_net(inputs, case.layers, 10).image):
        if isinstance(placed.layer, Conv):
            own = BATCH * placed.products * (3 if number else 2)  # forward, by weights, and by inputs
            window = placed.layer.window(placed.input_shape)
            products = choose_products(window, placed.input_shape[0], placed.layer.filters)
            tiles = -(-window.height // TILE) * len(PIXELS) / (3 * window.height)
            plain, fast = plain + own, fast + own * (tiles if products is WinogradProducts else 1)
    return plain, fast


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=12)
    times = parser.parse_args().times
    torch.set_num_threads(1)
    square = np.ones((1024, 1024), np.float32)
    speed = 1024**3 / time_least(partial(np.matmul, square, square, np.empty_like(square)), 20)
    print(f"A product of 1,024 x 1,024 x 1,024 multiplies {speed / 1e6:.1f} billion times a second.")
    for case in CASES:
        data = create_data(case)
        with Gradus(case, data, 1) as ours:
            peers = {
                name: Torch(case, data, ours, layout)
                for name, layout in (("eager", torch.contiguous_format), ("channels_last", torch.channels_last))
            }
            steps: dict[str, list[float]] = {"Gradus": [], **{name: [] for name in peers}}
            for _ in range(times):
                steps["Gradus"].append(time_least(ours.run, 1) / BATCHES)
                for name, peer in peers.items():
                    steps[name].append(time_least(peer.run, 1) / BATCHES)
            parts = profile_step(ours.step.steps[0], times)
        plain, fast = (each / speed for each in count_multiplications(case))
        print(f"\n{case.name}, milliseconds per step of {BATCH} pictures")
        for name, found in steps.items():
            print(f"  {min(found[1:]):8.1f}  {name}")
        for name, milliseconds in parts.items():
            print(f"  {milliseconds:8.1f}  of which {name}")
        print(f"  {plain:8.1f}  roofline of plain convolutions, {fast:.1f} of those that Gradus computes")


if __name__ == "__main__":
    main()
