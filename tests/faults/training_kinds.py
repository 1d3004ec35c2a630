"""The kinds of job that fault injection trains, the tables that they learn from, and what a training comes to."""

import json
from collections.abc import Sequence
from typing import Any, Final

from store.tables import EpochRow, JobRow
from tests.integration.worker.tables_to_learn import choices, sides, sums
from tests.pictures import bars, tar_of

DROPOUT: Final = [{"type": "dense", "units": 48}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 48}]
SETTINGS: Final[dict[str, Any]] = {
    "preset": "fast",
    "early_stopping": None,
    "layers": DROPOUT,
    "model_name": "net",
}
KINDS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "short epochs": ("sums", "y", {"epochs": 200, "batch_size": 32, "schedule": {"type": "plateau", "patience": 2}}),
    "classes": ("sides", "side", {"epochs": 100, "batch_size": 16}),
    "long epochs": ("many", "y", {"epochs": 3, "batch_size": 4}),
    "wide": ("many", "y", {"epochs": 24, "batch_size": 16, "layers": [{"type": "dense", "units": 256}] * 2}),
    "choices": (
        "choices",
        "book",
        {"task": "recommendation", "user": "reader", "item": "book", "epochs": 1500, "batch_size": 4},
    ),
    "pictures": (
        "pictures",
        "label",
        {
            "epochs": 300,
            "batch_size": 8,
            "layers": [
                {"type": "conv", "filters": 4},
                {"type": "pool"},
                {"type": "dropout", "rate": 0.2},
                {"type": "dense", "units": 8},
            ],
            "image": {"size": 12, "augment": {"flip": True, "shift": 0.15, "rotate": 10.0}},
        },
    ),
    "texts": (
        "lines",
        "line",
        {
            "task": "language",
            "text": "line",
            "epochs": 6,
            "batch_size": 8,
            "optimizer": {"type": "muon"},
            "schedule": {"type": "cosine", "warmup_epochs": 1},
            "layers": [
                {"type": "embedding", "units": 24, "positions": False, "run": 2, "buckets": 64},
                {"type": "dropout", "rate": 0.1},
                {"type": "residual", "layers": [{"type": "norm"}, {"type": "attention", "heads": 2, "alibi": True}]},
                {"type": "norm"},
            ],
            "language": {"context": 16, "windows": 2400},
        },
    ),
    "ensembles": ("sides", "side", {"nets": 3, "epochs": 60, "batch_size": 16}),
    "brief": ("sides", "side", {"epochs": 3, "batch_size": 64}),
}
"""The kinds of jobs, by name: the table, the target and the rest of the spec."""
LONG_KINDS: Final = ["short epochs", "classes", "long epochs", "choices", "pictures", "texts"]
"""Those in the middle of which a worker can be killed."""
ENSEMBLE_KIND: Final = "ensembles"
"""One of several nets."""
SLOW_KIND: Final = "wide"
"""One whose lease is renewed in the middle of it, also on a fast machine."""
TABLES: Final[dict[str, bytes]] = {
    "sums": sums(600).encode(),
    "sides": sides(600).encode(),
    "many": sums(5000).encode(),
    "choices": choices().encode(),
    "lines": ("line\n" + "".join(f"{n} and {n % 7} are {n + n % 7}\n" for n in range(900))).encode(),
    "pictures": tar_of({f"{label}/{seed}.png": data for label, seed, data in bars(64)}),
}
"""The files of the tables, by name: CSV, and an archive of pictures."""


def file_name(table: str) -> str:
    """The name of a table's file, by which its format is known."""
    return f"{table}.tar" if table == "pictures" else f"{table}.csv"


def job_body(kind: str, dataset_id: str, **changed: Any) -> bytes:
    """The body of a request for a job of this kind."""
    _, target, spec = KINDS[kind]
    return json.dumps({"dataset_id": dataset_id, "target": target, **SETTINGS, **spec, **changed}).encode()


def training_result(job: JobRow, epochs: Sequence[EpochRow]) -> tuple[Any, ...]:
    """All that a training came to, but the time that it took; the epochs come last."""
    curve = [
        (
            e.epoch,
            e.train_loss,
            e.validation_loss,
            e.metrics,
            e.learning_rate,
            e.gradient_norm,
            e.weights_sha256,
            e.sample,
        )
        for e in epochs
    ]
    return job.status, job.stop_reason, job.weights_sha256, job.best, job.epoch, curve
