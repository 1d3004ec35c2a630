"""Warm starts: jobs that begin with the weights of a model instead of random ones.

The model fixes the columns and the sizes of the layers, which are filled into the spec; everything else may change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy.orm import Session

from contract.responses import ColumnResponse, DatasetResponse, FieldError
from contract.specs import JobSpec, StartFrom
from learning.language.token_encoder import TokenEncoder
from learning.model import Model
from learning.nn.layers import Conv, Dense, Layer, Pool, Residual, list_inference_layers
from learning.spelling import MAX_LISTED_NAMES, NameIndex, list_names, quote_names
from service.http.strict_json import MAX_ERRORS, shorten
from service.services import Context
from store.errors import NotFound
from store.jobs import jobs, weight_history
from store.models import models
from store.tables import ModelRow


def resolve_start_model(
    s: Session, context: Context, spec: JobSpec, start: StartFrom, dataset: DatasetResponse
) -> tuple[JobSpec, list[FieldError]]:
    """The spec with the start model's id and what it fixes filled in, and errors for what does not fit."""
    found = _load_start_model(s, context, start)
    if isinstance(found, FieldError):
        return spec, [found]
    model, resolved, errors = found
    errors += islice(_check_fit(spec, model, dataset), MAX_ERRORS + 1)
    output = model.header.output
    fixed: dict[str, object] = {"start_from": resolved, "task": model.task}
    if spec.loss == "auto":
        fixed["loss"] = output.fitting_losses[0]
    if spec.quantiles is None and output.quantiles:
        fixed["quantiles"] = list(output.quantiles)
    if "layers" not in spec.model_fields_set:
        fixed["layers"] = list(model.layers)
    if spec.features is None:
        fixed["features"] = [column.name for column in model.inputs]
    for column in model.inputs:
        if column.image_shape is not None:
            net = column.feature_net
            features = {} if net is None else {"features": "pretrained", "feature_net": net.sha256}
            fixed["image"] = replace(spec.image, size=column.image_shape[1], **features)
    return spec.model_copy(update=fixed), errors


def resolve_start_text(
    s: Session, context: Context, spec: JobSpec, start: StartFrom
) -> tuple[JobSpec, list[FieldError]]:
    """The same of a job that learns to write: layers, tokenizer and context are those of the model."""
    found = _load_start_model(s, context, start)
    if isinstance(found, FieldError):
        return spec, [found]
    model, resolved, errors = found
    inputs = model.header.inputs
    if not isinstance(inputs, TokenEncoder):
        return spec, [*errors, _unfit_error("task", "is language, unlike that of the model to start from", spec.task)]
    for name, known in (("tokenizer", inputs.tokenizer.type), ("context", inputs.context)):
        if (given := getattr(spec.language, name)) not in {None, "auto", known}:
            detail = f"must be {known}, as of the model to start from, or left out"
            errors.append(_unfit_error(f"language/{name}", detail, given, str(known)))
    if "layers" in spec.model_fields_set and tuple(spec.layers) != model.layers:
        errors.append(_unfit_error("layers", "must be those of the model to start from, or left out", len(spec.layers)))
    language = replace(spec.language, tokenizer=inputs.tokenizer.type, context=inputs.context)
    fixed = {"start_from": resolved, "layers": list(model.layers), "language": language}
    return spec.model_copy(update=fixed), errors


def _load_start_model(
    s: Session, context: Context, start: StartFrom
) -> tuple[Model, StartFrom, list[FieldError]] | FieldError:
    """The model to start from, what to call it, and errors of its epoch; or why there is none."""
    row = _find_start_model(s, context.owner, start)
    if isinstance(row, FieldError):
        return row
    model = context.services.model_cache.get(row.id, lambda: models.get_weights(s, row.id))
    best = _best_epoch(s, context.owner, row.job_id)
    errors = list(_check_epoch(start, best, weight_history.list_epochs(s, row.job_id)))
    return model, StartFrom(model=row.id, epoch=None if start.epoch == best else start.epoch), errors


def check_start_exists(s: Session, owner: str, start: StartFrom) -> list[FieldError]:
    """Errors if the start that was resolved has been deleted since; cheap, as it loads no model."""
    row = _find_start_model(s, owner, start)
    if isinstance(row, FieldError):
        return [row]
    return list(_check_epoch(start, _best_epoch(s, owner, row.job_id), weight_history.list_epochs(s, row.job_id)))


def _find_start_model(s: Session, owner: str, start: StartFrom) -> ModelRow | FieldError:
    """The model to start from, or why there is none."""
    if (start.job_id is None) == (start.model is None):
        names = "neither a job_id nor a model" if start.model is None else "a job_id and a model"
        return FieldError(pointer="#/start_from", detail=f"names {names}; give one of them", code="one_of")
    ref, field, detail, code = start.model, "model", "is not a model of yours", "unknown_model"
    if start.job_id is not None:
        field, detail, code = "job_id", "has a model that was deleted", "no_model"
        try:
            job = jobs.get(s, owner, start.job_id)
        except NotFound:
            return _start_error(field, "is not a job of yours", "unknown_job", start.job_id)
        if job.model_id is None:
            return _start_error(field, f"has no model to start from: it is {job.status}", code, job.id)
        ref = job.model_id
    try:
        return models.get(s, owner, ref or "")
    except NotFound:
        return _start_error(field, detail, code, start.job_id or start.model)


