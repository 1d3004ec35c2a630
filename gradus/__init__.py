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
    from gradus.dataframes import to_pandas, to_polars
    from gradus.jobs import Job
    from gradus.model import Model, RowWarning

__all__ = ["Client", "Job", "Model", "RowWarning", "to_pandas", "to_polars"]
__all__ += errors.__all__

MODULES = {
    "Client": "gradus.client",
    "Job": "gradus.jobs",
    "Model": "gradus.model",
    "RowWarning": "gradus.model",
    "to_pandas": "gradus.dataframes",
    "to_polars": "gradus.dataframes",
}
"""Where the names of the package are that are loaded when they are first used."""


def __getattr__(name: str) -> object:
    """Load the client when it is first used, so that the command line starts quickly."""
    if name == "__version__":
        return _read_version()
    if name not in MODULES:
        raise AttributeError(f"module 'gradus' has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)


def _read_version() -> str:
    """The version of the package that is installed: the whole of it, or the client alone."""
    metadata = import_module("importlib.metadata")
    try:
        return metadata.version("gradus")
    except metadata.PackageNotFoundError:
        return metadata.version("gradus-client")
