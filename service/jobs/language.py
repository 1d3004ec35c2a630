"""Checks of a job that learns to write: its column of text, and what of a spec does not apply to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contract.responses import ColumnResponse, DatasetResponse, FieldError
from contract.specs import JobSpec
from learning.data.split_spec import SplitSpec
from learning.language.spec import DEFAULT_VOCABULARY, MIN_CONTEXT, choose_language_training, choose_windows
from learning.nn.layers.inputs import NetInputs, TokenInput
from learning.spelling import NameIndex
from learning.tasks import TaskName
from service.jobs.candidate import JobCandidate, unknown_column_error

UNFIT_FIELDS: Final = {
    "target": "the text is what it learns to write",
    "targets": "the text is what it learns to write",
    "quantiles": "each token that may be next has a probability",
    "features": "a text is learned from alone",
    "weight_column": "all of the text counts the same",
    "class_weights": "there are no classes",
    "embedding": "its tokens have vectors in any case",
    "image": "there are no pictures",
}
"""What a job that learns to write does not take, and why."""
UNFIT_SPLIT_FIELDS: Final = ("group_by", "order_by", "column", "folds")
TEXT_TYPES: Final = frozenset({"text", "categorical"})
LANGUAGE_SPLIT: Final = SplitSpec(validation=0.1)
EXPECTED_CHARACTERS: Final = 128
"""The characters that a text is estimated to have: more than most, and few beside the weights of a net."""


@dataclass(frozen=True)
class LanguageCandidate(JobCandidate):
    """A job that learns to write, beside its dataset's profile.

    Attributes:
        characters: About how long the text is.
    """

    characters: int

    @property
    def task(self) -> TaskName:
        """Language."""
        return "language"

    @cached_property
    def features(self) -> list[ColumnResponse]:
        """None: the net sees the text alone."""
        return []

    @cached_property
    def net_inputs(self) -> NetInputs:
        """About the tokens that go into the net."""
        return NetInputs(0, tokens=TokenInput(self.outputs, self.spec.language.context or MIN_CONTEXT))

    @property
    def outputs(self) -> int:
        """About an output for each token."""
        language = self.spec.language
        known = {"bytes": 256, "subwords": language.vocabulary or DEFAULT_VOCABULARY}
        return known.get(language.tokenizer, EXPECTED_CHARACTERS)

    @property
    def net_rows(self) -> int:
        """The windows of an epoch."""
        return choose_windows(self.spec.language, self.characters, self.spec.batch_size)


def find_text(spec: JobSpec, dataset: DatasetResponse, rows: int) -> LanguageCandidate | list[FieldError]:
    """The job with every default filled in, or that its column is not there."""
    columns = {column.name: column for column in dataset.columns or ()}
    if spec.text is None:
        detail = "is required: the column of the text to learn from"
        return [FieldError(pointer="#/text", detail=detail, code="missing")]
    if spec.text not in columns:
        return [unknown_column_error("#/text", spec.text, NameIndex(columns))]
    characters = max(dataset.bytes, 1)
    chosen = choose_language_training(characters, spec.language, spec.time_limit_seconds)
    chosen["split"] = LANGUAGE_SPLIT
    changes = {name: value for name, value in chosen.items() if name not in spec.model_fields_set}
    changes |= {"target": spec.text, "language": chosen["language"], "loss": "cross_entropy"}
    if spec.loss not in {"auto", "cross_entropy"}:
        del changes["loss"]
    sent = set(spec.model_fields_set)
    if spec.target in {None, spec.text}:  # as an admitted spec says
        sent.discard("target")
    return LanguageCandidate(spec.model_copy(update=changes), (columns[spec.text],), columns, rows, sent, characters)


def check_language(job: JobCandidate) -> Iterator[FieldError]:
    """Whether the column can be a text, and no field is given that does not apply."""
    spec, column = job.spec, job.target
    if column.type not in TEXT_TYPES:
        detail = f"is {column.type}, and no text to learn to write from; upload it as text"
        yield FieldError(pointer="#/text", detail=detail, code="unusable_column", given=column.name)
    if spec.loss != "cross_entropy":
        detail = "does not fit a text, which takes cross_entropy"
        yield FieldError(
            pointer="#/loss", detail=detail, code="loss_unfit", given=spec.loss, suggestion="cross_entropy"
        )
    for field, why in UNFIT_FIELDS.items():
        if field in job.sent_fields and getattr(spec, field) != JobSpec.model_fields[field].default:
            detail = f"does not apply to language: {why}; leave it out"
            yield FieldError(pointer=f"#/{field}", detail=detail, code="task_unfit")
    for field in UNFIT_SPLIT_FIELDS:
        if getattr(spec.split, field) is not None:
            detail = "does not apply to language: the end of the text is held out; leave it out"
            yield FieldError(pointer=f"#/split/{field}", detail=detail, code="task_unfit")


def check_no_language(job: JobCandidate) -> Iterator[FieldError]:
    """Whether a job of another task names a text."""
    if job.spec.text is not None:
        detail = "is for language alone; set task to language, or leave it out"
        yield FieldError(pointer="#/text", detail=detail, code="task_unfit", given=job.spec.text)
