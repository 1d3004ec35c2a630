"""Commands about keys: make one, list them, revoke one."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from gradus.cli.context import open_client
from gradus.cli.output import AsJson, format_time, print_json, print_json_list, print_table

if TYPE_CHECKING:
    from contract.responses import KeyResponse
    from contract.states import Scope

Owner = Annotated[str | None, typer.Option(help="Whose datasets, jobs and models; by default yours.")]

keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, list and revoke keys.")


@keys.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    scope: Annotated[
        list[str], typer.Option(help="read, train, predict, or admin, which allows everything; may be repeated.")
    ],
    owner: Owner = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print it: it is shown this once."""
    with open_client(ctx) as client:
        key = client.keys.create(name, cast("list[Scope]", scope), owner=owner)  # the server checks
    if as_json:
        print_json(key)
    else:
        typer.echo(key.key)
        typer.echo(f"{key.id} acts for {key.owner}; keep the key above, it is not shown again.", err=True)


@keys.command("list")
def list_keys(ctx: typer.Context, owner: Owner = None, as_json: AsJson = False) -> None:
    """List the keys, also those that were revoked."""
    with open_client(ctx) as client:
        found = list(client.keys.list(owner=owner))
    if as_json:
        print_json_list(found)
    elif found:
        print_table(
            ["key", "name", "owner", "scopes", "ends in", "made", "last used", ""], [_key_row(k) for k in found]
        )
    else:
        typer.echo("There are no keys: everybody on the server's machine may do everything.")


@keys.command()
def revoke(
    ctx: typer.Context, key: Annotated[str, typer.Argument(help="The id of a key, as `list` shows it.")]
) -> None:
    """Revoke a key: within a second it opens nothing any more."""
    with open_client(ctx) as client:
        client.keys.revoke(key)
    typer.echo(f"{key} is revoked.")


def _key_row(key: "KeyResponse") -> list[str]:
    used = format_time(key.last_used_at) if key.last_used_at else "-"
    state = "revoked" if key.revoked_at else ""
    return [key.id, key.name, key.owner, ", ".join(key.scopes), key.hint, format_time(key.created_at), used, state]
