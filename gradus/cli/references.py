"""References to jobs, models and datasets as they are typed: ids and their ends, names and their beginnings, latest."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from gradus.cli.output import print_text
from gradus.errors import GradusError, NotFound, ProblemError

if TYPE_CHECKING:
    from contract.responses import DatasetResponse
    from gradus.client import Client
    from gradus.jobs import Job
    from gradus.model import Model
    from gradus.sweeps import Sweep

LATEST: Final = "latest"
MIN_ENDING_CHARS: Final = 4
MAX_SEARCHED: Final = 1000
SHOWN_CHOICES: Final = 5
VERSION: Final = re.compile(r"[:@]")


T = TypeVar("T")


class UnknownReference(GradusError):
    """What was typed means nothing that is there, or several things."""


def find_job(client: "Client", ref: str) -> "Job":
    """The job of an id, of the beginning or end of one, or of a model; `latest` is the newest.

    Raises:
        UnknownReference: there is none, or there are several.
    """
    if ref == LATEST:
        if (newest := next(client.jobs.list(), None)) is None:
            raise UnknownReference("There are no jobs yet; begin one with: gradus train FILE --target COLUMN")
        return newest
    with suppress(NotFound):
        return client.jobs.get(ref if ref.startswith("job_") else client.models.get(ref).job_id)
    if found := _find_job_by_id(client, ref):
        return found
    with suppress(UnknownReference):
        return client.jobs.get(_find_model(client, ref).job_id)
    raise UnknownReference(
        f"There is no job {ref}: give an id, its beginning or end, a model, or latest; see: gradus jobs"
    )


def find_sweep(client: "Client", ref: str) -> "Sweep":
    """The sweep of an id or of a part of it; `latest` is the newest.

    Raises:
        UnknownReference: there is none, or there are several.
    """
    if ref.startswith("sw_"):
        with suppress(NotFound):
            return client.sweeps.get(ref)
    recent = [sweep.id for sweep in islice(client.sweeps.list(), MAX_SEARCHED)]
    found = next(iter(recent), None) if ref == LATEST else _choose_by_id(ref, recent, "sweep")
    if found is None:
        raise UnknownReference(
            f"There is no sweep {ref}: give an id, its beginning or end, or latest; see: gradus sweeps list"
        )
    return client.sweeps.get(found)


def find_dataset(client: "Client", ref: str, kind: str = "dataset") -> "DatasetResponse":
    """The dataset of an id or of a part of it, or the newest of a name or of its beginning; `latest` is the newest.

    Raises:
        UnknownReference: there is no such `kind`, or there are several.
    """
    if ref.startswith("ds_"):
        with suppress(NotFound):
            return client.datasets.get(ref)
    if found := client.datasets.find(ref):
        return found
    datasets = {dataset.id: dataset for dataset in islice(client.datasets.list(), MAX_SEARCHED)}
    names = {dataset.id: dataset.name for dataset in datasets.values()}
    chosen = _choose(ref, names, kind)
    if chosen is None:
        raise UnknownReference(f"There is no {kind} named {ref}{_suggest(ref, names.values(), 'gradus datasets')}")
    _tell(ref, names[chosen])
    return datasets[chosen]


def ask_model(client: "Client", ref: str, ask: Callable[[str], T]) -> T:
    """What `ask` answers of a model, by its name or its beginning, a part of its or its job's id, or of the `latest`.

    Raises:
        UnknownReference: there is no such model, or there are several.
        ProblemError: what `ask` raises of a model that is there.
    """
    try:
        return ask(ref)
    except NotFound as error:
        try:
            meant = _find_model(client, ref)
        except ProblemError:  # the key may only predict
            raise error from None
        name, *version = VERSION.split(ref, maxsplit=1)
        if meant.name == name or meant.id == ref:  # so it is something else that is not there
            raise
        whole = f"{meant.name}{ref[len(name) :]}" if version else f"{meant.name}:{meant.version}"
        _tell(ref, whole)
        return ask(whole)


def _find_job_by_id(client: "Client", ref: str) -> "Job | None":
    """The job of a part of its id."""
    found = _choose_by_id(ref, [job.id for job in islice(client.jobs.list(), MAX_SEARCHED)], "job")
    return client.jobs.get(found) if found else None


def _find_model(client: "Client", ref: str) -> "Model":
    """The newest model of a name or of its beginning, or the one of a part of its id or of its job's."""
    name = VERSION.split(ref, maxsplit=1)[0]
    models = {model.id: model for model in islice(client.models.list(), MAX_SEARCHED)}
    names = {model.id: model.name for model in models.values()}
    chosen = _choose(name, names, "model")
    if chosen is None and (job := _find_job_by_id(client, ref)) is not None:
        if job.answer.model_id is None:
            raise UnknownReference(f"{job.id} has no model: it is {job.status}.")
        return client.models.get(job.answer.model_id)
    if chosen is None:
        raise UnknownReference(f"There is no model {ref}{_suggest(name, names.values(), 'gradus models')}")
    return models[chosen]


def _choose(ref: str, names: Mapping[str, str], kind: str) -> str | None:
    """The one id that a reference means, of the names by id, the newest first: by name before by id."""
    if ref == LATEST:
        return next(iter(names), None)
    newest: dict[str, str] = {}
    for each, name in names.items():
        newest.setdefault(name, each)
    if ref in newest:
        return newest[ref]
    beginning = [name for name in newest if name.startswith(ref)]
    if len(beginning) > 1:
        raise UnknownReference(f"{len(beginning)} {kind}s begin with {ref}: {', '.join(beginning[:SHOWN_CHOICES])}.")
    return newest[beginning[0]] if beginning else _choose_by_id(ref, names, kind)


def _choose_by_id(ref: str, ids: Iterable[str], kind: str) -> str | None:
    """The one id that begins or ends so."""
    part = ref.removeprefix("…")
    if len(part) < MIN_ENDING_CHARS:
        return None
    found = [each for each in ids if each.endswith(part) or each.startswith(part)]
    if len(found) > 1:
        listed = ", ".join(found[:SHOWN_CHOICES])
        raise UnknownReference(f"{len(found)} {kind}s have ids that begin or end with {part}: {listed}.")
    return found[0] if found else None


def _suggest(ref: str, names: Iterable[str], command: str) -> str:
    """What may have been meant, and the command that lists what there is."""
    close = get_close_matches(ref, {*names}, 1)
    return f"; did you mean {close[0]}? See: {command}" if close else f"; see: {command}"


def _tell(ref: str, name: str) -> None:
    """Say what a reference was taken for."""
    print_text(f"{ref} is {name}", err=True)
