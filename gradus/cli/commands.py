"""The commands, the options that they share, and the exit status: 0 done, 1 refused or failed, 2 usage, 3 no server."""

import sys
from typing import Annotated

import typer

from gradus.cli import datasets, doctor, explain, insight, jobs, keys, models, predict, serve, train
from gradus.cli.context import CliContext
from gradus.cli.errors import report_error
from gradus.cli.spec_help import SpecHelpCommand
from gradus.errors import GradusError

commands = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@commands.callback()
def gradus(
    ctx: typer.Context,
    url: Annotated[
        str | None, typer.Option(envvar="GRADUS_URL", help="URL of the server; by default http://127.0.0.1:8000.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(envvar="GRADUS_API_KEY", help="API key.")] = None,
) -> None:
    """Train neural nets on tables, and serve the models.

    Begin with `gradus up`; then, in another terminal: `gradus train houses.csv --target price`.
    """
    ctx.obj = CliContext(url, api_key)


commands.command()(serve.up)
commands.command()(serve.serve)
commands.command()(serve.work)
commands.command()(doctor.doctor)
commands.command()(datasets.upload)
commands.command("datasets")(datasets.list_datasets)
commands.command()(datasets.dataset)
commands.command(cls=SpecHelpCommand)(train.train)
commands.command("jobs")(jobs.list_jobs)
commands.command()(jobs.job)
commands.command()(jobs.watch)
commands.command()(insight.diagnose)
commands.command()(insight.report)
commands.command()(jobs.pause)
commands.command()(jobs.resume)
commands.command()(jobs.finish)
commands.command()(jobs.cancel)
commands.command()(jobs.reproduce)
commands.command()(predict.predict)
commands.command()(explain.mistakes)
commands.command()(explain.explain)
commands.command("models")(models.list_models)
commands.command()(models.model)
commands.command()(models.delete)
commands.add_typer(keys.keys, name="keys", context_settings={"help_option_names": ["-h", "--help"]})


@commands.command()
def version() -> None:
    """Print the version."""
    from gradus import __version__

    typer.echo(f"gradus {__version__}")


def app() -> None:
    """Run the command and exit with its status; errors are printed as messages, not tracebacks."""
    try:
        commands()
    except GradusError as error:
        sys.exit(report_error(error))
