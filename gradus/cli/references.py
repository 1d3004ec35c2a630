"""References to jobs, models and datasets as they are typed, and their completion by a shell."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

import typer

from gradus.cli.errors import UsageError
from gradus.errors import GradusError, NotFound

if TYPE_CHECKING:
    from gradus.client import Client
    from gradus.jobs import Job

LATEST: Final = "latest"
MIN_ENDING_CHARS: Final = 4
MAX_JOBS_SEARCHED: Final = 1000
MAX_COMPLETIONS: Final = 100
COMPLETION_SECONDS: Final = 2.0


def find_job(client: "Client", ref: str) -> "Job":
    """The job of an id, of the end of one, or of a model; `latest` is the newest.

    Raises:
        UsageError: there is none, or there are several.
    """
    if ref == LATEST:
        if (newest := next(client.jobs.list(), None)) is None:
            raise UsageError("There are no jobs yet; begin one with: gradus train FILE --target COLUMN")
        return newest
    if not ref.startswith("job_"):
        with suppress(NotFound):
            return client.jobs.get(client.models.get(ref).job_id)
        ending = ref.removeprefix("…")
        recent = islice(client.jobs.list(), MAX_JOBS_SEARCHED) if len(ending) >= MIN_ENDING_CHARS else ()
        found = [job for job in recent if job.id.endswith(ending)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{len(found)} jobs end in {ending}: {', '.join(job.id for job in found[:5])}.")
        raise UsageError(f"There is no job {ref}: give an id, its last letters, a model, or latest; see: gradus jobs")
    return client.jobs.get(ref)


def complete_jobs(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of jobs that begin as typed."""
    return _complete(ctx, incomplete, lambda client: (LATEST, *(job.id for job in client.jobs.list())))


def complete_models(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of models that begin as typed."""
    return _complete(ctx, incomplete, lambda client: (model.name for model in client.models.list()))


def complete_datasets(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of datasets that begin as typed."""
    return _complete(ctx, incomplete, lambda client: (dataset.name for dataset in client.datasets.list()))


def _complete(ctx: typer.Context, incomplete: str, list_names: "Callable[[Client], Iterable[str]]") -> list[str]:
    """The names that begin as typed; none where no server answers at once, as a shell shows no errors."""
    from gradus.client import Client

    def select_matching(names: Iterable[str]) -> Iterator[str]:
        return (name for name in dict.fromkeys(islice(names, MAX_JOBS_SEARCHED)) if name.startswith(incomplete))

    try:
        options = cast("dict[str, str | None]", ctx.obj or {})
        with Client(options.get("url"), options.get("api_key"), timeout=COMPLETION_SECONDS, retries=0) as client:
            return list(islice(select_matching(list_names(client)), MAX_COMPLETIONS))
    except (GradusError, OSError):
        return []
