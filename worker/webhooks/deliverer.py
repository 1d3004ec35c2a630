"""The deliverer of a trainer: a thread that sends due events to webhooks, also while the trainer trains.

Threads of its own wait for receivers; nearly all of their time they only wait, so training is not slowed down.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from process.logs import get_logger
from store.database import begin_write, first_line
from store.webhooks import deliveries
from store.webhooks.deliveries import DeliveryClaim
from worker.background_loop import BackgroundLoop
from worker.context import WorkerContext
from worker.webhooks.request import send

MAX_SENDERS: Final = 8
LEASE_SECONDS: Final = 55.0
"""Longer than sending may take, with the time to look up a name."""

log = get_logger(__name__)


class Deliverer:
    """Sends all due deliveries, up to MAX_SENDERS at once, and looks for more every `reconcile_seconds`."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._free = threading.Semaphore(MAX_SENDERS)
        self._senders = ThreadPoolExecutor(MAX_SENDERS, thread_name_prefix="webhook")
        self._loop = BackgroundLoop("deliverer", context, deliveries.has_due, self._send_next)

    def start(self) -> None:
        """Start the thread, which runs until `stop`; to be called once, in the trainer."""
        self._loop.start()

    def stop(self) -> None:
        """End the thread; what is being sent is sent again by another worker unless it ends in time."""
        self._senders.shutdown(wait=False, cancel_futures=True)
        self._loop.stop()

    def _send_next(self, context: WorkerContext) -> bool:
        """Claim the next due delivery and let a sender send it; False if there is none, or no sender is free."""
        if not self._free.acquire(blocking=False):
            return False
        claim = None
        try:
            with begin_write(context.sessions) as s:
                claim = deliveries.claim(s, LEASE_SECONDS)
            if claim is not None:
                self._senders.submit(self._send, claim)
        except RuntimeError:  # shutting down
            claim = None
        finally:
            if claim is None:
                self._free.release()
        return claim is not None

    def _send(self, claim: DeliveryClaim) -> None:
        try:
            attempt = send(claim, self._context.settings.address_guard)
            with begin_write(self._context.sessions) as s:
                status = deliveries.record_attempt(s, claim.id, claim.token, attempt)
            log.info("event sent", delivery=claim.id, event_type=claim.type, response=attempt.status, status=status)
        except Exception as error:  # it is sent again after its lease
            log.warning("could not deliver an event", delivery=claim.id, error=first_line(error))
        finally:
            self._free.release()
            self._loop.wake()
