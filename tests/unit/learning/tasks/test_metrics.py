"""Metrics against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from learning.nn.losses import compute_probabilities
from learning.tasks.regression import RegressionTarget
from tests.unit.learning.rows import create_rows

X = np.zeros((60, 1), np.float32)


def rows_of_classes(y, classes):
    y = np.array(y, np.int64)
    return create_rows(np.zeros((len(y), 1), np.float32), y, classes)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_regression_is_measured_in_the_targets_own_units(seed):
    random = np.random.default_rng(seed)
    mean, scale = 150_000.0, 40_000.0
    y, logits = (random.normal(size=(60, 1)).astype(np.float32) for _ in range(2))
    found = create_rows(X, y, mean=mean, scale=scale).compute_metrics(logits)
    price, value = y.astype(float) * scale + mean, logits.astype(float) * scale + mean
    assert found == {
        "rmse": pytest.approx(root_mean_squared_error(price, value)),
        "mae": pytest.approx(mean_absolute_error(price, value)),
        "r2": pytest.approx(r2_score(price, value)),
    }


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([2, 3, 10]))
def test_classes_are_measured_as_scikit_learn_does(seed, classes):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, 60)
    y[:2] = 0, 1
    logits = np.round(random.normal(size=(60, classes if classes > 2 else 1)) * 2, 1).astype(np.float32)
    found = rows_of_classes(y, classes).compute_metrics(logits)
    p = compute_probabilities(logits)
    predicted = p.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(accuracy_score(y, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(y, predicted, average="macro"))
    assert found["log_loss"] == pytest.approx(log_loss(y, p, labels=range(classes)), rel=1e-5)
    if classes == 2:
        assert found["auc"] == pytest.approx(roc_auc_score(y, logits[:, 0]))
    else:
        assert "auc" not in found


def test_a_class_that_neither_occurs_nor_is_predicted_does_not_count():
    logits = np.array([[5, 0, 0, 0], [0, 5, 0, 0], [5, 0, 0, 0]], np.float32)
    found = rows_of_classes([0, 1, 1], 4).compute_metrics(logits)
    assert found["macro_f1"] == pytest.approx(f1_score([0, 1, 1], [0, 1, 0], average="macro"))


@pytest.mark.parametrize("only", [0, 1])
def test_auc_is_left_out_where_one_class_alone_occurs(only):
    found = rows_of_classes([only, only], 2).compute_metrics(np.array([[1.0], [-1.0]], np.float32))
    assert set(found) == {"accuracy", "macro_f1", "log_loss"}


@pytest.mark.parametrize("rows", [1, 3])
def test_r2_is_undefined_where_the_target_does_not_vary(rows: int):
    y = np.full((rows, 1), 0.1)
    data = create_rows(X[:rows], y, scale=10.0)
    assert data.compute_metrics(y) == {"rmse": 0.0, "mae": 0.0, "r2": None}
    assert data.compute_metrics(y + 1) == {"rmse": 10.0, "mae": 10.0, "r2": None}


def test_an_extreme_value_among_the_training_rows_leaves_the_others_their_digits():
    values = np.append(np.arange(199.0), 1e12)
    target = RegressionTarget.fit(values)
    data = create_rows(X[:50], target.encode(values[:50]), mean=target.mean, scale=target.scale)
    logits = target.encode(values[:50] + 3)
    found = data.compute_metrics(logits)
    expected = r2_score(values[:50], values[:50] + 3)
    assert found == {
        "rmse": pytest.approx(3, rel=1e-3),
        "mae": pytest.approx(3, rel=1e-3),
        "r2": pytest.approx(expected),
    }


def test_extreme_logits_have_finite_metrics():
    logits = np.array([[1000.0], [-1000.0], [1000.0]], np.float32)
    found = rows_of_classes([1, 0, 0], 2).compute_metrics(logits)
    assert found["log_loss"] == pytest.approx(1000 / 3)
    assert found["auc"] == pytest.approx(0.75)
