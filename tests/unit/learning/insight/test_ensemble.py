"""Ensembles of trained nets: out-of-fold predictions, the one net, and its model."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.frame import Frame
from learning.insight.ensemble import create_ensemble
from learning.insight.hard_examples import find_hard_examples
from learning.model import Model, create_model
from learning.nn.layers import Dense, Dropout
from learning.nn.net import NeuralNet
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric, create_text
from tests.unit.learning.trainings import create_trainer

ROWS, FOLDS = 400, 4
LAYERS = [Dense(units=8), Dropout(rate=0.1), Dense(units=8, activation="tanh")]
RANDOM = np.random.default_rng(5)
SIZES = RANDOM.normal(size=ROWS)
STREETS = RANDOM.integers(0, 30, ROWS)
ANSWER = SIZES + 0.1 * STREETS + RANDOM.normal(size=ROWS) / 2
TABLE = create_frame(
    size=create_numeric(SIZES),
    street=create_categorical([f"street {number}" for number in STREETS.tolist()]),
    remark=create_text([f"a {('large', 'small')[size < 0]} house" for size in SIZES.tolist()]),
    moment=create_numeric(np.arange(float(ROWS))),
    y=create_numeric(ANSWER),
    kind=create_categorical(np.array(["low", "middle", "high"])[np.digitize(ANSWER, [1, 2])].tolist()),
)


def prepare_table(split: SplitSpec, target: str, *, all_folds: bool = False) -> PreparedData:
    return prepare(
        TABLE,
        target=target,
        features=["size", "street", "remark"],
        split=split,
        embedding=EmbeddingSpec(min_categories=5, dimensions=3),
        shared_encoding=True,
        all_folds=all_folds,
        seed=1,
    )


def train_nets(target: str, count: int = FOLDS, **split: Any) -> tuple[dict[int, NeuralNet], PreparedData]:
    """A net for each fold, or as many that differ by their seed alone, and the table for all of them."""
    nets: dict[int, NeuralNet] = {}
    for number in range(count):
        own = SplitSpec(**split, fold=number % FOLDS) if "folds" in split else SplitSpec(**split)
        prepared = prepare_table(own, target)
        net = NeuralNet(prepared.inputs.net_inputs, LAYERS, prepared.output.outputs, seed=number)
        trainer = create_trainer(net, prepared.train, prepared.validation, epochs=6, batch_size=32, seed=number)
        for _ in trainer.run():
            pass
        nets[number] = trainer.net
    return nets, prepare_table(SplitSpec(**split), target, all_folds=True)


@pytest.mark.parametrize("target", ["y", "kind"])
def test_each_row_is_predicted_by_the_net_that_did_not_see_it(target: str) -> None:
    nets, prepared = train_nets(target, folds=FOLDS, test=0.1)
    for net in nets.values():
        net.weights[-1][...] *= 4  # too sure
    found = create_ensemble(nets, prepared)
    np.testing.assert_array_equal(found.prepared.rows.validation, prepared.rows.train)
    np.testing.assert_array_equal(found.sample.indices, np.arange(len(prepared.train)))
    for fold, net in nets.items():
        held_out = prepare_table(SplitSpec(folds=FOLDS, fold=fold, test=0.1), target)
        places = np.searchsorted(prepared.rows.train, held_out.rows.validation)
        expected = net.forward(*held_out.validation.arrays) / found.temperature
        np.testing.assert_allclose(found.sample.logits[places], expected, rtol=1e-5, atol=1e-6)
    arrays = found.prepared.test.arrays
    mean = np.mean([net.forward(*arrays) for net in nets.values()], axis=0) / found.temperature
    np.testing.assert_allclose(found.net.forward(*arrays), mean, rtol=1e-5, atol=1e-5)
    assert found.temperature == 1 if target == "y" else found.temperature > 1
    assert found.sample.evaluate(None).rows == len(prepared.train)


def test_each_row_is_predicted_by_all_nets_of_its_fold() -> None:
    nets, prepared = train_nets("y", 2 * FOLDS, folds=FOLDS)
    found = create_ensemble(nets, prepared)
    assert prepared.rows.folds is not None
    folds = prepared.rows.folds[prepared.rows.train]
    for fold in range(FOLDS):
        rows = prepared.train.take(np.flatnonzero(folds == fold))
        expected = np.mean([nets[number].forward(*rows.arrays) for number in (fold, fold + FOLDS)], axis=0)
        np.testing.assert_allclose(found.sample.logits[folds == fold], expected, rtol=1e-5, atol=1e-6)


def test_without_folds_rows_that_no_net_saw_have_the_mean_of_all() -> None:
    nets, prepared = train_nets("kind", order_by="moment")
    found = create_ensemble(nets, prepared)
    assert found.prepared.rows.sizes == prepared.rows.sizes == (320, 80, 0)
    mean = np.mean([net.forward(*prepared.validation.arrays) for net in nets.values()], axis=0)
    np.testing.assert_allclose(found.sample.logits, mean / found.temperature, rtol=1e-5, atol=1e-6)
    assert not found.sample.are_trained


def test_rows_of_a_missing_fold_are_left_out() -> None:
    nets, prepared = train_nets("y", folds=FOLDS)
    del nets[2]
    found = create_ensemble(nets, prepared)
    assert prepared.rows.folds is not None
    folds = prepared.rows.folds[prepared.rows.train[found.sample.indices]]
    assert sorted(set(folds.tolist())) == [0, 1, 3]
    with pytest.raises(ValueError, match="no row"):
        create_ensemble({}, prepared)


def test_the_model_of_an_ensemble_is_an_ordinary_one() -> None:
    nets, prepared = train_nets("kind", folds=FOLDS)
    found = create_ensemble(nets, prepared)
    model = create_model(found.prepared, found.net)
    again = Model.from_bytes(model.to_bytes())
    frame = Frame({name: TABLE.column(name) for name in ("size", "street", "remark")}, ROWS)
    np.testing.assert_array_equal(again.encode(frame), model.encode(frame))
    probabilities = [row["probabilities"] for row in again.predict(frame)[0].list_rows()]
    expected = prepared.output.decode(
        np.mean([net.forward(*prepared.train.arrays) for net in nets.values()], axis=0) / found.temperature
    )
    for own, other in zip(probabilities, expected.list_rows(), strict=True):
        assert own == pytest.approx(other["probabilities"], abs=1e-5)


def test_no_row_is_its_own_neighbour() -> None:
    nets, prepared = train_nets("y", folds=FOLDS)
    found = create_ensemble(nets, prepared)
    examples = find_hard_examples([found.sample], found.prepared.train, found.net, max_multiplications=1e9)
    assert examples
    assert not [each for each in examples if each.index in {neighbour.index for neighbour in each.nearest}]
    untold = replace(found.sample, are_trained=False)
    examples = find_hard_examples([untold], found.prepared.train, found.net, max_multiplications=1e9)
    assert [each for each in examples if each.index in {neighbour.index for neighbour in each.nearest}]
