"""What a command says when it cannot do what was asked: what is wrong, where, and what to do about it."""

from typing import TYPE_CHECKING

import typer

from gradus.errors import DatasetFailed, GradusError, JobCancelled, JobFailed, ProblemError, Unreachable, format_faults

if TYPE_CHECKING:
    from contract.responses import Problem

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_SERVER = 3


class UsageError(GradusError):
    """What was typed makes no sense; nothing was asked of the server."""


def report_error(error: GradusError) -> int:
    """Say what went wrong on standard error; returns the status to exit with."""
    match error:
        case Unreachable():
            print_error(f"No Gradus server answers at {error.url} ({error.reason}).", "Start one with: gradus up")
            return EXIT_NO_SERVER
        case ProblemError():
            print_problem(error.problem)
            return EXIT_FAILED
        case DatasetFailed() | JobFailed() if error.problem is not None:
            print_problem(error.problem)
            return EXIT_FAILED
        case UsageError():
            print_error(str(error))
            return EXIT_USAGE
        case JobCancelled():
            print_error(str(error))
            return EXIT_FAILED
        case _:
            print_error(str(error))
            return EXIT_FAILED


def print_problem(problem: "Problem") -> None:
    """A problem document as people read it."""
    advice = (problem.model_extra or {}).get("advice")
    print_error(
        problem.detail,
        *format_faults(problem),
        *([str(advice)] if advice else []),
    )


def print_error(first: str, *more: str) -> None:
    """Lines on standard error, the first of them marked."""
    typer.secho("gradus: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(first, err=True)
    for line in more:
        typer.echo(line, err=True)
