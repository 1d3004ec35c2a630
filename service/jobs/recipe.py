"""The preset of a job: what the spec leaves open, chosen by the dataset's size, with the reason of each choice."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from contract.responses import Estimate, FieldError
from learning.encoding.numeric_spec import NumericSpec
from learning.errors import LayerMisfit
from learning.nn.layers import Dense, place_net
from learning.training.image_defaults import choose_image_nets
from learning.training.recipe import NETS, NETS_OF_FEW_ROWS, PRESETS, Choice, Preset, choose_recipe, limit_nets
from service.jobs.candidate import JobCandidate
from service.jobs.ensemble_validation import check_nets, complete_folds
from service.jobs.job_size import check_net_size, estimate_job

REASON_NAMES: Final[Mapping[str, str]] = {
    "numeric": "numeric.bins",
    "embedding": "embedding.dimensions",
    "optimizer": "optimizer.learning_rate",
}
"""Where a choice is of one field of a part."""

FEWER_NETS: Final = tuple(
    Choice(nets, f"{nets}: a model of more would be too large.") for nets in (NETS_OF_FEW_ROWS, NETS)
)
LESS_NETS: Final[Sequence[Choice]] = (*FEWER_NETS, Choice(1, "One: a model of several would be too large."))
"""The nets that are chosen instead where a job would not fit, in this order."""

NO_BINS: Final = Choice(NumericSpec(), "No bins: with them the net would be too large.")
"""What is chosen instead where one net would not fit either."""


class Recipe(NamedTuple):
    """A job with its preset resolved."""

    job: JobCandidate
    reasons: Mapping[str, str]
    """Why what the spec left open was decided as it is, by setting."""


def complete_recipe(job: JobCandidate, memory_bytes: int) -> Recipe:
    """Decide what the spec leaves open; explicit fields win, and a warm start has those of its model.

    Of pictures it is whether several nets are trained, as `complete_image` has decided all else. A net without hidden
    layers, which the spec says, stays a linear model, without bins. What cannot be, of these layers, with this split,
    or in `memory_bytes`, is not chosen: first several nets, and then bins.
    """
    spec, sent = job.spec, job.spec.model_fields_set
    if spec.start_from is not None:
        return Recipe(job, {})
    if any(column.images for column in job.features):
        return _choose_picture_nets(job, memory_bytes)
    rows = max(job.labelled_rows - job.held_out_rows, 0)
    chosen = choose_recipe(spec.preset, rows, job.numbers, job.most_values)
    if "layers" in sent and not any(isinstance(layer, Dense) for layer in spec.layers):
        chosen.pop("numeric", None)
    chosen = {name: choice for name, choice in chosen.items() if name not in sent}
    complete = _decide(job, chosen)
    if "nets" in chosen:
        complete = _choose_nets(job, chosen)
    less = [("nets", nets) for nets in LESS_NETS if "nets" in chosen and nets.value < chosen["nets"].value]
    for name, choice in [*less, *([("numeric", NO_BINS)] if "numeric" in chosen else [])]:
        if not _fits(complete, memory_bytes):
            chosen[name] = choice
            complete = _decide(job, chosen)
    return Recipe(complete, {REASON_NAMES.get(name, name): choice.reason for name, choice in chosen.items()})


def _choose_nets(job: JobCandidate, chosen: dict[str, Choice]) -> JobCandidate:
    """The job with as many nets as were chosen, or fewer: wide ones, and those of which so many cannot become one."""
    complete = _decide(job, chosen)
    with suppress(LayerMisfit):
        parameters = place_net(complete.net_inputs, complete.spec.layers, complete.outputs).parameters
        chosen["nets"] = limit_nets(chosen["nets"], parameters, job.spec.preset)
    for nets in (chosen["nets"], *FEWER_NETS):
        if nets.value <= chosen["nets"].value:
            chosen["nets"] = nets
            complete = _decide(job, chosen)
            if not any(check_nets(complete)):
                return complete
    del chosen["nets"]
    return _decide(job, chosen)


def estimate_presets(job: JobCandidate, memory_bytes: int) -> dict[Preset, Estimate]:
    """The estimate of a job, whose layers fit each other, with each preset; none where it is the same with all."""
    estimates: dict[Preset, Estimate] = {}
    for preset in PRESETS:
        spec = job.spec.model_copy(update={"preset": preset})
        estimates[preset] = estimate_job(complete_recipe(replace(job, spec=spec), memory_bytes).job, memory_bytes)
    first, *others = estimates.values()
    return estimates if any(other != first for other in others) else {}


def _choose_picture_nets(job: JobCandidate, memory_bytes: int) -> Recipe:
    """Decide whether several nets that see pictures are trained, unless features of these are learned from.

    Where they do not fit, it is decided as by the preset that takes less time.
    """
    image = job.spec.image
    if "nets" in job.sent_fields or image.size is None or image.features is not None:
        return Recipe(job, {})
    names: list[Preset] = [*PRESETS]
    for preset in reversed(names[: names.index(job.spec.preset) + 1]):
        chosen = choose_image_nets(preset, job.labelled_rows, image.size)
        chosen = {name: choice for name, choice in chosen.items() if name not in job.sent_fields}
        complete = _decide(job, chosen)
        if not any(check_nets(complete)) and _fits(complete, memory_bytes):
            return Recipe(complete, {name: choice.reason for name, choice in chosen.items()})
    return Recipe(job, {})


def _decide(job: JobCandidate, chosen: Mapping[str, Choice]) -> JobCandidate:
    decided = {name: choice.value for name, choice in chosen.items()}
    return replace(job, spec=complete_folds(job.spec.model_copy(update=decided)))


def _fits(job: JobCandidate, memory_bytes: int) -> bool:
    """Whether the nets can be trained and stored; layers that do not fit each other are another matter."""
    try:
        estimate = estimate_job(job, memory_bytes)
    except LayerMisfit:
        return True
    return not any(isinstance(finding, FieldError) for finding in check_net_size(estimate, memory_bytes))
