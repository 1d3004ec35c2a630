"""Gradient-boosted trees as a baseline: beside scikit-learn's on raw columns, out of fold, and within their bounds."""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData, prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.frame import BooleanColumn, CategoricalColumn, Frame, NumericColumn
from learning.insight import boosted_trees, tree_inputs
from learning.insight.boosted_trees import BoostedTrees, Folds, is_installed
from learning.insight.tree_inputs import make_tree_inputs
from tests.unit.learning.trainings import create_frame

NO_TERMS = np.empty(0, np.int32)


def create_table(rows: int = 600) -> Frame:
    """A number that depends on a number or its absence, a category and a boolean, all with missing cells."""
    chance = np.random.default_rng(0)
    a, codes, flag = chance.normal(size=rows), chance.integers(0, 4, rows), chance.integers(0, 2, rows)
    y = np.where(chance.random(rows) < 0.5, a * (codes == 2), 2.0 * flag) + 0.1 * chance.normal(size=rows)
    y[: rows // 5] += 5
    a[: rows // 5] = np.nan
    codes[rows // 4 : rows // 3] = -1
    flag[::7] = -1
    columns = {
        "a": NumericColumn(a),
        "c": CategoricalColumn(codes.astype(np.int32), ("p", "q", "r", "s")),
        "flag": BooleanColumn(flag.astype(np.int8)),
        "y": NumericColumn(y),
    }
    return Frame(columns, rows)


def prepare_table(frame: Frame, **options: Any) -> PreparedData:
    return prepare(frame, target="y", numeric=NumericSpec(bins=8), **options)


class Measured(NamedTuple):
    metrics: Mapping[str, Any]
    note: str | None


def measure_boosted_trees(
    encoder: Any, train: ArrayDataset, measured: ArrayDataset, folds: Folds | None = None
) -> Measured | None:
    found = BoostedTrees(encoder, train).predict(measured, folds)
    return None if found is None else Measured(measured.compute_metrics(found.logits), found.note)


def measure(prepared: PreparedData) -> Measured:
    found = measure_boosted_trees(prepared.inputs, prepared.train, prepared.validation)
    assert found is not None
    return found


def test_trees_see_each_column_once_with_categories_and_missing_cells():
    frame = create_table()
    prepared = prepare_table(frame)

    values, is_category = make_tree_inputs(prepared.inputs, prepared.train, NO_TERMS)

    a, c, flag = (frame.column(name) for name in ("a", "c", "flag"))
    rows = prepared.rows.train
    assert is_category.tolist() == [False, True, False]
    np.testing.assert_array_equal(np.isnan(values[:, 0]), np.isnan(a.values[rows]))
    np.testing.assert_array_equal(np.isnan(values[:, 1]), c.codes[rows] < 0)
    np.testing.assert_array_equal(np.isnan(values[:, 2]), flag.values[rows] < 0)
    known = ~np.isnan(values[:, 1])
    assert len(np.unique(np.column_stack([values[known, 1], c.codes[rows][known]]), axis=0)) == 4
    order = np.argsort(a.values[rows][~np.isnan(values[:, 0])])
    assert (np.diff(values[~np.isnan(values[:, 0]), 0][order]) >= 0).all()


def test_the_error_is_that_of_scikit_learn_on_the_raw_columns():
    frame = create_table()
    prepared = prepare_table(frame)

    found = measure(prepared)

    codes = frame.column("c").codes.astype(float)
    flag = frame.column("flag").values.astype(float)
    raw = np.column_stack([frame.column("a").values, np.where(codes < 0, np.nan, codes), flag])
    y, train, held_out = frame.column("y").values, prepared.rows.train, prepared.rows.validation
    theirs = HistGradientBoostingRegressor(categorical_features=[False, True, False]).fit(raw[train], y[train])
    rmse = float(np.sqrt(np.square(theirs.predict(raw[held_out]) - y[held_out]).mean()))
    assert found.note is None
    assert found.metrics["rmse"] == pytest.approx(rmse, rel=0.05)
    assert measure(prepared) == found


def test_trees_of_all_rows_are_fitted_once_for_all_that_they_predict(monkeypatch: pytest.MonkeyPatch):
    prepared = prepare_table(create_table(), split=SplitSpec(test=0.2))
    fits, fit = list[int](), HistGradientBoostingRegressor.fit

    def count(trees: Any, x: Any, *rest: Any) -> Any:
        fits.append(len(x))
        return fit(trees, x, *rest)

    monkeypatch.setattr(HistGradientBoostingRegressor, "fit", count)
    trees = BoostedTrees(prepared.inputs, prepared.train)
    found = [trees.predict(rows) for rows in (prepared.validation, prepared.test)]

    assert fits == [len(prepared.train)]
    again = BoostedTrees(prepared.inputs, prepared.train).predict(prepared.test)
    assert found[1] is not None
    assert again is not None
    np.testing.assert_array_equal(found[1].logits, again.logits)


def test_a_row_among_the_training_rows_is_predicted_by_trees_of_other_folds():
    chance = np.random.default_rng(1)
    prepared = prepare_table(create_frame(a=chance.normal(size=400), y=chance.normal(size=400)))
    train, own = prepared.train, np.arange(len(prepared.train)) % 10

    known = measure_boosted_trees(prepared.inputs, train, train)
    out_of_fold = measure_boosted_trees(prepared.inputs, train, train, Folds(own, own))

    assert known is not None
    assert out_of_fold is not None
    assert known.metrics["r2"] > 0.2
    assert out_of_fold.metrics["r2"] < 0.05


def test_classes_are_predicted_also_where_a_part_has_not_all_of_them():
    chance = np.random.default_rng(2)
    a = chance.normal(size=300)
    names = np.array(["low", "middle", "high"])[np.digitize(a, [-0.5, 0.5])].astype(object)
    names[:3] = "odd"
    prepared = prepare_table(create_frame(a=a, y=[str(name) for name in names]), task="classification")
    own = np.arange(len(prepared.train)) % 2
    own[prepared.train.y == prepared.output.labels.index("odd")] = 1

    found = measure_boosted_trees(prepared.inputs, prepared.train, prepared.train, Folds(own, own))

    assert found is not None
    assert 0.9 < found.metrics["accuracy"] < 1
    assert np.isfinite(found.metrics["log_loss"])
    two = prepare_table(create_frame(a=a, y=np.where(a > 0, "yes", "no").tolist()), task="classification")
    assert measure(two).metrics["auc"] > 0.95


def test_several_numbers_and_quantiles_have_trees_of_their_own():
    chance = np.random.default_rng(3)
    a = chance.normal(size=400)
    frame = create_frame(a=a, y=a + 0.1 * chance.normal(size=400), z=a**2)

    several = prepare(frame, target=["y", "z"])
    quantiles = prepare(frame, target="y", features=["a"], quantiles=(0.1, 0.5, 0.9))

    assert measure(several).metrics["r2"] > 0.9
    assert measure(quantiles).metrics["coverage"] == pytest.approx(0.8, abs=0.15)


def test_ids_with_vectors_are_categories():
    chance = np.random.default_rng(4)
    people, levels = chance.integers(0, 30, 600), chance.normal(size=30)
    frame = create_frame(person=[f"p{number}" for number in people], y=levels[people])
    prepared = prepare_table(frame, embedding=EmbeddingSpec(min_categories=10))

    values, is_category = make_tree_inputs(prepared.inputs, prepared.train, NO_TERMS)

    assert prepared.train.ids is not None
    assert (values.shape[1], is_category.tolist()) == (1, [True])
    assert measure(prepared).metrics["r2"] > 0.9


def test_rows_and_columns_past_the_limits_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch):
    x = np.random.default_rng(5).normal(size=(12, 400))
    prepared = prepare_table(create_frame(**{f"x{n}": x[n] for n in range(12)}, y=x[7] + x[9]))
    monkeypatch.setattr(boosted_trees, "MAX_CELLS", 800)
    for module in (boosted_trees, tree_inputs):
        monkeypatch.setattr(module, "MAX_COLUMNS", 4)

    found = measure(prepared)

    assert found.note == (
        "Learned from 200 of 320 training rows, and from 4 of 12 columns, those that go with the target most."
    )
    assert found.metrics["r2"] > 0.7


def test_there_are_none_of_few_rows_or_many_classes():
    few = prepare_table(create_table(90))
    many = prepare_table(create_frame(a=np.arange(400.0), y=[f"c{n % 40}" for n in range(400)]), task="classification")

    assert measure_boosted_trees(few.inputs, few.train, few.validation) is None
    assert measure_boosted_trees(many.inputs, many.train, many.validation) is None


def test_without_the_extra_there_is_no_such_baseline(monkeypatch: pytest.MonkeyPatch):
    assert is_installed()
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert not is_installed()
