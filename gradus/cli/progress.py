"""Progress: bars on a terminal, removed at the end, else plain lines; on standard error, apart from results."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from contract.responses import DatasetResponse, EpochResponse, JobResponse
from gradus.cli.output import format_count, format_duration, format_metric_name, format_number, format_size, print_text

if TYPE_CHECKING:
    from gradus.datasets import ReadingCallback
    from gradus.jobs import Job
    from gradus.upload import ProgressCallback

MIN_BAR_BYTES = 4_000_000  # bytes
LINE_SECONDS = 1.0
REFRESH_SECONDS = 0.5


@contextmanager
def show_upload(total: int) -> Generator[tuple["ProgressCallback | None", "ReadingCallback | None"]]:
    """A progress bar for an upload; yields the functions to call with the bytes sent, and with the dataset then."""
    if total < MIN_BAR_BYTES or not sys.stderr.isatty():
        yield None, None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[size]}"), TimeRemainingColumn()
    with _make_bar(*columns) as bar:
        task = bar.add_task("uploading", total=total, size="")

        def show_sent(sent: int, _total: int | None) -> None:
            bar.update(task, completed=sent, size=f"{format_size(sent)} of {format_size(total)}")

        def show_read(dataset: DatasetResponse) -> None:
            progress = dataset.progress
            rows = format_count(progress.rows, "row") if progress else ""
            share = progress.fraction if progress else 0.0
            done = None if share is None else round(share * total)
            bar.update(task, description="reading", total=None if done is None else total, completed=done, size=rows)

        yield show_sent, show_read


def watch_training(job: "Job") -> None:
    """Show a job's epochs until it is over, or until Ctrl-C raises KeyboardInterrupt."""
    if not sys.stderr.isatty():
        _watch_with_lines(job)
        return
    from rich.progress import BarColumn, TextColumn
    from rich.table import Column

    text = Column(no_wrap=True)
    place_column = TextColumn("{task.fields[place]}", table_column=text)
    bar_column = BarColumn(None, table_column=Column(ratio=1, min_width=5))
    with _make_bar(place_column, bar_column, TextColumn("{task.description}", table_column=text)) as bar:
        task = bar.add_task("", total=job.progress.epochs, place=job.status)
        refreshed_at = time.monotonic()
        for event in job.follow():
            if isinstance(event, EpochResponse):
                if time.monotonic() - refreshed_at > REFRESH_SECONDS:
                    job.refresh()
                    refreshed_at = time.monotonic()
                done = event.epoch if event.net is None else job.progress.epoch
                description = f"{_format_losses(event, 3)}{_format_pace(job.answer)}"
                bar.update(task, completed=done, place=_format_place(job, event), description=description)
            elif not job.over:
                bar.update(task, place=format_status(event))


def _watch_with_lines(job: "Job") -> None:
    printed_at = 0.0
    pending: EpochResponse | None = None
    for event in job.follow():
        if isinstance(event, JobResponse):
            if not job.over:
                print_text(f"{job.id}  {format_status(event)}", err=True)
        elif time.monotonic() - printed_at > LINE_SECONDS:
            _print_epoch(job, event)
            printed_at, pending = time.monotonic(), None
        else:
            pending = event
    if pending is not None:
        _print_epoch(job, pending)


def _print_epoch(job: "Job", epoch: EpochResponse) -> None:
    measured = "".join(
        f"  {format_metric_name(name)} {format_number(value)}" for name, value in list(epoch.metrics.items())[:1]
    )
    print_text(f"{_format_place(job, epoch)}  {_format_losses(epoch, 4)}{measured}", err=True)


def _format_place(job: "Job", epoch: EpochResponse) -> str:
    """The number of an epoch; of an ensemble, whose first net is watched, with that of the net."""
    if epoch.net is None:
        return f"epoch {epoch.epoch}/{job.progress.epochs}"
    return f"net {epoch.net} of {job.spec.nets}, epoch {epoch.epoch}"


def _format_losses(epoch: EpochResponse, digits: int) -> str:
    losses = f"training loss {format_number(epoch.train_loss, digits)}"
    if epoch.validation_loss is not None:
        losses += f"  validation loss {format_number(epoch.validation_loss, digits)}"
    return losses


def _format_pace(job: JobResponse) -> str:
    done = job.progress
    speed = f"  {round(done.samples_per_second):,} samples/s" if done.samples_per_second else ""
    left = f"  {format_duration(done.eta_seconds)} left" if done.eta_seconds is not None else ""
    return speed + left


def format_status(job: JobResponse) -> str:
    """The status of a job; while it is queued, with its place and the epoch after which it goes on."""
    if job.nets and job.progress.epoch == job.progress.epochs and not job.finished_at:
        return f"{job.status}, its {len(job.nets)} nets become one model"
    if job.status != "queued":
        prepared = job.progress.prepared
        return job.status if prepared is None else f"{job.status}, features of {prepared:.0%} of the pictures made"
    place, epoch = job.progress.queue_position, job.progress.epoch
    again = f" to go on after epoch {epoch}" if epoch else ""
    before = f", {format_count(place, 'job')} before it" if place else ""
    return f"queued{again}{before}"


def _make_bar(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True, expand=True)
