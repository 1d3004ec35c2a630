"""Who calls which server: what was typed before the command's name, kept until the command needs a client."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from gradus.client import Client


@dataclass(frozen=True)
class CliContext:
    """The server and the key, None where the environment decides."""

    url: str | None
    api_key: str | None


def open_client(ctx: typer.Context) -> "Client":
    """A client for the command that runs."""
    from gradus.client import Client

    context = cast("CliContext", ctx.obj)
    return Client(context.url, context.api_key)
