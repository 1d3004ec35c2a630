"""The Python client, the command line, and the launcher that starts a server as subprocesses.

Here belongs what is on the client's side of HTTP. Nothing here trains, reads tables or touches the database: of
the other rooms it imports `contract` and `process`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from gradus import errors
from gradus.errors import *  # noqa: F403 - what it lists

if TYPE_CHECKING:
    from gradus.client import Client
    from gradus.jobs import Job

__all__ = ["Client", "Job"]
__all__ += errors.__all__


def __getattr__(name: str) -> object:
    """Load the client when it is first used, so that the command line starts quickly."""
    if name == "__version__":
        return _read_version()
    if name not in {"Client", "Job"}:
        raise AttributeError(f"module 'gradus' has no attribute {name!r}")
    return getattr(import_module("gradus.client" if name == "Client" else "gradus.jobs"), name)


def _read_version() -> str:
    """The version of the package that is installed: the whole of it, or the client alone."""
    metadata = import_module("importlib.metadata")
    try:
        return metadata.version("gradus")
    except metadata.PackageNotFoundError:
        return metadata.version("gradus-client")
