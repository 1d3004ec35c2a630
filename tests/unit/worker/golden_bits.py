"""The bits of small trainings and their predictions, printed as JSON: `python -m tests.unit.worker.golden_bits`.

The test of the same name runs it under `FORCED`, so that all x86-64 processors with AVX2 compute by the same kernels.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from learning.data.prepare import prepare
from learning.frame import Frame, ImageColumn
from learning.model import create_model
from learning.nn.net import NeuralNet
from learning.training.trainer import Epoch, Trainer
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)
from tests.unit.learning.trainings import create_job_spec
from worker.fingerprint import ARITHMETIC, compute_fingerprint

ROOT: Final = Path(__file__).parents[3]
FORCED: Final = {
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
ROWS: Final = 200
SIDE: Final = 12
WORDS: Final = ["ash", "birch", "cedar", "elm", "fir", "larch", "maple", "oak", "pine", "willow"]

TRAININGS: Final[dict[str, dict[str, Any]]] = {
    "relu, adam, text, early stopping": {
        "target": "number",
        "layers": [{"type": "dense", "units": 8}, {"type": "dense", "units": 4, "activation": "leaky_relu"}],
        "early_stopping": {"patience": 1},
        "optimizer": {"type": "adam", "learning_rate": 0.05},
        "epochs": 12,
    },
    "elu, gelu, adamw, dropout, cosine, huber, weight decay": {
        "target": "number",
        "layers": [
            {"type": "dense", "units": 8, "activation": "elu", "initializer": "he_uniform"},
            {"type": "dropout", "rate": 0.25},
            {"type": "dense", "units": 8, "activation": "gelu"},
        ],
        "loss": "huber",
        "optimizer": {"type": "adamw"},
        "schedule": {"type": "cosine"},
        "weight_decay": 0.01,
        "epochs": 3,
    },
    "silu, tanh, sgd, step, mae, clipping": {
        "target": "number",
        "layers": [
            {"type": "dense", "units": 8, "activation": "silu"},
            {"type": "dense", "units": 8, "activation": "tanh", "initializer": "glorot_normal"},
        ],
        "loss": "mae",
        "optimizer": {"type": "sgd", "momentum": 0.9},
        "schedule": {"type": "step"},
        "gradient_clip_norm": 0.5,
        "epochs": 3,
    },
    "sigmoid, softplus, rmsprop, three classes, balanced": {
        "target": "three",
        "layers": [
            {"type": "dense", "units": 8, "activation": "sigmoid"},
            {"type": "dense", "units": 8, "activation": "softplus"},
        ],
        "optimizer": {"type": "rmsprop"},
        "schedule": {"type": "exponential"},
        "class_weights": "balanced",
        "epochs": 3,
    },
    "linear, plateau, two classes": {
        "target": "two",
        "layers": [{"type": "dense", "units": 8, "activation": "linear"}],
        "schedule": {"type": "plateau"},
        "split": {"validation": 0.0},
        "early_stopping": None,
        "epochs": 3,
    },
    "pictures, conv, pool, norm, augmentation": {
        "target": "three",
        "features": ["picture", "size"],
        "layers": [
            {"type": "conv", "filters": 16},
            {"type": "pool"},
            {"type": "conv", "filters": 16, "activation": "tanh"},
            {"type": "norm"},
            {"type": "pool", "kind": "mean"},
            {"type": "conv", "filters": 4, "kernel": 2, "stride": 2, "padding": "valid"},
            {"type": "dropout", "rate": 0.25},
            {"type": "dense", "units": 8},
        ],
        "image": {"size": SIDE, "augment": {"flip": True, "shift": 0.125, "rotate": 15, "zoom": 0.2, "light": 0.2}},
        "epochs": 2,
    },
    "two processes": {
        "target": "number",
        "layers": [{"type": "dense", "units": 200}, {"type": "dense", "units": 160}],
        "batch_size": 128,
        "epochs": 2,
    },
}


def read_forced() -> dict[str, Any]:
    """What a process under `FORCED` prints."""
    command = [sys.executable, "-W", "ignore", "-m", __name__]
    return json.loads(subprocess.run(command, cwd=ROOT, env={**os.environ, **FORCED}, check=True, stdout=-1).stdout)


def create_table() -> Frame:
    """Columns of every type, with missing values; made by Python's own generator, which no NumPy changes."""
    draw = random.Random(7)

    def column(make: Any, value: Any) -> Any:
        return make([None if draw.random() < 0.05 else value() for _ in range(ROWS)])

    numbers = [draw.uniform(-3, 3) for _ in range(ROWS)]
    words = [" ".join(draw.choices(WORDS, k=5)) + f" {row}" for row in range(ROWS)]
    pixels = np.frombuffer(random.Random(8).randbytes(ROWS * 3 * SIDE**2), np.uint8).reshape(ROWS, 3, SIDE, SIDE)
    scores = [n * n + 2 * ("oak" in w) for n, w in zip(numbers, words, strict=True)]
    return create_frame(
        size=create_numeric(numbers),
        weight=column(create_numeric, lambda: round(draw.lognormvariate(2, 1.5), 3)),
        colour=column(create_categorical, lambda: draw.choice(["red", "green", "blue"])),
        open=column(create_boolean, lambda: draw.random() < 0.5),
        day=column(create_datetime, lambda: f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T06:30:00"),
        text=create_text(words),
        picture=ImageColumn(pixels, np.ones(ROWS, np.bool_)),
        number=create_numeric(scores),
        two=create_categorical(["high" if score > 3 else "low" for score in scores]),
        three=create_categorical(["high" if score > 5 else "middle" if score > 1 else "low" for score in scores]),
    )


def compute_bits(table: Frame, options: dict[str, Any]) -> dict[str, str]:
    """The hashes of a training's weights and predictions, and its last losses as hexadecimal floats."""
    features = ["size", "weight", "colour", "open", "day", "text"]
    spec = create_job_spec(**{"features": features, "batch_size": 16, **options})
    prepared = prepare(table, target=spec.target, features=spec.features, split=spec.split, seed=spec.seed)
    net = NeuralNet(prepared.inputs.net_inputs, spec.layers, prepared.train.outputs, seed=spec.seed)
    weights = prepared.output.resolve_class_weights(spec.class_weights, prepared.train.y)
    trainer = Trainer(net, prepared.train, prepared.validation, spec.training, class_weights=weights, cores=2)
    *_, last = (moment for moment in trainer.run() if isinstance(moment, Epoch))
    model = create_model(prepared, net)
    predictions, _ = model.predict(table)
    inputs = [each for each in (prepared.train.x, prepared.train.terms) if each is not None]
    return {
        "epochs": str(last.epoch),
        "processes": str(trainer.workers),
        "inputs": hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in inputs)).hexdigest(),
        "weights": model.weights_sha256,
        "train_loss": float(last.train_loss).hex(),
        "validation_loss": "" if last.validation_loss is None else float(last.validation_loss).hex(),
        "predictions": hashlib.sha256(np.ascontiguousarray(predictions.numbers).tobytes()).hexdigest(),
    }


def main() -> None:
    """Print the kind of environment, the number of the arithmetic, and the bits of every training."""
    fingerprint = compute_fingerprint(1)
    kind = " ".join(str(fingerprint[name]) for name in ("machine", "numpy", "blas", "blas_core", "vectors"))
    table = create_table()
    bits = {name: compute_bits(table, options) for name, options in TRAININGS.items()}
    print(json.dumps({"arithmetic": ARITHMETIC, "kind": kind, "bits": bits}, indent=2))  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
