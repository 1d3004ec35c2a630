"""Preparation: from a table to training data, and the errors of tables that cannot be learned from."""

from collections.abc import Sequence

import numpy as np
import pytest

from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.table import TableEncoder
from learning.errors import ImpossibleTarget, LearningError, NoFeatures, TooFewRows, UnusableColumn
from learning.frame import Column, Frame
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

RANDOM = np.random.default_rng(0)
SIZE = create_numeric(np.arange(20.0))


def table(target: Column) -> Frame:
    return create_frame(size=create_numeric(np.arange(float(len(target)))), y=target)


def classes_of(prepared: PreparedData) -> tuple[str, ...]:
    assert isinstance(prepared.output, ClassTarget)
    return prepared.output.classes


def labels(prepared: PreparedData, rows: np.ndarray, y: np.ndarray) -> dict[int, str]:
    return {int(row): classes_of(prepared)[number] for row, number in zip(rows, y, strict=True)}


def test_a_number_is_learned_in_units_of_the_training_rows_spread():
    y = RANDOM.normal(1000.0, 50.0, 200)
    prepared = prepare(table(create_numeric(y)), target="y", seed=4)
    assert prepared.task == "regression"
    assert isinstance(prepared.output, RegressionTarget)
    train = y[prepared.rows.train]
    assert (prepared.output.mean, prepared.output.scale) == pytest.approx((train.mean(), train.std()))
    assert prepared.train.y.shape == (160, 1)
    for data, rows in ((prepared.train, prepared.rows.train), (prepared.validation, prepared.rows.validation)):
        np.testing.assert_allclose(prepared.output.decode_numbers(data.y)[:, 0], y[rows], rtol=1e-5)
        np.testing.assert_allclose(prepared.output.decode_numbers(data.y)[:, 0], y[rows], rtol=1e-5)


def test_encoders_see_training_rows_only():
    full = create_frame(
        a=create_numeric(RANDOM.normal(size=100)),
        b=create_categorical(RANDOM.choice(list("pqr"), 100).tolist()),
        y=create_numeric(np.arange(100)),
    )
    prepared = prepare(full, target="y", split=SplitSpec(test=0.2))
    alone, _ = TableEncoder.fit(full.take(prepared.rows.train), ["a", "b"])
    assert prepared.inputs == alone
    np.testing.assert_array_equal(prepared.test.x, alone.encode(full.take(prepared.rows.test)))


def test_text_targets_are_classes_in_alphabetical_order():
    y = ["spam", "ham", "eggs", "ham"] * 5
    prepared = prepare(table(create_categorical(y)), target="y", split=SplitSpec(test=0.1))
    assert prepared.task == "classification"
    assert classes_of(prepared) == ("eggs", "ham", "spam")
    for data, rows in (
        (prepared.train, prepared.rows.train),
        (prepared.validation, prepared.rows.validation),
        (prepared.test, prepared.rows.test),
    ):
        assert len(data.target.labels) == 3
        assert labels(prepared, rows, data.y) == {int(row): y[row] for row in rows}


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (create_boolean([True, False] * 10), ("false", "true")),
        (create_numeric([3.0, 10.0, -1.0, 3.0] * 5), ("-1", "3", "10")),
        (create_numeric([0.5, 1.0] * 10), ("0.5", "1")),
        (create_text(["yes", "no"] * 10), ("no", "yes")),
    ],
)
def test_classes_are_written_as_their_owner_writes_them(target: Column, written: Sequence[str]):
    assert classes_of(prepare(table(target), target="y", task="classification")) == written


def test_auto_is_regression_for_numbers_and_classification_for_everything_else():
    targets = [
        create_numeric([0.5, 1.0] * 10),
        create_boolean([True, False] * 10),
        create_categorical(["a", "b"] * 10),
        create_text(["a", "b"] * 10),
    ]
    tasks = [prepare(table(target), target="y").task for target in targets]
    assert tasks == ["regression", "classification", "classification", "classification"]


def test_rows_without_a_target_are_left_out_with_a_note():
    y = [None if i % 5 == 0 else float(i) for i in range(50)]
    prepared = prepare(table(create_numeric(y)), target="y")
    used = np.concatenate((prepared.rows.train, prepared.rows.validation))
    assert sorted(used.tolist()) == [i for i in range(50) if i % 5]
    assert prepared.skipped == (("y", "10 rows were left out: the target 'y' is missing."),)
    prepared = prepare(table(create_categorical([None, *["a", "b"] * 10])), target="y")
    assert prepared.skipped[0].reason == "1 row was left out: the target 'y' is missing."
    assert 0 not in prepared.rows.train


