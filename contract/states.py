"""The states of jobs and datasets, the allowed actions of each, and the scopes of keys."""

from typing import Final, Literal, get_args

JobStatus = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
DatasetStatus = Literal["processing", "ready", "failed"]
StopReason = Literal["all_epochs", "early_stopping", "finished_by_user", "time_limit", "pruned"]
"""`pruned`: a trial of a sweep, which better ones left behind."""
SweepStatus = Literal["running", "succeeded", "failed", "cancelled"]
BatchStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
BatchFormat = Literal["csv", "ndjson", "parquet"]
Scope = Literal["read", "train", "predict", "admin"]
"""The permissions of a key; `admin` allows everything."""

JOB_STATUSES: Final = get_args(JobStatus)
TERMINAL: Final[frozenset[JobStatus]] = frozenset({"succeeded", "failed", "cancelled"})
ALLOWED_ACTIONS: Final[dict[JobStatus, tuple[str, ...]]] = {
    "queued": ("pause", "cancel", "finish"),
    "running": ("pause", "cancel", "finish"),
    "paused": ("resume", "cancel", "finish"),
    "succeeded": ("delete",),
    "failed": ("delete",),
    "cancelled": ("delete",),
}
