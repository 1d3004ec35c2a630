"""What a command says when it cannot do what was asked: what is wrong, where, and what to do about it."""

from typing import TYPE_CHECKING

import typer

from gradus.errors import DatasetFailed, GradusError, JobCancelled, JobFailed, ProblemError, Unreachable, fault_lines

if TYPE_CHECKING:
    from contract.responses import Problem

FAILED = 1
USAGE = 2
NO_SERVER = 3


class Mistyped(GradusError):
    """What was typed makes no sense; nothing was asked of the server."""


def exit_code(error: GradusError) -> int:
    """Say what went wrong on standard error; returns the status to exit with."""
    match error:
        case Unreachable():
            say(f"No Gradus server answers at {error.url} ({error.reason}).", "Start one with: gradus up")
            return NO_SERVER
        case ProblemError():
            explain(error.problem)
            return FAILED
        case DatasetFailed() | JobFailed() if error.problem is not None:
            explain(error.problem)
            return FAILED
        case Mistyped():
            say(str(error))
            return USAGE
        case JobCancelled():
            say(str(error))
            return FAILED
        case _:
            say(str(error))
            return FAILED


def explain(problem: "Problem") -> None:
    """A problem document as people read it."""
    advice = (problem.model_extra or {}).get("advice")
    say(
        problem.detail,
        *fault_lines(problem),
        *([str(advice)] if advice else []),
    )


def say(first: str, *more: str) -> None:
    """Lines on standard error, the first of them marked."""
    typer.secho("gradus: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(first, err=True)
    for line in more:
        typer.echo(line, err=True)
