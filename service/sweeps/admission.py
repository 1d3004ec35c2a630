"""Admission of sweeps: the base is checked as a job, and every value of the space as a job of its own.

So a trial fails for what only training shows, and not because a layer does not fit.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from typing import Any, Final, cast

from pydantic import ValidationError
from sqlalchemy.orm import Session

from contract.responses import DatasetResponse, FieldError
from contract.specs import JobSpec
from contract.sweeps import SweepSpec
from learning.search.defaults import choose_space
from learning.search.score import AUTO_METRICS, METRICS
from learning.search.space import Dimension, NoSuchSetting, Range, apply_settings, read_setting
from learning.spelling import suggest_name
from learning.tasks import TaskName
from service.http.strict_json import MAX_ERRORS, escape_pointer
from service.http.validation_errors import explain
from service.jobs.admission import Admission, admit_spec
from service.services import Context
from store import datasets
from store.errors import NotFound

MAX_VALUES: Final = 100
"""Of a whole space, each being checked as a job."""


@dataclass(frozen=True)
class SweepAdmission:
    """A sweep, checked and completed; it may start if there are no errors."""

    spec: SweepSpec
    trial_base: JobSpec
    """What trials start from: the base with one net."""
    metric: str
    errors: list[FieldError]


def admit_sweep(s: Session, context: Context, spec: SweepSpec) -> SweepAdmission:
    """Check a sweep and fill in what it leaves open."""
    final = admit_spec(s, context, spec.base)
    one_net = admit_spec(s, context, spec.base.model_copy(update={"nets": 1}))
    base, trial_base = final.spec, one_net.spec
    errors = [
        error.model_copy(update={"pointer": f"#/base{error.pointer.removeprefix('#')}"})
        for error in (final.errors or one_net.errors)
    ]
    if errors:
        return SweepAdmission(spec.model_copy(update={"base": base}), trial_base, spec.metric, errors[:MAX_ERRORS])
    task: TaskName = "regression" if base.task == "auto" else base.task
    is_choice = task == "recommendation" and base.rating_column is None
    metric = AUTO_METRICS["choices" if is_choice else task] if spec.metric == "auto" else spec.metric
    errors = list(chain(_check_metric(spec, task), _check_sampler(spec), _check_rows(base, task)))
    space: dict[str, Dimension] = spec.space or _choose_space(s, context, trial_base, task)
    checked: dict[str, Dimension] = {}
    for name, dimension in space.items():
        admitted = _Values(s, context, trial_base, name)
        checked[name] = admitted.check(dimension)
        errors += admitted.errors
        if len(errors) > MAX_ERRORS:
            break
    errors += _check_space(space)
    complete = spec.model_copy(update={"base": base, "space": checked})
    return SweepAdmission(complete, trial_base, metric, errors[: MAX_ERRORS + 1])


class _Values:
    """The values of a setting, each tried in the spec of a trial; `errors` say which of them cannot be."""

    def __init__(self, s: Session, context: Context, base: JobSpec, name: str) -> None:
        self._s, self._context, self._name = s, context, name
        self._document = json.loads(base.model_dump_json())
        self.errors: list[FieldError] = []

    def check(self, dimension: Dimension) -> Dimension:
        """The values as they stand in a spec, with every default."""
        if isinstance(dimension, Range):
            for value, end in zip(dimension.ends, ("low", "high"), strict=True):
                self._admit(value, f"/{end}")
            return dimension
        values = [self._admit(value, f"/{index}") for index, value in enumerate(dimension)]
        for index, value in enumerate(values):
            if value in values[:index] and not self.errors:
                self._refuse(f"/{index}", "is there twice", "duplicate_value", dimension[index])
        return values

    def _admit(self, value: Any, place: str) -> Any:
        if len(self.errors) > MAX_ERRORS:
            return value
        try:
            document = apply_settings(self._document, {self._name: value})
        except NoSuchSetting:
            near = suggest_name(self._name, list(_list_settings(self._document)))
            self._refuse("", "is no setting of this spec", "unknown_setting", self._name, near)
            return value
        try:
            spec = JobSpec.model_validate_json(json.dumps(document))
        except ValidationError as error:
            found = explain(error, JobSpec, document)
            where = found[0].pointer.removeprefix("#/")
            self._refuse(place, f"cannot be: {where} {found[0].detail}", found[0].code, value)
            return value
        admission: Admission = admit_spec(self._s, self._context, spec)
        if admission.errors:
            first = admission.errors[0]
            where = first.pointer.removeprefix("#/")
            self._refuse(place, f"cannot be: {where} {first.detail}", first.code, value)
        return read_setting(spec.model_dump(mode="json"), self._name)

    def _refuse(self, place: str, detail: str, code: str, given: Any, suggestion: str | None = None) -> None:
        pointer = f"#/space/{escape_pointer(self._name)}{place}"
        if all(error.pointer != pointer for error in self.errors):
            self.errors.append(
                FieldError(pointer=pointer, detail=detail, code=code, given=given, suggestion=suggestion)
            )


def _list_settings(document: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The names of all settings of a spec."""
    for name, value in document.items():
        yield path + name
        if isinstance(value, dict):
            yield from _list_settings(cast("dict[str, Any]", value), f"{path}{name}.")


def _choose_space(s: Session, context: Context, base: JobSpec, task: TaskName) -> dict[str, Dimension]:
    try:
        dataset = DatasetResponse.model_validate(datasets.get(s, context.owner, base.dataset_id))
    except NotFound:
        return {}
    used = [column for column in dataset.columns or [] if base.features is None or column.name in base.features]
    types = {column.type for column in used if column.name not in base.target_names}
    return choose_space(task, has_pictures="image" in types, has_numbers=bool(types & {"numeric", "datetime"}))


def _check_metric(spec: SweepSpec, task: TaskName) -> Iterator[FieldError]:
    known = METRICS[task]
    if spec.metric not in {"auto", *known}:
        detail = f"is no metric of {task}: choose {', '.join(known)}, or auto"
        suggestion = suggest_name(spec.metric, list(known))
        yield FieldError(
            pointer="#/metric", detail=detail, code="unknown_metric", given=spec.metric, suggestion=suggestion
        )


def _check_sampler(spec: SweepSpec) -> Iterator[FieldError]:
    if spec.sampler == "tpe" and find_spec("optuna") is None:
        detail = "needs Optuna, which is not installed here: make setup EXTRAS=sweeps, or choose random"
        yield FieldError(pointer="#/sampler", detail=detail, code="not_installed", given=spec.sampler)


def _check_rows(base: JobSpec, task: TaskName) -> Iterator[FieldError]:
    if task in {"regression", "classification"} and not base.split.shares[0] and base.split.column is None:
        detail = "is 0, and trials are compared on validation rows"
        yield FieldError(pointer="#/base/split/validation", detail=detail, code="no_validation_rows", given=0)


def _check_space(space: Mapping[str, Dimension]) -> Iterator[FieldError]:
    count = sum(2 if isinstance(dimension, Range) else len(dimension) for dimension in space.values())
    if count > MAX_VALUES:
        detail = f"has {count} values, and {MAX_VALUES} are accepted in all: leave some out, or give a range"
        yield FieldError(pointer="#/space", detail=detail, code="too_many_values", given=count)
    for name in space:
        if outer := next((other for other in space if name.startswith(f"{other}.")), None):
            detail = f"is a part of {outer!r}, which trials choose as a whole; name one of the two"
            yield FieldError(
                pointer=f"#/space/{escape_pointer(name)}", detail=detail, code="overlapping_settings", given=name
            )
