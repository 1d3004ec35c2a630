"""Commands for jobs: list, show, watch, pause, resume, finish, cancel, reproduce."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import print_problem
from gradus.cli.output import (
    AsJson,
    format_count,
    format_number,
    format_time,
    print_json,
    print_json_list,
    print_next,
    print_table,
)
from gradus.cli.train import print_reproduction, print_result, watch_job

if TYPE_CHECKING:
    from contract.responses import JobResponse
    from gradus.jobs import Job

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


def list_jobs(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="Only jobs in these states, such as running,queued.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the jobs."""
    with open_client(ctx) as client:
        found = [job.answer for job in client.jobs.list(status=status)]
    if as_json:
        print_json_list(found)
    elif found:
        print_table(["job", "status", "epoch", "target", "best loss", "created"], [_job_row(job) for job in found])
    else:
        typer.echo("There are no jobs yet." if status is None else f"There are no {status} jobs.")
        print_next("gradus train FILE --target COLUMN")


def job(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Show a job: its progress, and its result."""
    with open_client(ctx) as client:
        found = client.jobs.get(job)
        if as_json:
            print_json(found.answer)
            return
        print_table(["job", "status", "epoch", "target", "best loss", "created"], [_job_row(found.answer)])
        for warning in found.warnings:
            typer.secho(f"note: {warning}", fg="yellow")
        if found.error is not None:
            print_problem(found.error)
        elif found.answer.reproduces is not None and found.over:
            print_reproduction(found.answer)
        elif found.answer.model_id is not None:
            print_result(found.answer, found.model)
        elif not found.over:
            print_next(f"gradus watch {found.id}")


def watch(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Watch a job until it ends. Ctrl-C stops watching; the job goes on."""
    with open_client(ctx) as client:
        watch_job(client.jobs.get(job), as_json=as_json)


def pause(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Pause a job until it is resumed."""
    with open_client(ctx) as client:
        paused = client.jobs.get(job).pause()
        _print_action(paused, f"{paused.status} after {format_count(paused.progress.epoch, 'epoch')}", as_json=as_json)
        if not as_json:
            print_next(f"gradus resume {paused.id}")


def resume(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Resume a paused job where it stopped."""
    with open_client(ctx) as client:
        resumed = client.jobs.get(job).resume()
        _print_action(resumed, resumed.status, as_json=as_json)


def finish(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """End a job now, and keep the model of its best epoch so far."""
    with open_client(ctx) as client:
        watch_job(client.jobs.get(job).finish(), as_json=as_json)


def reproduce(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Train an ended job again, and compare the weights."""
    with open_client(ctx) as client:
        watch_job(client.jobs.get(job).reproduce(), as_json=as_json)


def cancel(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Stop a job without keeping a model."""
    with open_client(ctx) as client:
        cancelled = client.jobs.get(job).cancel()
        _print_action(
            cancelled, f"{cancelled.status} after {format_count(cancelled.progress.epoch, 'epoch')}", as_json=as_json
        )


def _print_action(job: "Job", outcome: str, *, as_json: bool) -> None:
    if as_json:
        print_json(job.answer)
    else:
        typer.echo(f"{job.id}  {outcome}")


def _job_row(job: "JobResponse") -> list[str]:
    best = job.best
    loss = None if best is None else best.train_loss if best.validation_loss is None else best.validation_loss
    done = f"{job.progress.epoch}/{job.progress.epochs}"
    return [job.id, job.status, done, job.spec.target, format_number(loss), format_time(job.created_at)]
