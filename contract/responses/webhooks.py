"""Responses of webhooks and of what was delivered to them."""

from typing import Any, Literal

from pydantic import Field

from contract.events import DeliveryStatus, DeliveryType, EventType
from contract.responses.base import ResponseModel, Timestamp


class WebhookResponse(ResponseModel):
    """An address to which events are sent, without its secret."""

    object: Literal["webhook"] = "webhook"
    id: str
    url: str
    events: list[EventType] | None = Field(description="The types of events that are sent; null: all.")
    enabled: bool
    disabled_reason: str | None = Field(description="Why it is not enabled, unless you disabled it.")
    created_at: Timestamp


class NewWebhookResponse(WebhookResponse):
    """A webhook with the secret that it was just given."""

    secret: str = Field(description="By which receivers verify signatures; shown now and never again.")


class DeliveryAttemptResponse(ResponseModel):
    """One request to the receiver, and what came of it."""

    at: Timestamp
    seconds: float
    status: int | None = Field(description="Of the receiver's response; from 200 to 299 the event has arrived.")
    error: str | None = Field(description="Why there was no response.")


class DeliveryResponse(ResponseModel):
    """An event on its way to a webhook; its id is the `webhook-id` that the receiver gets."""

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str
    webhook_id: str
    type: DeliveryType
    data: dict[str, Any]
    status: DeliveryStatus = Field(description="pending until an attempt succeeds, or ten have failed.")
    attempts: list[DeliveryAttemptResponse] = Field(description="The last 20, oldest first.")
    due_at: Timestamp | None = Field(description="When the next attempt is due.")
    created_at: Timestamp
    finished_at: Timestamp | None


class DeliveryReplayResponse(ResponseModel):
    """How many deliveries are sent again."""

    object: Literal["webhook_replay"] = "webhook_replay"
    webhook_id: str
    deliveries: int