def test_columns_with_nothing_to_learn_are_skipped_with_a_reason_and_not_required_in_predictions():
    full = create_frame(
        id=create_categorical([f"k{i}" for i in range(20)]),
        always=create_categorical(["x"] * 20),
        size=SIZE,
        other=SIZE,
        y=create_boolean([True, False] * 10),
    )
    prepared = prepare(full, target="y", features=["id", "always", "size"])
    assert [name for name, _ in prepared.skipped] == ["id", "always"]
    assert [column.name for column in prepared.inputs.describe()] == ["size"]
    assert prepared.ignored == ("id", "always", "other", "y")


def test_features_that_are_all_useless_are_refused_with_the_reasons():
    with pytest.raises(NoFeatures, match=r"no column to learn from.*'size' is not used: it is 1 in every") as caught:
        prepare(create_frame(size=create_numeric([1.0] * 20), y=create_numeric(np.arange(20.0))), target="y")
    assert caught.value.advice
    with pytest.raises(NoFeatures):
        prepare(create_frame(y=create_numeric(np.arange(20.0))), target="y")


@pytest.mark.parametrize(
    ("target", "task", "said"),
    [
        (create_numeric([None] * 20), "auto", "has no value in any row"),
        (create_categorical([None] * 20), "auto", "has no value in any row"),
        (create_numeric([5.0] * 20), "auto", "is 5 in every row"),
        (create_numeric([5.0, None] * 10), "auto", "is 5 in every row"),
        (create_categorical(["no"] * 20), "auto", "is 'no' in every row"),
        (create_boolean([True] * 20), "auto", "is 'true' in every row"),
        (create_categorical(["1", "2"] * 10), "regression", "does not hold numbers"),
        (create_datetime(["2024-01-01", "2024-01-02"] * 10), "auto", "holds dates"),
        (create_numeric(np.arange(21) / 7), "classification", "21 different values in 21 rows, too many"),
        (create_text([f"review {i}" for i in range(30)]), "auto", "30 different values in 30 rows, too many"),
        (
            create_categorical([f"c{i}" for i in range(1001)] * 3),
            "auto",
            "1,001 different values in 3,003 rows, too many to be classes: of so many rows there may be 1,000",
        ),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_with_advice(target: Column, task: str, said: str):
    with pytest.raises(ImpossibleTarget, match=said) as caught:
        prepare(table(target), target="y", task=task)
    assert caught.value.advice


def test_a_target_or_feature_that_is_not_there_is_named_with_the_nearest():
    full = table(create_numeric(np.arange(20.0)))
    with pytest.raises(UnusableColumn, match=r"no column 'sise'.* 'size'"):
        prepare(full, target="y", features=["sise"])
    with pytest.raises(UnusableColumn, match="no column 'yy'"):
        prepare(full, target="yy")
    with pytest.raises(UnusableColumn, match="among the features"):
        prepare(full, target="y", features=["size", "y"])


def test_too_few_rows_with_a_target_are_refused():
    with pytest.raises(TooFewRows):
        prepare(create_frame(size=create_numeric([1.0, 2.0, 3.0]), y=create_numeric([1.0, 2.0, None])), target="y")


def test_few_rows_are_enough():
    prepared = prepare(
        create_frame(size=create_numeric([1.0, 2.0, 3.0]), y=create_categorical(["a", "b", "a"])),
        target="y",
        split=SplitSpec(validation=0.2),
    )
    assert (len(prepared.train), len(prepared.validation), len(prepared.test)) == (2, 1, 0)


def test_a_class_of_one_row_is_learned_and_counted_among_the_classes():
    prepared = prepare(
        table(create_categorical(["a", "b"] * 20 + ["once"])), target="y", split=SplitSpec(validation=0.5)
    )
    assert classes_of(prepared) == ("a", "b", "once")
    assert 40 in prepared.rows.train


def test_a_target_held_out_that_is_absurdly_far_off_stays_finite():
    for place in range(20):
        y = np.arange(20.0)
        y[place] = 1e140
        prepared = prepare(table(create_numeric(y)), target="y", split=SplitSpec(validation=0.3))
        for data in (prepared.train, prepared.validation):
            assert np.isfinite(np.square(data.y)).all()


def test_the_seed_decides_which_rows_are_held_out():
    full = table(create_numeric(np.arange(50.0)))
    first, again, other = (prepare(full, target="y", seed=seed).rows.validation.tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_class_weights_are_equal_given_by_name_or_balanced():
    target = ClassTarget(classes=("a", "b"))
    y = np.array([0, 0, 0, 1])
    assert target.resolve_class_weights(None, y) is None
    weights = target.resolve_class_weights("balanced", y)
    assert weights is not None
    assert weights[0] * 3 == pytest.approx(weights[1])
    given = target.resolve_class_weights({"b": 5.0}, y)
    assert given is not None
    assert given.tolist() == [1.0, 5.0]
    with pytest.raises(LearningError, match=r"'c', which is not a class.*: a, b"):
        target.resolve_class_weights({"c": 2.0}, y)
    with pytest.raises(LearningError, match="target is a number"):
        RegressionTarget(mean=0.0, scale=1.0).resolve_class_weights("balanced", y)
