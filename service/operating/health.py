"""Health: whether the service is alive, and whether it is ready, for load balancers, containers and people.

Alive means that it answers. Ready means that database, storage and disk work; without the broker it is degraded, not
down.
"""

from typing import Literal

import structlog
from flask import Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from contract.responses import ResponseModel
from service.http.responses import json_response
from service.http.routing import Routes
from service.services import Context
from store import datasets
from store.errors import StorageUnavailable
from store.installation import has_same_id

log = structlog.get_logger(__name__)

routes = Routes("health", "Liveness and readiness.")


class HealthResponse(ResponseModel):
    """The service is alive."""

    object: Literal["health"] = "health"
    status: Literal["ok"] = "ok"


class ReadyResponse(ResponseModel):
    """The state of what the service depends on."""

    object: Literal["readiness"] = "readiness"
    status: Literal["ok", "degraded", "down"]
    database: Literal["ok", "down"]
    storage: Literal["ok", "down"] = Field(description="Where dataset files are stored: a folder, or a bucket.")
    installation: Literal["ok", "mismatch"] = Field(
        description="Whether files and database belong to each other; on a mismatch `gradus doctor` says what to do."
    )
    disk: Literal["ok", "full"]
    broker: Literal["ok", "down"] = Field(description="Without it jobs start up to GRADUS_RECONCILE_SECONDS later.")
    free_bytes: int


@routes.get("/healthz", scope="public", summary="Is the service alive?")
def alive(context: Context) -> HealthResponse:  # noqa: ARG001 - answering is the check
    """Depends on nothing but the process itself."""
    return HealthResponse()


@routes.get(
    "/readyz",
    scope="public",
    summary="Is the service ready?",
    response_model=ReadyResponse,
    other_statuses={503: "Database, storage or disk is down, or they do not belong together; the response names it."},
)
def ready(context: Context) -> Response:
    """Checks database, storage, whether they belong together, disk and broker."""
    database, storage = _is_database_up(context), _is_storage_up(context)
    installation = not (database and storage) or _has_same_id(context)
    free = context.services.files.free_bytes()
    disk = free >= context.services.settings.min_free_bytes
    broker = context.services.hints.broker_answers()
    is_ready = database and storage and installation and disk
    body = ReadyResponse(
        status="down" if not is_ready else "ok" if broker else "degraded",
        database="ok" if database else "down",
        storage="ok" if storage else "down",
        installation="ok" if installation else "mismatch",
        disk="ok" if disk else "full",
        broker="ok" if broker else "down",
        free_bytes=free,
    )
    return json_response(body) if is_ready else json_response(body, 503, {"Retry-After": "5"})


def _is_database_up(context: Context) -> bool:
    try:
        with context.begin_read() as s:
            datasets.exists(s, context.owner, "")
    except Exception:  # whatever a driver raises, the database does not answer
        return False
    return True


def _is_storage_up(context: Context) -> bool:
    try:
        context.services.files.check()
    except StorageUnavailable as error:
        log.warning("storage unavailable", error=str(error))
        return False
    return True


def _has_same_id(context: Context) -> bool:
    try:
        with context.begin_read() as s:
            same = has_same_id(s, context.services.files)
    except (SQLAlchemyError, StorageUnavailable, OSError):
        return True  # one of them went down since it was checked
    if not same:
        log.warning("the files do not belong to the database", files=context.services.files.location)
    return same
