"""Routes of webhooks: create, list, change, rotate the secret, delete; what was sent to them, tests and replay.

Workers send the events, see `worker.webhooks.deliverer`. A secret is shown once, in the response to what made it.
"""

from ipaddress import ip_address
from typing import Annotated

from flask import Response
from pydantic import AfterValidator, Field, StringConstraints

from contract.events import EVENT_TYPES, DeliveryStatus, EventType
from contract.ids import new_id
from contract.responses import (
    DeletedResponse,
    DeliveryReplayResponse,
    DeliveryResponse,
    FieldError,
    NewWebhookResponse,
    Page,
    WebhookResponse,
)
from contract.specs import StrictModel
from process.guarded_http import split_url
from service.http import pagination
from service.http.csrf import names_this_machine
from service.http.errors import ProblemError
from service.http.idempotency import idempotent
from service.http.pagination import CommaSeparated, ListQuery
from service.http.responses import json_response
from service.http.routing import Routes
from service.http.validation_errors import invalid_fields
from service.services import Context
from store.tables import WebhookRow
from store.webhooks import deliveries, events, webhooks

routes = Routes("webhooks", "Addresses to which events are sent, signed, until they arrive.")


def _check_url(url: str) -> str:
    split_url(url)
    return url


Url = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_check_url)]
Events = Annotated[list[EventType], Field(min_length=1, max_length=len(EVENT_TYPES))]


class WebhookSpec(StrictModel):
    """A webhook to create."""

    url: Url = Field(description="Where events are sent, with https or http, on a public address.")
    events: Events | None = Field(default=None, description="The types of events to send; null: all.")


class WebhookChanges(StrictModel):
    """What to change of a webhook; what is left out stays."""

    url: Url = Field(default="https://left.out", description="Where events are sent from now on.")
    events: Events | None = Field(default=None, description="The types of events to send; null: all.")
    enabled: bool = Field(default=True, description="false: events are no longer recorded, and those that wait stay.")


class DeliveriesQuery(ListQuery):
    """Filters of the list of deliveries."""

    status: CommaSeparated[DeliveryStatus] = Field(default=[], description="Only those in one of these states.")


@routes.post(
    "/v1/webhooks",
    scope="train",
    summary="Create a webhook",
    status=201,
    response_model=NewWebhookResponse,
    request_headers=("Idempotency-Key",),
    problems=("idempotency-key-reused", "shown-once", "too-many-requests"),
    example={"url": "https://hooks.example.com/gradus", "events": ["job.succeeded", "job.failed"]},
)
def create(context: Context, body: WebhookSpec) -> Response:
    """Create a webhook: from now on your events are sent there as Standard Webhooks 1.0.0 says, signed with `secret`.

    The secret stands in this response alone. Repeated with its Idempotency-Key the request makes no second webhook:
    409 has the address of the first one.
    """
    _require_public_host(context, body.url)
    with idempotent(context, store_body=False) as (s, replay):
        if replay.response:
            location = replay.response.headers["Location"]
            detail = f"This request created {location}, and only its response had the secret; rotate it if it was lost."
            raise ProblemError("shown-once", detail, headers={"Location": location})
        limit = context.services.settings.webhooks_per_owner
        if webhooks.count(s, context.owner) >= limit:
            detail = f"You have {limit} webhooks, and may not have more (GRADUS_WEBHOOKS_PER_OWNER); delete one first."
            raise ProblemError("too-many-requests", detail, headers={"Retry-After": "60"})
        row = webhooks.add(s, id=new_id("wh"), owner=context.owner, url=body.url, events=body.events)
        return replay.record(_with_secret(row, 201, {"Location": f"/v1/webhooks/{row.id}"}))


@routes.get("/v1/webhooks", scope="read", summary="List webhooks")
def index(context: Context, query: ListQuery) -> Page[WebhookResponse]:
    """Webhooks, newest first."""
    with context.begin_read() as s:
        rows, has_more = webhooks.list_page(s, context.owner, query.limit, query.after)
    return pagination.make_page([WebhookResponse.model_validate(row) for row in rows], has_more)


@routes.get("/v1/webhooks/{webhook_id}", scope="read", summary="One webhook", problems=("not-found",))
def one(context: Context, webhook_id: str) -> WebhookResponse:
    """A webhook, and why it is disabled if it is: its receiver answered 410, or too many events waited for it."""
    with context.begin_read() as s:
        return WebhookResponse.model_validate(webhooks.get(s, context.owner, webhook_id))


