"""Commands that run a server: all of it on this machine, or one role alone."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gradus.cli.errors import UsageError, print_error

if TYPE_CHECKING:
    from contract.settings import Settings

Host = Annotated[str | None, typer.Option(help="The address to listen on; by default 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; by default 8000; 0: any free one.")]
DataDir = Annotated[Path | None, typer.Option(help="Data directory, for datasets and the database.")]
Concurrency = Annotated[int | None, typer.Option(help="Jobs that one worker trains at once; by default 1.")]


def up(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Number of workers.")] = 1,
    concurrency: Concurrency = None,
) -> None:
    """Start the service, its page, workers and broker.

    Ctrl-C stops them all.
    """
    from gradus.launcher import launch

    launch(read_settings(host=host, port=port, data_dir=data_dir, concurrency=concurrency), workers=workers)


def serve(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Start the service alone, for containers and several machines."""
    _exec_role("serve", read_settings(host=host, port=port, data_dir=data_dir))


def work(data_dir: DataDir = None, concurrency: Concurrency = None) -> None:
    """Start a worker alone, for containers and several machines."""
    _exec_role("work", read_settings(data_dir=data_dir, concurrency=concurrency))


def read_settings(**options: Any) -> "Settings":
    """The settings of the environment, overridden by options."""
    from contract.settings import InvalidSettings, load_settings

    try:
        settings = load_settings(**{name: value for name, value in options.items() if value is not None})
    except InvalidSettings as wrong:
        if options.get(wrong.name) is None:
            raise UsageError(str(wrong)) from wrong
        raise UsageError(f"--{wrong.name.replace('_', '-')} {wrong.reason}.") from wrong
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})


def make_environment(settings: "Settings") -> dict[str, str]:
    """The environment that gives a process these settings."""
    return os.environ | {
        f"GRADUS_{name.upper()}": str(value)
        for name, value in settings.model_dump(
            mode="json", include=settings.model_fields_set, exclude={"s3_secret_access_key"}
        ).items()
    }


def _exec_role(role: Literal["serve", "work"], settings: "Settings") -> None:
    """Bring the database up to date, then turn this process into the service or the worker."""
    import subprocess

    from gradus.launcher.commands import MIGRATE, SERVE, WORK, service_environment

    environment = make_environment(settings)
    # the version of the schema is printed for people who ask for it, and does not belong in a log
    migrated = subprocess.run(MIGRATE, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - the command is ours
    if migrated.returncode != 0:
        print_error("The database could not be migrated; see the output above.")
        sys.exit(1)
    command, environment = (SERVE, service_environment(environment)) if role == "serve" else (WORK, environment)
    os.execve(sys.executable, command, environment)  # noqa: S606 - the command is ours
