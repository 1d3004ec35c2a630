"""Bars that move while something is under way; plain lines where nobody watches.

On a terminal the bar stands on standard error and leaves when it is done, so that standard output holds results only.
"""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from contract.responses import EpochResponse, JobResponse
from gradus.cli.output import count, duration, number

if TYPE_CHECKING:
    from gradus.jobs import Job

WORTH_A_BAR = 4_000_000  # bytes
LINE_SECONDS = 1.0
LOOK_SECONDS = 0.5


@contextmanager
def sending(total: int) -> Generator[Callable[[int, int | None], None] | None]:
    """A bar of bytes for an upload; what it gives is to be called with the bytes sent."""
    if total < WORTH_A_BAR or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn

    with _bar(TextColumn("uploading"), BarColumn(), DownloadColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("", total=total)
        yield lambda sent, _total: bar.update(task, completed=sent)


def watch_training(job: "Job") -> None:
    """Show a job's epochs until it is over.

    Raises:
        KeyboardInterrupt: the watcher had enough; the job goes on.
    """
    if sys.stderr.isatty():
        _watch_with_bar(job)
    else:
        _watch_with_lines(job)


def _watch_with_bar(job: "Job") -> None:
    from rich.progress import BarColumn, TextColumn
    from rich.table import Column

    text = Column(no_wrap=True)
    columns = (
        TextColumn("{task.fields[place]}", table_column=text),
        BarColumn(None, table_column=Column(ratio=1, min_width=5)),
        TextColumn("{task.description}", table_column=text),
    )
    with _bar(*columns) as bar:
        task = bar.add_task("", total=job.progress.epochs, place=job.status)
        looked = time.monotonic()
        for told in job.follow():
            if isinstance(told, EpochResponse):
                if time.monotonic() - looked > LOOK_SECONDS:
                    job.refresh()
                    looked = time.monotonic()
                place = f"epoch {told.epoch}/{job.progress.epochs}"
                bar.update(task, completed=told.epoch, place=place, description=f"{losses(told, 3)}{pace(job.answer)}")
            elif not job.over:
                bar.update(task, place=_standing(told))


def _watch_with_lines(job: "Job") -> None:
    printed = 0.0
    pending: EpochResponse | None = None
    for told in job.follow():
        if isinstance(told, JobResponse):
            if not job.over:
                typer.echo(f"{job.id}  {_standing(told)}", err=True)
        elif time.monotonic() - printed > LINE_SECONDS:
            _print_epoch(told, job.progress.epochs)
            printed, pending = time.monotonic(), None
        else:
            pending = told
    if pending is not None:
        _print_epoch(pending, job.progress.epochs)


def _print_epoch(epoch: EpochResponse, epochs: int) -> None:
    measured = "".join(f"  {name} {number(value)}" for name, value in list(epoch.metrics.items())[:1])
    typer.echo(f"epoch {epoch.epoch}/{epochs}  {losses(epoch, 4)}{measured}", err=True)


def losses(epoch: EpochResponse, digits: int) -> str:
    """The losses after an epoch."""
    validation = "" if epoch.validation_loss is None else f"  validation {number(epoch.validation_loss, digits)}"
    return f"train {number(epoch.train_loss, digits)}{validation}"


def pace(job: JobResponse) -> str:
    """How fast a job goes, and how long it will take at most."""
    done = job.progress
    speed = f"  {round(done.samples_per_second):,} samples/s" if done.samples_per_second else ""
    left = f"  {duration(done.eta_seconds)} left" if done.eta_seconds is not None else ""
    return speed + left


def _standing(job: JobResponse) -> str:
    place = job.progress.queue_position
    return f"queued, {count(place, 'job')} before it" if job.status == "queued" and place else job.status


def _bar(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True, expand=True)
