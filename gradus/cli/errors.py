"""Error messages of commands, in the words of the command line, and the exit status that belongs to each."""

import re
from typing import TYPE_CHECKING, Final

from gradus.cli.output import print_text
from gradus.errors import (
    DatasetFailed,
    GradusError,
    JobFailed,
    ProblemError,
    Unauthorized,
    Unreachable,
    describe_problem,
)

if TYPE_CHECKING:
    from contract.responses import Problem

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_SERVER = 3

ADVISED: Final = re.compile(
    r"\??\b(unknown|bad_rows|decimal|dates|header_line|encoding|sheet)=([\w-]+)"
    r"|\bheader_line\b|\bmissing_values\b(?: of the upload)?|\bimage\.features\b"
)
"""What an answer advises to send with a prediction or an upload, which is an option of the same name here."""

OPTION_OF_POINTER: Final = {
    "#/target": "--target",
    "#/targets": "--targets",
    "#/user": "--user",
    "#/item": "--item",
    "?item": "ITEM",
    "#/model_name": "--name",
    "#/preset": "--preset",
    "#/nets": "--nets",
    "#/epochs": "--epochs",
    "#/batch_size": "--batch-size",
    "#/layers": "--layers",
    "#/layers/0/units": "--layers",
    "#/layers/0/activation": "--activation",
    "#/layers/1/rate": "--dropout",
    "#/optimizer": "--optimizer",
    "#/optimizer/type": "--optimizer",
    "#/optimizer/learning_rate": "--learning-rate",
    "#/schedule": "--schedule",
    "#/schedule/type": "--schedule",
    "#/loss": "--loss",
    "#/quantiles": "--quantiles",
    "#/task": "--task",
    "#/features": "--features",
    "#/image/features": "--pretrained",
    "#/embedding/min_categories": "--embedding-min-categories",
    "#/embedding/dimensions": "--embedding-dimensions",
    "#/numeric/bins": "--bins",
    "#/split/validation": "--validation",
    "#/split/test": "--test",
    "#/split/group_by": "--group-by",
    "#/split/order_by": "--order-by",
    "#/split/folds": "--folds",
    "#/split/fold": "--fold",
    "#/weight_column": "--weight-column",
    "#/early_stopping/patience": "--patience",
    "#/time_limit_seconds": "--time-limit",
    "#/weight_decay": "--weight-decay",
    "#/start_from": "--from",
    "#/start_from/model": "--from",
    "#/start_from/job_id": "--from",
    "#/seed": "--seed",
    "#/scopes": "--scope",
    "#/scopes/0": "--scope",
    "#/owner": "--owner",
    "#/label": "--label",
}
"""The option that sets the field to which a JSON Pointer of the API leads."""


class UsageError(GradusError):
    """The command line makes no sense; nothing was sent to the server."""


def report_error(error: GradusError) -> int:
    """Print an error on standard error; returns the exit status."""
    match error:
        case Unreachable():
            print_error(f"No Gradus server answers at {error.url} ({error.reason}).", "Start one with: gradus up")
            return EXIT_NO_SERVER
        case Unauthorized(status=401):
            print_error(error.problem.detail, "Set GRADUS_API_KEY to an API key, or pass it as --api-key.")
        case ProblemError() | DatasetFailed() | JobFailed() if error.problem is not None:
            print_problem(error.problem)
        case _:
            print_error(str(error))
    return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED


def report_os_error(error: OSError) -> int:
    """Print why a file cannot be read or written; returns the exit status."""
    reason = error.strerror or str(error)
    if error.filename is None:
        print_error(f"{reason}.")
    else:
        print_error(f"{error.filename}: {reason}.", "Check that the folder exists and what it permits.")
    return EXIT_FAILED


def print_problem(problem: "Problem") -> None:
    """Print a problem document, its fields named by the options that set them."""
    lines: list[str] = [name_options(line) for line in describe_problem(problem)]
    for error in problem.errors or []:
        for ending in (" ", ": "):
            lines = [line.replace(error.pointer + ending, f"{_name_field(error.pointer)}: ", 1) for line in lines]
    advice = (problem.model_extra or {}).get("advice")
    print_error(*lines, *([str(advice)] if advice else []))


def print_error(first: str, *more: str) -> None:
    """Print lines on standard error, the first of them marked."""
    print_text("gradus: ", colour="red", bold=True, nl=False, err=True)
    print_text("\n".join([first, *more]), err=True)


def name_options(text: str) -> str:
    """A text of the server with the options of the command line in place of the API's."""
    return ADVISED.sub(_name_option, text)


def _name_option(advised: re.Match[str]) -> str:
    if advised[1] is None:
        return {"header_line": "--header-line", "image.features": "--pretrained"}.get(advised[0], "--missing-value")
    return f"--{advised[1]} {advised[2]}".replace("_", "-")


def _name_field(pointer: str) -> str:
    """A JSON Pointer or query parameter as a person on the command line knows it: an option, a column, or a field."""
    if pointer in OPTION_OF_POINTER:
        return OPTION_OF_POINTER[pointer]
    parent, _, place = pointer.rpartition("/")
    if place.isdecimal() and parent in OPTION_OF_POINTER:
        return OPTION_OF_POINTER[parent]
    if pointer.startswith("#/layers/"):
        return OPTION_OF_POINTER["#/layers"]
    if pointer.startswith("?"):
        return f"--{pointer[1:].replace('types/', 'type ').replace('_', '-')}"
    path = pointer.removeprefix("#/").replace("~1", "/").replace("~0", "~")
    start, _, rest = path.partition("/")
    row, _, column = rest.partition("/")
    if start == "rows" and row.isdecimal():
        return f"row {int(row) + 1}, {column}" if column else f"row {int(row) + 1}"
    return path
