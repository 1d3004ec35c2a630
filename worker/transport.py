"""The transport from the broker: it delivers hints alone, each rebuilt from its kind of work, and drops all else.

A message is untrusted input. Celery would obey time limits, start times, callbacks and more that a message names, and
ends with a shape that it does not expect, after which the broker would deliver it again.
"""

import base64
import json
import reprlib
from queue import Empty
from typing import Any, Final, cast
from uuid import uuid4

import kombu
from kombu.transport import redis

from contract.tasks import KINDS, WAKE
from process.logs import get_logger

MAX_RETRY_INTERVAL_SECONDS: Final = 2

_RedisChannel = cast("Any", redis.Channel)
"""Without types of its own."""

log = get_logger(__name__)


class HintChannel(_RedisChannel):
    """A channel that outlives an entry of the queue that is no message at all; it is off the queue already."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            read = cast("Any", super()._brpop_read)  # pyright: ignore[reportUnknownMemberType] - kombu has no types
            return read(**options)
        except (*self.connection_errors, *self.connection.channel_errors, Empty):
            raise
        except Exception as error:  # decoding may fail in any way
            log.warning("message dropped: it cannot be read", error=reprlib.repr(error))
            return True


class HintTransport(redis.Transport):
    """Kombu's transport for Redis, restricted to hints."""

    Channel = HintChannel

    def _deliver(self, message: object, queue: str | None) -> None:
        kind = read_kind(message)
        if kind is None:
            log.warning("message dropped: it is no hint", message=reprlib.repr(message))
        else:
            super()._deliver(create_message(kind, queue), queue)


class HintConnection(kombu.Connection):
    """A connection to the broker by this transport, retried every two seconds; kombu's own waits longer each time."""

    def get_transport_cls(self) -> type[HintTransport]:
        """The transport of all URLs that settings allow."""
        return HintTransport

    def ensure_connection(self, *args: Any, **options: Any) -> kombu.Connection:
        """Retry until there is a connection; Celery calls this."""
        return super().ensure_connection(*args, **{"interval_max": MAX_RETRY_INTERVAL_SECONDS, **options})


def read_kind(message: object) -> str | None:
    """The kind of work of a hint; None if the message is none."""
    try:
        fields = cast("Any", message)
        (kind,), _, _ = json.loads(base64.b64decode(fields["body"]))
        is_hint = fields["headers"]["task"] == WAKE and kind in KINDS
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return kind if is_hint else None


def create_message(kind: str, queue: str | None) -> dict[str, Any]:
    """The message of a hint as kombu's transport takes it from the queue, with nothing but the kind."""
    return {
        "body": json.dumps([[kind], {}, {}]),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": WAKE, "id": str(uuid4())},
        "properties": {"delivery_tag": str(uuid4()), "delivery_info": {"exchange": "", "routing_key": queue}},
    }
