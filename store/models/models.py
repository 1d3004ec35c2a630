"""Models and their insights, by id, name, version or alias. A version is never used twice; a model never changes."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from store.blobs import read_blob
from store.database import build_upsert, execute_and_count
from store.errors import NotFound
from store.labels import change_labels, contains_words, has_tag
from store.pages import Order, list_in_order
from store.tables import AliasRow, JsonObject, ModelInsightRow, ModelNameRow, ModelRow, ModelWeightsRow
from store.webhooks import events

COMPRESSION_LEVEL: Final = 1
"""Fast, since rows of a table are much alike and compress well anyway."""
VERSION_PATTERN: Final = re.compile("[0-9]{1,18}")

ReferenceKind = Literal["id", "newest", "version", "alias"]

# Built once: building a query takes longer than running it.
_NAMED: Final = select(ModelRow).where(ModelRow.owner == bindparam("owner"), ModelRow.name == bindparam("name"))
_ALIASED: Final = (
    select(ModelRow)
    .join(AliasRow, AliasRow.model_id == ModelRow.id)
    .where(
        AliasRow.owner == bindparam("owner"), AliasRow.name == bindparam("name"), AliasRow.alias == bindparam("alias")
    )
)
SELECT_BY_KIND: Final[Mapping[ReferenceKind, Select[ModelRow]]] = {
    "id": select(ModelRow).where(ModelRow.owner == bindparam("owner"), ModelRow.id == bindparam("id")),
    "newest": _NAMED.order_by(ModelRow.version.desc()).limit(1),
    "version": _NAMED.where(ModelRow.version == bindparam("version")),
    "alias": _ALIASED,
}
"""The query for each kind of reference; the owner and what `parse_reference` gives are its parameters."""


@dataclass(frozen=True, kw_only=True)
class NewModel:
    """A model on its way into the store: everything but the version, which the store counts."""

    id: str
    name: str
    task: str
    target: str
    classes: list[str] | None
    inputs: list[JsonObject]
    parameters: int
    weights_sha256: str
    dataset_sha256: str
    metrics: JsonObject
    targets: list[str] | None = None
    """The names of several, of which `target` is the first."""
    weights: bytes
    """The whole model as `learning.model` writes it: header and vector."""
    insights: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Insights by part, as `compress_insights` gives them. Each is a row, so a request loads only what it needs."""


class NewestModel(NamedTuple):
    """The newest version of a name."""

    name: str
    version: int
    task: str


def add(s: Session, owner: str, job_id: str, dataset_id: str, model: NewModel) -> ModelRow:
    """Add a model under the next version of its name, in the transaction of `store.jobs.claims.succeed`."""
    columns = {name: value for name, value in vars(model).items() if name not in {"weights", "insights"}}
    version = _increment_version(s, owner, model.name)
    row = ModelRow(owner=owner, version=version, job_id=job_id, dataset_id=dataset_id, **columns)
    row.words = change_labels(row, {})["words"]
    s.add(row)
    s.flush()
    s.add(ModelWeightsRow(model_id=model.id, weights=model.weights))
    s.add_all(ModelInsightRow(model_id=model.id, part=part, content=data) for part, data in model.insights.items())
    data = {"object": "model", "id": row.id, "name": row.name, "version": version, "job_id": job_id, "task": row.task}
    events.add(s, owner, "model.created", data)
    s.flush()
    return row


def get(s: Session, owner: str, reference: str) -> ModelRow:
    """The model that `reference` means: an id, a name (its newest version), `name:3`, or `name@alias`."""
    for meaning, given in parse_reference(reference):
        if (row := s.scalar(SELECT_BY_KIND[meaning], {"owner": owner, **given})) is not None:
            return row
    raise NotFound("model", reference)


def parse_reference(reference: str) -> Iterator[tuple[ReferenceKind, dict[str, str | int]]]:
    """The kinds that `reference` may be, likeliest first, with their parameters; names hold no "@" or ":"."""
    name, at, alias = reference.partition("@")
    if at:
        yield "alias", {"name": name, "alias": alias}
        return
    name, colon, version = reference.partition(":")
    if not colon:
        if reference.startswith("mdl_"):
            yield "id", {"id": reference}
        yield "newest", {"name": reference}
    elif VERSION_PATTERN.fullmatch(version):
        yield "version", {"name": name, "version": int(version)}


def list_page(
    s: Session,
    owner: str,
    limit: int,
    after: str | None = None,
    *,
    name: str | None = None,
    newest: bool = False,
    tag: str | None = None,
    text: str = "",
    order: Order | None = None,
) -> tuple[list[ModelRow], bool]:
    """Up to `limit` models that follow the one whose id is `after`, newest first, and whether there are more.

    `newest`: only the newest version of each name, of those that are searched for.
    """
    conditions = [ModelRow.owner == owner, *contains_words(ModelRow.words, text)]
    if name is not None:
        conditions.append(ModelRow.name == name)
    if tag is not None:
        conditions.append(has_tag(ModelRow.words, tag))
    query = select(ModelRow).where(*conditions)
    if newest:
        query = query.where(ModelRow.id.in_(select(func.max(ModelRow.id)).where(*conditions).group_by(ModelRow.name)))
    large_columns = (ModelRow.inputs, ModelRow.classes)
    return list_in_order(
        s, query, ModelRow.id, order, owner=owner, limit=limit, after=after, large_columns=large_columns
    )


