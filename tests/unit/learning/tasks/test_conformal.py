"""Conformal prediction: ranks and thresholds by the formula, intervals and sets, and the coverage that they have."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from learning.data.calibration_rows import keep_calibration_rows
from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.errors import CorruptModel, NotForTask
from learning.frame import Frame
from learning.insight.conformal import fit_conformal_scores, measure_coverage
from learning.insight.ensemble import create_ensemble
from learning.insight.eval_sample import draw_sample
from learning.model import Model, create_model
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.tasks.classification import ClassTarget
from learning.tasks.conformal import (
    MAX_ROWS,
    TOLERANCE,
    ConformalScores,
    NoCoverage,
)
from learning.tasks.conformal_rank import count_needed_rows, find_rank
from learning.tasks.recommendation import RecommendationTarget
from learning.tasks.regression import RegressionTarget
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric

RANDOM = np.random.default_rng(3)
ROWS = 1000


def create_table(rows: int) -> Frame:
    """A number and three classes that follow from one column, with errors."""
    x = RANDOM.normal(size=rows)
    y = 3 * x + RANDOM.normal(size=rows)
    kinds = np.array(["low", "middle", "high"])[np.digitize(x + RANDOM.normal(size=rows), [-0.7, 0.7])]
    return create_frame(x=create_numeric(x), y=create_numeric(y), kind=create_categorical(kinds.tolist()))


TABLE, OTHERS = create_table(ROWS), create_table(4000)


def prepare_table(target: str = "y", *, quantiles: tuple[float, ...] = (), **split: Any) -> PreparedData:
    return prepare(TABLE, target=target, features=["x"], split=SplitSpec(**split), quantiles=quantiles)


def train(prepared: PreparedData) -> NeuralNet:
    net = NeuralNet(prepared.inputs.net_inputs, [Dense(units=8)], prepared.output.outputs, seed=1)
    spec = TrainingSpec(epochs=5, batch_size=32, early_stopping=None)
    for _ in Trainer(net, prepared.train, prepared.epoch_sample, spec).run():
        pass
    return net


@pytest.mark.parametrize(
    ("rows", "coverage", "rank"),
    [(9, 0.9, 9), (8, 0.9, 9), (19, 0.95, 19), (99, 0.99, 99), (100, 0.9, 91), (1, 0.5, 1)],
)
def test_the_rank_is_that_of_the_formula(rows: int, coverage: float, rank: int) -> None:
    assert find_rank(rows, coverage) == rank


@pytest.mark.parametrize(("coverage", "rows"), [(0.9, 9), (0.95, 19), (0.99, 99), (0.5, 1), (0.001, 1), (0.999, 999)])
def test_the_fewest_rows_of_a_coverage(coverage: float, rows: int) -> None:
    assert count_needed_rows(coverage) == rows
    scores = ConformalScores.create(np.arange(rows, dtype=float)[:, None], "test")
    assert len(scores.find_thresholds(coverage)) == 1
    if rows > 1:
        fewer = ConformalScores.create(np.arange(rows - 1, dtype=float)[:, None], "test")
        with pytest.raises(NoCoverage, match=f"needs {rows} rows .* there are {rows - 1}"):
            fewer.find_thresholds(coverage)


def test_the_interval_without_quantiles_is_the_prediction_and_the_threshold_on_both_sides() -> None:
    target = RegressionTarget(mean=10.0, scale=2.0)
    bounds = target.find_bounds(np.array([[0.5], [-1.0]], np.float32), np.array([0.25]))
    np.testing.assert_allclose(bounds, [[10.5, 11.5], [7.5, 8.5]])
    scores = target.score_nonconformity(np.array([[0.5]], np.float32), target.encode(np.array([12.0])))
    np.testing.assert_allclose(scores, [[0.5]])


def test_quantiles_are_made_wider_or_narrower_and_never_cross_the_prediction() -> None:
    target = RegressionTarget(mean=0.0, scale=1.0, quantiles=(0.1, 0.5, 0.9))
    logits = np.array([[-1.0, 0.0, 2.0]], np.float32)
    np.testing.assert_allclose(target.score_nonconformity(logits, np.array([[3.0]])), [[1.0]])
    np.testing.assert_allclose(target.score_nonconformity(logits, np.array([[-0.5]])), [[-0.5]])
    np.testing.assert_allclose(target.find_bounds(logits, np.array([1.0])), [[-2, 3]])
    np.testing.assert_allclose(target.find_bounds(logits, np.array([-1.5])), [[0, 0.5]])


def test_a_set_has_all_that_is_probable_enough_and_always_the_most_probable_class() -> None:
    target = ClassTarget(classes=("a", "b", "c"))
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.4, 0.35, 0.25]]))
    np.testing.assert_allclose(target.score_nonconformity(logits, np.array([0, 2])), [[0.5], [0.75]])
    np.testing.assert_array_equal(target.find_bounds(logits, np.array([0.7 + TOLERANCE])), [[1, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(target.find_bounds(logits, np.array([0.1])), [[1, 0, 0], [1, 0, 0]])


@pytest.mark.parametrize("quantiles", [(), (0.1, 0.9)])
@pytest.mark.parametrize("target", ["y", "kind"])
def test_rows_to_come_are_covered_as_promised_whatever_the_net(target: str, quantiles: tuple[float, ...]) -> None:
    if quantiles and target == "kind":
        pytest.skip("quantiles are of numbers")
    prepared = keep_calibration_rows(prepare_table(target, quantiles=quantiles, validation=0.6), seed=0)
    model = create_model(prepared, net := train(prepared), fit_conformal_scores(prepared, net))
    model = Model.from_bytes(model.to_bytes())
    predictions, _ = model.predict(OTHERS, coverage=0.8)
    bounds = predictions.bounds
    assert bounds is not None
    if target == "y":
        answers = np.array([OTHERS.column("y").cell(row) for row in range(4000)])
        covered = (bounds[:, 0] <= answers) & (answers <= bounds[:, 1])
        assert predictions.bound_columns == ("low", "high")
    else:
        codes = np.array([model.header.output.labels.index(OTHERS.column("kind").cell(row)) for row in range(4000)])
        covered = bounds[np.arange(4000), codes]
        assert predictions.bound_columns == ("in_set_high", "in_set_low", "in_set_middle")
    # of 150 rows the coverage has a standard deviation of 0.033, and of 4,000 answers 0.006
    assert 0.7 < covered.mean() < 0.9
    assert model.header.calibration.rows == 150


def test_pieces_and_rows_alone_have_the_same_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare_table(test=0.2)
    model = create_model(prepared, net := train(prepared), fit_conformal_scores(prepared, net))
    whole = model.predict(OTHERS, coverage=0.9)[0].bounds
    monkeypatch.setattr("learning.model.MAX_ENCODED_CELLS", 512)
    pieces = Model.from_bytes(model.to_bytes()).predict(OTHERS, coverage=0.9)[0].bounds
    assert whole is not None
    assert pieces is not None
    np.testing.assert_allclose(pieces, whole, rtol=1e-6)


def test_the_scores_are_of_test_rows_or_of_validation_rows_that_did_not_stop_the_net() -> None:
    tested = prepare_table(test=0.2)
    assert keep_calibration_rows(tested, seed=0) is tested
    found = fit_conformal_scores(tested, train(tested))
    assert found is not None
    assert (found.source, found.rows) == ("test", 200)
    few = prepare_table(validation=0.05)
    assert keep_calibration_rows(few, seed=0) is few
    assert fit_conformal_scores(few, train(few)) is None
    kept = keep_calibration_rows(prepare_table(), seed=0)
    rows = kept.calibration_rows
    assert rows is not None
    assert len(kept.epoch_sample) == 150
    assert len(rows) == 50
    both = np.concatenate([kept.epoch_sample.x[:, 0], kept.validation.x[rows, 0]])
    np.testing.assert_array_equal(np.sort(both), np.sort(kept.validation.x[:, 0]))
    found = fit_conformal_scores(kept, train(kept), ordered_by="day")
    assert found is not None
    assert (found.source, found.rows) == ("validation", 50)
    promise = found.promise(0.9)
    assert not promise.is_exchangeable
    assert "older rows by 'day'" in promise.detail


def test_an_ensemble_has_the_scores_of_the_net_that_did_not_learn_from_a_row() -> None:
    nets: dict[int, NeuralNet] = {}
    for fold in range(3):
        split = SplitSpec(folds=3, fold=fold)
        own = prepare(TABLE, target="y", features=["x"], split=split, shared_encoding=True)
        nets[fold] = train(own)
    prepared = prepare(
        TABLE, target="y", features=["x"], split=SplitSpec(folds=3), shared_encoding=True, all_folds=True
    )
    ensemble = create_ensemble(nets, prepared)
    found = fit_conformal_scores(ensemble.prepared, ensemble.net, ensemble.sample)
    assert found is not None
    assert (found.source, found.rows) == ("out_of_fold", ROWS)
    errors = np.abs(ensemble.sample.logits - ensemble.sample.data.y)
    np.testing.assert_allclose(found.scores.values, np.sort(errors, axis=0), rtol=1e-5, atol=2e-6)


def test_the_coverage_is_measured_on_other_rows_or_by_halves() -> None:
    prepared = prepare_table(test=0.4)
    net = train(prepared)
    conformal = fit_conformal_scores(prepared, net)
    assert conformal is not None
    for data, is_own in ((prepared.test, True), (prepared.validation, False)):
        sample = draw_sample(net, "test", data)
        found = measure_coverage(sample, conformal, is_own=is_own)
        assert [each.promised for each in found] == [0.5, 0.8, 0.9, 0.95]
        for each in found:
            assert abs(each.measured - each.promised) < 0.12
        assert [each.mean_size for each in found] == sorted(each.mean_size for each in found)
    few = replace(draw_sample(net, "test", prepared.test).subsample(1))
    assert measure_coverage(few, conformal, is_own=True) == ()


def test_a_coverage_that_rests_on_nothing_is_refused_with_what_to_do() -> None:
    prepared = prepare_table()
    model = create_model(prepared, train(prepared))
    with pytest.raises(NoCoverage, match="Train again with nets: 5"):
        model.predict(OTHERS, coverage=0.9)
    header = replace(model.header, output=RecommendationTarget(rated=True, items=3))
    with pytest.raises(NotForTask):
        assert header.calibration


def test_many_rows_are_kept_as_evenly_spaced_ones_and_odd_numbers_stay_finite() -> None:
    scores = np.arange(50_000, dtype=np.float64)[:, None]
    scores[0], scores[1] = np.nan, np.inf
    found = ConformalScores.create(scores, "test")
    assert found.rows == MAX_ROWS
    assert found.find_thresholds(0.5)[0] == pytest.approx(25_000, rel=1e-3)
    assert np.isfinite(ConformalScores.create(np.array([[np.inf], [np.nan], [-np.inf]]), "test").scores.values).all()


def test_scores_of_a_damaged_model_are_refused() -> None:
    prepared = prepare_table(test=0.2)
    model = create_model(prepared, net := train(prepared), fit_conformal_scores(prepared, net))
    text = model.header.to_json()
    assert b'"source":"test"' in text
    for old, new in ((b'"source":"test"', b'"source":"train"'), (b'"shape":[200,1]', b'"shape":[0,1]')):
        assert old in text
        with pytest.raises(CorruptModel):
            type(model.header).from_json(text.replace(old, new))
