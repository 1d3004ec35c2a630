"""Labels: the tags and the note that an owner gives to a job, a dataset or a model, and the words by which it is found.

What can be searched for lies in one column of lower-case text beside each row, so that a search reads nothing else.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from store.tables import DatasetRow, JobRow, ModelRow

_TAG: Final = "\x1f"
_TASK: Final = "\x1e"
"""What the lines of a tag and of the task begin with; neither names nor notes have control characters."""


def compose_words(names: Iterable[str | None], tags: Mapping[str, str], note: str | None) -> str:
    """The text that searches look into: a line for each name and each tag, and the note."""
    lines = [*(name for name in names if name), *(f"{_TAG}{name}={value}" for name, value in tags.items()), note or ""]
    return "".join(f"{line.casefold()}\n" for line in lines)


def compose_words_of_job(job_id: str, spec: Mapping[str, Any], tags: Mapping[str, str], note: str | None) -> str:
    """The words of a job: its id, its model's name, its columns and its task."""
    columns = [*(spec.get("targets") or ()), *(spec.get(name) for name in ("target", "user", "item", "text"))]
    return compose_words([job_id, spec.get("model_name"), *columns, f"{_TASK}{spec.get('task')}"], tags, note)


def contains_words(column: InstrumentedAttribute[str], text: str) -> list[ColumnElement[bool]]:
    """The conditions that every word of a text is there, in any case."""
    return [contains_word(column, word) for word in text.split()]


def contains_word(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """The condition that one word, or a part of one, is there, in any case."""
    return column.contains(word.casefold(), autoescape=True)


def has_task(column: InstrumentedAttribute[str], task: str) -> ColumnElement[bool]:
    """The condition that a job is of this task."""
    return column.contains(f"{_TASK}{task}\n")


def has_tag(column: InstrumentedAttribute[str], tag: str) -> ColumnElement[bool]:
    """The condition that there is a tag of this name, or, of `name=value`, with this value."""
    line = f"{_TAG}{tag.casefold()}" + ("\n" if "=" in tag else "=")
    return column.contains(line, autoescape=True)


def change_labels(row: DatasetRow | JobRow | ModelRow, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row's columns after changes of `tags`, `note` and, of a dataset, `name`."""
    new = {name: changes.get(name, getattr(row, name)) for name in ("tags", "note")}
    match row:
        case JobRow():
            words = compose_words_of_job(row.id, row.spec, new["tags"], new["note"])
        case DatasetRow():
            new["name"] = changes.get("name", row.name)
            words = compose_words([row.id, new["name"]], new["tags"], new["note"])
        case ModelRow():
            words = compose_words(name_model(row), new["tags"], new["note"])
    return {**new, "words": words}


def name_model(row: ModelRow) -> list[str]:
    """What a model is found by, beside its labels: its id, name and version, its targets and its task."""
    return [row.id, f"{row.name}:{row.version}", *(row.targets or [row.target]), row.task]
