"""The commands, the options that they share, and the exit status: 0 done, 1 refused or failed, 2 usage, 3 no server."""

import sys
from functools import partial
from typing import Annotated

import typer

from gradus.cli import (
    compare,
    datasets,
    generate,
    insight,
    jobs,
    keys,
    models,
    monitor,
    predict,
    recommend,
    serve,
    slices,
    sweeps,
    tag,
    train,
    webhooks,
)
from gradus.cli.errors import report_error, report_os_error
from gradus.cli.output import print_text
from gradus.cli.plain_help import PlainHelpCommand
from gradus.cli.spec_help import SpecHelpCommand
from gradus.errors import GradusError

commands = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _print_version(wanted: bool = True) -> None:
    """Print the version, and end."""
    if wanted:
        from gradus import __version__

        print_text(f"gradus {__version__}")
        raise typer.Exit


@commands.callback()
def gradus(
    ctx: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="GRADUS_URL", help="URL of the server; by default http://127.0.0.1:8000."),
    ] = None,
    api_key: Annotated[str | None, typer.Option(metavar="KEY", envvar="GRADUS_API_KEY", help="API key.")] = None,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Train neural nets on tables, and serve the models.

    Begin with `gradus up`; then, in another terminal: `gradus train houses.csv --target price`.
    """
    ctx.obj = {"url": url, "api_key": api_key}


register = partial(commands.command, cls=PlainHelpCommand)
register()(serve.up)
register()(serve.serve)
register()(serve.work)
register()(serve.doctor)
register()(serve.adopt)
register()(datasets.upload)
register("datasets")(datasets.list_datasets)
register()(datasets.dataset)
commands.command(cls=SpecHelpCommand)(train.train)
register()(sweeps.sweep)
register("jobs")(jobs.list_jobs)
register()(jobs.job)
register("watch", help="Watch a job until it ends. Ctrl-C stops watching; the job goes on.")(
    jobs.make_job_command(lambda job: job, train.watch_job)
)
register()(jobs.diagnose)
register()(jobs.report)
register()(jobs.split)
register()(compare.compare)
register("open")(jobs.open_page)
register("pause", help="Pause a job until it is resumed.")(
    jobs.make_job_command(lambda job: job.pause(), partial(train.print_action, following="resume"))
)
register("resume", help="Resume a paused job where it stopped.")(
    jobs.make_job_command(lambda job: job.resume(), partial(train.print_action, tells_epoch=False))
)
register("finish", help="End a job now, and keep the model of its best epoch so far.")(
    jobs.make_job_command(lambda job: job.finish(), train.watch_job)
)
register("cancel", help="Stop a job without keeping a model.")(
    jobs.make_job_command(lambda job: job.cancel(), train.print_action)
)
register("reproduce", help="Train an ended job again, and compare the weights.")(
    jobs.make_job_command(lambda job: job.reproduce(), train.watch_job)
)
register()(predict.predict)
register()(generate.generate)
register()(recommend.recommend)
register()(recommend.similar)
register()(monitor.monitor)
register()(slices.slices)
register()(insight.mistakes)
register()(insight.explain)
register("models")(models.list_models)
register()(models.model)
register()(models.export)
register()(models.alias)
register()(tag.tag)
register()(models.delete)
commands.add_typer(sweeps.sweeps, name="sweeps", context_settings={"help_option_names": ["-h", "--help"]})
commands.add_typer(keys.keys, name="keys", context_settings={"help_option_names": ["-h", "--help"]})
commands.add_typer(webhooks.webhooks, name="webhooks", context_settings={"help_option_names": ["-h", "--help"]})


@register()
def version() -> None:
    """Print the version."""
    _print_version()


def app() -> None:
    """Run the command and exit with its status; errors are printed as messages, not tracebacks."""
    try:
        commands()
    except GradusError as error:
        sys.exit(report_error(error))
    except OSError as error:
        sys.exit(report_os_error(error))