def _start_error(field: str, detail: str, code: str, given: object) -> FieldError:
    return FieldError(pointer=f"#/start_from/{field}", detail=detail, code=code, given=given)


def _best_epoch(s: Session, owner: str, job_id: str) -> int | None:
    """The epoch whose weights a job's model has; None if the job was deleted."""
    try:
        best = jobs.get(s, owner, job_id).best
    except NotFound:
        return None
    return None if best is None else best["epoch"]


def _check_epoch(start: StartFrom, best: int | None, kept: Sequence[int]) -> Iterator[FieldError]:
    if start.epoch is None or start.epoch == best or start.epoch in kept:
        return
    wanted = start.epoch
    there = [epoch for epoch in (best, *kept) if epoch]
    nearest_one = min(there, key=lambda epoch: abs(epoch - wanted), default=None)
    yield FieldError(
        pointer="#/start_from/epoch",
        detail="is not among the epochs whose weights are kept",
        code="epoch_not_kept",
        given=start.epoch,
        suggestion=None if nearest_one is None else str(nearest_one),
    )


def _check_fit(spec: JobSpec, model: Model, dataset: DatasetResponse) -> Iterator[FieldError]:
    names = {column.name for column in model.inputs}
    if spec.target_names != model.targets:
        field, several = ("targets", list(spec.targets)) if spec.targets else ("target", spec.target)
        detail = f"must be {quote_names(model.targets)}, as of the model to start from"
        yield _unfit_error(field, detail, several, model.targets[0] if len(model.targets) == 1 else None)
    fitting, quantiles = model.header.output.fitting_losses, list(model.header.output.quantiles)
    if spec.loss not in {"auto", *fitting} and "quantile" in {spec.loss, *fitting}:
        detail = f"must be {' or '.join(fitting)}, as of the model to start from"
        yield _unfit_error("loss", detail, spec.loss, fitting[0])
    elif quantiles and spec.quantiles not in (None, quantiles):
        detail = f"must be those of the model to start from: {', '.join(map(repr, quantiles))}"
        yield _unfit_error("quantiles", detail, spec.quantiles)
    if spec.task not in {"auto", model.task}:
        yield _unfit_error("task", f"must be {model.task}, as of the model to start from", spec.task, model.task)
    if spec.features is not None and set(spec.features) != names:
        detail = f"must be those of the model to start from, or left out: {list_names(sorted(names))}"
        given = spec.features if len(spec.features) <= MAX_LISTED_NAMES else shorten(spec.features)
        yield _unfit_error("features", detail, given)
    if "layers" in spec.model_fields_set and _sizes(spec.layers) != _sizes(model.layers):
        sizes = ", ".join(map(str, _sizes(model.layers))) or "none"
        yield _unfit_error(
            "layers", f"must have the same sizes as those of the model to start from: {sizes}", _sizes(spec.layers)
        )
    columns: dict[str, ColumnResponse] = {column.name: column for column in dataset.columns or ()}
    known = NameIndex(columns)
    for column in model.inputs:
        there = columns.get(column.name)
        if there is None:
            detail = f"lacks the column '{column.name}' that the model to start from learned from"
            yield _unfit_error("dataset_id", detail, dataset.id, known.suggest(column.name))
        elif there.type != column.type and "image" in {there.type, column.type}:  # others are read as the model reads
            detail = f"has a {there.type} column '{column.name}', and the model to start from a {column.type} one"
            yield _unfit_error("dataset_id", detail, dataset.id)


def _sizes(layers: Sequence[Layer]) -> list[int | str]:
    """The units of dense layers, and what decides the parameters of the others, but dropout, which has none."""
    sizes: list[int | str] = []
    for layer in list_inference_layers(layers):
        groups = f", {layer.groups} groups" if isinstance(layer, Dense | Conv) and layer.groups > 1 else ""
        match layer:
            case Residual():
                sizes.append(f"residual({', '.join(map(str, _sizes(layer.layers)))})")
            case Conv(kernel=kernel):
                size = f"{layer.filters}, {kernel} x {kernel}, {layer.stride}, {layer.padding}"
                sizes.append(f"conv({size}{groups})")
            case Pool():
                sizes.append(f"pool({layer.size})")
            case Dense():
                sizes.append(f"{layer.units}{groups}" if groups else layer.units)
            case _:
                sizes.append(layer.type)
    return sizes


def _unfit_error(field: str, detail: str, given: object, suggestion: str | None = None) -> FieldError:
    return FieldError(pointer=f"#/{field}", detail=detail, code="start_unfit", given=given, suggestion=suggestion)
