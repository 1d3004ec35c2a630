"""Sweeps: what a hyperparameter search is asked for, and how it answers."""

from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen, MinLen
from pydantic import AfterValidator, Field, StringConstraints

from contract.responses import Problem, ResponseModel, Timestamp
from contract.specs import JobSpec, OneLine, StrictModel
from contract.states import JobStatus, StopReason, SweepStatus
from learning.search.space import Dimension

MAX_TRIALS: Final = 1000
MAX_SETTINGS: Final = 20

Sampler = Literal["random", "tpe"]
SAMPLERS: Final = {
    "random": "Each trial draws all settings independently.",
    "tpe": "After 16 trials, each draws where the better ones were denser (Bergstra et al. 2011); an extra.",
}
FIXED: Final = frozenset(
    {
        "dataset_id", "target", "targets", "user", "item", "text", "model_name", "task", "preset", "nets", "split",
        "weight_column", "start_from", "tags", "loss", "quantiles", "seed", "features",
    }
)  # fmt: skip
"""Fields of a spec that no trial may choose: trials are compared on the same rows, by the same loss."""


def _check_setting(name: str) -> str:
    """The name of a setting.

    Raises:
        ValueError: all trials have to agree on it.
    """
    if name.split(".", maxsplit=1)[0] in FIXED:
        raise ValueError(f"may not differ between trials: give {name.split('.', maxsplit=1)[0]} in `base`")
    return name


SettingName = Annotated[OneLine, StringConstraints(min_length=1, max_length=100), AfterValidator(_check_setting)]


class SweepSpec(StrictModel):
    """A request to search for better settings: many trials, each of which trains a net of its own."""

    base: JobSpec = Field(description="The job whose settings the trials vary. `nets` are of the last job alone.")
    space: Annotated[dict[SettingName, Dimension], MinLen(1), MaxLen(MAX_SETTINGS)] | None = Field(
        default=None,
        description="What each trial chooses: by the name of a setting of the spec, such as "
        "`optimizer.learning_rate` or `layers`, a list of values, or a range with `low` and `high`, `log` and "
        "`integer`. null: what is sensible for the task.",
    )
    trials: int = Field(default=40, ge=2, le=MAX_TRIALS, description="How many trials.")
    metric: Annotated[OneLine, StringConstraints(min_length=1, max_length=40)] = Field(
        default="auto",
        description="The metric of validation rows that is improved, such as `accuracy` or `rmse`; `auto`: the "
        "validation loss, and for choices of items the ndcg.",
    )
    sampler: Sampler = Field(
        default="random",
        description="How settings are chosen.",
        json_schema_extra={"x-enumDescriptions": {**SAMPLERS}},
    )
    stop_early: Literal["asha"] | None = Field(
        default="asha",
        description="`asha`: at a few epochs only the best third of the trials go on (asynchronous successive "
        "halving); null: all train to their end.",
    )
    time_limit_seconds: float | None = Field(
        default=None, gt=0.0, le=1e9, description="No trial starts once so many seconds are over. null: no limit."
    )
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = Field(default=0, description="Seed of what trials choose.")


class TrialResponse(ResponseModel):
    """A trial: a job with settings of its own."""

    object: Literal["trial"] = "trial"
    trial: int = Field(description="Its number, from 1.")
    job_id: str
    status: JobStatus
    stop_reason: StopReason | None = None
    settings: dict[str, Any] = Field(description="What it chose, by setting.")
    value: float | None = Field(description="The metric at its best epoch so far.")
    best_epoch: int | None
    epoch: int
    error: Problem | None = None


class TrialsResponse(ResponseModel):
    """The leaderboard: all trials, the best first, and those without a value last."""

    object: Literal["list"] = "list"
    data: list[TrialResponse]


class TrialCounts(ResponseModel):
    """How many trials are in which state."""

    total: int
    queued: int
    running: int
    succeeded: int = Field(description="Those that trained to their end.")
    pruned: int = Field(description="Those that were stopped early, since others were better.")
    failed: int
    cancelled: int


class SweepResponse(ResponseModel):
    """A search for better settings."""

    object: Literal["sweep"] = "sweep"
    id: str
    status: SweepStatus
    created_at: Timestamp
    finished_at: Timestamp | None = None
    spec: SweepSpec
    metric: str = Field(description="The metric that is improved.")
    minimize: bool = Field(description="Whether less of it is better.")
    trials: TrialCounts
    best: TrialResponse | None = Field(description="The best trial so far.")
    importance: dict[str, float | None] = Field(
        description="By setting, the share of the differences between trials' ranks that go with it alone, from 0 to "
        "1; null of fewer than eight trials."
    )
    job_id: str | None = Field(
        description="The job that trains the best settings once more when all trials have ended, and makes the model."
    )
    error: Problem | None = None
    allowed_actions: list[str]
