"""The options that all commands share, and the client that they make."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from gradus.client import Client


@dataclass(frozen=True)
class CliContext:
    """The server's URL and the API key; None: as the environment says."""

    url: str | None
    api_key: str | None


def open_client(ctx: typer.Context) -> "Client":
    """A client for the command that runs."""
    from gradus.client import Client

    context = cast("CliContext", ctx.obj)
    return Client(context.url, context.api_key)
