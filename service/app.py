"""The Flask app: every route of every resource, and what happens around each request.

Around a request: an id in and out, errors as problem documents, headers that make browsers careful, one line of log.
"""

import re
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Final

import structlog
from flask import Flask, Response, g, request

from contract.ids import new_id
from contract.settings import Settings
from service import docs, health
from service.backing import Backing
from service.bodies.json_text import printable
from service.datasets import routes as datasets
from service.edge import errors, openapi, origins, problem_pages, routing
from service.edge.authentication import Keys
from service.edge.limits import Limits
from service.edge.long_calls import LongCalls
from service.edge.routing import Routes
from service.hints import Hints
from service.jobs import routes as jobs
from service.keys import routes as keys
from service.metrics import routes as metrics
from service.metrics.counted import Metrics
from service.models import predict
from service.models import routes as models
from service.models.cache import ModelCache
from store.database import open_database, sessions
from store.refs import Refs
from store.storage import open_files

ROUTES: Final[tuple[Routes, ...]] = (
    datasets.routes,
    jobs.routes,
    models.routes,
    predict.routes,
    keys.routes,
    health.routes,
    metrics.routes,
    docs.routes,
    problem_pages.routes,
)
"""Every resource of the API. A new one is named here and nowhere else."""

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger("service.access")


def create_app(settings: Settings, ending: Callable[[], bool] = lambda: False) -> Flask:
    """The app of one installation, ready to serve; opens the database lazily and starts no thread.

    Args:
        settings: what the operator chose.
        ending: whether the process is about to end, so that calls that wait answer at once.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    opened = sessions(engine)
    counted = Metrics()
    return app_of(
        Backing(
            settings=settings,
            sessions=opened,
            files=open_files(settings),
            hints=Hints(settings.broker),
            long_calls=LongCalls(settings.service_threads, ending),
            refs=Refs(engine),
            models=ModelCache(settings.model_cache_bytes, counted),
            keys=Keys(opened, settings.wrong_keys_per_minute),
            limits=Limits(settings),
            metrics=counted,
        )
    )


def app_of(backing: Backing) -> Flask:
    """The app on top of given backing services."""
    app = Flask("service", static_folder=None)
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.after_request(partial(_end, backing.metrics))
    errors.install(app)
    app.extensions["backing"] = backing
    app.extensions["openapi"] = described
    for resource in ROUTES:
        for route in resource:
            routing.install(app, route, backing)
    return app


@cache
def described() -> str:
    """The OpenAPI document of all routes, as text."""
    return openapi.text(ROUTES)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else new_id("req")
    origins.require_same(request)


def _end(metrics: Metrics, response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-cache" if request.method in {"GET", "HEAD"} else "no-store")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Referrer-Policy", "no-referrer")
    status, seconds = response.status_code, time.perf_counter() - g.began
    metrics.answered(request.endpoint, request.method, status, seconds)
    more: dict[str, str] = {}
    if "problem" in g:
        more["problem"] = g.problem
        metrics.refused(g.problem)
    elif "Location" in headers:
        more["location"] = headers["Location"]
    log.info(
        "request",
        method=request.method,
        path=printable(request.path),
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=g.request_id,
        **more,
    )
    return response
