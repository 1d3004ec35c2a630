"""Commands for API keys: create, list, revoke."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from gradus.cli.context import AsJson, open_client
from gradus.cli.output import Columns, format_time, print_json, print_list, print_text
from gradus.cli.plain_help import PlainHelpCommand

if TYPE_CHECKING:
    from contract.responses import KeyResponse
    from contract.states import Scope

Owner = Annotated[str | None, typer.Option(help="Owner: whose datasets, jobs and models; by default you.")]

keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Create, list and revoke API keys.")


@keys.command(cls=PlainHelpCommand)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    scope: Annotated[
        list[str], typer.Option(help="Scope: read, train, predict, or admin, which allows everything; may be repeated.")
    ],
    owner: Owner = None,
    as_json: AsJson = False,
) -> None:
    """Create an API key and print it; it is shown only once."""
    with open_client(ctx) as client:
        key = client.keys.create(name, cast("list[Scope]", scope), owner=owner)  # the server checks
    if as_json:
        print_json(key)
    else:
        print_text(key.key)
        print_text(f"{key.id} belongs to {key.owner}. Save the key above: it is not shown again.", err=True)


@keys.command("list", cls=PlainHelpCommand)
def list_keys(ctx: typer.Context, owner: Owner = None, as_json: AsJson = False) -> None:
    """List the API keys, revoked ones too."""
    with open_client(ctx) as client:
        found = list(client.keys.list(owner=owner))
    columns: Columns[KeyResponse] = {
        "key": lambda key: key.id,
        "name": lambda key: key.name,
        "owner": lambda key: key.owner,
        "scopes": lambda key: ", ".join(key.scopes),
        "ends in": lambda key: key.hint,
        "created": lambda key: format_time(key.created_at),
        "last used": lambda key: format_time(key.last_used_at) if key.last_used_at else "-",
        "": lambda key: "revoked" if key.revoked_at else "",
    }
    if_empty = "There are no keys: anyone on the server's machine may do everything."
    print_list(found, columns, as_json=as_json, if_empty=if_empty)


@keys.command(cls=PlainHelpCommand)
def revoke(
    ctx: typer.Context, key: Annotated[str, typer.Argument(help="The id of a key, as `list` shows it.")]
) -> None:
    """Revoke an API key; it stops working within a second."""
    with open_client(ctx) as client:
        client.keys.revoke(key)
    print_text(f"{key} is revoked.")