def change(s: Session, owner: str, reference: str, **changes: Any) -> ModelRow:
    """Change the `tags` or the `note` of a model; nothing else of it ever changes."""
    row = get(s, owner, reference)
    s.execute(update(ModelRow).where(ModelRow.id == row.id).values(change_labels(row, changes)))
    s.refresh(row)
    return row


def count_versions(s: Session, owner: str, names: Iterable[str]) -> dict[str, int]:
    """The number of versions that there are of each of these names."""
    query = select(ModelRow.name, func.count()).where(ModelRow.owner == owner, ModelRow.name.in_(set(names)))
    return dict(s.execute(query.group_by(ModelRow.name)).all())


def list_aliases_of_names(s: Session, owner: str, names: Iterable[str]) -> dict[str, dict[str, int]]:
    """The aliases of each of these names, in alphabetical order, with the versions that they point to."""
    aliases: dict[str, dict[str, int]] = {name: {} for name in names}
    query = select(AliasRow).where(AliasRow.owner == owner, AliasRow.name.in_(aliases)).order_by(AliasRow.alias)
    for row in s.scalars(query):
        aliases[row.name][row.alias] = row.version
    return aliases


def list_newest(s: Session, owner: str, after: str, limit: int = 100) -> tuple[list[NewestModel], bool]:
    """The newest version of each name after another one, in alphabetical order, and whether there are more."""
    newest = (
        select(ModelRow.name, func.max(ModelRow.version).label("version"))
        .where(ModelRow.owner == owner, ModelRow.name > after)
        .group_by(ModelRow.name)
        .order_by(ModelRow.name)
        .limit(limit + 1)
        .subquery()
    )
    query = (
        select(ModelRow.name, ModelRow.version, ModelRow.task)
        .join(newest, (ModelRow.name == newest.c.name) & (ModelRow.version == newest.c.version))
        .where(ModelRow.owner == owner)
        .order_by(ModelRow.name)
    )
    found = [NewestModel(*row) for row in s.execute(query)]
    return found[:limit], len(found) > limit


def list_versions(s: Session, owner: str, name: str) -> list[int]:
    """The versions of a name that there are, oldest first."""
    query = select(ModelRow.version).where(ModelRow.owner == owner, ModelRow.name == name)
    return list(s.scalars(query.order_by(ModelRow.version)))


def delete(s: Session, owner: str, reference: str) -> ModelRow:
    """Delete the model that `reference` means, with its weights and aliases, and return its row."""
    row = get(s, owner, reference)
    s.execute(sql_delete(ModelRow).where(ModelRow.id == row.id))
    s.expunge(row)
    return row


def get_weights(s: Session, model_id: str) -> bytes | memoryview:
    """The bytes of a model that was looked up under its owner before.

    Raises:
        NotFound: it was deleted since.
    """
    data = read_blob(s, ModelWeightsRow.weights, ModelWeightsRow.model_id == model_id)
    if data is None:
        raise NotFound("model", model_id)
    return data


def compress_insights(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Insights by part, compressed: outside of a transaction, since it takes long enough to delay other writers."""
    return {part: zlib.compress(content, COMPRESSION_LEVEL) for part, content in parts.items()}


def get_insights(s: Session, model_id: str, parts: Iterable[str]) -> dict[str, bytes]:
    """The stored ones of these insights."""
    mine = (ModelInsightRow.model_id == model_id, ModelInsightRow.part.in_(list(parts)))
    return {row.part: zlib.decompress(row.content) for row in s.scalars(select(ModelInsightRow).where(*mine))}


def lock_name(s: Session, owner: str, name: str) -> None:
    """Keep others from moving aliases of a name until the transaction ends."""
    mine = (ModelNameRow.owner == owner, ModelNameRow.name == name)
    s.execute(select(ModelNameRow.last_version).where(*mine).with_for_update())


def set_alias(s: Session, owner: str, name: str, alias: str, version: int) -> AliasRow:
    """Point `name@alias` to a version, wherever it pointed before.

    Raises:
        NotFound: there is no such version of this name.
    """
    lock_name(s, owner, name)
    model = s.scalar(
        SELECT_BY_KIND["version"].with_for_update(read=True), {"owner": owner, "name": name, "version": version}
    )
    if model is None:
        raise NotFound("model", f"{name}:{version}")
    target = {"model_id": model.id, "version": version}
    s.execute(
        build_upsert(s, AliasRow)
        .values(owner=owner, name=name, alias=alias, **target)
        .on_conflict_do_update(index_elements=["owner", "name", "alias"], set_=target)
    )
    return s.get_one(AliasRow, (owner, name, alias), populate_existing=True)


def delete_alias(s: Session, owner: str, name: str, alias: str) -> None:
    """Delete `name@alias`; the model stays.

    Raises:
        NotFound: there is no such alias.
    """
    lock_name(s, owner, name)
    mine = (AliasRow.owner == owner, AliasRow.name == name, AliasRow.alias == alias)
    if not execute_and_count(s, sql_delete(AliasRow).where(*mine)):
        raise NotFound("alias", f"{name}@{alias}")


def _increment_version(s: Session, owner: str, name: str) -> int:
    """The next version of a name; on PostgreSQL its row is locked until the transaction ends."""
    counted = build_upsert(s, ModelNameRow).values(owner=owner, name=name, last_version=1)
    one_more = {"last_version": ModelNameRow.last_version + 1}
    counting = counted.on_conflict_do_update(index_elements=["owner", "name"], set_=one_more)
    return s.execute(counting.returning(ModelNameRow.last_version)).scalar_one()
