"""Commands that ask a model that recommends: what somebody would like, and which items are alike."""

import csv
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import format_number, print_json, print_table, print_text
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.responses import RecommendationReason

Limit = Annotated[int, typer.Option(min=1, max=1000, help="Largest number of items.")]


def recommend(
    ctx: typer.Context,
    model: ModelRef,
    *,
    user: Annotated[str | None, typer.Option(help="A user of the table that the model learned from.")] = None,
    liked: Annotated[str | None, typer.Option(help="Items that somebody liked, between commas.")] = None,
    exclude: Annotated[str | None, typer.Option(help="Items to leave out, between commas.")] = None,
    user_column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="What is known of somebody who has chosen nothing yet. Repeatable."),
    ] = None,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Recommend items to a user, or to somebody who liked some, with the nearest things chosen."""
    columns = dict(_split_cell(each) for each in user_column or ())
    if (user is not None and liked is not None) or (user is liked and not columns):
        raise UsageError('Give either a user as --user USER, or what somebody liked as --liked "A,B".')
    items = None if liked is None else _split_names(liked)
    with open_client(ctx) as client:
        found = ask_model(
            client,
            model,
            lambda ref: client.models.recommend(
                ref, user=user, liked=items, user_columns=columns, exclude=_split_names(exclude or ""), limit=limit
            ),
        )
    if as_json:
        print_json(found)
        return
    for warning in found.warnings:
        print_text(f"note: {warning}", colour="yellow", err=True)
    rows = [[each.item, format_number(each.score), _list_items(each.reasons)] for each in found.items]
    print_table(["item", "score", "as you chose"], rows)


def similar(
    ctx: typer.Context,
    model: ModelRef,
    item: Annotated[str, typer.Argument(help="An item of the table that the model learned from.")],
    *,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Show the items that the same users like."""
    with open_client(ctx) as client:
        found = ask_model(client, model, lambda ref: client.models.similar(ref, item, limit=limit))
    if as_json:
        print_json(found)
        return
    print_table(["item", "similarity"], [[each.item, format_number(each.similarity)] for each in found.items])


def _split_names(text: str) -> list[str]:
    """The names between commas, of which one with a comma is quoted."""
    return [name.strip() for line in csv.reader([text], skipinitialspace=True) for name in line if name.strip()]


def _split_cell(text: str) -> tuple[str, str]:
    """The column and the cell of COLUMN=VALUE."""
    name, equals, cell = text.partition("=")
    if not equals:
        raise UsageError(f"--user-column {text}: write it as COLUMN=VALUE, such as --user-column age=35.")
    return name, cell


def _list_items(reasons: "Sequence[RecommendationReason]") -> str:
    return ", ".join(reason.item for reason in reasons)
