"""The command `compare`: jobs side by side, their metrics and the settings in which they differ."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, cast

import typer

from gradus.cli.completion import complete_jobs
from gradus.cli.context import AsJson, open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import format_metric_name, format_number, print_json, print_table, print_text
from gradus.cli.references import find_job

if TYPE_CHECKING:
    from gradus.client import Client
    from gradus.jobs import Job

MAX_JOBS: Final = 10
NAMES: Final = frozenset({"model_name", "tags"})
"""Fields of a job that say nothing of how it learns."""


class _ComparedJob(NamedTuple):
    """A job, with the name and version of its model, or the name that it would have."""

    job: "Job"
    name: str

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """Those of the epoch whose weights are kept."""
        best = self.job.best
        if best is None:
            return {}
        losses = {"training loss": best.train_loss, "validation loss": best.validation_loss}
        return {**best.metrics, **losses}


def compare(
    ctx: typer.Context,
    jobs: Annotated[
        list[str],
        typer.Argument(
            metavar="JOB JOB …",
            help="Two or more: ids, their last letters, models, or latest.",
            autocompletion=complete_jobs,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Compare jobs: their metrics, and the settings in which they differ.

    The metrics are those of each one's best epoch, whose weights its model has.
    """
    if not 2 <= len(jobs) <= MAX_JOBS:
        raise UsageError(f"Name 2 to {MAX_JOBS} jobs to compare; there are {len(jobs)}.")
    with open_client(ctx) as client:
        compared = [_describe_job(client, find_job(client, ref)) for ref in jobs]
    differences = find_differences([one.job.spec.model_dump(mode="json") for one in compared])
    names = list(dict.fromkeys(name for one in compared for name in one.metrics))
    if as_json:
        print_json(
            {
                "jobs": [
                    {"id": one.job.id, "model": one.name, "status": one.job.status, "metrics": dict(one.metrics)}
                    for one in compared
                ],
                "differences": [{"setting": name, "values": list(values)} for name, values in differences.items()],
            }
        )
        return
    headings = [one.name for one in compared]
    rows = [["status", *(one.job.status for one in compared)]]
    rows.append(["best epoch", *(_describe_epoch(one.job) for one in compared)])
    rows += [[format_metric_name(name), *(format_number(one.metrics.get(name)) for one in compared)] for name in names]
    print_table(["", *headings], rows)
    print_text()
    if not differences:
        print_text("All settings are the same.")
        return
    print_table(["differences", *headings], [[name, *map(_show, values)] for name, values in differences.items()])


def find_differences(specs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The settings in which specs differ, in their order: of each the value in every spec, None where it has none."""
    flat = [dict(_flatten(spec)) for spec in specs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    values = {name: [settings.get(name) for settings in flat] for name in names}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def _flatten(spec: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The settings of a spec and of the objects in it, by their path."""
    for name, value in spec.items():
        if path or name not in NAMES:
            if isinstance(value, dict):
                yield from _flatten(cast("dict[str, Any]", value), f"{path}{name}.")
            elif name == "layers":
                yield path + name, ", ".join(map(_describe_layer, cast("list[dict[str, Any]]", value))) or "none"
            else:
                yield path + name, value


def _describe_layer(layer: Mapping[str, Any]) -> str:
    """A layer in a few words."""
    match layer:
        case {"units": units, "activation": activation}:
            return f"{units} {activation}" + (f" in {count} groups" if (count := layer.get("groups", 1)) > 1 else "")
        case {"layers": inner}:
            return f"{layer['type']}({', '.join(map(_describe_layer, inner))})"
        case {"rate": rate}:
            return f"{layer['type']} {rate}"
        case _:
            return str(layer["type"])


def _describe_job(client: "Client", job: "Job") -> _ComparedJob:
    if job.answer.model_id is None:
        return _ComparedJob(job, job.spec.model_name or job.id)
    model = client.models.get(job.answer.model_id)
    return _ComparedJob(job, f"{model.name}:{model.version}")


def _describe_epoch(job: "Job") -> str:
    if job.best is None:
        return "-"
    return (
        f"{job.progress.epoch} of {job.spec.nets} nets"
        if job.spec.nets > 1
        else f"{job.best.epoch} of {job.progress.epoch}"
    )


def _show(value: object) -> str:
    """A setting's value as people read it."""
    if value is None or isinstance(value, str):
        return value or "-"
    return json.dumps(value, ensure_ascii=False)
