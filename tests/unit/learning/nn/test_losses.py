"""Each loss against its definition, its gradient against finite differences, and both at extreme logits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from learning.errors import LearningError
from learning.nn.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    SquaredError,
    balance_class_weights,
    compute_probabilities,
    create_loss,
)
from learning.nn.plan import execute
from tests.unit.learning.rows import create_target

RANDOM = np.random.default_rng(0)
ROWS = 12
NUMBERS = RANDOM.normal(size=(ROWS, 1)) * 2
CASES = [
    (SquaredError(), NUMBERS, 1),
    (AbsoluteError(), NUMBERS, 1),
    (Huber(), NUMBERS, 1),
    (BinaryCrossEntropy(), RANDOM.integers(0, 2, ROWS), 1),
    (CategoricalCrossEntropy(), RANDOM.integers(0, 4, ROWS), 4),
]
BY_NAME = pytest.mark.parametrize(("loss", "y", "outputs"), CASES, ids=[type(case[0]).__name__ for case in CASES])


def answers_of(loss, targets, outputs):
    answers = loss.target_buffer(targets, outputs)
    loss.encode_targets(targets, answers)
    return answers


@BY_NAME
def test_gradient_is_the_limit_of_finite_differences(loss, y, outputs):
    logits, weights = RANDOM.normal(size=(ROWS, outputs)) * 2, RANDOM.uniform(0.1, 3, (ROWS, 1))
    targets, found, h = loss.targets(y, np.float64), np.empty((ROWS, outputs)), 1e-6
    execute(loss.gradient(logits, answers_of(loss, targets, outputs), found))
    found *= weights * loss.gradient_scale
    expected = np.empty_like(found)
    for place in np.ndindex(logits.shape):
        above, below = logits.copy(), logits.copy()
        above[place] += h
        below[place] -= h
        expected[place] = (loss.total(above, targets, weights) - loss.total(below, targets, weights)) / (2 * h)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@BY_NAME
def test_total_is_the_weighted_sum_of_the_rows(loss, y, outputs):
    logits, weights = RANDOM.normal(size=(ROWS, outputs)), RANDOM.uniform(0.1, 3, (ROWS, 1))
    targets = loss.targets(y, np.float64)
    each = [loss.total(logits[i : i + 1], targets[i : i + 1], None) for i in range(ROWS)]
    assert loss.total(logits, targets, None) == pytest.approx(sum(each))
    assert loss.total(logits, targets, weights) == pytest.approx(float(np.dot(each, weights[:, 0])))


@BY_NAME
@pytest.mark.parametrize("size", [30, 1000, 1e6])
def test_extreme_logits_give_finite_losses_and_gradients_in_single_precision(loss, y, outputs, size):
    logits = np.float32(size) * np.where(RANDOM.random((ROWS, outputs)) < 0.5, -1, 1).astype(np.float32)
    targets, gradient = loss.targets(y, np.float32), np.empty((ROWS, outputs), np.float32)
    execute(loss.gradient(logits, answers_of(loss, targets, outputs), gradient))
    values = loss.values(logits, targets)
    assert values.dtype == targets.dtype == np.float32
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()


def test_regression_losses_are_their_definitions():
    logits, targets = np.array([[0.0], [3.0], [-2.0]]), np.array([[0.5], [1.0], [-2.0]])
    assert SquaredError().values(logits, targets).tolist() == [0.25, 4.0, 0.0]
    assert AbsoluteError().values(logits, targets).tolist() == [0.5, 2.0, 0.0]
    assert Huber().values(logits, targets).tolist() == [0.125, 1.5, 0.0]


@pytest.mark.parametrize("outputs", [1, 3])
def test_cross_entropy_is_that_of_scikit_learn(outputs):
    logits, weights = RANDOM.normal(size=(50, outputs)) * 3, RANDOM.uniform(0.1, 2, (50, 1))
    y = RANDOM.integers(0, max(outputs, 2), 50)
    loss = create_loss("cross_entropy", max(outputs, 2))
    total = loss.total(logits, loss.targets(y, np.float64), weights)
    labels = range(max(outputs, 2))
    expected = log_loss(y, compute_probabilities(logits), sample_weight=weights[:, 0], labels=labels, normalize=False)
    assert total == pytest.approx(expected)


@given(st.floats(-1000, 1000), st.integers(0, 1))
def test_one_logit_gives_the_loss_of_two_with_the_first_at_zero(z, y):
    one, two = np.array([[z]]), np.array([[0.0, z]])
    numbers = np.array([y])
    logistic, softmax = BinaryCrossEntropy(), CategoricalCrossEntropy()
    a = logistic.values(one, logistic.targets(numbers, np.float64))
    b = softmax.values(two, softmax.targets(numbers, np.float64))
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(compute_probabilities(one), compute_probabilities(two), rtol=1e-12)


def test_a_confident_prediction_has_no_loss_if_right_and_its_logit_if_wrong():
    softmax, logistic = CategoricalCrossEntropy(), BinaryCrossEntropy()
    logits = np.array([[1000.0, -1000.0, 0.0]], np.float32)
    assert softmax.values(logits, np.array([[0]], np.float32))[0] == 0
    assert softmax.values(logits, np.array([[1]], np.float32))[0] == 2000
    assert logistic.values(np.array([[1000.0]], np.float32), np.array([[-1]], np.float32))[0] == 1000


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_probabilities_are_positive_and_sum_to_one(row):
    p = compute_probabilities(np.array([row], np.float32))
    assert p.dtype == np.float64
    assert p.shape == (1, max(len(row), 2))
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1)


@pytest.mark.parametrize(("name", "classes"), [("cross_entropy", 0), ("mse", 2), ("mae", 3), ("huber", 7)])
def test_a_loss_that_does_not_fit_the_target_is_refused_with_the_alternatives(name, classes):
    with pytest.raises(LearningError, match=name) as refused:
        create_target(classes).create_loss(name)
    assert ("cross_entropy" if classes else "mse") in refused.value.advice


def test_auto_is_squared_error_for_numbers_and_cross_entropy_for_classes():
    assert isinstance(create_target(0).create_loss("auto"), SquaredError)
    assert isinstance(create_target(2).create_loss("auto"), BinaryCrossEntropy)
    assert isinstance(create_target(3).create_loss("auto"), CategoricalCrossEntropy)


def test_balanced_weights_give_all_classes_the_same_total_weight():
    y = np.array([0] * 90 + [1] * 9 + [2])
    weights = balance_class_weights(y, 3)
    np.testing.assert_allclose(np.bincount(y) * weights, [100 / 3] * 3)
