"""Baselines against scikit-learn's on the same rows, and the verdict that follows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from learning.data.arrays import ArrayDataset
from learning.insight.baselines import MAX_INPUTS, Baseline, Baselines, NetScore, fit_baselines
from learning.insight.verdict import compose_verdict
from learning.tasks.comparison import Comparison
from learning.tasks.intervals import ConfidenceInterval
from learning.tasks.main_metric import ACCURACY, MACRO_F1, RMSE
from tests.unit.learning.rows import create_rows


def rows(count: int, classes: int = 0, seed: int = 0, width: int = 6) -> ArrayDataset:
    """Rows whose target follows from the inputs by sums, as far as it is not chance."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(count, width)).astype(np.float32)
    scores = x @ np.random.default_rng(1).normal(size=(width, max(classes, 1)))
    scores += chance.normal(size=scores.shape)
    if classes:
        return create_rows(x, scores.argmax(axis=1), classes=classes)
    return create_rows(x, scores.astype(np.float32), mean=7.0, scale=3.0)


def test_the_mean_has_the_spread_of_the_target_as_its_error():
    train, watched = rows(500), rows(200, seed=2)

    naive = fit_baselines(train, watched).naive

    assert naive.name == "mean"
    error = watched.y - train.y.mean()
    assert naive.metrics["rmse"] == pytest.approx(3.0 * np.sqrt(np.square(error).mean()), rel=1e-6)


def test_the_most_frequent_class_is_right_as_often_as_it_occurs():
    chance = np.random.default_rng(3)
    x = chance.normal(size=(300, 2)).astype(np.float32)
    train = create_rows(x, np.repeat([0, 1, 2], [60, 200, 40]), classes=3)

    naive = fit_baselines(train, train).naive

    assert (naive.name, naive.metrics["accuracy"]) == ("most_frequent_class", pytest.approx(2 / 3))
    entropy = -sum(share * np.log(share) for share in (0.2, 2 / 3, 2 / 15))
    assert naive.metrics["log_loss"] == pytest.approx(entropy, rel=1e-3)


def test_the_linear_model_is_that_of_least_squares():
    train, watched = rows(500), rows(200, seed=2)

    linear = fit_baselines(train, watched).linear

    theirs = Ridge(alpha=1.0).fit(train.x.astype(np.float64), train.y[:, 0]).predict(watched.x)
    assert linear.name == "linear"
    assert linear.metrics["rmse"] == pytest.approx(3.0 * np.sqrt(np.square(theirs - watched.y[:, 0]).mean()), rel=1e-4)


@pytest.mark.parametrize("classes", [2, 5])
def test_the_logistic_model_is_that_of_the_least_cross_entropy(classes: int):
    if classes == 2:
        five = rows(600, 5)
        train = create_rows(five.x, (five.y > 1).astype(np.int64), classes=2)
    else:
        train = rows(600, 5)

    logistic = fit_baselines(train, train).linear

    theirs = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(train.x, train.y)
    chances = theirs.predict_proba(train.x)[np.arange(len(train)), train.y]
    assert logistic.name == "logistic"
    assert logistic.metrics["log_loss"] == pytest.approx(-np.log(chances).mean(), rel=2e-3)
    assert logistic.metrics["accuracy"] == pytest.approx(theirs.score(train.x, train.y), abs=0.01)


def test_inputs_past_the_limit_of_the_baselines_are_ignored():
    wide = rows(300, width=MAX_INPUTS + 200)

    found = fit_baselines(wide, wide)

    assert found.linear.metrics["rmse"] < found.naive.metrics["rmse"]


def baselines(name: str, line: str, naive: dict[str, float], linear: dict[str, float]) -> Baselines:
    return Baselines(Baseline(name, naive), Baseline(line, linear), 1114)  # type: ignore[arg-type] - names of baselines


def test_a_verdict_on_numbers_gives_the_typical_error_beside_the_baselines():
    numbers = baselines("mean", "linear", {"rmse": 366.2}, {"rmse": 317.0})

    verdict = compose_verdict({"rmse": 288.9}, numbers, RMSE, held_out=True)

    assert verdict == (
        "Typical error (RMSE) 289 on 1,114 held-out rows; always guessing the mean: 366; linear regression: 317."
    )
    assert "on 1,114 training rows;" in str(compose_verdict({"rmse": 1.0}, numbers, RMSE, held_out=False))
    unknown = Baselines(numbers.naive, numbers.linear)
    assert "on held-out rows;" in str(compose_verdict({"rmse": 1.0}, unknown, RMSE, held_out=True))
    assert compose_verdict({"rmse": None}, numbers, RMSE, held_out=True) is None
    assert compose_verdict({}, numbers, RMSE, held_out=True) is None


def test_a_verdict_on_classes_gives_accuracy_or_macro_f1_where_every_class_counts_the_same():
    rare = baselines(
        "most_frequent_class",
        "logistic",
        {"accuracy": 0.96, "macro_f1": 0.49},
        {"accuracy": 0.97, "macro_f1": 0.6},
    )
    metrics = {"accuracy": 0.95, "macro_f1": 0.8}

    assert compose_verdict(metrics, rare, ACCURACY, held_out=True) == (
        "95% accurate on 1,114 held-out rows; always guessing the most common class: 96%; logistic regression: 97%."
    )
    assert compose_verdict(metrics, rare, MACRO_F1, held_out=True) == (
        "Macro F1 0.8 of 1, every class counting the same, on 1,114 held-out rows; always guessing the most common "
        "class: 0.49; logistic regression: 0.6."
    )


def test_a_verdict_says_how_sure_it_is_and_which_baseline_is_as_good():
    tie, worse = Comparison(-0.01, -0.04, 0.02, "tie"), Comparison(-0.05, -0.09, -0.01, "worse")
    guess = Baseline("most_frequent_class", {"accuracy": 0.63}, {"accuracy": Comparison(0.3, 0.2, 0.4, "better")})
    results = {"a tie": tie, "which is better": worse}

    for words, comparison in results.items():
        line = Baseline("logistic", {"accuracy": 0.97}, {"accuracy": comparison})
        score = NetScore({"accuracy": 0.956}, {"accuracy": ConfidenceInterval(0.901, 0.981)})
        assert compose_verdict({"accuracy": 0.9}, Baselines(guess, line, 114, net=score), ACCURACY, held_out=True) == (
            "96% accurate (90% to 98% with 95% confidence) on 114 held-out rows; always guessing the most common "
            f"class: 63%; logistic regression: 97%, {words}."
        )
