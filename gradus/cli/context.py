"""The client, arguments and options that commands share."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.references import complete_datasets, complete_jobs, complete_models

if TYPE_CHECKING:
    from gradus.client import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobRef = Annotated[
    str,
    typer.Argument(
        metavar="JOB", help="An id, the last letters of one, a model, or latest.", autocompletion=complete_jobs
    ),
]
ModelRef = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="An id, a name, name:3, or name@alias.", autocompletion=complete_models),
]
DatasetRef = Annotated[
    str, typer.Argument(metavar="DATASET", help="The dataset's id or name.", autocompletion=complete_datasets)
]


def open_client(ctx: typer.Context) -> "Client":
    """A client with the options that stand before the command; None: as the environment says."""
    from gradus.client import Client

    return Client(**ctx.obj)
