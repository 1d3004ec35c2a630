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
DeliveryStatus = Literal["pending", "succeeded", "failed"]

EVENT_TYPES: Final = get_args(EventType)
