"""Intervals and sets of exported files: those of the models, with NumPy and without, also on a command line."""

import csv
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from learning.model import Model
from learning.tasks.conformal import ConformalScores
from service.predictions import encode_predictions
from tables import frame_from_csv
from tests.unit.tables.python_export.exports import (
    EXAMPLES,
    build_model,
    read_rows,
    run_export,
    write_csv,
    write_export,
)

SCORES = np.abs(np.random.default_rng(2).normal(size=(50, 1)))


def calibrate(model: Model, columns: int = 1) -> Model:
    """The model with scores as drawn; those of classes are below 1."""
    scores = np.tile(SCORES, (1, columns))
    kept = ConformalScores.create(scores / 4 if model.classes else scores, "test")
    return Model(replace(model.header, conformal=kept), model.parameters)


@pytest.mark.parametrize(
    ("name", "target", "options"),
    [
        ("penguins", "species", {}),
        ("concrete", "compressive_strength", {}),
        ("concrete", "compressive_strength", {"quantiles": (0.1, 0.5, 0.8)}),
        ("concrete", ["compressive_strength", "age"], {}),
    ],
)
def test_bounds_are_those_of_the_model(tmp_path: Path, name: str, target: Any, options: dict[str, Any]) -> None:
    path = EXAMPLES / f"{name}.csv"
    model = calibrate(build_model(tmp_path, path, target, **options), 1 if isinstance(target, str) else 2)
    names = [column.name for column in model.inputs]
    rows = [{column: row[column] for column in names} for row in read_rows(path, 30)]
    expected, _ = model.predict(frame_from_csv(write_csv(rows), model.inputs), coverage=0.9)
    assert expected.bounds is not None
    told: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(encode_predictions(expected)))
    exported = write_export(tmp_path, model)
    for plain in (False, True):
        found = run_export(exported, f"result = predict({rows!r}, interval=0.9)", plain=plain)
        for one, other in zip(found, told, strict=True):
            assert set(one) == set(other)
            assert one.get("set") == other.get("set")
            if "interval" in other:
                np.testing.assert_allclose(flatten(one["interval"]), flatten(other["interval"]), rtol=1e-5, atol=1e-5)

    done = subprocess.run(
        [sys.executable, str(exported), "--interval", "0.9"], input=write_csv(rows), capture_output=True, check=True
    )
    header, *lines = csv.reader(io.StringIO(done.stdout.decode()))
    assert header[-len(expected.bound_columns) :] == list(expected.bound_columns)
    assert len(lines) == 30
    if model.classes:
        assert {cell for line in lines for cell in line[-3:]} <= {"true", "false"}


def flatten(interval: dict[str, Any]) -> list[float]:
    """The bounds of an interval, or of those of several targets."""
    if "low" in interval:
        return [interval["low"], interval["high"]]
    return [bound for each in interval.values() for bound in flatten(each)]


def test_what_cannot_be_promised_is_refused(tmp_path: Path) -> None:
    path = EXAMPLES / "concrete.csv"
    model = build_model(tmp_path, path, "compressive_strength")
    row = read_rows(path, 1)[0]
    row.pop("compressive_strength")
    ask = f"""
try:
    result = predict({row!r}, interval=%s)
except ValueError as fault:
    result = str(fault)
"""
    exported = write_export(tmp_path, model)
    assert "needs 9 rows, and there are 0" in run_export(exported, ask % 0.9, plain=True)
    exported = write_export(tmp_path, calibrate(model))
    assert "needs 99 rows, and there are 50" in run_export(exported, ask % 0.99, plain=True)
    assert "between 0 and 1" in run_export(exported, ask % 1.5, plain=True)
    done = subprocess.run(
        [sys.executable, str(exported), "--interval", "0.99"], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"needs 99 rows" in done.stderr
