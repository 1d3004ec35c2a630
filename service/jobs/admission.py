"""Admission of jobs: a spec completed and checked against the dataset's profile before it is queued.

A mistake found here costs a person a second; found by a worker it costs a failed job. What cannot work is an error with
its place and a suggestion; what is only unusual is a warning.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Final

from sqlalchemy.orm import Session

from contract.responses import ColumnResponse, DatasetResponse, Estimate, FieldError
from contract.specs import JobSpec
from learning.tasks import TASKS
from learning.tasks.regression import DEFAULT_QUANTILES
from learning.tasks.task_guess import guess_numeric_task
from learning.training.recipe import Preset
from process.memory import available_bytes
from service.http.strict_json import MAX_ERRORS
from service.jobs.candidate import JobCandidate
from service.jobs.ensemble_validation import complete_folds
from service.jobs.language import LanguageCandidate, find_text
from service.jobs.pictures import complete_image
from service.jobs.recipe import complete_recipe, estimate_presets
from service.jobs.recommendation import RecommendationCandidate, find_columns
from service.jobs.target_validation import check_target_names
from service.jobs.validation import Finding, check_features, check_job, stop_after_errors
from service.jobs.warm_start import check_start_exists, resolve_start_model, resolve_start_text
from service.services import Context
from store import datasets
from store.errors import NotFound
from tables import EXTENSIONS

_ENDINGS: Final = "|".join([ending.removeprefix(".") for ending in (*EXTENSIONS, "zip", "tar", "tgz", "gz")])
_FILE_ENDINGS: Final = re.compile(rf"(\.({_ENDINGS}))+$", re.IGNORECASE)


@dataclass(frozen=True)
class Admission:
    """The result of checking a spec; the job may be queued if there are no errors.

    There is at most one error more than MAX_ERRORS, which says that there are more.
    """

    spec: JobSpec
    """The spec with every default filled in, if the target is known."""
    errors: list[FieldError]
    warnings: list[str]
    estimate: Estimate | None
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why what the spec left open was decided as it is, by setting, such as `image.size`."""
    estimate_presets: Callable[[], Mapping[Preset, Estimate]] = dict
    """The estimate with each preset, of a job without errors."""


def admit_spec(s: Session, context: Context, spec: JobSpec) -> Admission:
    """Check a spec against the dataset that it names, and fill in what it, or a model to start from, decides."""
    try:
        dataset = DatasetResponse.model_validate(datasets.get(s, context.owner, spec.dataset_id))
    except NotFound:
        return Admission(spec, [unknown_dataset_error(spec.dataset_id)], [], None)
    has_server = bool(context.services.settings.tracking_url)
    if spec.tracking and not has_server:
        detail = "is true, and the operator has named no tracking server (GRADUS_TRACKING_URL); leave it out"
        return Admission(spec, [FieldError(pointer="#/tracking", detail=detail, code="no_tracking_server")], [], None)
    if spec.tracking is None and has_server:
        spec = spec.model_copy(update={"tracking": True})
    limit = context.services.settings.trainer_memory_bytes
    memory = min(available_bytes(), limit) if limit else available_bytes()
    if spec.start_from is None or spec.task == "recommendation":
        return admit(spec, dataset, memory)
    if spec.task == "language":
        spec, errors = resolve_start_text(s, context, spec, spec.start_from)
    else:
        spec, errors = resolve_start_model(s, context, spec, spec.start_from, dataset)
    admission = admit(spec, dataset, memory)
    return replace(admission, errors=[*errors, *admission.errors][: MAX_ERRORS + 1])


def check_still_admitted(s: Session, context: Context, spec: JobSpec) -> list[FieldError]:
    """Errors if what an admitted spec names has been deleted since; all else that admission checks stays as it was."""
    if not datasets.exists(s, context.owner, spec.dataset_id):
        return [unknown_dataset_error(spec.dataset_id)]
    return [] if spec.start_from is None else check_start_exists(s, context.owner, spec.start_from)


def unknown_dataset_error(dataset_id: str) -> FieldError:
    """The error that a spec names no dataset of the owner."""
    return FieldError(
        pointer="#/dataset_id", detail="is not a dataset of yours", code="unknown_dataset", given=dataset_id
    )


