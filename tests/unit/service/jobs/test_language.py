"""Admission of jobs that learn to write: what they leave open is chosen, and what cannot be is told with its place."""

from typing import Any

import pytest

from contract.responses import ColumnResponse, DatasetResponse
from contract.specs import JobSpec
from service.jobs.admission import Admission, admit

DATASET_ID = "ds_" + "0" * 26
COLUMNS = [
    ColumnResponse(name="line", type="text", missing=3),
    ColumnResponse(name="year", type="numeric", missing=0, min=1.0, max=9.0),
    ColumnResponse(name="kind", type="categorical", missing=0, distinct=2),
]


def admit_text(size: int = 1_000_000, **fields: Any) -> Admission:
    dataset = DatasetResponse.model_validate(
        {
            "id": DATASET_ID,
            "name": "plays.txt",
            "status": "ready",
            "format": "csv",
            "bytes": size,
            "sha256": "ab",
            "created_at": "2026-01-01T00:00:00Z",
            "rows": 40_000,
            "columns": COLUMNS,
        }
    )
    spec = JobSpec.model_validate(
        {"dataset_id": DATASET_ID, "task": "language", "text": "line", **fields}, strict=False
    )
    return admit(spec, dataset, 2**34)


def find_codes(admission: Admission) -> set[tuple[str, str]]:
    return {(error.pointer, error.code) for error in admission.errors}


def test_a_text_alone_is_enough():
    found = admit_text()
    assert not found.errors
    assert not found.warnings
    spec = found.spec
    assert (spec.target, spec.loss, spec.split.validation) == ("line", "cross_entropy", 0.1)
    assert [layer.type for layer in spec.layers] == ["embedding", *["residual"] * 8, "norm"]
    assert spec.language.context == 128
    assert found.estimate is not None
    assert found.estimate.parameters == pytest.approx(2_900_000, rel=0.05)
    assert not admit_text(target=None).errors
    assert not admit_text(**spec.model_dump(exclude={"dataset_id", "task", "text"}, mode="json")).errors


def test_shorter_texts_get_smaller_nets_with_more_dropout():
    sizes = [admit_text(size).estimate for size in (5000, 50_000, 500_000)]
    parameters = [estimate.parameters for estimate in sizes if estimate is not None]
    assert parameters == sorted(set(parameters))
    assert [layer.type for layer in admit_text(5000).spec.layers][:2] == ["embedding", "dropout"]


def test_a_text_that_is_read_often_gets_dropout():
    few, many = (admit_text(time_limit_seconds=seconds).spec for seconds in (180.0, 1800.0))
    assert 5 * few.epochs < many.epochs
    assert (few.layers[1].type, many.layers[1].type) == ("residual", "dropout")


def test_what_is_sent_is_kept():
    fields = {"epochs": 7, "language": {"context": 32, "tokenizer": "bytes"}, "split": {"validation": 0.2}}
    spec = admit_text(**fields).spec
    assert (spec.epochs, spec.language.context, spec.language.tokenizer) == (7, 32, "bytes")
    assert spec.split.validation == 0.2
    assert admit_text(time_limit_seconds=30.0).spec.epochs < admit_text(time_limit_seconds=300.0).spec.epochs


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": None}, ("#/text", "missing")),
        ({"text": "lines"}, ("#/text", "unknown_column")),
        ({"text": "year"}, ("#/text", "unusable_column")),
        ({"target": "year"}, ("#/target", "task_unfit")),
        ({"features": ["year"]}, ("#/features", "task_unfit")),
        ({"loss": "mse"}, ("#/loss", "loss_unfit")),
        ({"split": {"column": "kind"}}, ("#/split/column", "task_unfit")),
        ({"layers": [{"type": "dense", "units": 4}]}, ("#/layers/0", "layer_misfit")),
        ({"layers": [{"type": "embedding", "units": 6}, {"type": "attention"}]}, ("#/layers/1", "layer_misfit")),
        ({"user": "kind"}, ("#/user", "task_unfit")),
        ({"task": "classification", "target": "kind"}, ("#/text", "task_unfit")),
        (
            {"task": "regression", "target": "year", "text": None, "layers": [{"type": "attention"}]},
            ("#/layers/0", "layer_misfit"),
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place(fields, expected):
    assert expected in find_codes(admit_text(**fields))
