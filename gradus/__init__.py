"""The Python client, the command line, and the launcher that starts a server as subprocesses.

Here belongs what is on the client's side of HTTP. Nothing here trains, reads tables or touches the database: of
the other rooms it imports `contract` and `process`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradus.client import Client
    from gradus.errors import (
        Conflict,
        DatasetFailed,
        DiskFull,
        GradusError,
        Invalid,
        JobCancelled,
        JobFailed,
        NotFound,
        ProblemError,
        TooLarge,
        TooManyRequests,
        Unauthorized,
        Unavailable,
        UnexpectedResponse,
        Unreachable,
        WaitTimeout,
    )
    from gradus.jobs import Job

__all__ = [
    "Client",
    "Conflict",
    "DatasetFailed",
    "DiskFull",
    "GradusError",
    "Invalid",
    "Job",
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


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that the command line starts quickly."""
    if name == "__version__":
        return import_module("importlib.metadata").version("gradus")
    if name not in __all__:
        raise AttributeError(f"module 'gradus' has no attribute {name!r}")
    module = {"Client": "gradus.client", "Job": "gradus.jobs"}.get(name, "gradus.errors")
    return getattr(import_module(module), name)
