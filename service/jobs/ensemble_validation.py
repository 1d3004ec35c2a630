"""Checks of a job of several nets: whether they can become one model."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from contract.responses import FieldError
from contract.specs import JobSpec
from learning.data.split_spec import SplitSpec
from learning.errors import LayerMisfit
from learning.nn.ensemble import merge_layers
from learning.spelling import cut_name
from service.jobs.candidate import JobCandidate, count_values

MAX_FOLDS_OF_NETS: Final = 10
"""Of more folds each would keep few rows for validation: nets share them, where they can be divided evenly."""


def complete_folds(spec: JobSpec) -> JobSpec:
    """The spec with folds for its nets, unless columns say or order the split, or it has a share of its own."""
    split = spec.split
    has_own_share = split.validation != SplitSpec().validation
    if spec.nets == 1 or split.folds is not None or split.order_by or split.column or has_own_share:
        return spec
    return spec.model_copy(update={"split": replace(split, folds=_count_folds(spec.nets))})


def _count_folds(nets: int) -> int:
    """A fold for each net, or for as few of them as leaves ten folds at most."""
    return next((folds for folds in range(min(nets, MAX_FOLDS_OF_NETS), 1, -1) if nets % folds == 0), nets)


def check_nets(job: JobCandidate) -> Iterator[FieldError]:
    """Whether several nets can become one: of their task and layers, and each with a fold to validate on."""
    spec = job.spec
    nets, split = spec.nets, spec.split
    if nets == 1:
        return
    if spec.task not in {"regression", "classification"}:
        detail = f"is {nets}, and only nets of regression and classification become one; leave nets out"
        yield _unfit_error("nets", detail, nets)
        return
    if spec.start_from is not None:
        detail = f"gives all {nets} nets the same weights to begin with; leave start_from or nets out"
        yield _unfit_error("start_from", detail, spec.start_from.model)
    if split.folds is not None and nets % split.folds:
        detail = f"is {split.folds}, by which {nets} nets cannot be divided evenly; leave folds or nets out"
        yield _unfit_error("split/folds", detail, split.folds)
    elif split.fold:
        detail = f"names one fold, and each of {nets} nets validates on its own; leave folds and fold, or nets, out"
        yield _unfit_error("split/fold", detail, split.fold)
    elif split.folds is None and split.column is None and not split.validation:
        yield _unfit_error("split/validation", f"is 0, and {nets} nets are measured on validation rows", 0)
    elif split.folds is not None and (groups := _count_groups(job)) is not None and groups < split.folds:
        name = cut_name(split.group_by or "")
        detail = f"is {nets}, and '{name}' has only {groups} groups to divide into {split.folds} folds; set fewer nets"
        yield _unfit_error("nets", detail, nets)
    try:
        merge_layers(spec.layers, nets)
    except LayerMisfit as misfit:
        yield _unfit_error(f"layers/{misfit.place}", f"{misfit.reason}; {misfit.remedy}", None)


def _count_groups(job: JobCandidate) -> int | None:
    """About how many groups of rows are divided into folds; None where rows are not grouped, or nobody knows."""
    column = job.columns.get(job.spec.split.group_by or "")
    values = None if column is None else count_values(column, job.rows - column.missing)
    if column is None or values is None:
        return None
    groups, test = values + column.missing, job.spec.split.test
    return groups - max(1, round(test * groups)) if test else groups


def _unfit_error(field: str, detail: str, given: object) -> FieldError:
    return FieldError(pointer=f"#/{field}", detail=detail, code="nets_unfit", given=given)
