"""Problems as the client tells them: what is wrong, advice as a sentence, and a name that was probably meant."""

from typing import Any

import pytest

from contract.responses import Problem
from gradus.errors import describe_problem
from learning.encoding.columns import InputColumn
from service.http.errors import ProblemError
from service.predict.json_rows import ADVICE
from service.request_bodies.strict_rows import LISTED, refuse_bad_rows
from tables import BadRows, frame_from_rows

INPUTS = [
    InputColumn("sqft", "numeric"),
    InputColumn("built", "datetime"),
    InputColumn("garden", "boolean"),
    InputColumn("area", "categorical", ("north", "south")),
]


def refuse_rows(rows: list[dict[str, Any]]) -> Problem:
    """The problem of rows that do not fit the inputs."""
    with pytest.raises(BadRows) as refused:
        frame_from_rows(rows, INPUTS, ())
    error: ProblemError = refuse_bad_rows(refused.value, LISTED, ADVICE)
    return Problem(title=error.kind.title, status=422, detail=error.detail, errors=error.errors)


@pytest.mark.parametrize(
    "cell",
    [
        {"built": "yesterday"},
        {"built": "3/4/2019"},
        {"built": 2024},
        {"sqft": "many"},
        {"sqft": "1e999"},
        {"garden": "perhaps"},
        {"area": ["north"]},
    ],
)
def test_advice_is_no_name_that_was_probably_meant(cell: dict[str, Any]) -> None:
    for problem in (refuse_rows([cell]), refuse_rows([cell, {"sqft": "long"}])):
        lines = describe_problem(problem)
        assert not [line for line in lines if "id you mean" in line]
        if "built" in cell:
            assert "rite" in lines[0]


def test_a_misspelt_name_is_followed_by_the_right_one_and_advice_stays_a_sentence() -> None:
    lines = describe_problem(refuse_rows([{"built": "yesterday"}, {"sqfd": 3}, {"aera": "north"}]))
    named = [line for line in lines if "id you mean" in line]
    assert [line.rpartition("you mean ")[2].partition("?")[0] for line in named] == ["'sqft'", "'area'"]
    assert not [line for line in named if "built" in line]
