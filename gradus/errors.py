"""Errors of client and launcher, by name: all are GradusErrors, and the server's refusals are ProblemErrors."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract.responses import DatasetResponse, FieldError, JobResponse, Problem

__all__ = [  # and of the package
    "Conflict",
    "DatasetFailed",
    "DiskFull",
    "GradusError",
    "Invalid",
    "InvalidApiKey",
    "JobCancelled",
    "JobFailed",
    "NotFound",
    "ProblemError",
    "TooLarge",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnexpectedResponse",
    "Unreachable",
    "WaitTimeout",
]

MAX_FAULTS_SHOWN = 10


class GradusError(Exception):
    """The root of all errors of this package."""


class Unreachable(GradusError):
    """No server answers at `url`."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no Gradus server answers at {url}: {reason}")
        self.url = url
        self.reason = reason


class InvalidApiKey(GradusError):
    """The API key cannot be one, as it cannot be sent."""


class UnexpectedResponse(GradusError):
    """The response has a shape that this version of the client does not know."""


class WaitTimeout(GradusError):
    """The timeout of a wait is over; the job or dataset goes on."""


class LaunchFailed(GradusError):
    """The installation could not be started; nothing of it runs."""


class DatasetFailed(GradusError):
    """The uploaded file could not be read."""

    def __init__(self, dataset: "DatasetResponse") -> None:
        super().__init__(dataset.error.detail if dataset.error else f"{dataset.name} could not be read")
        self.dataset = dataset
        self.problem = dataset.error


class JobFailed(GradusError):
    """Training ended without a model."""

    def __init__(self, job: "JobResponse") -> None:
        super().__init__(job.error.detail if job.error else f"{job.id} failed")
        self.job = job
        self.problem = job.error


class JobCancelled(GradusError):
    """The job was cancelled before it had a model."""

    def __init__(self, job: "JobResponse") -> None:
        super().__init__(f"{job.id} was cancelled after {job.progress.epoch} of {job.progress.epochs} epochs")
        self.job = job


class ProblemError(GradusError):
    """The server refused: its answer was a problem document (RFC 9457).

    `errors` is what is wrong with the request, fault by fault; `retry_after` are the seconds after which the server
    will have the same request again, if it said so.
    """

    def __init__(self, status: int, problem: "Problem", retry_after: float | None = None) -> None:
        super().__init__(problem.detail)
        self.status = status
        self.problem = problem
        self.retry_after = retry_after
        self.errors: list[FieldError] = problem.errors or []

    def __str__(self) -> str:
        """The detail, and each fault with its place and the nearest right name."""
        return "\n".join(describe_problem(self.problem))


class Unauthorized(ProblemError):
    """401, 403: the key is missing or wrong, or does not allow this."""


class NotFound(ProblemError):
    """404: there is no such resource, or it belongs to another owner."""


class Conflict(ProblemError):
    """409: the resource is in a state that does not allow this."""

    @property
    def allowed_actions(self) -> list[str]:
        """The actions that its state allows."""
        return list((self.problem.model_extra or {}).get("allowed_actions", []))


class TooLarge(ProblemError):
    """413: the body is larger than the server takes."""


class Invalid(ProblemError):
    """422: the request is well-formed but invalid; each of `errors` names a field and what to change."""


class TooManyRequests(ProblemError):
    """429: the rate limit is reached, and `retry_after` is longer than the client waits."""


class Unavailable(ProblemError):
    """503: the server cannot work at the moment."""


class DiskFull(ProblemError):
    """507: the server's disk is full."""


ERROR_BY_STATUS: dict[int, type[ProblemError]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Invalid,
    429: TooManyRequests,
    503: Unavailable,
    507: DiskFull,
}


def describe_problem(problem: "Problem") -> list[str]:
    """The lines of a problem: its detail, and each of the first faults with its place and the likely right name.

    A detail that tells the first fault is left out if there are others, and a single fault that the detail tells, too.
    """
    errors = problem.errors or []
    is_told = bool(errors) and errors[0].detail.removesuffix(".") in problem.detail
    if not errors or (is_told and len(errors) == 1):
        return [problem.detail]
    faults = [
        f"{error.pointer}: {error.detail}" + (f"; did you mean {error.suggestion!r}?" if error.suggestion else "")
        for error in errors[:MAX_FAULTS_SHOWN]
    ]
    if len(errors) > MAX_FAULTS_SHOWN:
        faults.append(f"… and {len(errors) - MAX_FAULTS_SHOWN} more")
    first, *others = faults if is_told else [problem.detail, *faults]
    return [first, *(f"  {line}" for line in others)]
