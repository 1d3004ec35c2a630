"""What a shell completes: jobs, models and datasets by asking the server, files, columns of a table, and presets."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import typer

from gradus.cli.references import LATEST, MAX_SEARCHED
from gradus.errors import GradusError

if TYPE_CHECKING:
    from gradus.client import Client
    from gradus.jobs import Job

MAX_COMPLETIONS: Final = 100
COMPLETION_SECONDS: Final = 2.0
MAX_HEADER_CHARS: Final = 1_000_000

Completion = tuple[str, str]
"""A value, and what a shell that can says of it."""


def complete_jobs(ctx: typer.Context, incomplete: str) -> list[Completion]:
    """The models of jobs and the ids of jobs that begin as typed."""

    def list_jobs(client: "Client") -> Iterator[Completion]:
        yield LATEST, "the newest job"
        jobs = list(islice(client.jobs.list(), MAX_SEARCHED))
        yield from _list_models(client)
        for job in jobs:
            yield job.id, _describe_job(job)

    return _complete(ctx, incomplete, list_jobs)


def complete_models(ctx: typer.Context, incomplete: str) -> list[Completion]:
    """The names of models that begin as typed."""
    return _complete(ctx, incomplete, _list_models)


def complete_datasets(ctx: typer.Context, incomplete: str) -> list[Completion]:
    """The names of datasets that begin as typed."""
    return _complete(ctx, incomplete, _list_datasets)


def complete_data(ctx: typer.Context, incomplete: str) -> list[Completion]:
    """The files and folders, and the names of datasets, that begin as typed."""
    return [*_list_files(incomplete), *complete_datasets(ctx, incomplete)]


def complete_presets(incomplete: str) -> list[Completion]:
    """The presets that begin as typed."""
    from contract.specs import PRESETS

    return [(name, text) for name, text in PRESETS.items() if name.startswith(incomplete)]


def complete_columns(ctx: typer.Context, incomplete: str) -> list[Completion]:
    """The columns of the file or dataset that was typed; after a comma those of the next column."""
    before, comma, typed = incomplete.rpartition(",")
    data = ctx.params.get("data") or next(iter(ctx.args), None)  # an option without a value ends what is parsed
    if not isinstance(data, str):
        return []
    if Path(data).is_file():
        names = [(name, "") for name in _read_header(Path(data))]
        return [(f"{before}{comma}{name}", text) for name, text in names if name.startswith(typed)]

    def list_columns(client: "Client") -> Iterator[Completion]:
        dataset = client.datasets.find(data) if not data.startswith("ds_") else client.datasets.get(data)
        for column in dataset.columns or [] if dataset is not None else []:
            yield column.name, column.type

    return [(f"{before}{comma}{name}", text) for name, text in _complete(ctx, typed, list_columns)]


def _describe_job(job: "Job") -> str:
    """A job in a few words, since ids say nothing."""
    return f"{job.spec.model_name or ', '.join(job.spec.target_names)}, {job.status}"


def _list_models(client: "Client") -> Iterator[Completion]:
    for model in client.models.list():
        yield model.name, f"{model.task}: {', '.join(model.targets)}"


def _list_datasets(client: "Client") -> Iterator[Completion]:
    for dataset in client.datasets.list():
        yield dataset.name, f"{dataset.rows or 0:,} rows"


def _list_files(incomplete: str) -> Iterator[Completion]:
    """The paths that begin as typed, of folders with a slash behind them."""
    folder, slash, start = incomplete.rpartition("/")
    try:
        entries = sorted(Path(folder or ("/" if slash else ".")).iterdir())
    except OSError:
        return
    for entry in islice((entry for entry in entries if entry.name.startswith(start)), MAX_COMPLETIONS):
        if start or not entry.name.startswith("."):
            yield f"{folder}{slash}{entry.name}{'/' * entry.is_dir()}", ""


def _read_header(path: Path) -> list[str]:
    """The names in the first line of a file of text; none of any other."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            line = file.readline(MAX_HEADER_CHARS)
    except (OSError, UnicodeDecodeError):
        return []
    delimiter = max(",;\t|", key=line.count)
    return [name.strip() for names in csv.reader([line], delimiter=delimiter) for name in names]


def _complete(
    ctx: typer.Context, incomplete: str, list_values: "Callable[[Client], Iterable[Completion]]"
) -> list[Completion]:
    """The values that begin as typed; none where no server answers at once, as a shell shows no errors."""
    from gradus.client import Client

    def select_matching(values: Iterable[Completion]) -> Iterator[Completion]:
        seen = set[str]()
        for value, text in islice(values, 2 * MAX_SEARCHED):
            if value.startswith(incomplete) and value not in seen:
                seen.add(value)
                yield value, text

    try:
        options = cast("dict[str, str | None]", ctx.obj or {})
        with Client(options.get("url"), options.get("api_key"), timeout=COMPLETION_SECONDS, retries=0) as client:
            return list(islice(select_matching(list_values(client)), MAX_COMPLETIONS))
    except (GradusError, OSError):
        return []
