"""The preset of a job: what the spec leaves open, chosen by the dataset's size, with the reason of each choice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from learning.nn.layers import Dense
from learning.training.recipe import choose_recipe
from service.jobs.candidate import JobCandidate
from service.jobs.ensemble_validation import check_nets, complete_folds

REASON_NAMES: Mapping[str, str] = {"numeric": "numeric.bins", "optimizer": "optimizer.learning_rate"}
"""Where a choice is of one field of a part."""


class Recipe(NamedTuple):
    """A job with its preset resolved."""

    job: JobCandidate
    reasons: Mapping[str, str]
    """Why what the spec left open was decided as it is, by setting."""


def complete_recipe(job: JobCandidate) -> Recipe:
    """Decide what the spec of a table leaves open; explicit fields win, and a warm start has those of its model.

    A net without hidden layers, which the spec says, stays a linear model, without bins.
    """
    spec, sent = job.spec, job.spec.model_fields_set
    has_pictures = any(column.images for column in job.features)
    if spec.start_from is not None or has_pictures:
        return Recipe(job, {})
    rows = max(job.labelled_rows - job.held_out_rows, 0)
    chosen = choose_recipe(spec.preset, rows, job.numbers)
    if "layers" in sent and not any(isinstance(layer, Dense) for layer in spec.layers):
        chosen.pop("numeric", None)
    decided: dict[str, Any] = {name: choice.value for name, choice in chosen.items() if name not in sent}
    complete = replace(job, spec=complete_folds(spec.model_copy(update=decided)))
    if "nets" in decided and any(check_nets(complete)):
        del decided["nets"]  # of these layers, or with this split, there can be one net only
        complete = replace(job, spec=spec.model_copy(update=decided))
    return Recipe(complete, {REASON_NAMES.get(name, name): chosen[name].reason for name in decided})
