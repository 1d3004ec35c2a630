"""Insights that a real worker computes of a model when its training ends."""

import msgspec
import pytest

from contract.tasks import TRAIN
from store.database import begin_read
from store.models import models
from tests.integration.worker.tables_to_learn import sides
from tests.running import Installation

SPLIT = {"validation": 0.2, "test": 0.1}


def with_flipped(row: int) -> str:
    """The table of sides with the label of a row, counted from 1, turned around."""
    lines = sides().splitlines()
    a, b, side = lines[row].split(",")
    lines[row] = f"{a},{b},{'below' if side == 'above' else 'above'}"
    return "\n".join([*lines, ""])


def read_insights(installation: Installation, model_id: str, *parts: str) -> list[object]:
    with begin_read(installation.sessions) as s:
        found = models.get_insights(s, model_id, parts)
    return [msgspec.json.decode(found.get(part, b"[]")) for part in parts]


def far_row() -> int:
    """A row that lies far on its side, so that nothing but a wrong label can explain the other one."""
    return next(
        number
        for number, line in enumerate(sides().splitlines()[1:], start=1)
        if abs(float(line.split(",")[0]) - float(line.split(",")[1])) > 2
    )


def test_a_flipped_label_is_a_suspected_label_error_with_its_line(either: Installation):
    row = far_row()
    job_id = either.submit(either.add_dataset(with_flipped(row)), "side", epochs=20, split=SPLIT)
    either.send_hint(TRAIN)
    job = either.wait_for_end(job_id)

    assert (job.status, job.error) == ("succeeded", None)
    assert job.model_id is not None
    parts = [f"mistakes.suspect_label.{part}" for part in ("validation", "test", "train")]
    suspects = [found for part in read_insights(either, job.model_id, *parts) for found in part]
    first = max(suspects, key=lambda found: found["score"])
    a, b, label = with_flipped(row).splitlines()[row].split(",")
    assert (first["line"], first["row"], first["expected"]) == (row + 1, row, label)
    assert first["given"] == {"a": float(a), "b": float(b)}
    assert {near["expected"] for near in first["nearest"]} == {"above", "below"} - {label}
    (evaluation,) = read_insights(either, job.model_id, "evaluation")
    assert {part: told["rows"] for part, told in evaluation.items()} == pytest.approx(
        {"validation": 60, "test": 30}, abs=4
    )


def test_a_job_whose_table_is_deleted_during_training_succeeds_without_insights(steady: Installation):
    dataset_id = steady.add_dataset(sides())
    job_id = steady.submit(dataset_id, "side", epochs=1_000_000, early_stopping=None)
    steady.send_hint(TRAIN)
    steady.wait_for_epoch(job_id, 1)
    steady.files.delete(f"datasets/{dataset_id}/table.parquet")
    job = steady.finish(job_id, more=1)

    assert (job.status, job.error) == ("succeeded", None)
    with begin_read(steady.sessions) as s:
        assert models.get_insights(s, job.model_id, ["shares", "evaluation"]) == {}
    assert "no insight kept" in steady.workers[0].read_log()
