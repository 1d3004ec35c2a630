"""Evaluation: every figure against scikit-learn's, or counted by hand."""

import numpy as np
import pytest
from sklearn import metrics as theirs

from learning.insight.eval_sample import EvalSample, evenly_spaced
from learning.nn.losses import compute_probabilities as softmaxed
from learning.tasks.classification import ClassTarget
from learning.tasks.evaluation import Evaluation
from tests.unit.learning.rows import create_rows


def logits_of(probabilities: np.ndarray) -> np.ndarray:
    two = probabilities.shape[1] == 2
    return np.log(probabilities[:, 1:] / probabilities[:, :1]) if two else np.log(probabilities)


def of_classes(probabilities: np.ndarray, y: np.ndarray, shares: np.ndarray | None = None) -> Evaluation:
    """The evaluation of one who says these probabilities (rows, classes) of rows of these classes."""
    count, logits = probabilities.shape[1], logits_of(probabilities)
    data = create_rows(np.zeros((len(y), 1), np.float32), y, classes=count)
    return EvalSample("validation", np.arange(len(y)), data, logits).evaluate(shares)


def of_numbers(expected: np.ndarray, predicted: np.ndarray, mean: float, scale: float) -> Evaluation:
    y, outputs = ((values - mean)[:, None] / scale for values in (expected, predicted))
    data = create_rows(np.zeros((len(y), 1), np.float32), y, mean=mean, scale=scale)
    return EvalSample("test", np.arange(len(y)), data, outputs).evaluate(None)


