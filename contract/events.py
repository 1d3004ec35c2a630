"""The types of events that webhooks are told of; each is a resource and what became of it."""

from typing import Final, Literal, get_args

EventType = Literal[
    "job.succeeded",
    "job.failed",
    "job.cancelled",
    "dataset.ready",
    "dataset.failed",
    "model.created",
    "batch.succeeded",
    "batch.failed",
    "batch.cancelled",
    "drift.detected",
]
DeliveryType = Literal[EventType, "webhook.test"]
"""An event, or the test that is sent on request, whatever a webhook subscribes to."""
DeliveryStatus = Literal["pending", "succeeded", "failed"]

EVENT_TYPES: Final = get_args(EventType)
