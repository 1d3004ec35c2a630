"""Webhooks: where events are sent, what was delivered, and replay."""

from collections.abc import Iterator, Sequence

from contract.events import EventType
from contract.responses import DeliveryReplayResponse, DeliveryResponse, NewWebhookResponse, WebhookResponse
from gradus.transport import Resource, quote_segment


class Webhooks(Resource):
    """Your webhooks."""

    def create(self, url: str, *, events: Sequence[EventType] | None = None) -> NewWebhookResponse:
        """Create a webhook for these types of events, by default all; its `secret` is in this response only.

        A request whose response was lost is not retried.
        """
        body = {"url": url, "events": None if events is None else list(events)}
        return self._transport.request_model(NewWebhookResponse, "POST", "/v1/webhooks", json=body, retryable=False)

    def list(self) -> Iterator[WebhookResponse]:
        """All webhooks, newest first."""
        return self._transport.paginate(WebhookResponse, "/v1/webhooks")

    def get(self, id: str) -> WebhookResponse:  # noqa: A002 - its name in the API
        """A webhook; raises NotFound if there is none with this id."""
        return self._transport.request_model(WebhookResponse, "GET", f"/v1/webhooks/{quote_segment(id)}")

    def enable(self, id: str, *, enabled: bool = True) -> WebhookResponse:  # noqa: A002 - its name in the API
        """Go on with a webhook that was disabled and with what waits for it, or disable it."""
        path = f"/v1/webhooks/{quote_segment(id)}"
        return self._transport.request_model(WebhookResponse, "PATCH", path, json={"enabled": enabled})

    def rotate(self, id: str) -> NewWebhookResponse:  # noqa: A002 - its name in the API
        """Give a webhook a new secret, which is in this response only; the former one signs for 24 hours more."""
        path = f"/v1/webhooks/{quote_segment(id)}/rotate"
        return self._transport.request_model(NewWebhookResponse, "POST", path, retryable=False)

    def delete(self, id: str) -> None:  # noqa: A002 - its name in the API
        """Delete a webhook with its log and with what waits for it."""
        self._transport.request("DELETE", f"/v1/webhooks/{quote_segment(id)}")

    def deliveries(self, id: str, *, status: str | None = None) -> Iterator[DeliveryResponse]:  # noqa: A002 - as above
        """What was sent to a webhook in the last 30 days and what waits, newest first: pending, succeeded or failed."""
        return self._transport.paginate(DeliveryResponse, f"/v1/webhooks/{quote_segment(id)}/deliveries", status=status)

    def test(self, id: str) -> DeliveryResponse:  # noqa: A002 - as above
        """Send a test now, whatever types of events the webhook wants; `deliveries` tells what came of it."""
        path = f"/v1/webhooks/{quote_segment(id)}/test"
        return self._transport.request_model(DeliveryResponse, "POST", path, retryable=False)

    def replay(self, id: str, delivery: str | None = None) -> int:  # noqa: A002 - its name in the API
        """Send an event again, or all that have failed; returns how many."""
        path = f"/v1/webhooks/{quote_segment(id)}"
        if delivery is None:
            return self._transport.request_model(DeliveryReplayResponse, "POST", f"{path}/replay").deliveries
        self._transport.request("POST", f"{path}/deliveries/{quote_segment(delivery)}/replay")
        return 1
