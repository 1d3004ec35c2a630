"""The client, arguments and options that commands share."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.completion import complete_datasets, complete_jobs, complete_models

if TYPE_CHECKING:
    from gradus.client import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobRef = Annotated[
    str,
    typer.Argument(
        metavar="JOB", help="A model, latest, or an id, its beginning or end.", autocompletion=complete_jobs
    ),
]
ModelRef = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A name or its beginning, name:3, name@alias, latest, or an id of it or its job.",
        autocompletion=complete_models,
    ),
]
DatasetRef = Annotated[
    str,
    typer.Argument(
        metavar="DATASET", help="A name or its beginning, latest, or an id.", autocompletion=complete_datasets
    ),
]


def open_client(ctx: typer.Context) -> "Client":
    """A client with the options that stand before the command; None: as the environment says."""
    from gradus.client import Client

    return Client(**ctx.obj)
