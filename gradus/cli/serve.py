"""Commands that run a server, all of it on this machine or one role alone, that check it, and that adopt its files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gradus.cli.context import AsJson, open_client
from gradus.cli.errors import EXIT_FAILED, UsageError, print_error
from gradus.cli.output import print_json, print_table, print_text
from gradus.launcher.commands import ADOPT, EXAMINE, MIGRATE, SERVE, WORK, service_environment
from process.printable import escape_unprintable

if TYPE_CHECKING:
    from contract.doctor import InstallationCheck
    from contract.settings import Settings

STYLE_BY_STATE: Final = {"ok": "green", "warning": "yellow", "wrong": "bold red"}

Host = Annotated[str | None, typer.Option(help="The address to listen on; by default 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; by default 8000; 0: any free one.")]
DataDir = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Data directory, for datasets and the database.")]
Concurrency = Annotated[int | None, typer.Option(help="Jobs that one worker trains at once; by default 1.")]


def up(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Number of workers.")] = 1,
    concurrency: Concurrency = None,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log every request, on a terminal too, which shows those that fail.")
    ] = False,
) -> None:
    """Start the service, its page, workers and broker.

    Ctrl-C stops them all.
    """
    from gradus.launcher.supervisor import launch

    settings = _read_settings(host=host, port=port, data_dir=data_dir, concurrency=concurrency)
    if sys.stderr.isatty() and not verbose:
        settings = log_problems_alone(settings)
    launch(settings, workers=workers)


def serve(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Start the service alone, for containers and several machines."""
    environment = _make_environment(_read_settings(host=host, port=port, data_dir=data_dir))
    _migrate_and_exec(SERVE, service_environment(environment))


def work(data_dir: DataDir = None, concurrency: Concurrency = None) -> None:
    """Start a worker alone, for containers and several machines."""
    _migrate_and_exec(WORK, _make_environment(_read_settings(data_dir=data_dir, concurrency=concurrency)))


def doctor(ctx: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check this installation, or the server of --url or GRADUS_URL.

    Says how to fix what is wrong; the exit status is 1 if anything is.
    """
    from pydantic import ValidationError

    from contract.doctor import InstallationCheck

    if ctx.obj["url"] is not None and data_dir is None:
        _check_server(ctx, as_json=as_json)
        return
    environment = _make_environment(_read_settings(data_dir=data_dir))
    examined = subprocess.run(EXAMINE, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603 - the command is ours
    try:
        found = InstallationCheck.model_validate_json(examined.stdout)
    except ValidationError:
        print_error("The installation could not be checked; see the output above.")
        sys.exit(EXIT_FAILED)
    if as_json:
        print_json(found)
    else:
        _print_diagnosis(found)
    sys.exit(0 if found.well else EXIT_FAILED)


def _check_server(ctx: typer.Context, *, as_json: bool) -> None:
    """Print the readiness of a server, part by part, and exit with the status."""
    with open_client(ctx) as client:
        ready = client.check_readiness()
        url = client.url
    if as_json:
        print_text(json.dumps(ready, indent=2))
    else:
        print_text(f"The server at {url}; on its own machine, without --url, gradus doctor says more.")
        parts = [(part, state) for part, state in ready.items() if part not in {"object", "status"}]
        print_table(["part", "state"], [[part, str(state)] for part, state in parts])
    sys.exit(EXIT_FAILED if ready.get("status") == "down" else 0)


def adopt(data_dir: DataDir = None) -> None:
    """Have the files belong to this database.

    Files and database have the same id, and nothing starts with files of another database. After this decision of yours
    they have a new one, and no other database may use these files.
    """
    _migrate_and_exec(ADOPT, _make_environment(_read_settings(data_dir=data_dir)))


def log_problems_alone(settings: "Settings") -> "Settings":
    """The settings without a line in the log for each request that succeeds, unless somebody chose what is logged."""
    if settings.model_fields_set & {"log_level", "log_requests"}:
        return settings
    return settings.model_copy(update={"log_requests": "problems"})


def _read_settings(**options: Any) -> "Settings":
    """The settings of the environment, overridden by options.

    Raises:
        UsageError: one of them is no setting, or there is only a client here.
    """
    if find_spec("service") is None:
        raise UsageError(
            "Only the client of Gradus is installed here, which runs no server. Install Gradus itself for that, "
            "or name a server that runs elsewhere: --url, or GRADUS_URL."
        )
    from contract.settings import InvalidSettings, load_settings

    try:
        settings = load_settings(**{name: value for name, value in options.items() if value is not None})
    except InvalidSettings as wrong:
        if options.get(wrong.name) is None:
            raise UsageError(str(wrong)) from wrong
        raise UsageError(f"--{wrong.name.replace('_', '-')} {wrong.reason}.") from wrong
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})


def _make_environment(settings: "Settings") -> dict[str, str]:
    """The environment that gives a process these settings."""
    return os.environ | {
        f"GRADUS_{name.upper()}": str(value)
        for name, value in settings.model_dump(
            mode="json", include=settings.model_fields_set, exclude={"s3_secret_access_key"}
        ).items()
    }


def _migrate_and_exec(command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Bring the database up to date, then turn this process into the command."""
    # the version of the schema is printed for people who ask for it, and does not belong in a log
    migrated = subprocess.run(MIGRATE, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - the command is ours
    if migrated.returncode != 0:
        print_error("The database could not be migrated; see the output above.")
        sys.exit(EXIT_FAILED)
    os.execve(sys.executable, command, environment)  # noqa: S606 - the command is ours


def _print_diagnosis(found: "InstallationCheck") -> None:
    """Print a row for each part, and below it what to do."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for finding in found.findings:
        style = STYLE_BY_STATE[finding.state]
        table.add_row(Text(finding.part, "bold"), Text(finding.state, style), Text(escape_unprintable(finding.found)))
        if finding.advice:
            table.add_row("", "", Text(escape_unprintable(finding.advice), style))
    Console(highlight=False).print(table)
