"""Inference time of a trained net: Gradus beside scikit-learn, PyTorch and onnxruntime, with the same weights.

    make bench

Each contestant has a process of its own and is timed in turns; the median of all calls counts, and all outputs must
agree. PyTorch may use one thread or two. Then five such nets that became one take turns with one net of their total
width, and likewise default nets that see pictures. The exit status is 0 only if Gradus is ahead of scikit-learn and
PyTorch at each number of rows, and several nets cost less than twice the one net.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # what Gradus learns with needs no more than NumPy, and is not installed among its peers

from learning.nn.ensemble import merge_nets  # noqa: E402 - the path comes first
from learning.nn.layers import Conv, Dense, Layer  # noqa: E402 - the path comes first
from learning.nn.layers.inputs import ImageInput, NetInputs, RowArrays  # noqa: E402 - the path comes first
from learning.nn.net import NeuralNet  # noqa: E402 - the path comes first
from learning.training.image_defaults import NETS_OF_FEW_PICTURES, choose_image_layers  # noqa: E402 - likewise

WIDTH, HIDDEN = 28, (64, 64)
CALLS = {1: 2000, 100: 1000, 100_000: 15}
ROUNDS = 5
NETS = 5
ENSEMBLE_CALLS = {1: 2000, 1000: 200}
IMAGE_CALLS = {1: 50, 64: 5}
SIDE = 32
BEATEN = ("scikit-learn", "PyTorch, 1 thread", "PyTorch, 2 threads")

Predict = Callable[[np.ndarray], np.ndarray]


def net() -> NeuralNet:
    """The net that all predict with; its output is made louder, so that differences would show."""
    made = NeuralNet(WIDTH, [Dense(units=units) for units in HIDDEN], 1, seed=0)
    made.weights[-1][...] *= 10
    return made


def gradus() -> Predict:
    """Gradus itself."""
    return net().forward


def scikit_learn() -> Predict:
    """Its MLPRegressor, given our weights."""
    from sklearn.neural_network import MLPRegressor  # noqa: PLC0415 - only this contestant loads it

    warnings.simplefilter("ignore")
    theirs = MLPRegressor(hidden_layer_sizes=HIDDEN, max_iter=1)
    theirs.fit(np.zeros((2, WIDTH), np.float32), np.array([0, 1], np.float32))
    theirs.coefs_ = [matrix[:-1].copy() for matrix in net().weights]
    theirs.intercepts_ = [matrix[-1].copy() for matrix in net().weights]
    return theirs.predict


def torch(threads: int) -> Predict:
    """A Sequential that keeps no gradients; rows are given as tensors already."""
    import torch  # noqa: PLC0415 - only this contestant loads it

    torch.set_num_threads(threads)
    layers: list[torch.nn.Module] = []
    for matrix in net().weights:
        layer = torch.nn.Linear(len(matrix) - 1, matrix.shape[1])
        layer.weight.data = torch.from_numpy(matrix[:-1].T.copy())
        layer.bias.data = torch.from_numpy(matrix[-1].copy())
        layers += [layer, torch.nn.ReLU()]
    theirs = torch.nn.Sequential(*layers[:-1]).eval()
    torch.set_grad_enabled(mode=False)
    return lambda x: theirs(torch.from_numpy(x)).numpy()


def onnxruntime() -> Predict:
    """The same net as an ONNX graph."""
    import onnxruntime  # noqa: PLC0415 - only this contestant loads it
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 - only this contestant loads it

    nodes, constants, name = [], [], "x"
    for number, matrix in enumerate(net().weights):
        parts = {f"w{number}": matrix[:-1], f"b{number}": matrix[-1]}
        constants += [numpy_helper.from_array(part.copy(), key) for key, part in parts.items()]
        nodes.append(helper.make_node("Gemm", [name, *parts], [f"z{number}"]))
        name = f"z{number}"
        if number < len(HIDDEN):
            nodes.append(helper.make_node("Relu", [name], [f"y{number}"]))
            name = f"y{number}"
    ends = [
        [helper.make_tensor_value_info(end, TensorProto.FLOAT, [None, width])]
        for end, width in (("x", WIDTH), (name, 1))
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "net", *ends, constants), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


CONTESTANTS: dict[str, Callable[[], Predict]] = {
    "Gradus": gradus,
    "scikit-learn": scikit_learn,
    "PyTorch, 1 thread": lambda: torch(1),
    "PyTorch, 2 threads": lambda: torch(2),
    "onnxruntime": onnxruntime,
}


def take_turns(predict: Predict) -> None:
    """Answer each line with a number of rows with the seconds of each call, and some outputs."""
    x = np.random.default_rng(0).standard_normal((max(CALLS), WIDTH), np.float32)
    for line in sys.stdin:
        part = x[: int(line)].copy()
        outputs = predict(part)
        seconds = []
        for _ in range(CALLS[len(part)]):
            began = time.perf_counter()
            predict(part)
            seconds.append(time.perf_counter() - began)
        answer = {"seconds": seconds, "outputs": np.ravel(outputs)[:100].tolist()}
        print(json.dumps(answer), flush=True)


class Contestant:
    """A contestant's process."""

    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--contestant", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.seconds: dict[int, list[float]] = {rows: [] for rows in CALLS}

    def turn(self, rows: int) -> list[float]:
        """Take a turn; the first outputs."""
        assert self.process.stdin
        assert self.process.stdout
        print(rows, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        self.seconds[rows] += answer["seconds"]
        return answer["outputs"]

    def end(self) -> None:
        """End the process."""
        self.process.communicate()


def race() -> dict[str, dict[int, float]]:
    """The median microseconds of a call, for each contestant and number of rows."""
    contestants = {name: Contestant(name) for name in CONTESTANTS}
    try:
        for _ in range(ROUNDS):
            for rows in CALLS:
                outputs = [contestant.turn(rows) for contestant in contestants.values()]
                np.testing.assert_allclose(outputs, [outputs[0]] * len(outputs), rtol=1e-3, atol=1e-5)
    finally:
        for contestant in contestants.values():
            contestant.end()
    return {
        name: {rows: 1e6 * median(seconds) for rows, seconds in contestant.seconds.items()}
        for name, contestant in contestants.items()
    }


def compare_ensemble(nets: list[NeuralNet], wide: NeuralNet, calls: dict[int, int]) -> dict[str, dict[int, float]]:
    """The median microseconds of a call of one net, of all that became one, and of one of their total width."""
    compared = {"one net": nets[0], "all as one": merge_nets(nets), "one of their width": wide}
    seconds: dict[str, dict[int, list[float]]] = {name: {rows: [] for rows in calls} for name in compared}
    random, image = np.random.default_rng(0), wide.net_inputs.image
    for _ in range(ROUNDS):
        for rows, times in calls.items():
            arrays = RowArrays(random.standard_normal((rows, wide.net_inputs.numbers), np.float32))
            if image is not None:
                arrays = arrays._replace(images=random.integers(0, 256, (rows, *image.shape), np.uint8))
            for name, each in compared.items():
                each.forward(*arrays)
                for _ in range(times):
                    began = time.thread_time()
                    each.forward(*arrays)
                    seconds[name][rows].append(time.thread_time() - began)
    return {name: {rows: 1e6 * median(own) for rows, own in times.items()} for name, times in seconds.items()}


def widen(layers: Sequence[Layer], times: int) -> list[Layer]:
    """Layers of so many times as many neurons and filters."""
    return [
        replace(layer, units=times * layer.units)
        if isinstance(layer, Dense)
        else replace(layer, filters=times * layer.filters)
        if isinstance(layer, Conv)
        else layer
        for layer in layers
    ]


def measure_ensembles() -> dict[str, dict[str, dict[int, float]]]:
    """Compare nets of a table, and nets that see pictures, with what they become; print and return the figures."""
    image = NetInputs(0, image=ImageInput((3, SIDE, SIDE), (0.5,) * 3, (0.2,) * 3))
    table_layers = [Dense(units=units) for units in HIDDEN]
    cases: dict[str, tuple[NetInputs, Sequence[Layer], int, dict[int, int]]] = {
        "nets of 28-64-64-1": (NetInputs(WIDTH), table_layers, NETS, ENSEMBLE_CALLS),
        f"default nets for few pictures of {SIDE} pixels": (
            image,
            choose_image_layers(SIDE, 1000),
            NETS_OF_FEW_PICTURES,
            IMAGE_CALLS,
        ),
    }
    found: dict[str, dict[str, dict[int, float]]] = {}
    for name, (inputs, layers, count, calls) in cases.items():
        nets = [NeuralNet(inputs, layers, 1, seed=seed) for seed in range(count)]
        wide = NeuralNet(inputs, widen(layers, count), 1, seed=0)
        found[name] = compare_ensemble(nets, wide, calls)
        one, merged, whole = found[name].values()
        print(f"{count} {name} as one: the median microseconds of a thread in a call")
        for rows in calls:
            print(
                f"  {rows:,} rows {merged[rows]:10.1f}   {merged[rows] / one[rows]:4.1f} times one net   "
                f"{merged[rows] / whole[rows]:4.2f} times one of their width"
            )
    return found


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/forward.json"))
    parser.add_argument("--contestant", choices=CONTESTANTS, help="take turns as one of them")
    options = parser.parse_args()
    if options.contestant:
        take_turns(CONTESTANTS[options.contestant]())
        return 0
    found = race()
    ours = found["Gradus"]
    print("A net of 28-64-64-1: the median microseconds of a call, and how many times those of Gradus")
    for name, times in found.items():
        cells = (f"{rows:,} rows {took:10.1f} ({took / ours[rows]:4.1f} times)" for rows, took in times.items())
        print(f"  {name:20} {'   '.join(cells)}")
    ensembles = measure_ensembles()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({**found, "ensembles": ensembles}, indent=1) + "\n")
    is_ahead = all(found[name][rows] > ours[rows] for name in BEATEN for rows in CALLS)
    costs = [(merged[rows], wide[rows]) for _, merged, wide in map(dict.values, ensembles.values()) for rows in merged]
    return 0 if is_ahead and all(merged < 2 * wide for merged, wide in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