@pytest.fixture(params=[2, 3, 7])
def guesses(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with many ties, and classes that they have something to do with."""
    chance = np.random.default_rng(request.param)
    y = chance.integers(0, request.param, 400)
    scores = chance.integers(1, 9, (400, request.param)) + 4 * np.eye(request.param)[y]
    return scores / scores.sum(axis=1, keepdims=True), y


def test_confusion_and_scores_are_those_of_scikit_learn(guesses: tuple[np.ndarray, np.ndarray]):
    probabilities, y = guesses
    predicted = probabilities.argmax(axis=1)

    found = of_classes(probabilities, y)

    assert found.confusion == theirs.confusion_matrix(y, predicted).tolist()
    scores = np.transpose([[c.precision, c.recall, c.f1, c.support] for c in found.classes])
    np.testing.assert_allclose(scores, theirs.precision_recall_fscore_support(y, predicted), rtol=1e-12)
    assert found.loss == pytest.approx(theirs.log_loss(y, probabilities))
    assert found.metrics["accuracy"] == pytest.approx(theirs.accuracy_score(y, predicted))


def test_areas_are_those_of_scikit_learn_and_points_lie_on_its_curves(guesses: tuple[np.ndarray, np.ndarray]):
    probabilities, y = guesses

    found = of_classes(probabilities, y)
    probabilities = softmaxed(logits_of(probabilities))  # to the last bit, as that decides what is a tie

    for number, (roc, precise) in enumerate(zip(found.roc, found.precision_recall, strict=True)):
        scores, positive = probabilities[:, number], y == number
        assert roc.auc == pytest.approx(theirs.roc_auc_score(positive, scores))
        assert precise.average_precision == pytest.approx(theirs.average_precision_score(positive, scores))
        assert len(roc.points) <= 100
        assert len(precise.points) <= 100
        for point in roc.points:
            outputs = np.zeros(len(y), bool) if point.threshold is None else scores >= point.threshold
            assert point.true_positive_rate == pytest.approx(outputs[positive].mean())
            assert point.false_positive_rate == pytest.approx(outputs[~positive].mean())
        for point in precise.points:
            outputs = scores >= point.threshold
            assert point.recall == pytest.approx(outputs[positive].mean())
            assert point.precision == pytest.approx(positive[outputs].mean())
        ends = roc.points[0], roc.points[-1]
        assert [(end.false_positive_rate, end.true_positive_rate) for end in ends] == [(0, 0), (1, 1)]


def test_thousands_of_thresholds_become_a_hundred_points_between_the_same_ends():
    chance = np.random.default_rng(0)
    y = chance.integers(0, 2, 5000)
    share = np.clip(chance.normal(0.4 + 0.2 * y, 0.15), 0.01, 0.99)

    found = of_classes(np.column_stack([1 - share, share]), y)

    for curve in (found.roc[1], found.precision_recall[1]):
        assert 90 <= len(curve.points) <= 100
    assert found.roc[1].auc == pytest.approx(theirs.roc_auc_score(y, share))
    rates = np.array([[p.false_positive_rate, p.true_positive_rate] for p in found.roc[1].points])
    assert np.trapezoid(rates[:, 1], rates[:, 0]) == pytest.approx(found.roc[1].auc, abs=0.002)


def test_a_class_that_neither_occurs_nor_is_predicted_has_no_scores():
    found = of_classes(np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1]]), np.array([0, 0]))

    assert [(c.precision, c.recall, c.f1, c.support) for c in found.classes] == [
        (1.0, 0.5, 2 / 3, 2),
        (0.0, None, 0.0, 0),
        (None, None, None, 0),
    ]
    assert [curve.auc for curve in found.roc] == [None, None, None]
    assert [curve.average_precision for curve in found.precision_recall] == [1.0, None, None]


def test_calibration_matches_counts_by_hand():
    sure = np.array([0.95, 0.93, 0.92, 0.91, 0.55, 0.54])
    right = np.array([True, True, True, False, True, False])

    found = of_classes(np.column_stack([sure, 1 - sure]), np.where(right, 0, 1)).calibration

    (only,) = found.bins
    assert (only.start, only.stop, only.rows) == (0.5, 1.0, 6)
    assert (only.mean_confidence, only.accuracy) == (pytest.approx(sure.mean()), pytest.approx(4 / 6))
    assert found.expected_calibration_error == pytest.approx((4 * abs(0.9275 - 0.75) + 2 * abs(0.545 - 0.5)) / 6)


def test_bins_of_confidence_are_merged_until_each_has_twenty_rows():
    sure = np.concatenate([np.full(19, 0.55), np.full(3, 0.65), np.full(30, 0.75), np.full(5, 0.95)])
    found = of_classes(np.column_stack([sure, 1 - sure]), np.arange(len(sure)) % 2).calibration

    assert [(round(b.start, 1), round(b.stop, 1), b.rows) for b in found.bins] == [(0.5, 0.7, 22), (0.7, 1.0, 35)]
    for part in found.bins:
        assert part.interval.low < part.accuracy < part.interval.high


def test_the_naive_baseline_predicts_the_class_shares_of_training():
    y, shares = np.array([0, 0, 1, 2]), np.array([0.5, 0.3, 0.2])
    target = ClassTarget(classes=("a", "b", "c"))
    assert target.count_labels(np.repeat([0, 1, 2], [5, 3, 2])) == {"a": 5, "b": 3, "c": 2}

    found = of_classes(np.full((4, 3), 1 / 3), y, shares)

    assert found.naive["accuracy"] == 0.5
    assert found.naive["log_loss"] == pytest.approx(-np.log([0.5, 0.5, 0.3, 0.2]).mean())


def test_the_naive_baseline_of_two_classes_has_an_auc_of_one_half():
    found = of_classes(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 0]), np.array([0.25, 0.75]))

    assert found.naive["auc"] == 0.5
    assert found.naive["log_loss"] == pytest.approx(-np.log([0.75, 0.25]).mean())
    assert found.metrics["accuracy"] == 1.0


def test_residuals_are_targets_minus_predictions_in_the_targets_units():
    expected, errors = np.linspace(100, 300, 401), np.linspace(-8, 12, 401)

    found = of_numbers(expected, expected - errors, mean=200.0, scale=50.0)

    assert found.residuals.mean == pytest.approx(2.0)
    assert found.residuals.std == pytest.approx(errors.std())
    assert found.residuals.quantiles == pytest.approx({"0.05": -7, "0.25": -3, "0.5": 2, "0.75": 7, "0.95": 11})
    assert sum(b.rows for b in found.residuals.histogram) == 401
    assert (found.residuals.histogram[0].start, found.residuals.histogram[-1].stop) == pytest.approx((-8, 12))
    assert found.loss == pytest.approx(np.square(errors / 50).mean())
    assert found.metrics["rmse"] == pytest.approx(np.sqrt(np.square(errors).mean()))
    assert found.naive["mae"] == pytest.approx(np.abs(expected - 200).mean())
    assert [(dot.expected, dot.predicted) for dot in found.scatter] == [
        (pytest.approx(e), pytest.approx(e - r)) for e, r in zip(expected, errors, strict=True)
    ]


def test_a_single_row_can_be_evaluated():
    assert of_numbers(np.array([3.0]), np.array([3.0]), 3.0, 1.0).residuals.std == 0
    assert of_classes(np.array([[0.4, 0.6]]), np.array([1])).metrics["accuracy"] == 1


def test_rows_are_taken_evenly_and_never_twice():
    assert evenly_spaced(3, 10).tolist() == [0, 1, 2]
    assert evenly_spaced(10, 5).tolist() == [1, 3, 5, 7, 9]
    assert evenly_spaced(0, 5).tolist() == []
    assert len(set(evenly_spaced(99_999, 77_777).tolist())) == 77_777
