"""The request of a webhook, judged by the package of the specification's authors."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from process.address_guard import AddressGuard
from store.webhooks.deliveries import Attempt, DeliveryClaim
from tests.receiver import Receiver, respond_with, serve
from worker.webhooks.request import parse_retry_after, send

HERE = AddressGuard.from_texts(["127.0.0.0/8"])
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


def create_claim(url: str, data: dict[str, Any] | None = None) -> DeliveryClaim:
    data = data or {"object": "job", "id": "job_1"}
    return DeliveryClaim(
        id="msg_1", token=1, url=url, secrets=SECRETS, type="job.succeeded", data=data, created_at=1_764_500_000.25
    )


def send_to(receiver: Receiver, **more: Any) -> Attempt:
    return send(create_claim(f"http://127.0.0.1:{receiver.port}/hook", **more), HERE)


def test_a_receiver_can_verify_an_event_by_either_secret_and_by_no_other() -> None:
    data = {"object": "dataset", "id": "ds_1", "name": "Bücher \U0001f4d8 </script> \ud800"}
    with serve(Receiver()) as receiver:
        attempt = send_to(receiver, data=data)

    assert (attempt.status, attempt.error, attempt.has_succeeded) == (204, None, True)
    [arrived] = receiver.requests
    headers = {name.lower(): value for name, value in arrived.headers.items()}
    for secret in SECRETS:
        event = Webhook(secret).verify(arrived.body, headers)
        assert event == {"type": "job.succeeded", "timestamp": "2025-11-30T10:53:20.250Z", "data": data}
    assert headers["webhook-id"] == "msg_1"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").verify(arrived.body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(arrived.body + b" ", headers)


@pytest.mark.parametrize(
    ("status", "has_arrived"), [(200, True), (299, True), (302, False), (400, False), (500, False)]
)
def test_an_event_has_arrived_if_the_receiver_says_so(status: int, has_arrived: bool) -> None:
    with serve(Receiver(respond=respond_with(status, Retry_After="7", Location="/other"))) as receiver:
        attempt = send_to(receiver)

    assert (attempt.status, attempt.has_succeeded, attempt.retry_after) == (status, has_arrived, 7.0)
    assert len(receiver.requests) == 1


def test_what_cannot_be_reached_is_an_error_in_words_that_name_no_address() -> None:
    attempt = send(create_claim("http://localhost:1/"), AddressGuard())

    assert (attempt.status, attempt.has_succeeded) == (None, False)
    assert attempt.error == "the host has no public address"


def test_a_wait_may_be_asked_for_in_seconds_or_by_a_date() -> None:
    assert parse_retry_after("120") == 120.0
    assert parse_retry_after(formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=2)
    for text in (None, "0", "-5", "soon", "1e400", formatdate(time.time() - 60, usegmt=True)):
        assert parse_retry_after(text) is None
