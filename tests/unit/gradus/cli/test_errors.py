"""Error messages of commands: the words of the command line, not those of the API."""

import pytest

from contract.responses import FieldError, Problem
from gradus.cli.errors import print_problem, report_error
from gradus.cli.spec_help import FIELD_OF_OPTION, describe_option, list_choices, read_definitions
from gradus.errors import Unauthorized


def error(pointer: str, detail: str) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code="x")


@pytest.mark.parametrize(
    ("pointer", "printed"),
    [
        ("#/target", "--target: is wrong."),
        ("#/optimizer/learning_rate", "--learning-rate: is wrong."),
        ("#/targets/1", "--targets: is wrong."),
        ("#/user", "--user: is wrong."),
        ("?item", "ITEM: is wrong."),
        ("?status", "--status: is wrong."),
        ("#/rows/2/at bat", "row 3, at bat: is wrong."),
        ("#/class_weights/a~1b", "class_weights/a/b: is wrong."),
    ],
)
def test_a_field_is_named_by_the_option_or_cell_that_set_it(
    pointer: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(title="Refused", status=422, detail=f"{pointer} is wrong.", errors=[error(pointer, "is wrong")])
    print_problem(problem)
    assert capsys.readouterr().err == f"gradus: {printed}\n"


def test_of_several_errors_each_line_names_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    errors = [error("#/epochs", "must be less"), error("#/seed", "must be an integer")]
    print_problem(
        Problem(title="Refused", status=422, detail="#/epochs must be less. And 1 more, see errors.", errors=errors)
    )
    assert capsys.readouterr().err.splitlines() == ["gradus: --epochs: must be less", "  --seed: must be an integer"]


def test_without_a_key_the_error_says_where_to_set_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_error(Unauthorized(401, Problem(title="Refused", status=401, detail="This needs a key."))) == 1
    assert "GRADUS_API_KEY" in capsys.readouterr().err


def test_the_help_of_train_has_the_text_and_default_of_each_field() -> None:
    definitions = read_definitions()
    texts = {option: describe_option(definitions, option, "") for option in FIELD_OF_OPTION}
    assert texts["weight_decay"].startswith("Weight decay (L2)")
    assert texts["optimizer"].endswith("[default: adam]")
    assert list(list_choices(definitions, "loss")) == ["auto", "mse", "mae", "huber", "quantile", "cross_entropy"]
    assert set(list_choices(definitions, "optimizer")) == {"sgd", "rmsprop", "adam", "adamw", "muon"}
