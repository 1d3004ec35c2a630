"""Commands for sweeps: search for better settings, list, show, finish, cancel, delete."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.context import AsJson, open_client
from gradus.cli.job_options import read_spec
from gradus.cli.output import (
    Columns,
    format_metric_name,
    format_number,
    format_time,
    print_json,
    print_list,
    print_next,
    print_table,
    print_text,
)
from gradus.cli.plain_help import PlainHelpCommand
from gradus.cli.references import find_sweep
from gradus.cli.train import EXIT_INTERRUPTED, find_or_upload, watch_job

if TYPE_CHECKING:
    from contract.sweeps import SweepResponse, TrialResponse
    from gradus.sweeps import Sweep

SHOWN_TRIALS = 10
SweepRef = Annotated[str, typer.Argument(metavar="SWEEP", help="The id of a sweep, its last letters, or latest.")]

sweeps = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show, finish and cancel sweeps.")


def sweep(
    ctx: typer.Context,
    data: Annotated[str, typer.Argument(metavar="FILE|DATASET", help="A file, or a dataset.")],
    *,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    trials: Annotated[int, typer.Option(help="How many settings to try.")] = 40,
    space: Annotated[
        Path | None,
        typer.Option(
            help="A JSON file with what trials choose: by setting a list of values, or a range with low, high, log and "
            "integer. By default what is sensible for the task."
        ),
    ] = None,
    metric: Annotated[
        str, typer.Option(help="What is improved, such as accuracy or rmse; auto: the validation loss.")
    ] = "auto",
    sampler: Annotated[str, typer.Option(help="random, or tpe, which learns from the trials before.")] = "random",
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="No trial starts after this time.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of what trials choose.")] = 0,
    spec: Annotated[Path | None, typer.Option(help="A JSON file with any fields of the job that trials vary.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Start the sweep and do not wait for its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search for better settings by many trials, and train the best.

    Poor trials are stopped early. Ctrl-C stops watching; the sweep goes on.
    """
    options: dict[str, Any] = read_spec(spec)
    options.pop("dataset_id", None)
    if target is not None:
        options["target"] = target
    with open_client(ctx) as client:
        dataset = find_or_upload(client, data, {}, quiet=as_json)
        started = client.sweeps.create(
            dataset=dataset,
            space=None if space is None else json.loads(space.read_text()),
            trials=trials,
            metric=metric,
            sampler=sampler,  # type: ignore[arg-type] - the server checks
            sweep_seed=seed,
            sweep_seconds=time_limit,
            **options,
        )
        if detach:
            _print_started(started, as_json=as_json)
            return
        _watch(started, as_json=as_json)
        if as_json:
            print_json(started.answer)
            return
        _print_leaderboard(started)
        job = started.job
        if job is not None:
            print_text("\nThe best settings, trained once more:", err=True)
            watch_job(job, as_json=False)


@sweeps.command("list", cls=PlainHelpCommand)
def list_sweeps(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the sweeps."""
    with open_client(ctx) as client:
        found = [each.answer for each in client.sweeps.list()]
    following = "gradus sweep FILE --target COLUMN"
    print_list(found, SWEEP_COLUMNS, as_json=as_json, if_empty="There are no sweeps yet.", following=following)


@sweeps.command(cls=PlainHelpCommand)
def show(ctx: typer.Context, sweep: SweepRef, as_json: AsJson = False) -> None:
    """Show a sweep: its best trials, and how much each setting matters."""
    with open_client(ctx) as client:
        found = find_sweep(client, sweep)
        if as_json:
            print_json({"sweep": found.answer.model_dump(), "trials": [trial.model_dump() for trial in found.trials()]})
        else:
            _print_leaderboard(found)


@sweeps.command(cls=PlainHelpCommand)
def finish(ctx: typer.Context, sweep: SweepRef, as_json: AsJson = False) -> None:
    """Start no further trial, and train the best settings so far."""
    with open_client(ctx) as client:
        _print_started(find_sweep(client, sweep).finish(), as_json=as_json)


@sweeps.command(cls=PlainHelpCommand)
def cancel(ctx: typer.Context, sweep: SweepRef, as_json: AsJson = False) -> None:
    """End a sweep and its trials, without a model."""
    with open_client(ctx) as client:
        _print_started(find_sweep(client, sweep).cancel(), as_json=as_json)


@sweeps.command(cls=PlainHelpCommand)
def delete(ctx: typer.Context, sweep: SweepRef) -> None:
    """Delete a sweep and its trials; the model stays."""
    with open_client(ctx) as client:
        found = find_sweep(client, sweep)
        found.delete()
    print_text(f"Deleted {found.id}.")


def _print_started(sweep: "Sweep", *, as_json: bool) -> None:
    if as_json:
        print_json(sweep.answer)
        return
    print_text(f"{sweep.id}  {sweep.answer.status}")
    print_next(f"gradus sweeps show {sweep.id}")


def _watch(sweep: "Sweep", *, as_json: bool) -> None:
    """Wait for the trials of a sweep, telling how it fares."""

    def tell(answer: "SweepResponse") -> None:
        if not as_json:
            is_terminal = sys.stderr.isatty()
            print_text(_describe(answer) + ("\r" if is_terminal else ""), err=True)

    try:
        sweep.wait(on_change=tell)
    except KeyboardInterrupt as interrupt:
        print_text(f"\n{sweep.id} goes on. See it: gradus sweeps show {sweep.id}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from interrupt


def _describe(answer: "SweepResponse") -> str:
    counts = answer.trials
    ended = counts.succeeded + counts.pruned + counts.failed + counts.cancelled
    best = (
        "" if answer.best is None else f", best {format_metric_name(answer.metric)} {format_number(answer.best.value)}"
    )
    return f"{ended} of {counts.total} trials ended, {counts.pruned} of them early{best}"


def _print_leaderboard(sweep: "Sweep") -> None:
    answer, trials = sweep.answer, sweep.trials()
    names = list(answer.spec.space or {})
    print_text(_describe(answer))
    if answer.error is not None:
        print_text(answer.error.detail, colour="red")
    rows = [
        [
            str(trial.trial),
            format_number(trial.value),
            *(_show(name, trial) for name in names),
            "early" if trial.stop_reason == "pruned" else trial.status,
        ]
        for trial in trials[:SHOWN_TRIALS]
    ]
    print_table(["trial", format_metric_name(answer.metric), *(name.rsplit(".", 1)[-1] for name in names), ""], rows)
    known = {name: share for name, share in answer.importance.items() if share is not None}
    if known:
        ordered = sorted(known.items(), key=lambda item: -item[1])
        print_text("importance: " + ", ".join(f"{name} {share:.0%}" for name, share in ordered))


def _show(name: str, trial: "TrialResponse") -> str:
    value = trial.settings[name]
    if name == "layers":
        return " ".join(str(layer.get("units", layer["type"])) for layer in value)
    return format_number(value) if isinstance(value, int | float | str) else json.dumps(value)


def _count_ended(answer: "SweepResponse") -> str:
    counts = answer.trials
    return f"{counts.total - counts.queued - counts.running} of {counts.total}"


SWEEP_COLUMNS: "Columns[SweepResponse]" = {
    "sweep": lambda sweep: sweep.id,
    "status": lambda sweep: sweep.status,
    "target": lambda sweep: ", ".join(sweep.spec.base.target_names),
    "ended": _count_ended,
    "metric": lambda sweep: format_metric_name(sweep.metric),
    "best": lambda sweep: format_number(sweep.best.value if sweep.best else None),
    "created": lambda sweep: format_time(sweep.created_at),
}
