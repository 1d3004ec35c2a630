"""The command `tag`: tags and a note of a job, a dataset or a model, by which lists find it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import print_text
from gradus.cli.references import LATEST, ask_model, find_dataset, find_job
from gradus.errors import NotFound

if TYPE_CHECKING:
    from contract.responses import DatasetResponse
    from gradus.client import Client


def tag(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(help="A model, a dataset's name or id, a job's id, or latest for the newest job.")
    ],
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG …", help="Such as keep, or run=first.")] = None,
    *,
    remove: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A tag to take off; repeat it.")] = None,
    note: Annotated[str | None, typer.Option(help="A note; an empty one takes it off.")] = None,
) -> None:
    """Tag a job, a dataset or a model, or note something about it.

    `gradus tag latest keep run=first`, and later `gradus jobs --tag keep`.
    """
    if not tags and not remove and note is None:
        raise UsageError("Give a tag such as keep or run=first, --remove NAME, or --note TEXT.")
    with open_client(ctx) as client:
        if (dataset := _find_dataset(client, ref)) is not None:
            dataset = client.datasets.change(
                dataset.id, tags=_change(dataset.tags, tags or (), remove or ()), note=note
            )
            name, found, text = dataset.name, dataset.tags, dataset.note
        elif ref.startswith("job_") or ref == LATEST:
            job = find_job(client, ref)
            job.change(tags=_change(job.answer.tags, tags or (), remove or ()), note=note)
            name, found, text = job.id, job.answer.tags, job.answer.note
        else:
            answer = ask_model(client, ref, client.models.get).answer
            answer = client.models.change(
                answer.id, tags=_change(answer.tags, tags or (), remove or ()), note=note
            ).answer
            name, found, text = f"{answer.name}:{answer.version}", answer.tags, answer.note
    shown = ", ".join(f"{name}={value}" if value else name for name, value in found.items()) or "no tags"
    print_text(f"{name}: {shown}" + (f"; {text}" if text else ""))


def _find_dataset(client: "Client", ref: str) -> "DatasetResponse | None":
    """The dataset of an id, or of a whole name that no model has."""
    if ref.startswith("ds_"):
        return find_dataset(client, ref)
    if ref == LATEST or ref.startswith("job_"):
        return None
    with suppress(NotFound):
        client.models.get(ref)
        return None
    return client.datasets.find(ref)


def _change(before: Mapping[str, str], typed: Iterable[str], without: Iterable[str]) -> dict[str, str]:
    """The tags after some were added or taken off."""
    added = dict(_parse(text) for text in typed)
    return {name: value for name, value in {**before, **added}.items() if name not in set(without)}


def _parse(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name.strip():
        raise UsageError(f"{text!r} is no tag: give a name such as keep, or a name and a value, run=first.")
    return name.strip(), value.strip()
