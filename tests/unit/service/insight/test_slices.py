"""Slices over HTTP: as the worker stored them, with moments as such."""

from typing import Any

import msgspec
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.evaluation import SlicesResponse
from learning.frame import CategoricalColumn, DatetimeColumn, Frame
from learning.insight.eval_sample import EvalSample
from learning.insight.slices import find_slices
from tests.unit.learning.rows import create_rows
from tests.unit.service.factories import add_model, insight, train_model

ROWS = 200


def make_slices() -> bytes:
    """Slices by a town and a day, of rows of which all from the south are predicted wrongly."""
    y, wrong = np.arange(ROWS) % 2, np.arange(ROWS) % 5 == 0
    logits = np.where((y == 1) ^ wrong, 2.0, -2.0)[:, None]
    data = create_rows(np.zeros((ROWS, 1), np.float32), y, 2)
    town = CategoricalColumn((np.arange(ROWS) % 5 == 0).astype(np.int32), ("north", "south"))
    frame = Frame({"town": town, "day": DatetimeColumn(np.arange(ROWS) * 86_400.0)}, ROWS)
    report = find_slices(EvalSample("validation", np.arange(ROWS), data, logits), frame)
    return msgspec.json.encode(report)


@pytest.fixture
def ref(app: Flask) -> str:
    """A model with slices of its validation rows."""
    kept = {**insight("dear"), "slices.validation": make_slices()}
    return add_model(app, train_model("dear"), "dear", kept)


def ask(client: FlaskClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"/v1/models/{path}")
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_the_surely_worst_slice_comes_first(client: FlaskClient, ref: str) -> None:
    found = SlicesResponse.model_validate(ask(client, f"{ref}/slices"))

    assert (found.model_id, found.split, found.metric, found.rows, found.compared) == (
        ref,
        "validation",
        "accuracy",
        ROWS,
        7,
    )
    first, *others = found.data
    assert (first.column, first.value, first.rows, first.score, first.rest) == ("town", "south", 40, 0.0, 1.0)
    assert first.result == "worse"
    periods = [one for one in others if one.kind == "period"]
    assert {one.column for one in periods} == {"day"}
    assert min(str(one.start) for one in periods) == "1970-01-01T00:00:00.000Z"
    assert not found.has_more
    assert ask(client, f"{ref}/slices?limit=1")["has_more"]


def test_where_nothing_was_kept_the_reason_is_told(app: Flask, client: FlaskClient, ref: str) -> None:
    add_model(app, train_model("dear"), "old", insight("dear"))

    for path in ("old/slices", f"{ref}/slices?split=test"):
        problem = ask(client, path, 409)
        assert problem["type"] == "/problems/no-insight"
        assert "fewer than 40 such rows" in problem["detail"]