@routes.patch("/v1/webhooks/{webhook_id}", scope="train", summary="Change a webhook", problems=("not-found",))
def change(context: Context, webhook_id: str, body: WebhookChanges) -> WebhookResponse:
    """Change where events are sent and which; `enabled: true` also goes on with events that waited."""
    values = {name: getattr(body, name) for name in body.model_fields_set}
    if "url" in values:
        _require_public_host(context, body.url)
    with context.begin_write() as s:
        return WebhookResponse.model_validate(webhooks.change(s, context.owner, webhook_id, **values))


@routes.post(
    "/v1/webhooks/{webhook_id}/rotate",
    scope="train",
    summary="Give a webhook a new secret",
    response_model=NewWebhookResponse,
    problems=("not-found",),
)
def rotate(context: Context, webhook_id: str) -> Response:
    """Make a new secret, shown in this response alone; for 24 hours events are signed with the former one too."""
    with context.begin_write() as s:
        return _with_secret(webhooks.rotate_secret(s, context.owner, webhook_id), 200)


@routes.delete("/v1/webhooks/{webhook_id}", scope="train", summary="Delete a webhook", problems=("not-found",))
def delete(context: Context, webhook_id: str) -> DeletedResponse:
    """Delete a webhook with its log and with what waits for it."""
    with context.begin_write() as s:
        webhooks.delete(s, context.owner, webhook_id)
    return DeletedResponse(id=webhook_id)


@routes.get(
    "/v1/webhooks/{webhook_id}/deliveries",
    scope="read",
    summary="What was sent to a webhook, and what waits",
    problems=("not-found",),
)
def list_deliveries(context: Context, webhook_id: str, query: DeliveriesQuery) -> Page[DeliveryResponse]:
    """Deliveries of the last 30 days, newest first, with each attempt."""
    with context.begin_read() as s:
        webhooks.get(s, context.owner, webhook_id)
        rows, has_more = deliveries.list_page(s, webhook_id, query.limit, query.after, statuses=query.status)
    return pagination.make_page([DeliveryResponse.model_validate(row) for row in rows], has_more)


@routes.post(
    "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    scope="train",
    summary="Send an event again",
    problems=("not-found",),
)
def replay_delivery(context: Context, webhook_id: str, delivery_id: str) -> DeliveryResponse:
    """Send an event now, whether it had arrived, failed or waited, and retry it as if it were new."""
    with context.begin_write() as s:
        return DeliveryResponse.model_validate(deliveries.replay(s, context.owner, webhook_id, delivery_id))


@routes.post(
    "/v1/webhooks/{webhook_id}/replay",
    scope="train",
    summary="Send all events again that failed",
    problems=("not-found",),
)
def replay_failed(context: Context, webhook_id: str) -> DeliveryReplayResponse:
    """Send all events of the last 30 days again that have failed for good, as after a long absence of the receiver."""
    with context.begin_write() as s:
        webhooks.get(s, context.owner, webhook_id)
        return DeliveryReplayResponse(webhook_id=webhook_id, deliveries=deliveries.replay_failed(s, webhook_id))


@routes.post(
    "/v1/webhooks/{webhook_id}/test",
    scope="train",
    summary="Send a test",
    status=202,
    response_model=DeliveryResponse,
    problems=("not-found", "wrong-state"),
)
def test(context: Context, webhook_id: str) -> Response:
    """Send the event `webhook.test` now, whatever types the webhook wants; the log tells what came of it."""
    with context.begin_write() as s:
        row = events.add_test(s, webhooks.get(s, context.owner, webhook_id))
        return json_response(DeliveryResponse.model_validate(row), 202)


def _with_secret(row: WebhookRow, status: int, headers: dict[str, str] | None = None) -> Response:
    body = NewWebhookResponse(**WebhookResponse.model_validate(row).model_dump(), secret=row.secret)
    return json_response(body, status, headers)


def _require_public_host(context: Context, url: str) -> None:
    """Refuse a host that is written as an address which no event can be sent to; names are looked up when it is sent.

    Raises:
        ProblemError: `invalid`.
    """
    host = (split_url(url).hostname or "").rstrip(".")
    guard = context.services.settings.address_guard
    try:
        is_permitted = guard.permits(str(ip_address(host)))
    except ValueError:
        is_permitted = not names_this_machine(host) or guard.permits("127.0.0.1")
    if not is_permitted:
        detail = (
            "must be on a public address, not one of this machine or its network; "
            "the operator can allow networks by GRADUS_WEBHOOK_ALLOWED_NETWORKS"
        )
        raise invalid_fields([FieldError(pointer="#/url", detail=detail, code="private_address", given=url)])
