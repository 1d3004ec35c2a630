"""The states of jobs and datasets, and what may be done in each."""

from typing import Final, Literal, get_args

JobStatus = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
DatasetStatus = Literal["processing", "ready", "failed"]
StopReason = Literal["all_epochs", "early_stopping", "finished_by_user", "time_limit"]

JOB_STATUSES: Final = get_args(JobStatus)
TERMINAL: Final[frozenset[JobStatus]] = frozenset({"succeeded", "failed", "cancelled"})
ALLOWED_ACTIONS: Final[dict[JobStatus, tuple[str, ...]]] = {
    "queued": ("cancel",),
    "running": ("cancel",),
    "paused": ("cancel",),
    "succeeded": ("delete",),
    "failed": ("delete",),
    "cancelled": ("delete",),
}
