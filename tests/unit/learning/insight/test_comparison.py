"""Comparison of two models on the rows that neither learned from."""

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.data.prepare import prepare
from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.insight.comparison import (
    MAX_ROWS,
    IncomparableModels,
    choose_rows,
    compare_predictions,
    record_predictions,
)
from learning.insight.eval_sample import draw_sample
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet


def make_record(rows: list[int], actual: list[float], predicted: list[float]) -> NDArray[np.float64]:
    return np.column_stack([rows, actual, predicted]).astype(np.float64)


def test_classes_are_compared_by_accuracy_on_the_rows_that_both_held_out() -> None:
    one = make_record([1, 2, 3, 4], [0, 1, 0, 1], [0, 1, 0, 0])
    other = make_record([2, 3, 4, 9], [0, 1, 0, 0], [0, 0, 1, 0])

    found = compare_predictions(one, other, ["no", "yes"], ["yes", "no"])

    assert (found.metric, found.rows, found.value, found.other_value) == ("accuracy", 3, 2 / 3, 1 / 3)
    assert found.comparison.result == "tie"
    assert found.comparison.difference == pytest.approx(1 / 3)


def test_equal_models_are_not_better() -> None:
    one = make_record([1, 2], [0, 1], [0, 0])
    assert compare_predictions(one, one, ["a", "b"], ["a", "b"]).comparison.result == "tie"
    assert compare_predictions(one, one).comparison.result == "tie"


def test_numbers_are_compared_by_rmse_and_a_difference_in_every_row_is_significant() -> None:
    rows = list(range(50))
    actual = [float(row) for row in rows]
    near = make_record(rows, actual, [value + 1 for value in actual])
    far = make_record(rows, actual, [value + 2 + row % 2 for row, value in enumerate(actual)])

    found = compare_predictions(near, far)

    assert (found.metric, found.rows, found.value) == ("rmse", 50, pytest.approx(1.0))
    assert found.other_value == pytest.approx(np.sqrt((2**2 + 3**2) / 2))
    assert (found.comparison.result, compare_predictions(far, near).comparison.result) == ("better", "worse")


def test_several_numbers_are_compared_by_their_mean_r2() -> None:
    actual = np.column_stack([np.arange(9.0), np.arange(9.0) * 1000])
    exact, shifted = (np.column_stack([np.arange(9.0), actual, actual + shift]) for shift in ([0, 0], [0, 500]))

    found = compare_predictions(exact, shifted)

    assert (found.metric, found.value) == ("r2", 1.0)
    assert found.other_value == pytest.approx(1 - 500**2 / actual[:, 1].var() / 2)
    assert found.comparison.result == "better"


@pytest.mark.parametrize(
    "other",
    [
        make_record([7, 8], [0, 1], [0, 1]),
        make_record([1, 2], [1, 1], [1, 1]),
        np.array([[1.0, 0, 0, 0, 0], [2.0, 1, 1, 1, 1]]),
    ],
    ids=["no common row", "another truth", "other targets"],
)
def test_what_cannot_be_compared_is_refused(other: NDArray[np.float64]) -> None:
    with pytest.raises(IncomparableModels):
        compare_predictions(make_record([1, 2], [0, 1], [0, 1]), other)


def test_of_many_rows_the_same_are_kept_of_every_model() -> None:
    all_rows = np.arange(3 * MAX_ROWS)
    one, other = (numbers[choose_rows(numbers)] for numbers in (all_rows, all_rows[::2]))
    assert {*all_rows[choose_rows(all_rows, 100)]} < {*one}

    assert len(one) == len(other) == MAX_ROWS
    assert len(np.intersect1d(one, other)) > 0.9 * len(np.intersect1d(one, all_rows[::2]))


@pytest.mark.parametrize("target", ["price", "kind"])
def test_what_is_recorded_are_actual_and_predicted_values(target: str) -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=60)
    kinds = (x > 0).astype(np.int32)
    frame = Frame(
        {"x": NumericColumn(x), "price": NumericColumn(100 + 9 * x), "kind": CategoricalColumn(kinds, ("low", "high"))},
        60,
    )
    prepared = prepare(frame, target=target, features=["x"], seed=0)
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=4)], prepared.train.outputs, seed=0)
    sample = draw_sample(net, "validation", prepared.validation)
    numbers = prepared.rows.validation[sample.indices]

    found = record_predictions(sample, numbers)

    labels = prepared.output.labels
    codes = [labels.index(("low", "high")[kind]) for kind in kinds[numbers]] if labels else []
    expected = 100 + 9 * x[numbers] if target == "price" else np.array(codes)
    assert found[:, 0].tolist() == numbers.tolist()
    assert found[:, 1] == pytest.approx(expected, rel=1e-6)
    predictions = sample.data.target.decode(sample.logits)
    assert found[:, 2] == pytest.approx(predictions.numbers[:, 0] if target == "price" else predictions.choices)
