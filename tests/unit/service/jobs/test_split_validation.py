"""Columns of a split are checked before a job is queued."""

from typing import Any

import pytest

from tests.unit.service.jobs.test_admission import admit_job, column, only_error, words


@pytest.mark.parametrize(
    ("split", "pointer", "code"),
    [
        ({"group_by": "aera"}, "#/split/group_by", "unknown_column"),
        ({"group_by": "price"}, "#/split/group_by", "target_in_split"),
        ({"order_by": "area"}, "#/split/order_by", "unusable_column"),
        ({"column": "area"}, "#/split/column", "unusable_column"),
        ({"column": "sold"}, "#/split/column", "unusable_column"),
        ({"column": "sqft"}, "#/split/column", "unusable_column"),
        ({"column": "garden", "validation": 0.3}, "#/split/column", "contradiction"),
        ({"group_by": "area", "order_by": "sold"}, "#/split/group_by", "contradiction"),
        ({"column": "garden", "group_by": "area"}, "#/split/column", "contradiction"),
        ({"keep_copies_together": True, "order_by": "sold"}, "#/split/keep_copies_together", "contradiction"),
        ({"folds": 5, "order_by": "sold"}, "#/split/folds", "contradiction"),
        ({"folds": 5, "column": "garden"}, "#/split/folds", "contradiction"),
        ({"folds": 5, "validation": 0.3}, "#/split/validation", "contradiction"),
        ({"folds": 5, "fold": 5}, "#/split/fold", "contradiction"),
        ({"fold": 1}, "#/split/fold", "contradiction"),
    ],
)
def test_a_split_that_cannot_work_is_refused(split: dict[str, Any], pointer: str, code: str) -> None:
    error = only_error(admit_job(split=split))

    assert (error.pointer, error.code) == (pointer, code)


def test_a_column_that_names_no_part_is_refused_with_the_values_found() -> None:
    assert (
        "holds north, south; write train, validation or test" in only_error(admit_job(split={"column": "area"})).detail
    )


def test_the_column_that_says_the_split_is_no_feature_by_default() -> None:
    columns = [column("y", "numeric"), words("person", 20)]
    assert only_error(admit_job("y", *columns, split={"group_by": "person"})).code == "no_features"
    assert admit_job("y", *columns, split={"group_by": "person"}, features=["person"]).errors == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"weight_column": "sqfd"}, "unknown_column"),
        ({"weight_column": "price"}, "target_as_weight"),
        ({"weight_column": "area"}, "unusable_column"),
        ({"weight_column": "sqft", "features": ["sqft", "area"]}, "weight_as_feature"),
    ],
)
def test_a_column_of_weights_that_cannot_be_is_refused(fields: dict[str, Any], code: str) -> None:
    error = only_error(admit_job(**fields))

    assert (error.pointer, error.code) == ("#/weight_column", code)


def test_the_column_of_weights_is_no_feature() -> None:
    columns = [column("y", "numeric"), column("w", "numeric", min=0.0, max=3.0)]
    assert only_error(admit_job("y", *columns, weight_column="w")).code == "no_features"
