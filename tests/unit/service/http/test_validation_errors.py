"""Pydantic's errors become faults with a JSON pointer, a code and a suggestion."""

import json
from typing import Any

import pytest

from contract.specs import JobSpec
from service.http import strict_json
from service.http.bodies import parse_model
from service.http.errors import ProblemError

GOOD = {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre", "target": "price"}


def faults(**fields: Any) -> dict[str, tuple[str, str | None]]:
    """Code and suggestion of each fault of a job spec, by pointer."""
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | fields).encode(), JobSpec)
    assert caught.value.kind.slug == "invalid"
    return {error.pointer: (error.code, error.suggestion) for error in caught.value.errors}


def test_texts_of_a_wrong_pattern_are_refused_in_words() -> None:
    for name in ("my model!", "цены", "-a", "a" * 64):
        with pytest.raises(ProblemError) as caught:
            parse_model(json.dumps(GOOD | {"model_name": name}).encode(), JobSpec)
        (error,) = caught.value.errors
        assert error.detail.startswith("must be up to 63 letters from a to z, digits"), error
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | {"dataset_id": "houses.csv"}).encode(), JobSpec)
    assert "must be the id of a dataset" in caught.value.detail


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"features": "price"}, "must be a list"),
        ({"features": []}, "must have at least 1 item"),
        ({"layers": [{"type": "dense", "units": 8}] * 200}, "must have at most"),
    ],
)
def test_lists_are_refused_in_words(fields: dict[str, Any], detail: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | fields).encode(), JobSpec)
    assert detail in caught.value.detail


UNKNOWN = {f"k{number}": number for number in range(2500)}


@pytest.mark.parametrize(
    "fields",
    [
        UNKNOWN,
        UNKNOWN | {"epochs": 0, "epochz": 1, "model_name": 3},
        {"epochs": 0, "seed": -1} | UNKNOWN,
        {"layers": [UNKNOWN | {"type": "dense", "units": 0}]},
        {"layers": [{"type": "dense"} | UNKNOWN, {"type": "nothing"}]},
        {"optimizer": UNKNOWN | {"type": "adam", "learning_rate": -1}, "epochs": 0},
        {"class_weights": dict.fromkeys(UNKNOWN, -1)},
        {"class_weights": {f"g{number}": 1 for number in range(4500)} | dict.fromkeys(UNKNOWN, -1)},
        {"epochs": 3.0} | UNKNOWN,
    ],
)
def test_very_many_faults_are_counted_and_not_listed(fields: dict[str, Any]) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | fields).encode(), JobSpec)

    assert [error.code for error in caught.value.errors] == ["too_many_errors"]


