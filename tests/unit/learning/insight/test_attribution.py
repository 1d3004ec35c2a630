"""Attributions: contributions that add up, slopes against finite differences, and known laws."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import permutation_importance

from learning.data.prepare import Encoding, PreparedData, prepare
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import TableEncoder
from learning.encoding.terms import TermsEncoder
from learning.errors import UnusableColumn
from learning.frame import Frame
from learning.insight.attribution import ScalarOutput
from learning.insight.eval_sample import EvalSample, draw_sample
from learning.insight.explanations import explain
from learning.insight.importance import compute_importance
from learning.insight.partial_dependence import compute_partial_dependence
from learning.nn.activations import ACTIVATIONS
from learning.nn.layers import Dense, Dropout, Norm, Residual
from learning.nn.layers.inputs import NetInputs, RowArrays
from learning.nn.net import NeuralNet
from learning.tasks import Target
from learning.tasks.classification import ClassTarget
from learning.tasks.regression import RegressionTarget
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)
from tests.unit.learning.insight.test_hard_examples import find_hard_examples_of

CHANCE = np.random.default_rng(3)
ROWS = 240
SIZE, AGE = CHANCE.uniform(50, 250, ROWS), CHANCE.uniform(0, 90, ROWS)
FULL = create_frame(
    size=create_numeric([None if row % 10 == 0 else value for row, value in enumerate(SIZE)]),
    kind=create_categorical(["flat", "house", "hut"] * (ROWS // 3)),
    garden=create_boolean([row % 2 == 0 for row in range(ROWS)]),
    sold=create_datetime([f"2024-{1 + row % 12:02}-{1 + row % 28:02}T{row % 24:02}:00:00" for row in range(ROWS)]),
    note=create_text([f"sunny {'quiet' if row % 3 else 'loud'} street" for row in range(ROWS)]),
    age=create_numeric(AGE),
    price=create_numeric(3 * SIZE - AGE),
)
TARGETS = [
    RegressionTarget(mean=(7.0, 400.0), scale=(2.0, 50.0), names=("a", "b")),
    RegressionTarget(mean=(7.0, 400.0), scale=(2.0, 50.0), names=("a", "b"), quantiles=(0.1, 0.5, 0.9)),
    RegressionTarget(mean=400.0, scale=50.0),
    ClassTarget(classes=("no", "yes")),
    ClassTarget(classes=("a", "b", "c", "d")),
]


def net_of(inputs: int | NetInputs, output: Target, activation: str = "tanh", dtype: type = np.float64) -> NeuralNet:
    """A net of which every input matters."""
    layers = [Dense(units=9, activation=activation), Dropout(rate=0.5), Dense(units=7, activation=activation)]  # type: ignore[arg-type] - any of them
    net = NeuralNet(inputs, layers, output.outputs, seed=1, dtype=dtype)
    net.parameters[...] = CHANCE.normal(0.0, 0.5, net.parameter_count)
    return net


def test_slopes_pass_through_every_kind_of_layer() -> None:
    x, classes, output = CHANCE.normal(size=(6, 5)), np.zeros(6, np.intp), TARGETS[0]
    layers = [Norm(), Residual(layers=(Dense(units=7, activation="gelu"), Dropout(rate=0.5), Dense(units=5)))]
    answer = ScalarOutput(NeuralNet(5, layers, output.outputs, seed=1, dtype=np.float64), output)

    found = answer.input_gradients(x, classes)

    for place in range(5):
        step = 1e-6 * np.eye(5)[place]
        expected = (answer.evaluate(x + step, classes) - answer.evaluate(x - step, classes)) / 2e-6
        np.testing.assert_allclose(found[:, place], expected, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("output", TARGETS, ids=lambda output: str(output.outputs))
def test_slopes_are_those_of_finite_differences(output: Target, activation: str) -> None:
    x, classes = CHANCE.normal(size=(6, 5)), np.array([0, 1, 1, 0, 1, 0]) % (len(output.labels[:2]) or output.columns)
    answer = ScalarOutput(net_of(5, output, activation), output)

    found = answer.input_gradients(x, classes)

    for place in range(5):
        step = 1e-6 * np.eye(5)[place]
        expected = (answer.evaluate(x + step, classes) - answer.evaluate(x - step, classes)) / 2e-6
        np.testing.assert_allclose(found[:, place], expected, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
@pytest.mark.parametrize("output", TARGETS, ids=lambda output: str(output.outputs))
def test_contributions_add_up_to_the_difference_and_the_gap_is_reported(output: Target, activation: str) -> None:
    inputs, _ = TableEncoder.fit(FULL, [name for name in FULL if name != "price"])
    net = net_of(inputs.net_inputs, output, activation, np.float32)
    rows, all_rows = inputs.encode_arrays(FULL.take(np.arange(20))), inputs.encode_arrays(FULL)
    answer = ScalarOutput(net, output)
    mean, classes = answer.join(all_rows).mean(axis=0), np.arange(20) % (len(output.labels[:2]) or output.columns)

    found = explain(net, Encoding(inputs, output), rows, mean, classes)

    unit = output.scalar_units(classes).max()
    expected = answer.evaluate(answer.join(rows), classes)
    for one, score in zip(found, expected, strict=True):
        assert list(one.contributions) == ["size", "kind", "garden", "sold", "note", "age"]
        assert one.output == score
        difference = one.output - one.baseline_output
        assert one.misses_by == pytest.approx(abs(sum(one.contributions.values()) - difference), abs=1e-6 * unit)
        assert one.misses_by < (1e-2 if output.quantiles else 5e-3) * unit  # where quantiles cross, there are kinks


def test_a_linear_model_is_explained_by_its_weights() -> None:
    output = RegressionTarget(mean=7.0, scale=2.0)
    inputs, _ = TableEncoder.fit(FULL, ["age", "garden"])
    net = NeuralNet(inputs.width, [], 1, seed=0)
    x, mean = inputs.encode(FULL), inputs.encode(FULL).mean(axis=0)

    found = explain(net, Encoding(inputs, output), RowArrays(x[:5]), mean, np.zeros(5, np.intp))

    for one, row in zip(found, x, strict=False):
        expected = 2.0 * (row - mean) * net.weights[0][:-1, 0]
        assert [one.contributions["age"], one.contributions["garden"]] == pytest.approx(expected.tolist(), abs=1e-5)


def test_slots_are_where_a_column_alone_is_encoded() -> None:
    names = [name for name in FULL if name != "price"]
    inputs, _ = TableEncoder.fit(FULL, names)
    x, slots = inputs.encode(FULL), inputs.output_columns()

    assert list(slots) == names
    joined = inputs.width + len(inputs.terms_encoders[0].vector_names)
    assert sorted(place for places in slots.values() for place in places) == list(range(joined))
    for encoder in inputs.columns:
        if isinstance(encoder, TermsEncoder):
            assert slots[encoder.name].tolist() == list(range(inputs.width, joined))
            continue
        np.testing.assert_array_equal(x[:, slots[encoder.name]], TableEncoder((encoder,)).encode(FULL))


def test_encoded_numbers_are_decoded_to_their_values() -> None:
    values = np.array([*CHANCE.normal(100.0, 5.0, 300), 400.0, -1e6])
    encoder = NumericEncoder.fit("n", values)
    assert isinstance(encoder, NumericEncoder)
    encoded = TableEncoder((encoder,)).encode(create_frame(n=create_numeric(values)))

    np.testing.assert_allclose(encoder.decode(encoded[:, 0]), values, rtol=1e-4)


@pytest.fixture(scope="module")
def prices() -> tuple[PreparedData, NeuralNet]:
    """A net that learned that a price is three times the size less the age."""
    features = {name: FULL[name] for name in ("size", "kind", "garden", "age", "price")}
    found = find_hard_examples_of(Frame({**features, "size": create_numeric(SIZE)}, ROWS), "price", epochs=150)
    return found.prepared, found.net


def test_importance_is_high_for_relevant_columns_and_zero_for_noise(prices: tuple[PreparedData, NeuralNet]) -> None:
    prepared, net = prices

    found = compute_importance(
        net, prepared.inputs, draw_sample(net, "train", prepared.train), max_multiplications=2.0**28, seed=0
    )

    matters = {one.column: one.importance for one in found.columns}
    assert list(matters)[:2] == ["size", "age"]
    assert all(abs(matters[name]) < 0.05 * matters["size"] for name in ("kind", "garden"))
    # shuffled, a standardised number that is alone of weight w misses by 2 w^2 on average
    share = np.square(3 * SIZE.std() / (3 * SIZE - AGE).std())
    assert matters["size"] == pytest.approx(2 * share, rel=0.25)
    assert found.rows == len(prepared.train)


def test_weighted_importance_is_that_of_scikit_learn(prices: tuple[PreparedData, NeuralNet]) -> None:
    prepared, net = prices
    data = prepared.train
    weights = np.where(np.abs(data.y[:, 0]) > 1, 5, 1)

    class Regressor(RegressorMixin, BaseEstimator):
        def fit(self) -> None: ...
        def predict(self, x: np.ndarray) -> np.ndarray:
            return net.forward(np.ascontiguousarray(x, np.float32))[:, 0]

    settings: dict[str, Any] = {"scoring": "neg_mean_squared_error", "n_repeats": 20, "random_state": 0}
    peer = permutation_importance(Regressor(), data.x, data.y[:, 0], sample_weight=weights, **settings)
    plain, weighted = (
        compute_importance(net, prepared.inputs, draw_sample(net, "train", rows), max_multiplications=2.0**28, seed=0)
        for rows in (data, replace(data, weights=(weights / weights.mean()).astype(np.float32)))
    )

    (slot,) = prepared.inputs.output_columns()["size"]
    assert weighted.columns[0].importance == pytest.approx(peer.importances_mean[slot], rel=0.1)
    assert plain.columns[0].importance < 0.8 * weighted.columns[0].importance


def test_a_small_budget_shuffles_fewer_rows(prices: tuple[PreparedData, NeuralNet]) -> None:
    prepared, net = prices
    sample = draw_sample(net, "train", prepared.train)

    found = compute_importance(net, prepared.inputs, sample, max_multiplications=1.0, seed=0)

    assert found.rows == 100
    assert found.columns[0].column == "size"
    assert all(one.std == 0 for one in found.columns)  # of a single shuffle


def test_a_smaller_sample_keeps_the_attributions_of_its_rows(prices: tuple[PreparedData, NeuralNet]) -> None:
    prepared, net = prices
    whole: EvalSample = draw_sample(net, "train", prepared.train)

    some = whole.subsample(10)

    assert len(some) == len(some.data) == 10
    np.testing.assert_array_equal(some.data.x, prepared.train.x[some.indices])
    np.testing.assert_allclose(some.logits, net.forward(some.data.x), rtol=1e-4, atol=1e-5)


def test_a_price_rises_by_three_for_each_unit_of_size(prices: tuple[PreparedData, NeuralNet]) -> None:
    prepared, net = prices
    encoding = Encoding(prepared.inputs, prepared.output)

    found = compute_partial_dependence(net, encoding, prepared.train.x, "size", 0)

    values, (size, *_) = [float(point.value) for point in found.points], prepared.inputs.describe()
    assert len(values) == 25
    assert (values[0], values[-1]) == pytest.approx((size.minimum, size.maximum), rel=1e-4)
    slope, _ = np.polyfit(values, [point.mean for point in found.points], 1)
    assert slope == pytest.approx(3.0, rel=0.1)
    assert all(point.low < point.mean < point.high for point in found.points)
    assert found.points[0].high - found.points[0].low == pytest.approx(0.8 * 90, rel=0.25)
    assert found.rows == len(prepared.train)


def test_partial_dependence_covers_every_type_of_column_but_text() -> None:
    prepared = prepare(FULL, target="price")
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=4)], 1, seed=0)
    encoding = Encoding(prepared.inputs, prepared.output)
    x = net.join(*prepared.train.arrays)

    def values(column: str) -> list[float | str | bool]:
        return [point.value for point in compute_partial_dependence(net, encoding, x, column, 0).points]

    assert sorted(map(str, values("kind"))) == ["flat", "house", "hut"]
    assert values("garden") == [False, True]
    sold = [float(value) for value in values("sold")]
    assert np.diff(sold) == pytest.approx(sold[1] - sold[0])
    with pytest.raises(UnusableColumn, match="free text"):
        values("note")
    with pytest.raises(UnusableColumn, match="There is no column 'siz'"):
        values("siz")


def test_a_value_is_set_as_a_row_with_it_is_encoded() -> None:
    prepared = prepare(FULL, target="price", features=["kind", "size", "age"])
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=4)], 1, seed=0)
    net.parameters[...] = CHANCE.normal(size=net.parameter_count)
    encoding = Encoding(prepared.inputs, prepared.output)
    some = FULL.take(prepared.rows.validation)

    found = compute_partial_dependence(net, encoding, prepared.validation.x, "kind", 0)

    for point in found.points:
        varied = Frame({**some.columns, "kind": create_categorical([str(point.value)] * some.rows)}, some.rows)
        score = ScalarOutput(net, prepared.output).evaluate(
            prepared.inputs.encode(varied), np.zeros(some.rows, np.intp)
        )
        assert [point.mean, point.low, point.high] == pytest.approx(
            [score.mean(), *np.quantile(score, [0.1, 0.9])], rel=1e-4
        )
