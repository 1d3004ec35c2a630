"""The client, arguments and options that commands share."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gradus.client import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]
ModelRef = Annotated[str, typer.Argument(metavar="MODEL", help="An id, a name, name:3, or name@alias.")]
Cells = Annotated[list[str] | None, typer.Argument(metavar="[COLUMN=VALUE]...", help="More cells of the row.")]


def open_client(ctx: typer.Context) -> "Client":
    """A client with the options that stand before the command; None: as the environment says."""
    from gradus.client import Client

    return Client(**ctx.obj)
