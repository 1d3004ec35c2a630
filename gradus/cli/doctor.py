"""The command `doctor`: check an installation, and print what to do about what is wrong."""

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import typer

from gradus.cli.context import AsJson
from gradus.cli.errors import EXIT_FAILED, print_error
from gradus.cli.serve import DataDir, make_environment, read_settings

if TYPE_CHECKING:
    from contract.doctor import InstallationCheck

STYLE_BY_STATE: Final = {"ok": "green", "warning": "yellow", "wrong": "bold red"}


def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check this installation.

    Says how to fix what is wrong; the exit status is 1 if anything is.
    """
    from pydantic import ValidationError

    from contract.doctor import InstallationCheck
    from gradus.launcher.commands import EXAMINE

    environment = make_environment(read_settings(data_dir=data_dir))
    examined = subprocess.run(EXAMINE, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603 - the command is ours
    try:
        found = InstallationCheck.model_validate_json(examined.stdout)
    except ValidationError:
        print_error("The installation could not be checked; see the output above.")
        sys.exit(EXIT_FAILED)
    if as_json:
        typer.echo(examined.stdout, nl=False)
    else:
        _print_diagnosis(found)
    sys.exit(0 if found.well else EXIT_FAILED)


def _print_diagnosis(found: "InstallationCheck") -> None:
    """Print a row for each part, and below it what to do."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for finding in found.findings:
        style = STYLE_BY_STATE[finding.state]
        table.add_row(Text(finding.part, "bold"), Text(finding.state, style), Text(finding.found))
        if finding.advice:
            table.add_row("", "", Text(finding.advice, style))
    Console(highlight=False).print(table)