def admit(spec_sent: JobSpec, dataset: DatasetResponse, memory_bytes: int) -> Admission:
    """Complete a spec and check it against its dataset; training may take `memory_bytes`."""
    if dataset.status != "ready" or dataset.columns is None or dataset.rows is None:
        return _build_admission(spec_sent, [_dataset_not_ready(dataset)], None)
    if spec_sent.task == "recommendation":
        return _admit_recommendation(spec_sent, dataset, dataset.rows, memory_bytes)
    if spec_sent.task == "language":
        return _admit_language(spec_sent, dataset, dataset.rows, memory_bytes)
    columns = {column.name: column for column in dataset.columns}
    if errors := check_target_names(spec_sent, columns):
        findings = stop_after_errors(chain(errors, check_features(spec_sent, columns)))
        return _build_admission(spec_sent, list(findings), None)
    targets = tuple([columns[name] for name in spec_sent.target_names])
    spec = complete_spec(spec_sent, dataset.name, targets, dataset.rows)
    spec, feature_net, reasons = complete_image(spec, dataset.columns, dataset.rows)
    sent = spec_sent.model_fields_set - ({"task"} if spec_sent.task == "auto" else set())
    job = JobCandidate(spec, targets, columns, dataset.rows, sent, feature_net=feature_net)
    estimate = partial(estimate_presets, job, memory_bytes)
    job, recipe_reasons = complete_recipe(job, memory_bytes)
    admission = _build_admission(job.spec, *check_job(job, memory_bytes))
    return replace(admission, reasons={**reasons, **recipe_reasons}, estimate_presets=estimate)


def _admit_recommendation(spec: JobSpec, dataset: DatasetResponse, rows: int, memory_bytes: int) -> Admission:
    job = find_columns(spec, dataset, rows)
    if not isinstance(job, RecommendationCandidate):
        return _build_admission(spec, job, None)
    name = spec.model_name or derive_model_name(dataset.name, job.target.name, spec.dataset_id)
    job = replace(job, spec=job.spec.model_copy(update={"model_name": name}))
    return _build_admission(job.spec, *check_job(job, memory_bytes))


def _admit_language(spec: JobSpec, dataset: DatasetResponse, rows: int, memory_bytes: int) -> Admission:
    job = find_text(spec, dataset, rows)
    if not isinstance(job, LanguageCandidate):
        return _build_admission(spec, job, None)
    name = spec.model_name or derive_model_name(dataset.name, job.target.name, spec.dataset_id)
    job = replace(job, spec=job.spec.model_copy(update={"model_name": name}))
    return _build_admission(job.spec, *check_job(job, memory_bytes))


def complete_spec(spec: JobSpec, dataset_name: str, targets: Sequence[ColumnResponse], rows: int) -> JobSpec:
    """The spec with the model's name, the task, the loss and quantiles decided; the dataset has so many rows."""
    task, target = spec.task, targets[0]
    if task == "auto" and (len(targets) > 1 or (spec.loss == "quantile" and target.type == "numeric")):
        task = "regression"
    elif task == "auto":
        numeric = target.type == "numeric"
        labelled = rows - target.missing
        task = guess_numeric_task(labelled, target.distinct, target.rarest) if numeric else "classification"
    loss = spec.loss
    if loss == "auto":
        loss = TASKS[task].losses[0]
    decided: dict[str, object] = {
        "model_name": spec.model_name or derive_model_name(dataset_name, target.name, spec.dataset_id),
        "task": task,
        "loss": loss,
    }
    if loss == "quantile":
        decided["quantiles"] = spec.quantiles or list(DEFAULT_QUANTILES)
    if len(targets) == 1:
        decided |= {"target": target.name, "targets": None}
    return complete_folds(spec.model_copy(update=decided))


def derive_model_name(dataset_name: str, target: str, dataset_id: str) -> str:
    """A model's name from its dataset's: without file extensions, with dashes for characters that no name may have.

    Where no character is left, the target names the model, or else its dataset's id, so that models of different
    datasets are not taken for versions of one.
    """
    stem = _FILE_ENDINGS.sub("", dataset_name)
    return _to_model_name(stem) or _to_model_name(target) or f"model-{dataset_id[-6:]}"


def _to_model_name(text: str) -> str:
    """The text without accents, and with dashes for what no name may have; empty if nothing is left."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")[:63].rstrip("-._")


def _dataset_not_ready(dataset: DatasetResponse) -> FieldError:
    detail = "is still being read; submit the job again when the dataset's status is ready"
    if dataset.status == "failed":
        why = f": {dataset.error.detail}" if dataset.error else ""
        detail = f"could not be read{why}"
    return FieldError(pointer="#/dataset_id", detail=detail, code="dataset_not_ready", given=dataset.id)


def _build_admission(spec: JobSpec, findings: Sequence[Finding], needs: Estimate | None) -> Admission:
    errors = [finding for finding in findings if isinstance(finding, FieldError)]
    return Admission(spec, errors, [finding for finding in findings if isinstance(finding, str)], needs)