def test_a_long_list_is_read_up_to_its_first_fault() -> None:
    assert list(faults(features=["a", *range(1000)])) == ["#/features/1"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"epochz": 3}, {"#/epochz": ("unknown_field", "epochs")}),
        ({"Batch_Size": 3}, {"#/Batch_Size": ("unknown_field", "batch_size")}),
        ({"zzzzzz": 3}, {"#/zzzzzz": ("unknown_field", None)}),
        ({"epochs": "3"}, {"#/epochs": ("int_type", None)}),
        ({"epochs": 0}, {"#/epochs": ("greater_than_equal", None)}),
        ({"epochs": 1.5}, {"#/epochs": ("int_type", None)}),
        ({"task": "regresion"}, {"#/task": ("literal_error", "regression")}),
        ({"optimizer": {"type": "adam", "learning_rate": -1}}, {"#/optimizer/learning_rate": ("greater_than", None)}),
        (
            {"optimizer": {"type": "adam", "lerning_rate": 1}},
            {"#/optimizer/lerning_rate": ("unknown_field", "learning_rate")},
        ),
        ({"optimizer": {"type": "adm"}}, {"#/optimizer/type": ("literal_error", "adam")}),
        ({"optimizer": {"learning_rate": 0.1}}, {"#/optimizer/type": ("missing", None)}),
        ({"optimizer": "adam"}, {"#/optimizer": ("dict_type", None)}),
        ({"layers": [{"type": "dense", "units": 4}, {"type": "dense"}]}, {"#/layers/1/units": ("missing", None)}),
        ({"layers": [{"type": "dropout", "rate": 1.0}]}, {"#/layers/0/rate": ("less_than", None)}),
        (
            {"layers": [{"type": "dense", "units": 4, "activation": "rely"}]},
            {"#/layers/0/activation": ("literal_error", "relu")},
        ),
        (
            {"layers": [{"type": "residual", "layers": [{"type": "dense", "units": 0, "unit": 1}, {"type": "norn"}]}]},
            {
                "#/layers/0/layers/0/units": ("greater_than_equal", None),
                "#/layers/0/layers/0/unit": ("unknown_field", "units"),
                "#/layers/0/layers/1/type": ("literal_error", "norm"),
            },
        ),
        ({"layers": [{"type": "residual", "layers": [{}]}]}, {"#/layers/0/layers/0/type": ("missing", None)}),
        ({"layers": [{"type": "residual"}]}, {"#/layers/0/layers": ("missing", None)}),
        ({"schedule": {"type": "step", "step": 3}}, {"#/schedule/step": ("unknown_field", "step_epochs")}),
        ({"split": {"validation": 2}}, {"#/split/validation": ("less_than_equal", None)}),
        ({"early_stopping": {"patiense": 3}}, {"#/early_stopping/patiense": ("unknown_field", "patience")}),
        ({"class_weights": {"a": -1}}, {"#/class_weights/a": ("greater_than", None)}),
        ({"tags": {"a": 5}}, {"#/tags/a": ("string_type", None)}),
        ({"features": ["a", 3]}, {"#/features/1": ("string_type", None)}),
        ({"features": []}, {"#/features": ("too_short", None)}),
        ({"tags": {"a/b": 5}}, {"#/tags/a~1b": ("string_type", None)}),
        ({"epochs": 0, "seed": -1}, {"#/epochs": ("greater_than_equal", None), "#/seed": ("greater_than_equal", None)}),
    ],
)
def test_a_fault_has_its_pointer_its_code_and_the_nearest_right_name(
    fields: dict[str, Any], expected: dict[str, tuple[str, str | None]]
) -> None:
    assert faults(**fields) == expected


def test_a_value_that_fits_no_branch_of_a_union_is_one_fault_that_names_all() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | {"class_weights": 3}).encode(), JobSpec)

    (error,) = caught.value.errors
    assert (error.pointer, error.detail) == ("#/class_weights", "must be 'balanced', or an object")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(b'{"target": "price"}', JobSpec)

    assert [(error.pointer, error.code) for error in caught.value.errors] == [("#/dataset_id", "missing")]


@pytest.mark.parametrize("raw", [b"[]", b"3", b'"x"', b"null"])
def test_a_body_that_is_no_object_is_a_fault_of_the_whole(raw: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(raw, JobSpec)

    assert [error.pointer for error in caught.value.errors] == ["#"]


def test_messages_of_faults_are_those_of_the_documentation() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_model(json.dumps(GOOD | {"optimizer": {"type": "adam", "learning_rate": -0.1}}).encode(), JobSpec)

    (error,) = caught.value.errors
    assert (error.pointer, error.detail, error.code, error.given, error.suggestion) == (
        "#/optimizer/learning_rate",
        "must be greater than 0",
        "greater_than",
        -0.1,
        None,
    )


def test_a_body_is_parsed_once_and_checked_again_only_if_integers_are_written_as_floats(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed, checked = list[bytes](), list[bytes]()
    parse, check = strict_json.parse_json, JobSpec.model_validate_json
    monkeypatch.setattr(strict_json, "parse_json", lambda raw, **how: parsed.append(raw) or parse(raw, **how))
    monkeypatch.setattr(JobSpec, "model_validate_json", lambda raw: checked.append(raw) or check(raw))

    with pytest.raises(ProblemError):
        parse_model(json.dumps(GOOD | {"epochs": 2.5}).encode(), JobSpec)
    assert (len(parsed), len(checked)) == (1, 1)
    assert parse_model(json.dumps(GOOD | {"epochs": 2.0}).encode(), JobSpec).epochs == 2
    assert (len(parsed), len(checked)) == (2, 3)
