"""Dataset statistics: how predictive each column is alone, and which columns only number the rows."""

from typing import Any

import numpy as np
import pytest

from learning.data.prepare import prepare
from learning.insight.column_strengths import column_strengths
from learning.insight.dataset_stats import is_row_number
from tests.unit.learning.frames import create_boolean, create_categorical, create_frame, create_numeric, create_text


def column(name: str, low: float, high: float, distinct: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "numeric", "missing": 0, "min": low, "max": high, "distinct": distinct, **more}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (column("row", 1.0, 200.0, 200), True),
        (column("anything", 1001.0, 1210.0, 200), True),
        (column("customer_id", 7.0, 90_000.0, 200), True),
        (column("sqft", 500.0, 3000.0, 200), False),
        (column("age", 1.0, 100.0, 100), False),
        (column("customer_id", 0.5, 90_000.0, 200), False),
        ({"name": "id", "type": "categorical", "missing": 0, "distinct": 200}, False),
    ],
)
def test_whole_numbers_that_differ_in_every_row_number_them(profile: dict[str, Any], expected: bool):
    assert is_row_number(profile, rows=200) is expected


def test_a_few_rows_have_no_row_numbers():
    assert not is_row_number(column("id", 1.0, 10.0, 10), rows=10)


def test_each_column_is_measured_by_itself_whatever_its_type():
    chance = np.random.default_rng(0)
    a, b, noise = chance.normal(size=(3, 800))
    side = chance.integers(0, 3, 800)
    y = 2.0 * np.abs(a) + side + 0.3 * noise
    flagged: list[float | None] = [None if n % 10 == 0 else float(v) for n, v in enumerate(np.exp(y))]
    table = create_frame(
        b=create_numeric(b),
        a=create_numeric(a),
        side=create_categorical([f"side {n}" for n in side]),
        last=create_boolean([bool(n == 2) for n in side]),
        remark=create_text([f"a long remark on what is {'last of all' if n == 2 else 'not the last'}" for n in side]),
        measure=create_numeric(flagged),
        y=create_numeric(y),
    )
    prepared = prepare(table, target="y")

    found = dict(column_strengths(prepared.inputs, prepared.train))

    assert found.keys() == {encoder.name for encoder in prepared.inputs.columns}
    assert found["b"] < 0.05
    assert 0.4 < found["a"] < 0.7
    assert 0.2 < found["side"] < 0.5
    assert 0.1 < found["last"] < found["side"]
    assert found["remark"] == pytest.approx(found["last"], abs=0.05)
    assert found["measure"] > 0.8


def test_classes_are_measured_by_wrong_guesses_that_are_avoided():
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 600))
    table = create_frame(
        a=create_numeric(a),
        b=create_numeric(b),
        y=create_categorical(["high" if v > 1 else "low" if v < -1 else "middle" for v in a]),
    )
    prepared = prepare(table, target="y")

    found = dict(column_strengths(prepared.inputs, prepared.train))

    assert found["a"] > 0.95
    assert found["b"] < 0.1
