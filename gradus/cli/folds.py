"""Cross-validation on the command line: a job for each fold, and their scores with mean and standard deviation."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from gradus.cli.output import (
    Columns,
    format_count,
    format_metric_name,
    format_number,
    print_json,
    print_list,
    print_next,
    print_table,
    print_text,
)
from gradus.errors import JobCancelled, JobFailed

if TYPE_CHECKING:
    from contract.responses import JobResponse, ModelResponse
    from gradus.jobs import Job

EXIT_INTERRUPTED: Final = 130

Metrics = dict[str, float | None]


class _Score(NamedTuple):
    """A fold's model, and its metrics on the rows of the fold."""

    fold: int
    model: "ModelResponse"

    @property
    def metrics(self) -> Metrics:
        return self.model.metrics.get("validation", {})


def watch_folds(jobs: "Sequence[Job]", *, as_json: bool) -> None:
    """Watch the jobs of all folds, in their order, until all are over, and print their scores; Ctrl-C stops watching.

    Raises:
        JobFailed, JobCancelled: one of them has no model; the scores of the others were printed.
    """
    from gradus.cli.progress import watch_training

    for warning in dict.fromkeys(warning for job in jobs for warning in job.warnings):
        print_text(f"note: {warning}", colour="yellow", err=True)
    try:
        for fold, job in enumerate(jobs):
            if as_json:
                for _ in job.follow():
                    pass
            else:
                print_text(f"fold {fold} of {len(jobs)}  {job.id}", err=True)
                watch_training(job)
    except KeyboardInterrupt as interrupt:
        left = [job for job in jobs if not job.over]
        print_text(f"\n{format_count(len(left), 'job')} of the folds go on. See them: gradus jobs", err=True)
        print_text(f"Stop them: {'; '.join(f'gradus cancel {job.id}' for job in left)}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from interrupt
    scores = [_Score(fold, job.model.answer) for fold, job in enumerate(jobs) if job.status == "succeeded"]
    _print_scores(scores, as_json=as_json)
    for job in jobs:
        if job.status == "failed":
            raise JobFailed(job.answer)
        if job.status == "cancelled":
            raise JobCancelled(job.answer)
    if not as_json:
        spec = jobs[0].spec
        columns = f"--target {spec.target}" if spec.target else f"--targets {','.join(spec.target_names)}"
        print_next(f"gradus train {spec.dataset_id} {columns}")


def print_submitted(jobs: "Sequence[Job]", *, as_json: bool) -> None:
    """Print the jobs of all folds, which nobody waits for."""
    print_list([job.answer for job in jobs], JOB_COLUMNS, as_json=as_json, if_empty="")
    if not as_json:
        print_next("gradus jobs")


def _print_scores(scores: Sequence[_Score], *, as_json: bool) -> None:
    names = list(dict.fromkeys(name for score in scores for name in score.metrics))
    by_name = {name: [score.metrics.get(name) for score in scores] for name in names}
    means = {name: _mean(values) for name, values in by_name.items()}
    spreads = {name: _spread(values) for name, values in by_name.items()}
    if as_json:
        folds = [
            {"fold": fold, "job_id": model.job_id, "model_id": model.id, "metrics": model.metrics.get("validation", {})}
            for fold, model in scores
        ]
        print_json({"folds": folds, "mean": means, "standard_deviation": spreads})
        return
    rows = [(f"{fold}", f"{model.name}:{model.version}", model.metrics.get("validation", {})) for fold, model in scores]
    rows += [("mean", "", means), ("standard deviation", "", spreads)]
    print_table(
        ["fold", "model", *map(format_metric_name, names)],
        [[fold, model, *(format_number(metrics.get(name)) for name in names)] for fold, model, metrics in rows],
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean; None if a value is unknown."""
    known = [value for value in values if value is not None]
    return fmean(known) if 0 < len(known) == len(values) else None


def _spread(values: Sequence[float | None]) -> float | None:
    """The standard deviation of a sample of at least two values; None if a value is unknown."""
    known = [value for value in values if value is not None]
    return stdev(known) if 1 < len(known) == len(values) else None


JOB_COLUMNS: "Columns[JobResponse]" = {
    "fold": lambda job: f"{job.spec.split.fold}",
    "status": lambda job: job.status,
    "job": lambda job: job.id,
}
