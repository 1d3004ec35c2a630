"""Diagnosis: a real training causes each problem, the finding names it, and the suggested patch repairs it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.specs import JobSpec
from learning.frame import DatetimeColumn, Frame, NumericColumn
from learning.insight.baselines import Baseline, Baselines
from learning.insight.dataset_stats import DatasetStats
from learning.insight.diagnosis.diagnose import diagnose
from learning.insight.diagnosis.findings import Finding, FindingCode
from learning.insight.diagnosis.record import EpochRecord, TrainingRecord
from learning.nn.layers import Dropout
from learning.optim.schedules import Constant, Cosine
from learning.tasks import TASKS
from learning.tasks.comparison import Comparison
from learning.tasks.main_metric import ACCURACY, RMSE
from learning.training.image_defaults import choose_feature_training, choose_image_training
from learning.training.image_spec import ImageSpec
from learning.training.recipe import RECIPE_FIELDS
from learning.training.spec import TrainingSpec
from tests.unit.learning.trainings import apply_patch, create_frame, create_job_spec, run_training


def waves(rows: int = 400, **more: Any) -> Frame:
    """A number that follows from three others, but not by sums, and a little chance."""
    a, b, c = np.random.default_rng(0).normal(size=(3, rows))
    y = np.sin(2 * a) + b * c / 2 + 0.1 * np.random.default_rng(1).normal(size=rows)
    return create_frame(a=a, b=b, c=c, y=y, **more)


def create_weak_signal(rows: int, columns: int) -> Frame:
    """A number of which one column tells half, and the others nothing."""
    x = np.random.default_rng(0).normal(size=(columns, rows))
    columns_of = {f"x{number}": values for number, values in enumerate(x)}
    return create_frame(**columns_of, y=x[0] + np.random.default_rng(1).normal(size=rows))


def create_nonlinear_classes(rows: int = 400, rare: float = 0.5) -> Frame:
    """Two classes that no straight line divides, one as rare as is asked."""
    a, b, c = np.random.default_rng(0).normal(size=(3, rows))
    score = a * b + c / 2 + 0.3 * np.random.default_rng(1).normal(size=rows)
    return create_frame(a=a, b=b, c=c, y=np.where(score > np.quantile(score, 1 - rare), "yes", "no"))


def leaked_class(rows: int = 300) -> Frame:
    """Classes, and a column that was filled in when the class was known."""
    a, b, c = np.random.default_rng(0).normal(size=(3, rows))
    yes = a + b + c > 0
    return create_frame(a=a, b=b, y=np.where(yes, "yes", "no"), status=np.where(yes, "paid", "open"))


def leaked_number(rows: int = 300) -> Frame:
    """A number, and a column that is another measure of it."""
    a, b, c = np.random.default_rng(0).normal(size=(3, rows))
    y = np.sin(a) + b + c
    return create_frame(a=a, b=b, y=y, measure=np.exp(y / 2))


def chance_alone() -> Frame:
    """A number that nothing tells."""
    a, b, y = np.random.default_rng(3).normal(size=(3, 300))
    return create_frame(a=a, b=b, y=y)


def copied_noise() -> Frame:
    """Chance alone, each row five times."""
    a, b, c = np.random.default_rng(0).normal(size=(3, 100)).repeat(5, axis=1)
    return create_frame(a=a, b=b, c=c, y=np.random.default_rng(1).choice(["p", "q"], 100).repeat(5))


def people(rows_each: int = 8, count: int = 60) -> Frame:
    """Visits of people, each of whom has a class by chance."""
    chance = np.random.default_rng(0)
    person = np.array([f"p{number}" for number in range(count)])
    age, height = chance.integers(20, 70, count).astype(float), chance.normal(170, 10, count)
    y = chance.choice(["p", "q"], count)
    person, age, height, y = (column.repeat(rows_each) for column in (person, age, height, y))
    return create_frame(person=person, age=age, height=height, weight=chance.random(rows_each * count), y=y)


def outlier_among_targets() -> Frame:
    """A number that follows from another, with one value of a trillion."""
    x = np.arange(200.0)
    return create_frame(x=x, y=np.where(x == 77, 1e12, x))


def walk() -> Frame:
    """A number that changes little from day to day."""
    y = np.cumsum(np.random.default_rng(0).normal(size=400))
    days = DatetimeColumn(86_400.0 * np.arange(400))
    return Frame({"day": days, "before": NumericColumn(np.roll(y, 1)), "y": NumericColumn(y)}, 400)


def rate(learning_rate: float, kind: str = "adam") -> dict[str, Any]:
    return {"type": kind, "learning_rate": learning_rate}


def dense(*units: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "dense", "units": count, **more} for count in units]


PATIENT = {"patience": 1000}


class Trouble(NamedTuple):
    """A training with a known problem."""

    code: str
    frame: Frame
    wishes: Mapping[str, Any]


TROUBLES = [
    Trouble("diverging", waves(), {"optimizer": rate(100.0, "sgd"), "epochs": 20}),
    Trouble("diverging", waves(), {"optimizer": {**rate(0.3, "sgd"), "momentum": 0.99}, "epochs": 20}),
    Trouble("learning_rate_too_high", waves(), {"optimizer": rate(1.0), "epochs": 30}),
    Trouble("learning_rate_too_high", create_nonlinear_classes(), {"optimizer": rate(0.3), "epochs": 30}),
    Trouble("learning_rate_too_low", waves(), {"optimizer": rate(1e-6), "epochs": 30}),
    Trouble("learning_rate_too_low", create_nonlinear_classes(), {"optimizer": rate(1e-4, "sgd"), "epochs": 40}),
    Trouble("exploding_gradients", waves(), {"optimizer": rate(0.3), "epochs": 20}),
    Trouble("vanishing_gradients", waves(), {"layers": dense(*[32] * 8, activation="sigmoid"), "epochs": 10}),
    Trouble("dying_relu", waves(), {"optimizer": rate(0.5), "epochs": 20}),
    Trouble("saturated_units", waves(), {"optimizer": rate(0.5), "epochs": 20, "layers": dense(32, activation="tanh")}),
    Trouble("overfitting", create_weak_signal(200, 20), {"epochs": 100, "early_stopping": PATIENT}),
    Trouble(
        "overfitting",
        create_weak_signal(300, 10),
        {"epochs": 100, "early_stopping": PATIENT, "layers": dense(64, 64, 64)},
    ),
    Trouble("underfitting", waves(), {"layers": [], "epochs": 60}),
    Trouble("underfitting", waves(), {"layers": dense(2), "epochs": 60}),
    Trouble("underfitting", create_nonlinear_classes(), {"weight_decay": 1.0, "epochs": 40}),
    Trouble(
        "plateau",
        create_weak_signal(500, 3),
        {"layers": dense(1), "epochs": 150, "early_stopping": PATIENT, "optimizer": rate(0.01)},
    ),
    Trouble(
        "plateau",
        create_weak_signal(500, 3),
        {
            "layers": dense(1),
            "epochs": 150,
            "early_stopping": PATIENT,
            "optimizer": rate(0.01),
            "schedule": {"type": "step", "step_epochs": 100, "factor": 0.5},
        },
    ),
    Trouble(
        "noisy_validation",
        create_weak_signal(150, 3),
        {
            "optimizer": {**rate(0.002, "sgd"), "momentum": 0.9},
            "batch_size": 2,
            "epochs": 40,
            "split": {"validation": 0.1},
            "early_stopping": PATIENT,
        },
    ),
    Trouble("class_imbalance", create_nonlinear_classes(rare=0.04), {"epochs": 20}),
    Trouble("target_leakage", leaked_class(), {"epochs": 10}),
    Trouble("target_leakage", leaked_number(), {"epochs": 10}),
    Trouble("id_column", waves(customer=np.arange(400) + 1000.0), {"epochs": 10}),
    Trouble("id_column", waves(customer_id=np.arange(400) * 7.0), {"epochs": 10}),
    Trouble("copied_rows", copied_noise(), {"epochs": 30}),
    Trouble("repeated_groups", people(), {"epochs": 30}),
    Trouble("repeated_groups", people(), {"epochs": 30, "features": ["age", "height", "weight"]}),
    Trouble("time_order", walk(), {"epochs": 10}),
    Trouble("target_outlier", outlier_among_targets(), {"epochs": 10}),
    Trouble("no_better_than_baseline", waves(), {"optimizer": rate(1e-6), "epochs": 10}),
    Trouble("no_better_than_baseline", waves(), {"optimizer": rate(1.0), "epochs": 30}),
]


def find_finding(record: TrainingRecord, code: str) -> Finding:
    """The finding of that code."""
    findings = {finding.code: finding for finding in diagnose(record)}
    assert code in findings, list(findings)
    return findings[code]  # type: ignore[index] - one of the codes


def train_with_patch(trouble: Trouble, finding: Finding) -> TrainingRecord:
    """The record of the same training with the suggested patch."""
    spec = apply_patch(create_job_spec(**trouble.wishes).model_dump(mode="json"), finding.suggested_patch)
    return run_training(trouble.frame, **{name: spec[name] for name in spec if name not in {"dataset_id", "target"}})


@pytest.mark.parametrize("trouble", TROUBLES, ids=[f"{trouble.code}-{n}" for n, trouble in enumerate(TROUBLES)])
def test_each_problem_is_diagnosed_and_repaired_by_its_patch(trouble: Trouble):
    record = run_training(trouble.frame, **trouble.wishes)

    finding = find_finding(record, trouble.code)

    assert finding.title
    assert finding.detail.endswith(".")
    assert finding.advice.endswith(".")
    assert all(0 < epoch <= record.spec.epochs for epoch in finding.epochs)
    assert np.isfinite(list(finding.numbers.values())).all()
    after = train_with_patch(trouble, finding)
    assert trouble.code not in {each.code for each in diagnose(after)}
    assert len(after.epochs) > 1


def test_every_finding_code_has_a_training_that_shows_it():
    assert {trouble.code for trouble in TROUBLES} | {"too_few_rows"} == set(get_args(FindingCode))


@pytest.mark.parametrize("frame", [waves(), waves(2000), create_nonlinear_classes(), create_weak_signal(2000, 10)])
def test_a_healthy_training_has_no_findings(frame: Frame):
    assert diagnose(run_training(frame)) == []


def test_too_few_rows_are_reported_and_no_patch_is_suggested():
    finding = find_finding(run_training(waves(60), epochs=5), "too_few_rows")

    assert finding.suggested_patch is None
    assert finding.numbers == {"training_rows": 48.0, "validation_rows": 12.0}


def test_users_of_a_recommendation_are_not_counted_as_rows():
    record = run_training(waves(60), epochs=5)
    codes = {finding.code for finding in diagnose(replace(record, is_rowless=True))}
    assert not codes & {"too_few_rows", "underfitting"}


def test_an_unpredictable_target_gets_no_patch():
    finding = find_finding(run_training(chance_alone()), "no_better_than_baseline")

    assert (finding.severity, finding.suggested_patch) == ("error", None)


def test_a_leak_in_the_only_column_leaves_nothing_to_learn_from():
    y = np.random.default_rng(0).normal(size=200)

    finding = find_finding(run_training(create_frame(twice=2 * y, y=y), epochs=5), "target_leakage")

    assert finding.suggested_patch is None
    assert "No other column" in finding.advice


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_a_training_that_has_hardly_begun_has_no_findings(epochs: int):
    record = run_training(waves(), optimizer=rate(1e-6), epochs=3)

    begun = replace(record, epochs=record.epochs[:epochs], has_ended=False)

    assert diagnose(begun) == []


def test_the_gravest_finding_comes_first():
    severities = [finding.severity for finding in diagnose(run_training(waves(), optimizer=rate(1.0), epochs=30))]

    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert severities[0] == "error"


def compare(
    net: Mapping[str, float],
    linear: Mapping[str, float],
    rows: int,
    comparisons: Mapping[str, Comparison] = {},
    boosted: Mapping[str, float] | None = None,
    **more: Any,
) -> list[Finding]:
    """The findings of a net that is far better than guessing, beside other models measured on the same rows."""
    trees = None if boosted is None else Baseline("boosted_trees", boosted)
    guess = {"accuracy": 0.5, "macro_f1": 0.5} if "accuracy" in net else {"rmse": 9.0, "mae": 9.0}
    return diagnose(
        TrainingRecord(
            spec=TrainingSpec(epochs=1),
            main_metric=ACCURACY if "accuracy" in net else RMSE,
            has_ended=True,
            has_diverged=False,
            epochs=[EpochRecord(1, 0.1, 0.1, net, 0.001, 1.0)],
            best_epoch_number=1,
            **{"baselines": Baselines(Baseline("mean", guess), Baseline("linear", linear, comparisons), rows, trees)}
            | more,
        )
    )


STATS = DatasetStats(
    train=800,
    validation=200,
    test=0,
    inputs=4,
    parameters=4545,
    guess_loss=1.0,
    columns=("a", "b"),
    classes={},
    strengths={},
    ids=(),
)


def test_one_net_that_boosted_trees_beat_is_to_be_trained_by_the_recipe():
    net, linear, trees = ({"rmse": error, "mae": 0.8 * error} for error in (2.0, 3.0, 1.0))

    (finding,) = compare(net, linear, 1000, boosted=trees, dataset_stats=STATS)

    assert (finding.title, finding.severity) == ("Boosted trees do better", "warning")
    assert "RMSE of the net: 2; always guessing the mean: 9; linear regression: 3; gradient-boosted trees: 1;" in (
        finding.detail
    )
    spec = create_job_spec(nets=1, preset="fast").model_dump(mode="json")
    again = apply_patch(spec, finding.suggested_patch)
    assert again["preset"] == "balanced"
    assert spec.keys() - again.keys() == {*RECIPE_FIELDS}


def test_several_nets_that_boosted_trees_beat_have_no_patch_but_plain_words():
    net, linear, trees = ({"rmse": error, "mae": 0.8 * error} for error in (2.0, 3.0, 1.0))
    options = {"dataset_stats": STATS, "is_of_ensemble": True}

    (finding,) = compare(net, linear, 5000, boosted=trees, model_metrics=net, **options)

    assert (finding.title, finding.epochs, finding.suggested_patch) == ("Boosted trees do better", (), None)
    assert "on 5,000 held-out rows, each predicted by one net alone; the mean of all" in finding.detail
    assert "Use such a model for it" in finding.advice
    assert compare(net, linear, 1000, **options) == []


def test_one_net_that_a_linear_model_beats_is_to_be_trained_by_the_recipe_and_several_without_hidden_layers():
    net, linear = ({"rmse": error, "mae": 0.8 * error} for error in (2.0, 1.0))

    (of_one,) = compare(net, linear, 1000, dataset_stats=STATS)
    (of_several,) = compare(net, linear, 1000, dataset_stats=STATS, is_of_ensemble=True)

    assert of_one.suggested_patch is not None
    assert of_one.suggested_patch["preset"] == "balanced"
    assert of_several.suggested_patch == {"layers": []}


def test_the_regularization_that_few_pictures_have_by_default_is_not_blamed():
    record = run_training(create_nonlinear_classes(), weight_decay=10.0, epochs=20, layers=[*dense(64)])
    finding = find_finding(record, "underfitting")
    assert finding.suggested_patch == {"weight_decay": 0.0}

    few = replace(record.spec, **choose_feature_training(60, 200, ImageSpec(features="pretrained")))
    heavier = replace(few, layers=(Dropout(rate=0.6), *few.layers))

    assert "underfitting" not in {each.code for each in diagnose(replace(record, spec=few))}
    assert "underfitting" in {each.code for each in diagnose(replace(record, spec=heavier))}


@pytest.mark.parametrize(
    ("wrong", "others", "rows", "is_worse"), [(5, 3, 114, False), (12, 9, 114, False), (20, 5, 114, True)]
)
def test_a_simpler_model_does_better_only_if_the_difference_is_beyond_chance(
    wrong: int, others: int, rows: int, is_worse: bool
):
    net, linear = ({"accuracy": 1 - errors / rows} for errors in (wrong, others))

    findings = compare(net, linear, rows)

    assert [finding.title for finding in findings] == ["A simpler model does better"] * is_worse
    assert all("on 114 held-out rows." in finding.detail for finding in findings)


def test_once_the_difference_has_an_interval_it_decides():
    net, linear = {"accuracy": 0.70}, {"accuracy": 0.80}
    found = {
        result: compare(net, linear, 114, {"accuracy": Comparison(-0.1, -0.2, high, result)})
        for result, high in (("tie", 0.01), ("worse", -0.01))
    }

    assert {result: len(findings) for result, findings in found.items()} == {"tie": 0, "worse": 1}


def test_a_larger_error_due_to_one_row_is_no_finding():
    everywhere, in_one_row = {"rmse": 2.0, "mae": 1.6}, {"rmse": 2.0, "mae": 0.2}
    linear = {"rmse": 1.0, "mae": 0.8}

    assert [finding.code for finding in compare(everywhere, linear, 100)] == ["no_better_than_baseline"]
    assert compare(in_one_row, linear, 100) == []


def test_one_held_out_row_cannot_show_that_a_net_is_useless():
    (finding,) = compare({"rmse": 9.0, "mae": 9.0}, {"rmse": 9.0, "mae": 9.0}, 1)

    assert finding.severity == "warning"
    assert "on 1 held-out row, too few to be sure." in finding.detail


def test_of_recommended_choices_it_is_told_what_share_was_missed():
    recalls = {"net": 0.10, "popularity": 0.11, "linear_items": 0.30}
    net, naive, linear = ({"recall_at_10": recall} for recall in recalls.values())

    (finding,) = diagnose(
        TrainingRecord(
            spec=TrainingSpec(epochs=1),
            main_metric=TASKS["recommendation"].choose_main_metric(1, balanced=False, rated=False),
            has_ended=True,
            has_diverged=False,
            epochs=[EpochRecord(1, 0.1, 0.1, net, 0.001, 1.0)],
            best_epoch_number=1,
            baselines=Baselines(Baseline("popularity", naive), Baseline("linear_items", linear), 500),
        )
    )

    assert finding.detail.startswith(
        "1 - recall of the net: 90%; the most popular: 89%; the linear item model: 70%; on"
    )


LOSSES = st.none() | st.floats(0, 1e300) | st.sampled_from([0.0, 1.0])
SHARES = st.none() | st.sampled_from([0.0, 0.5, 1.0])


@given(
    losses=st.lists(st.tuples(LOSSES, LOSSES, LOSSES, SHARES), max_size=40),
    baseline=st.tuples(SHARES, SHARES),
    guess_loss=st.sampled_from([0.0, 1e-300, 1.0]),
    over=st.booleans(),
)
def test_no_record_is_too_odd_to_be_diagnosed(
    losses: list[tuple[float | None, ...]], baseline: tuple[float | None, ...], guess_loss: float, over: bool
):
    numbered = list(enumerate(losses, start=1))
    naive, logistic = ({"accuracy": share, "macro_f1": share} for share in baseline)
    facts = DatasetStats(
        train=99,
        validation=9,
        test=0,
        inputs=1,
        parameters=2,
        guess_loss=guess_loss,
        columns=["a"],
        classes={"no": 90, "yes": 9},
        strengths={"a": 1.0},
        ids=["a"],
    )
    monitored = [(train if validation is None else validation, epoch) for epoch, (train, validation, *_) in numbered]
    record = TrainingRecord(
        spec=TrainingSpec(epochs=99),
        main_metric=ACCURACY,
        has_ended=over,
        has_diverged=False,
        epochs=[
            EpochRecord(epoch, train, validation, {"accuracy": share, "macro_f1": share}, 0.001, norm)
            for epoch, (train, validation, norm, share) in numbered
        ],
        best_epoch_number=min(((loss, epoch) for loss, epoch in monitored if loss is not None), default=(0, None))[1],
        dataset_stats=facts,
        baselines=Baselines(Baseline("most_frequent_class", naive), Baseline("logistic", logistic)),
    )

    for finding in diagnose(record):
        assert finding.detail
        if finding.suggested_patch is not None:
            spec = apply_patch(create_job_spec().model_dump(mode="json"), finding.suggested_patch)
            JobSpec.model_validate(spec, strict=False)


def test_a_rising_loss_is_no_finding_where_a_metric_chooses_the_epochs():
    trouble = next(each for each in TROUBLES if each.code == "overfitting")
    record = run_training(trouble.frame, **trouble.wishes)
    found = find_finding(record, "overfitting")
    assert found
    assert (found.suggested_patch or {})["nets"] == 10
    of_several = find_finding(replace(record, is_of_ensemble=True), "overfitting")
    assert of_several
    assert "nets" not in (of_several.suggested_patch or {})
    codes = {each.code for each in diagnose(replace(record, selection_metric="ndcg_at_10"))}
    assert not codes & {"overfitting", "noisy_validation", "plateau"}


def test_copies_and_groups_are_named_and_no_column_is_blamed_for_them():
    copied, grouped = (
        {each.code: each for each in diagnose(run_training(frame))} for frame in (copied_noise(), people())
    )

    assert "400 of 500 rows are copies of others, on both sides of the split" in copied["copied_rows"].detail
    assert "there are 60 in 480 rows, 'person' is the same within each" in grouped["repeated_groups"].detail
    assert {"target_leakage", "repeated_groups"} & copied.keys() == set()
    assert {"target_leakage", "copied_rows"} & grouped.keys() == set()


def record_losses(spec: TrainingSpec, train: float, validation: float) -> TrainingRecord:
    """A training of two classes that came to these losses halfway, and stayed there."""
    falls = np.clip(np.arange(100) / 50, 0, 1)
    epochs = [
        EpochRecord(number, 0.7 - (0.7 - train) * fall, 0.7 - (0.7 - validation) * fall, {}, 0.001, 1.0)
        for number, fall in enumerate(falls.tolist(), 1)
    ]
    return TrainingRecord(
        spec=spec, main_metric=ACCURACY, has_ended=True, has_diverged=False, epochs=epochs, best_epoch_number=51
    )


def test_losses_that_rest_where_the_rate_fell_to_nothing_are_no_plateau():
    codes = [
        {finding.code for finding in diagnose(record_losses(TrainingSpec(schedule=schedule), 0.1, 0.1))}
        for schedule in (Constant(), Cosine())
    ]

    assert [each & {"plateau"} for each in codes] == [{"plateau"}, set()]


@pytest.mark.parametrize(
    ("validation", "dropout", "is_found"), [(0.5, 0.7, False), (0.38, 0.7, True), (0.38, 0.5, False)]
)
def test_the_loss_of_varied_pictures_is_no_sign_of_underfitting_where_others_are_predicted_worse_nor_is_usual_dropout(
    validation: float, dropout: float, is_found: bool
):
    chosen = choose_image_training(1_000, 32, directed=False)
    layers = [replace(layer, rate=dropout) if isinstance(layer, Dropout) else layer for layer in chosen["layers"]]
    chosen["layers"] = tuple(layers)

    codes = {finding.code for finding in diagnose(record_losses(TrainingSpec(**chosen), 0.4, validation))}

    assert ("underfitting" in codes) == is_found
