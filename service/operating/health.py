"""Whether the service is alive, and whether it can do its work: for load balancers, containers and people.

Alive means that it answers. Ready means that database, storage and disk work; without the broker it is degraded, not
down.
"""

from typing import Literal

import structlog
from pydantic import Field

from contract.responses import ResponseModel
from service.http.routing import Call, Reply, Routes
from store import datasets
from store.errors import StorageUnavailable

log = structlog.get_logger(__name__)

routes = Routes("health", "Whether the service is alive and ready.")


class HealthResponse(ResponseModel):
    """The service is alive."""

    object: Literal["health"] = "health"
    status: Literal["ok"] = "ok"


class ReadyResponse(ResponseModel):
    """What the service needs, and whether it has it."""

    object: Literal["readiness"] = "readiness"
    status: Literal["ok", "degraded", "down"]
    database: Literal["ok", "down"]
    storage: Literal["ok", "down"] = Field(description="Where dataset files are kept: a folder, or a bucket.")
    disk: Literal["ok", "full"]
    broker: Literal["ok", "down"] = Field(description="Without it work begins up to GRADUS_RECONCILE_SECONDS later.")
    free_bytes: int


@routes.get("/healthz", scope="public", summary="Is the service alive?")
def alive(call: Call) -> HealthResponse:  # noqa: ARG001 - that it answers is the answer
    """Touches nothing but the process itself."""
    return HealthResponse()


@routes.get(
    "/readyz",
    scope="public",
    summary="Can the service do its work?",
    answer=ReadyResponse,
    also={503: "Database, storage or disk is down; the answer names it."},
)
def ready(call: Call) -> Reply:
    """Asks database, storage, disk and broker."""
    database = _database_answers(call)
    storage = _storage_answers(call)
    free = call.backing.files.free_bytes()
    disk = free >= call.backing.settings.min_free_bytes
    broker = call.backing.hints.broker_answers()
    able = database and storage and disk
    answer = ReadyResponse(
        status="down" if not able else "ok" if broker else "degraded",
        database="ok" if database else "down",
        storage="ok" if storage else "down",
        disk="ok" if disk else "full",
        broker="ok" if broker else "down",
        free_bytes=free,
    )
    return Reply(answer, 503 if answer.status == "down" else 200, {} if able else {"Retry-After": "5"})


def _database_answers(call: Call) -> bool:
    try:
        with call.reading() as s:
            datasets.list_page(s, call.owner, limit=1)
    except Exception:  # whatever a driver raises, the database does not answer
        return False
    return True


def _storage_answers(call: Call) -> bool:
    try:
        call.backing.files.check()
    except StorageUnavailable as error:
        log.warning("storage away", error=str(error))
        return False
    return True
