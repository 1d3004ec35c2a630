"""Who calls which server: what was typed before the command's name, kept until the command needs a client."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from gradus.client import Client


@dataclass(frozen=True)
class Caller:
    """The server and the key, None where the environment decides."""

    url: str | None
    api_key: str | None


def client_of(ctx: typer.Context) -> "Client":
    """A client for the command that runs."""
    from gradus.client import Client

    caller = cast("Caller", ctx.obj)
    return Client(caller.url, caller.api_key)
