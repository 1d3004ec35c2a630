"""The request of a webhook by Standard Webhooks 1.0.0: a signed body, an id and a time by which receivers verify it.

The specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

from contract.responses.base import rfc3339
from process.address_guard import AddressGuard
from process.guarded_http import RequestError, request
from store.webhooks.deliveries import Attempt, DeliveryClaim

MAX_SECONDS: Final = 20.0
USER_AGENT: Final = f"gradus/{version('gradus')}"


def send(claim: DeliveryClaim, guard: AddressGuard) -> Attempt:
    """Send an event once; whatever happens is in the attempt."""
    at, began = time.time(), time.monotonic()
    status = error = retry_after = None
    body = encode_body(claim)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": claim.id,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": sign(claim.secrets, claim.id, int(at), body),
    }
    try:
        response = request("POST", claim.url, guard=guard, seconds=MAX_SECONDS, headers=headers, body=body)
        status, retry_after = response.status, parse_retry_after(response.headers.get("Retry-After"))
    except (RequestError, ValueError) as failure:
        error = str(failure)
    seconds = round(time.monotonic() - began, 3)
    return Attempt(at=at, seconds=seconds, status=status, error=error, retry_after=retry_after)


def encode_body(claim: DeliveryClaim) -> bytes:
    """The event as it is sent, the same bytes in every attempt."""
    event = {"type": claim.type, "timestamp": rfc3339(claim.created_at), "data": claim.data}
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode()


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The signatures with each secret: HMAC-SHA256 of id, time and body, divided by dots, in base64."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    macs = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


def parse_retry_after(text: str | None) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date; None if it asks for none."""
    if text is None:
        return None
    try:
        seconds = float(text) if text.isdecimal() else parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) or None
