"""The app of an installation: every route of every resource, on top of its backing services.

Here everything is put together, so that no other module has to know of all of them.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Final

from flask import Flask

from contract.settings import Settings
from service.datasets import routes as datasets
from service.hints import Hints
from service.http import openapi, routing
from service.http.app import App
from service.http.auth import Keys
from service.http.connection_slots import LongCalls
from service.http.limits import Limits
from service.http.request_log import RequestLog
from service.http.routing import Routes
from service.insight import diagnostics, evaluation, explanations, hard_examples
from service.insight.report import routes as reports
from service.jobs import routes as jobs
from service.keys import routes as keys
from service.models import routes as models
from service.models.cache import ModelCache
from service.operating import health, metrics
from service.operating.counters import Metrics
from service.predict import routes
from service.services import Backing, Read
from service.site import docs, page, problem_pages
from service.training_view import routes as watching
from store.database import make_session_factory, open_database
from store.files.storage import open_file_store
from store.models.lookup import ModelResolver
from tables import ingest

ROUTES: Final[tuple[Routes, ...]] = (
    datasets.routes,
    jobs.routes,
    diagnostics.routes,
    reports.routes,
    watching.routes,
    models.routes,
    routes.routes,
    evaluation.routes,
    hard_examples.routes,
    explanations.routes,
    keys.routes,
    health.routes,
    metrics.routes,
    docs.routes,
    page.routes,
    problem_pages.routes,
)
"""Every resource of the API. A new one is named here and nowhere else."""


def create_app(settings: Settings, ending: Callable[[], bool] = lambda: False, read: Read = ingest) -> Flask:
    """The app of one installation, ready to serve; opens the database lazily and starts no thread.

    Args:
        settings: what the operator chose.
        ending: whether the process is about to end, so that calls that wait answer at once.
        read: how small tables are read; by default here, which is for files that can be trusted.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    opened = make_session_factory(engine)
    counted = Metrics()
    return app_of(
        Backing(
            settings=settings,
            sessions=opened,
            files=open_file_store(settings),
            read=read,
            hints=Hints(settings.broker),
            long_calls=LongCalls(settings.service_threads, ending),
            refs=ModelResolver(engine),
            models=ModelCache(settings.model_cache_bytes, counted),
            keys=Keys(opened, settings.wrong_keys_per_minute),
            limits=Limits(settings),
            metrics=counted,
        )
    )


def app_of(backing: Backing) -> Flask:
    """The app on top of given backing services."""
    settings = backing.settings
    request_log = RequestLog(sys.stderr, for_machines=settings.log_format == "json")
    app = App(backing.metrics, request_log if settings.log_level in {"debug", "info"} else None)
    app.extensions["backing"] = backing
    app.extensions["openapi"] = described
    routing.install(app, [route for resource in ROUTES for route in resource], backing)
    return app


@cache
def described() -> str:
    """The OpenAPI document of all routes, as text."""
    return openapi.text(ROUTES)
