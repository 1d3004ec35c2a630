"""Commands for webhooks: create, list, deliveries, test, replay, enable, rotate, delete."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from gradus.cli.context import AsJson, open_client
from gradus.cli.output import Columns, format_time, print_json, print_list, print_text
from gradus.cli.plain_help import PlainHelpCommand

if TYPE_CHECKING:
    from contract.events import EventType
    from contract.responses import DeliveryResponse, NewWebhookResponse, WebhookResponse

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a webhook, as `list` shows it.")]

webhooks = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tell another program what happens.")


@webhooks.command(cls=PlainHelpCommand)
def create(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent.")],
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="Type of event, such as job.succeeded; may be repeated; by default all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a webhook and print its secret, by which the receiver verifies events; it is shown only once."""
    with open_client(ctx) as client:
        made = client.webhooks.create(url, events=cast("list[EventType] | None", event))  # the server checks
    _print_secret(made, as_json)


@webhooks.command("list", cls=PlainHelpCommand)
def list_webhooks(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List your webhooks."""
    with open_client(ctx) as client:
        found = list(client.webhooks.list())
    columns: Columns[WebhookResponse] = {
        "webhook": lambda webhook: webhook.id,
        "url": lambda webhook: webhook.url,
        "events": lambda webhook: "all" if webhook.events is None else ", ".join(webhook.events),
        "created": lambda webhook: format_time(webhook.created_at),
        "": lambda webhook: "" if webhook.enabled else f"disabled: {webhook.disabled_reason or 'by you'}",
    }
    print_list(
        found, columns, as_json=as_json, if_empty="There are no webhooks; `gradus webhooks create URL` makes one."
    )


@webhooks.command(cls=PlainHelpCommand)
def deliveries(
    ctx: typer.Context,
    webhook: Id,
    status: Annotated[str | None, typer.Option(help="Only those that are pending, succeeded or failed.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was sent to a webhook in the last 30 days, and what waits."""
    with open_client(ctx) as client:
        found = list(client.webhooks.deliveries(webhook, status=status))
    columns: Columns[DeliveryResponse] = {
        "delivery": lambda delivery: delivery.id,
        "event": lambda delivery: delivery.type,
        "about": lambda delivery: str(delivery.data.get("id", "")),
        "status": lambda delivery: delivery.status,
        "attempts": lambda delivery: str(len(delivery.attempts)),
        "last answer": _format_last_attempt,
        "next": lambda delivery: format_time(delivery.due_at) if delivery.due_at else "-",
    }
    print_list(found, columns, as_json=as_json, if_empty="Nothing was sent to it.")


@webhooks.command(cls=PlainHelpCommand)
def test(ctx: typer.Context, webhook: Id) -> None:
    """Send a test to a webhook, whatever types of events it wants."""
    with open_client(ctx) as client:
        sent = client.webhooks.test(webhook)
    print_text(f"{sent.id} is sent; `gradus webhooks deliveries {webhook}` tells what came of it.")


@webhooks.command(cls=PlainHelpCommand)
def replay(
    ctx: typer.Context,
    webhook: Id,
    delivery: Annotated[str | None, typer.Argument(metavar="DELIVERY", help="The id of one delivery.")] = None,
) -> None:
    """Send an event again, or all that have failed."""
    with open_client(ctx) as client:
        count = client.webhooks.replay(webhook, delivery)
    print_text(f"{count:,} {'event is' if count == 1 else 'events are'} sent again.")


@webhooks.command(cls=PlainHelpCommand)
def enable(ctx: typer.Context, webhook: Id) -> None:
    """Go on with a webhook that was disabled, and with the events that wait for it."""
    with open_client(ctx) as client:
        client.webhooks.enable(webhook)
    print_text(f"{webhook} is enabled.")


@webhooks.command(cls=PlainHelpCommand)
def rotate(ctx: typer.Context, webhook: Id, as_json: AsJson = False) -> None:
    """Give a webhook a new secret and print it; for 24 hours the former one signs too."""
    with open_client(ctx) as client:
        made = client.webhooks.rotate(webhook)
    _print_secret(made, as_json)


@webhooks.command(cls=PlainHelpCommand)
def delete(ctx: typer.Context, webhook: Id) -> None:
    """Delete a webhook with its log and with what waits for it."""
    with open_client(ctx) as client:
        client.webhooks.delete(webhook)
    print_text(f"{webhook} is deleted.")


def _print_secret(webhook: "NewWebhookResponse", as_json: bool) -> None:
    if as_json:
        print_json(webhook)
    else:
        print_text(webhook.secret)
        print_text(f"{webhook.id} sends to {webhook.url}. Save the secret above: it is not shown again.", err=True)


def _format_last_attempt(delivery: "DeliveryResponse") -> str:
    if not delivery.attempts:
        return "-"
    last = delivery.attempts[-1]
    return str(last.status) if last.status is not None else str(last.error)
