"""Jobs of several nets: what cannot become one model is refused with its place."""

from typing import Any

import pytest

from contract.responses import ColumnResponse
from learning.training.recipe import RECIPE_FIELDS
from tests.unit.service.jobs.test_admission import COLUMNS, admit_job, words
from tests.unit.service.jobs.test_pictures import PHOTO


def refuse(*columns: ColumnResponse, target: str = "price", **fields: Any) -> dict[str, str]:
    errors = admit_job(target, *columns, nets=5, **fields).errors
    return {error.pointer: error.detail for error in errors if error.code == "nets_unfit"}


def test_each_net_has_a_fold_and_the_job_says_so() -> None:
    admission = admit_job(nets=5)
    assert (admission.errors, admission.spec.nets, admission.spec.split.folds) == ([], 5, 5)
    assert admit_job().spec.split.folds is None
    assert admit_job(nets=5, split={"order_by": "sold"}).spec.split.folds is None
    assert admit_job(nets=5, split={"folds": 5}).errors == []


@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({"split": {"folds": 3}}, "#/split/folds", "is 3, by which 5 nets cannot be divided evenly"),
        ({"split": {"folds": 5, "fold": 2}}, "#/split/fold", "names one fold"),
        ({"layers": [{"type": "norm"}, {"type": "dense", "units": 8}]}, "#/layers/0", "normalizes values"),
        ({"layers": [{"type": "residual", "layers": [{"type": "dense", "units": 8}]}]}, "#/layers/0", "residual"),
    ],
)
def test_what_several_nets_cannot_share_is_refused(fields: dict[str, Any], pointer: str, words: str) -> None:
    found = refuse(**fields)
    assert list(found) == [pointer]
    assert words in found[pointer]


def test_of_more_than_ten_nets_several_share_a_fold() -> None:
    for nets, folds in ((10, 10), (12, 6), (13, 13), (16, 8), (20, 10)):
        admission = admit_job(nets=nets)
        assert (admission.errors, admission.spec.split.folds) == ([], folds)
        assert admit_job(nets=nets, split={"folds": folds}).errors == []


def test_nets_that_see_pictures_become_one() -> None:
    admission = admit_job("area", *COLUMNS, PHOTO, nets=5)
    assert (admission.errors, admission.spec.nets, admission.spec.split.folds) == ([], 5, 5)
    assert "conv" in [layer.type for layer in admission.spec.layers]


def test_with_a_share_of_validation_rows_of_its_own_all_nets_hold_the_same_rows_out() -> None:
    cases: list[tuple[dict[str, Any], int]] = [({"nets": 5}, 5), ({}, 10)]
    for given, nets in cases:
        admission = admit_job(preset="balanced", split={"validation": 0.3}, **given)
        assert (admission.errors, admission.spec.nets, admission.spec.split.folds) == ([], nets, None)
    assert admit_job(preset="balanced", split={"validation": 0.0}).spec.nets == 1


def test_layers_of_which_many_nets_cannot_become_one_make_fewer() -> None:
    cases = [
        *(("balanced", 1_638, 10), ("balanced", 1_639, 5), ("balanced", 3_277, 1)),
        *(("best", 819, 20), ("best", 820, 10), ("best", 1_639, 5), ("best", 3_277, 1)),
    ]
    for preset, units, nets in cases:
        layers = [{"type": "dense", "units": 4}, {"type": "dense", "units": units}, {"type": "dense", "units": 4}]
        assert admit_job(preset=preset, layers=layers, rows=1_000).spec.nets == nets


def test_the_recipe_decides_what_is_removed_from_the_spec_of_one_plain_net() -> None:
    plain = admit_job().spec.model_dump(mode="json")
    kept = {
        name: value for name, value in plain.items() if name not in {*RECIPE_FIELDS, "dataset_id", "target", "preset"}
    }
    again = admit_job(preset="balanced", **kept)
    assert (again.errors, again.spec.nets, again.spec.split.folds) == ([], 10, 10)
    assert {"nets", "layers", "numeric.bins", "batch_size", "optimizer.learning_rate"} <= again.reasons.keys()


def test_nets_of_thousands_of_inputs_are_fewer_and_say_so() -> None:
    layers = [{"type": "dense", "units": 1_500}, {"type": "dense", "units": 1_500}]
    admission = admit_job(preset="balanced", layers=layers)
    assert admission.spec.nets == 1
    assert "weights each: more would take long" in admission.reasons["nets"]


@pytest.mark.parametrize(
    ("preset", "groups", "test", "nets"),
    [("best", 12, 0.0, 20), ("best", 10, 0.1, 5), ("balanced", 9, 0.0, 5), ("best", 4, 0.0, 1)],
)
def test_groups_are_divided_among_no_more_nets_than_there_are(preset: str, groups: int, test: float, nets: int) -> None:
    columns = (*COLUMNS, words("shop", groups))
    admission = admit_job("price", *columns, rows=4_000, preset=preset, split={"group_by": "shop", "test": test})
    assert (admission.errors, admission.spec.nets) == ([], nets)


def test_more_nets_than_groups_are_refused() -> None:
    found = refuse(*COLUMNS, words("shop", 4), split={"group_by": "shop"})
    assert found == {"#/nets": "is 5, and 'shop' has only 4 groups to divide into 5 folds; set fewer nets"}


def test_nets_without_validation_rows_are_refused() -> None:
    assert list(refuse(split={"validation": 0.0})) == ["#/split/validation"]


def test_fewer_rows_than_nets_are_refused() -> None:
    assert [error.pointer for error in admit_job(nets=5, rows=4).errors] == ["#/split/folds"]
