"""Several numbers and quantiles at once: beside each alone, closed forms, scikit-learn, and what came before."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_pinball_loss

from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.errors import ImpossibleTarget, LearningError
from learning.frame import Frame
from learning.insight.baselines import fit_baselines
from learning.insight.capabilities import list_unavailable
from learning.insight.eval_sample import draw_sample
from learning.insight.importance import compute_importance
from learning.model import Model, create_model
from learning.model_header import ModelHeader
from learning.nn.layers import Dense
from learning.nn.losses import Huber, Pinball, create_loss
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.optim import Adam
from learning.serialization import from_json, to_json
from learning.tasks import Target
from learning.tasks.classification import ClassTarget
from learning.tasks.metrics import find_quantiles
from learning.tasks.regression import RegressionTarget
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.trainer import Epoch, Trainer
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric
from tests.unit.learning.trainings import create_trainer

CHANCE = np.random.default_rng(5)
ROWS = 600
SIZE, AGE = CHANCE.uniform(-1, 1, ROWS), CHANCE.uniform(-1, 1, ROWS)
PRICE = 1000 + 300 * SIZE - 200 * AGE + 10 * CHANCE.normal(size=ROWS)
RENT = 0.5 + 0.1 * SIZE * AGE + 0.02 * CHANCE.normal(size=ROWS)
TABLE = create_frame(
    size=create_numeric(SIZE),
    age=create_numeric(AGE),
    price=create_numeric([None if row == 3 else value for row, value in enumerate(PRICE)]),
    rent=create_numeric([None if row in {3, 4} else value for row, value in enumerate(RENT)]),
    zone=create_categorical(["hill", "harbour"] * (ROWS // 2)),
)
FEATURES = ["size", "age"]
QUANTILES = (0.1, 0.5, 0.9)


def prepare_table(target: str | Sequence[str], quantiles: Sequence[float] = (), table: Frame = TABLE) -> PreparedData:
    return prepare(table, target=target, features=FEATURES, quantiles=quantiles, split=SplitSpec(validation=0.25))


def train(prepared: PreparedData, *, hidden: bool = True, epochs: int = 60) -> tuple[Model, list[Epoch]]:
    layers = [Dense(units=16)] if hidden else []
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    trainer = create_trainer(
        net, prepared.train, prepared.validation, optimizer=Adam(learning_rate=0.01), epochs=epochs, batch_size=32
    )
    epochs_of = [moment for moment in trainer.run() if isinstance(moment, Epoch)]
    return create_model(prepared, net), epochs_of


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "quantile"])
@pytest.mark.parametrize("columns", [1, 3])
def test_gradients_are_those_of_finite_differences(name, columns: int):
    loss = create_loss(name, 0, columns, QUANTILES)
    outputs = columns * (len(QUANTILES) if name == "quantile" else 1)
    logits, targets = CHANCE.normal(size=(7, outputs)), CHANCE.normal(size=(7, columns))
    encoded, found = loss.target_buffer(targets, outputs), np.empty_like(logits)
    loss.encode_targets(targets, encoded)
    execute(loss.gradient(logits, encoded, found))
    for place in range(outputs):
        step = 1e-6 * np.eye(outputs)[place]
        expected = (loss.values(logits + step, targets) - loss.values(logits - step, targets)) / 2e-6
        np.testing.assert_allclose(found[:, place] * loss.gradient_scale, expected, atol=1e-7)


def test_the_loss_of_several_is_the_mean_of_each_alone():
    logits, targets = CHANCE.normal(size=(5, 4)), CHANCE.normal(size=(5, 2))
    pinball = Pinball((0.2, 0.7), 2).values(logits, targets)
    alone = [
        mean_pinball_loss([targets[row, place // 2]], [logits[row, place]], alpha=(0.2, 0.7)[place % 2])
        for row in range(5)
        for place in range(4)
    ]
    np.testing.assert_allclose(pinball, np.reshape(alone, (5, 4)).mean(axis=1))
    huber = Huber(2).values(logits[:, :2], targets)
    np.testing.assert_allclose(
        huber, (Huber().values(logits[:, :1], targets[:, :1]) + Huber().values(logits[:, 1:2], targets[:, 1:])) / 2
    )


def test_weighted_quantiles_are_those_of_repeated_rows():
    values, times = CHANCE.normal(size=40), CHANCE.integers(1, 5, 40)
    found = find_quantiles(values, QUANTILES, times.astype(float))
    expected = np.quantile(np.repeat(values, times), QUANTILES, method="inverted_cdf")
    np.testing.assert_array_equal(found, expected)


def test_a_net_without_inputs_that_matter_learns_the_empirical_quantiles():
    skewed = CHANCE.exponential(3.0, 2000)
    table = create_frame(size=create_numeric(CHANCE.uniform(-1, 1, 2000)), y=create_numeric(skewed))
    prepared = prepare(table, target="y", quantiles=QUANTILES, split=SplitSpec(validation=0.25))
    prepared.train.x[...] = 0.0
    model, _ = train(prepared, hidden=False, epochs=40)
    found = model.net.forward(np.zeros((1, 1), np.float32))
    expected = np.quantile(skewed[prepared.rows.train], QUANTILES)
    np.testing.assert_allclose(prepared.output.decode(found).numbers[0, 1:], expected, rtol=0.1)


def test_a_linear_net_learns_the_quantiles_that_linear_programming_finds():
    spread = np.abs(SIZE) + 0.2
    y = 3 * SIZE + spread * CHANCE.normal(size=ROWS)
    prepared = prepare_table("y", (0.1, 0.9), Frame({**TABLE.columns, "y": create_numeric(y)}, ROWS))
    model, _ = train(prepared, hidden=False, epochs=150)
    x, held = prepared.train.x.astype(float), prepared.validation
    for place, level in enumerate((0.1, 0.9)):
        theirs = QuantileRegressor(quantile=level, alpha=0.0).fit(x, prepared.train.y[:, 0])
        ours = model.net.forward(held.x)[:, place]
        losses = [mean_pinball_loss(held.y[:, 0], said, alpha=level) for said in (ours, theirs.predict(held.x))]
        assert losses[0] < 1.05 * losses[1]


def test_two_targets_are_learned_as_well_as_each_alone():
    both = prepare_table(["price", "rent"])
    assert both.output.outputs == 2
    together, _ = train(both)
    metrics = both.validation.compute_metrics(together.net.forward(both.validation.x))
    for name in ("price", "rent"):
        alone = prepare_table(name)
        model, _ = train(alone)
        expected = alone.validation.compute_metrics(model.net.forward(alone.validation.x))["r2"]
        found = metrics[f"r2_{name}"]
        assert found is not None
        assert expected is not None
        assert found > expected - 0.03
    assert metrics["r2"] == pytest.approx((metrics["r2_price"] + metrics["r2_rent"]) / 2)  # type: ignore[operator]


def test_rows_without_one_of_several_targets_are_left_out_and_said():
    prepared = prepare_table(["price", "rent"])
    assert {3, 4}.isdisjoint(np.concatenate(prepared.rows.parts).tolist())
    assert sum(prepared.rows.sizes) == ROWS - 2
    assert "2 rows were left out: one of the targets 'price', 'rent' is missing." in {
        reason for _, reason in prepared.skipped
    }


def test_quantiles_never_cross_and_the_value_is_the_median():
    target = RegressionTarget(mean=(10.0, 0.0), scale=(2.0, 1.0), names=("y", "z"), quantiles=QUANTILES)
    row = target.decode(np.array([[1.0, -1.0, 0.0, 0.5, 0.6, 0.7]], np.float32)).list_rows()[0]
    assert row["values"] == pytest.approx({"y": 10.0, "z": 0.6})
    assert row["quantiles"]["y"] == {"0.1": 8.0, "0.5": 10.0, "0.9": 12.0}
    even = RegressionTarget(mean=0.0, scale=1.0, quantiles=(0.1, 0.4, 0.95)).decode(np.array([[3.0, 1.0, 2.0]]))
    assert even.list_rows() == [{"value": 2.0, "quantiles": {"0.1": 1.0, "0.4": 2.0, "0.95": 3.0}}]
    assert even.columns == ("value", "quantile_0.1", "quantile_0.4", "quantile_0.95")


def test_quantile_metrics_are_those_of_scikit_learn_in_the_targets_units():
    target = RegressionTarget(mean=100.0, scale=20.0, quantiles=(0.2, 0.8))
    y, logits = CHANCE.normal(size=(50, 1)), np.sort(CHANCE.normal(size=(50, 2)), axis=1)
    found = target.compute_metrics(logits, y, None)
    own, said = 100 + 20 * y[:, 0], 100 + 20 * logits
    pinball = [mean_pinball_loss(own, said[:, place], alpha=level) for place, level in enumerate((0.2, 0.8))]
    assert found["pinball"] == pytest.approx(np.mean(pinball))
    assert found["coverage"] == pytest.approx(np.mean((said[:, 0] <= own) & (own <= said[:, 1])))


@pytest.mark.parametrize(("target", "quantiles"), [(["price", "rent"], ()), ("price", QUANTILES)])
def test_every_insight_of_columns_works_and_the_net_beats_the_baselines(target, quantiles):
    prepared = prepare_table(target, quantiles)
    model, _ = train(prepared)
    sample = draw_sample(model.net, "validation", prepared.validation)
    found = sample.evaluate(prepared.output.describe_naive(prepared.train.y))
    baselines = fit_baselines(prepared.train, prepared.validation)
    name = "pinball" if quantiles else "r2"
    assert found.metrics.keys() == found.naive.keys() == baselines.linear.metrics.keys()
    assert found.naive[name] == pytest.approx(baselines.naive.metrics[name], rel=0.05, abs=0.05)
    if quantiles:
        assert found.metrics["pinball"] < found.naive["pinball"] / 2  # type: ignore[operator]
        assert found.residuals is not None
    else:
        assert [of.target for of in found.targets or ()] == ["price", "rent"]
        assert found.residuals is None
    importance = compute_importance(model.net, prepared.inputs, sample, max_multiplications=2.0**27, seed=0)
    assert importance.columns[0].importance > 0.1


def test_resumed_after_any_epoch_training_ends_with_the_same_bits():
    prepared = prepare_table(["rent", "price"], QUANTILES)

    def start() -> Trainer:
        net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=8)], prepared.output.outputs, seed=1)
        return create_trainer(net, prepared.train, prepared.validation, epochs=3, batch_size=32)

    first, second = start(), start()
    for moment in first.run():
        if isinstance(moment, Epoch) and moment.epoch == 2:
            data = b"".join(first.checkpoint().to_chunks())
            second.restore(TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest()))
    for _ in second.run():
        pass
    np.testing.assert_array_equal(second.net.parameters, first.net.parameters)


def test_training_again_has_the_same_bits_and_so_has_a_model_from_its_bytes():
    prepared = prepare_table(["rent", "price"], QUANTILES)
    (model, first), (again, second) = (train(prepared, epochs=3) for _ in range(2))
    assert first == second
    assert model.to_bytes() == again.to_bytes()
    read = Model.from_bytes(model.to_bytes())
    assert (read.targets, read.header.output) == (("rent", "price"), prepared.output)
    np.testing.assert_array_equal(read.predict(TABLE)[0].numbers, model.predict(TABLE)[0].numbers)


def test_the_json_of_one_number_and_of_classes_is_that_of_earlier_versions():
    for old in ({"task": "regression", "mean": 7.5, "scale": 2.0}, {"task": "classification", "classes": ["a", "b"]}):
        target = from_json(Target, old)
        assert json.loads(json.dumps(to_json(target))) == old
    header = json.loads(create_model(prepare_table("price"), NeuralNet(4, [], 1, seed=0)).header.to_json())
    assert header["target"] == "price"
    assert header["output"].keys() == {"task", "mean", "scale"}
    assert ModelHeader.from_json(json.dumps(header).encode()).targets == ("price",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": [1.0, 2.0], "scale": [1.0, 1.0]},
        {"mean": 1.0, "scale": 1.0, "names": ["y", "z"]},
        {"mean": [1.0, 2.0], "scale": [1.0, 1.0], "names": ["y", "y"]},
        {"mean": 1.0, "scale": 1.0, "quantiles": [0.5, 0.1]},
        {"mean": 1.0, "scale": 1.0, "quantiles": [0.0, 0.5]},
    ],
)
def test_targets_that_contradict_themselves_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"ascending|of each number|Gt"):
        from_json(Target, {"task": "regression", **wrong})
    with pytest.raises(ValueError, match="numbers only"):
        ClassTarget(classes=("a", "b"), quantiles=(0.5,))


def test_what_cannot_be_predicted_together_is_refused():
    with pytest.raises(ImpossibleTarget, match="'zone' does not hold numbers"):
        prepare_table(["price", "zone"])
    with pytest.raises(LearningError, match="'mse' does not fit"):
        prepare_table("price", QUANTILES).output.create_loss("mse")
    with pytest.raises(LearningError, match="'quantile' does not fit"):
        prepare_table("price").output.create_loss("quantile")
    with pytest.raises(LearningError, match="1 numbers, and there are 2"):
        prepare_table("price").output.check_reader(prepare_table(["price", "rent"]).output.create_reader(("a", "b"), 9))


def test_an_insight_into_one_target_is_not_there_for_several():
    assert list_unavailable("regression", 1) == list_unavailable("classification", 1) == {}
    assert list_unavailable("regression", 2).keys() == {"trace"}
    assert "several targets" in list_unavailable("regression", 2)["trace"]
