"""Output of the command line: numbers, durations, aligned columns."""

import re
import shlex

import pytest
from typer.main import get_group

from contract.responses import DatasetResponse, IssueResponse, ModelInput, ModelResponse
from contract.responses.datasets import IssueCounts
from gradus.cli.commands import commands
from gradus.cli.datasets import ISSUE_COLUMNS, describe_problems
from gradus.cli.errors import name_options
from gradus.cli.models import INPUT_COLUMNS
from gradus.cli.output import fit_widths, format_count, format_duration, format_number, format_size, print_table
from gradus.cli.results import describe_use, example_row


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("2024-01-31", "2024-01-31"),
        (0.0, "0"),
        (2007, "2007"),
        (187400.0, "187,400"),
        (187400.4, "187,400"),
        (43.92193, "43.92"),
        (0.00001234, "1.234e-05"),
        (-3.5, "-3.5"),
    ],
)
def test_numbers_have_the_digits_that_are_worth_reading(value: float | str | None, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (4.26, "4.3 s"), (38.2, "38 s"), (125, "2 min 05 s"), (12_000, "3 h 20 min")]
)
def test_durations_are_printed_in_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_counts_are_pluralized_and_bytes_have_units() -> None:
    assert [format_count(1, "row"), format_count(1030, "row"), format_count(0, "row")] == [
        "1 row",
        "1,030 rows",
        "0 rows",
    ]
    assert [format_size(1), format_size(15_241), format_size(2_500_000), format_size(4 * 10**9)] == [
        "1 byte",
        "15.2 kB",
        "2.5 MB",
        "4.0 GB",
    ]


def test_columns_line_up_whatever_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["name", "n"], [["東京", "1"], ["a long one", "22"]])
    assert capsys.readouterr().out.splitlines() == ["name        n", "東京        1", "a long one  22"]


def test_the_example_row_can_be_typed_as_it_is_shown() -> None:
    columns = [
        ModelInput(name="old town?", type="categorical", categories=["it's", "no"]),
        ModelInput(name="beds", type="numeric", minimum=1.0, maximum=4.0),
        ModelInput(name="size", type="numeric", minimum=0.5, maximum=1.0),
        ModelInput(name="new", type="boolean"),
        ModelInput(name="sold", type="datetime"),
        ModelInput(name="built", type="datetime", minimum=1104537600.0, maximum=1662768060.0),
    ]
    typed = shlex.split(example_row(columns))
    assert typed == ["old town?=it's", "beds=2", "size=0.75", "new=true", "sold=2024-01-31", "built=2013-11-05"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (
            ModelInput(name="a", type="datetime", minimum=1104537600.0, maximum=1662768060.0),
            "2005-01-01 to 2022-09-10 00:01",
        ),
        (ModelInput(name="a", type="boolean"), "false, true"),
        (ModelInput(name="a", type="text"), "-"),
        (ModelInput(name="a", type="numeric", minimum=0.5, maximum=12_000.0), "0.5 to 12,000"),
    ],
)
def test_the_values_of_an_input_are_shown_by_its_type(column: ModelInput, values: str) -> None:
    assert INPUT_COLUMNS["values in training"](column) == values


def test_an_encoding_is_spelled_as_its_standard_spells_it() -> None:
    code, absent = "read_as_windows_1252", dict.fromkeys(("line", "row", "column", "value"))
    issue = IssueResponse.model_validate({**absent, "code": code, "severity": "warning", "action": "kept"})
    assert ISSUE_COLUMNS["problem"](issue) == "read as Windows-1252"


@pytest.mark.parametrize(
    ("widths", "room", "fitted"),
    [([4, 10], 80, [4, 10]), ([4, 30, 26], 44, [4, 18, 18]), ([4, 5, 90], 33, [4, 5, 20]), ([50, 50], 4, [6, 6])],
)
def test_the_widest_columns_are_cut_until_a_row_is_a_line(widths: list[int], room: int, fitted: list[int]) -> None:
    assert fit_widths(widths, room) == fitted


def test_a_table_on_a_terminal_keeps_the_end_of_an_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")
    print_table(["name", "job"], [["a name that is long", "job_01m8khyr9re0088jjnj3ktrddy"]])
    printed = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)  # without colours
    assert printed.splitlines()[1] == "a name tha…  …jnj3ktrddy"


@pytest.mark.parametrize("name", sorted(get_group(commands).commands))
def test_help_names_values_in_words_and_no_types(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        get_group(commands).main([name, "--help"], "gradus")
    text = capsys.readouterr().out
    assert "Usage: gradus" in text
    assert not re.search(r"<(str|int|float|path|list)|\]\.\.\.\]", text)


def test_the_help_of_a_prediction_shows_how_its_row_is_typed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        get_group(commands).main(["predict", "--help"], "gradus")
    text = capsys.readouterr().out
    assert "gradus predict [OPTIONS] {MODEL} [COLUMN=VALUE|PICTURE]..." in text
    assert re.search(r"--csv FILE +A CSV file of rows", text)


def test_times_of_day_are_shown_without_the_day_on_which_they_are_read():
    times = ModelInput(name="at", type="datetime", minimum=0.0, maximum=64_800.0)
    days = ModelInput(name="on", type="datetime", minimum=0.0, maximum=864_000.0)
    assert INPUT_COLUMNS["values in training"](times) == "00:00 to 18:00"
    assert INPUT_COLUMNS["values in training"](days) == "1970-01-01 to 1970-01-11"
    assert example_row([times, days]) == "at=09:00 on=1970-01-06"


@pytest.mark.parametrize(
    ("errors", "warnings", "rejected", "text"),
    [(0, 0, 0, ""), (1, 2, 1, "3 problems found; 1 row skipped"), (0, 1, 0, "1 problem found; 0 rows skipped")],
)
def test_problems_of_a_file_are_told_in_one_line(errors, warnings, rejected, text):
    counts = IssueCounts.model_construct(error=errors, warning=warnings)
    assert describe_problems(DatasetResponse.model_construct(issue_counts=counts, rows_rejected=rejected)) == text


@pytest.mark.parametrize(
    ("advice", "typed"),
    [
        ("If their decimal sign is a comma, give decimal=comma with the upload.", "--decimal comma with"),
        ("If that is wrong, upload the file with dates=month_first.", "--dates month-first."),
        ("give header_line, the line with their names", "give --header-line, the"),
        ("name those that are missing as missing_values of the upload.", "as --missing-value."),
        ("or pass over such columns by ?unknown=ignore", "by --unknown ignore"),
        ("Train one without image.features to see", "without --pretrained to"),
        ("column 'decimal' is not sheet-like", "column 'decimal' is not sheet-like"),
    ],
)
def test_advice_names_the_options_of_the_command_line(advice: str, typed: str) -> None:
    assert typed in name_options(advice)


def test_a_row_of_many_cells_is_not_to_be_typed() -> None:
    inputs = [ModelInput(name=f"pixel{number}", type="numeric", minimum=0, maximum=255) for number in range(784)]
    model = ModelResponse.model_construct(task="classification", inputs=inputs)
    assert describe_use("digits", model) == "gradus predict digits --csv FILE.csv"
