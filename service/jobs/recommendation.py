"""Checks of a job that recommends: its columns, and what of a spec does not apply to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contract.responses import ColumnResponse, DatasetResponse, FieldError
from contract.specs import JobSpec
from learning.nn.layers.inputs import NetInputs
from learning.recommendation.catalogue import MAX_ITEMS
from learning.recommendation.defaults import choose_training
from learning.recommendation.history import MAX_USERS
from learning.recommendation.prepare import MAX_MEASURED_CELLS
from learning.spelling import NameIndex
from learning.tasks import TaskName
from learning.tasks.recommendation import list_losses
from service.jobs.candidate import JobCandidate, unknown_column_error

UNFIT_FIELDS: Final = {
    "targets": "it learns from users and items, and has one column of ratings at most",
    "quantiles": "a score is one number for each item",
    "features": "all columns that say the same of a user, or of an item, in all rows help with what is new",
    "weight_column": "it learns from all that a user chose at once, and not row by row",
    "class_weights": "there are no classes",
    "start_from": "its net has an input and an output for each item of one table, which another table does not have",
    "embedding": "it learns a vector for each item in any case",
}
"""What a recommendation does not take, and why."""
CHOSEN_FIELDS: Final = frozenset({"layers", "optimizer", "epochs", "early_stopping", "split", "weight_decay"})
"""What is chosen by the numbers of users, items and rows, where a job does not name it."""


@dataclass(frozen=True)
class RecommendationCandidate(JobCandidate):
    """A job that recommends, beside its dataset's profile."""

    user: ColumnResponse
    item: ColumnResponse

    @property
    def task(self) -> TaskName:
        """Recommendation."""
        return "recommendation"

    @cached_property
    def features(self) -> list[ColumnResponse]:
        """None: the net sees users and items alone."""
        return []

    @cached_property
    def net_inputs(self) -> NetInputs:
        """A number for each item."""
        return NetInputs(self.item.distinct or 1)

    @property
    def outputs(self) -> int:
        """An output for each item."""
        return self.item.distinct or 1

    @property
    def net_rows(self) -> int:
        """The rows that the net learns from: a user is one."""
        return max(self.user.distinct or 1, 1)


def find_columns(spec: JobSpec, dataset: DatasetResponse, rows: int) -> RecommendationCandidate | list[FieldError]:
    """The job with every default filled in, or what its columns lack."""
    columns = {column.name: column for column in dataset.columns or ()}
    known, errors = NameIndex(columns), list[FieldError]()
    for field in ("user", "item", "target"):
        name = getattr(spec, field)
        if name is None and field == "target":
            continue
        if name is None:
            detail = "is required: a recommendation is learned from who chose or rated what"
            errors.append(FieldError(pointer=f"#/{field}", detail=detail, code="missing"))
        elif name not in columns and not (field == "target" and name == spec.item):
            errors.append(unknown_column_error(f"#/{field}", name, known))
    if spec.user is not None and spec.user in {spec.item, spec.target}:
        detail = "is also that of another field; user, item and ratings are columns of their own"
        errors.append(FieldError(pointer="#/user", detail=detail, code="contradiction", given=spec.user))
    if errors or spec.user is None or spec.item is None:
        return errors
    user, item = columns[spec.user], columns[spec.item]
    target = spec.target or spec.item  # without ratings the item is predicted
    changes = {"target": target, **_choose_defaults(spec, user, item, rows)}
    return RecommendationCandidate(
        spec.model_copy(update=changes), (columns[target],), columns, rows, set(spec.model_fields_set), user, item
    )


def _choose_defaults(spec: JobSpec, user: ColumnResponse, item: ColumnResponse, rows: int) -> dict[str, object]:
    """What the spec leaves open, by the fields."""
    rated = spec.rating_column is not None
    loss = list_losses(rated=rated)[0] if spec.loss == "auto" else spec.loss
    users, items, whole_bags = user.distinct or 1, item.distinct or 1, not rated and loss == "mse"
    chosen = choose_training(users=users, items=items, rows=rows, whole_bags=whole_bags)
    changes: dict[str, object] = {name: getattr(chosen, name) for name in CHOSEN_FIELDS - spec.model_fields_set}
    if "layers" in changes:
        changes["layers"] = list(chosen.layers)
    return {**changes, "loss": loss}


def check_recommendation(job: JobCandidate) -> Iterator[FieldError | str]:
    """Whether the columns can be those of a recommendation, and no field is given that does not apply."""
    if not isinstance(job, RecommendationCandidate):
        return
    spec = job.spec
    for field, column, most in (("user", job.user, MAX_USERS), ("item", job.item, MAX_ITEMS)):
        if column.type in {"datetime", "image"}:
            detail = f"is {column.type}, which names neither users nor items"
            yield FieldError(pointer=f"#/{field}", detail=detail, code="unusable_column", given=column.name)
        elif column.distinct is not None and not 2 <= column.distinct <= most:
            detail = f"has {column.distinct:,} different values, and there must be from 2 to {most:,}"
            yield FieldError(pointer=f"#/{field}", detail=detail, code="unusable_column", given=column.name)
    if spec.rating_column is not None and job.target.type != "numeric":
        detail = f"is {job.target.type}, and ratings are numbers; leave it out if every row is a choice"
        yield FieldError(pointer="#/target", detail=detail, code="task_unfit", given=spec.target)
    fitting = list_losses(rated=spec.rating_column is not None)
    if spec.loss not in fitting:
        what = "choices" if spec.rating_column is None else "ratings"
        detail = f"does not fit {what}, which take {' or '.join(fitting)}"
        yield FieldError(pointer="#/loss", detail=detail, code="loss_unfit", given=spec.loss, suggestion=fitting[0])
    if spec.split.validation == 0.0 and spec.split.column is None and job.net_rows * job.outputs > MAX_MEASURED_CELLS:
        detail = f"is 0, so that all {job.net_rows:,} users would be measured on {job.outputs:,} items; hold rows out"
        yield FieldError(pointer="#/split/validation", detail=detail, code="too_small", given=0.0)
    for field, why in UNFIT_FIELDS.items():
        if getattr(spec, field) != JobSpec.model_fields[field].default:
            detail = f"does not apply to recommendation: {why}; leave it out"
            yield FieldError(pointer=f"#/{field}", detail=detail, code="task_unfit")


def check_no_recommendation(job: JobCandidate) -> Iterator[FieldError]:
    """Whether a job of another task names a user or an item."""
    for field in ("user", "item"):
        if getattr(job.spec, field) is not None:
            detail = "is for recommendation alone; set task to recommendation, or leave it out"
            yield FieldError(pointer=f"#/{field}", detail=detail, code="task_unfit", given=getattr(job.spec, field))
