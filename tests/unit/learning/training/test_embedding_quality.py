"""What a net learns of a column with many values by default, beside what the rest of the table says."""

import numpy as np
import pytest

from learning.data.prepare import prepare
from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.insight.baselines import fit_baselines
from learning.insight.column_strengths import column_strengths
from learning.insight.eval_sample import draw_sample
from learning.insight.explanations import explain
from learning.insight.hard_examples import find_hard_examples
from learning.insight.importance import compute_importance
from learning.insight.partial_dependence import compute_partial_dependence
from learning.insight.trace import trace_step
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer


def create_stores(stores: int, rows: int, seed: int = 0) -> tuple[Frame, np.ndarray]:
    """A table of stores with so many rows each, whose sales are the store's own plus 3 times a number; and the own."""
    random = np.random.default_rng(seed)
    codes, x = np.repeat(np.arange(stores), rows), random.normal(size=stores * rows)
    own = random.normal(0.0, 10.0, stores)
    store = CategoricalColumn(codes.astype(np.int32), tuple([f"S{number}" for number in range(stores)]))
    columns = {"store": store, "x": NumericColumn(x), "sales": NumericColumn(own[codes] + 3 * x)}
    return Frame(columns, len(x)), own


def train(prepared, **settings):
    net = NeuralNet(prepared.inputs.net_inputs, TrainingSpec().layers, 1, seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, TrainingSpec(**settings))
    for _ in trainer.run():
        pass
    trainer.finish()
    return net


@pytest.fixture(scope="module")
def stores():
    table, own = create_stores(1000, 8)
    prepared = prepare(table, target="sales")
    return table, own, prepared, train(prepared, epochs=30)


def test_1000_stores_with_8_rows_each_are_told_apart_by_default(stores):
    _, own, prepared, net = stores
    held_out = prepared.validation
    assert (held_out.compute_metrics(net.forward(held_out.x, held_out.ids))["r2"] or 0) > 0.99
    model = Model.from_bytes(create_model(prepared, net).to_bytes())
    rows = Frame(
        {"store": CategoricalColumn(np.arange(1001, dtype=np.int32), (*[f"S{n}" for n in range(1000)], "new"))}
        | {"x": NumericColumn(np.zeros(1001))},
        1001,
    )
    predictions, warnings = model.predict(rows)
    values = np.array(predictions.list_predicted(), np.float64)
    assert np.corrcoef(values[:1000], own)[0, 1] > 0.99
    assert abs(values[1000] - own.mean()) < 2.0
    assert [(each.row, each.code) for each in warnings if each.row == 1000] == [(1000, "unseen_category")]
    parts = np.concatenate([net.forward(*model.header.inputs.encode_arrays(rows.slice(at, at + 7))) for at in (0, 994)])
    np.testing.assert_allclose(
        parts[:7], net.forward(*model.header.inputs.encode_arrays(rows))[:7], rtol=1e-5, atol=1e-6
    )
    assert model.inputs[0].dimensions == 8
    assert [*model.weight_arrays()][-1] == "embedding1.vectors"


def test_insights_take_the_vector_of_a_column_for_the_column(stores):
    table, own, prepared, net = stores
    sample = draw_sample(net, "validation", prepared.validation)
    importance = compute_importance(net, prepared.inputs, sample, max_multiplications=1e9, seed=0)
    assert [column.column for column in importance.columns] == ["store", "x"]
    model = create_model(prepared, net)
    x, rows = model.encode(table.slice(0, 8)), prepared.inputs.encode_arrays(table.slice(0, 8))
    (first, *_) = explain(net, model.encoding, rows, sample.data.x.mean(axis=0), np.zeros(8, np.intp))
    assert sum(first.contributions.values()) == pytest.approx(first.output - first.baseline_output, abs=0.05)
    assert first.contributions["store"] == pytest.approx(own[0] - own.mean(), abs=2.0)
    dependence = compute_partial_dependence(net, model.encoding, sample.data.x, "store", 0)
    means = [point.mean for point in dependence.points]
    numbers = [int(str(point.value)[1:]) for point in dependence.points]
    assert np.corrcoef(means, own[numbers])[0, 1] > 0.99
    examples = find_hard_examples([sample], prepared.train, net, max_multiplications=1e9, max_rows=5)
    assert all(np.isfinite(each.nearest[0].distance) for each in examples)
    strengths = dict(column_strengths(prepared.inputs, prepared.train))
    assert strengths["store"] > strengths["x"] > 0
    traced = trace_step(net, prepared.output.create_loss("mse"), x[:1], np.zeros((1, 1), np.float32), 1e-3)
    assert traced.layers[0].inputs.tolist() == x[0].tolist()
    assert traced.loss_after < traced.loss


def test_the_linear_baseline_tells_the_most_frequent_values_apart():
    prepared = prepare(create_stores(200, 10)[0], target="sales")
    assert (fit_baselines(prepared.train, prepared.validation).linear.metrics["r2"] or 0) > 0.9
