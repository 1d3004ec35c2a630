"""The app of an installation: every route of every resource, on top of its services.

Here everything is put together, so that no other module has to know of all of them.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Final

from flask import Flask

from contract.settings import Settings
from service.counters import Metrics
from service.datasets import routes as datasets
from service.hints import Hints
from service.http import openapi, routing
from service.http.app import App
from service.http.auth import Authenticator
from service.http.connection_slots import ConnectionSlots
from service.http.limits import OwnerLimits
from service.http.request_log import RequestLog
from service.http.routing import Routes
from service.insight import diagnostics, evaluation, explanations, hard_examples
from service.insight.report import routes as reports
from service.jobs import routes as jobs
from service.keys import routes as keys
from service.model_cache import ModelCache
from service.models import routes as models
from service.operating import health, metrics
from service.predict import routes
from service.services import IngestFunction, Services
from service.site import docs, page, problem_pages
from service.training_view import routes as watching
from store.database import make_session_factory, open_database
from store.files import open_file_store
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


def create_app(
    settings: Settings, is_ending: Callable[[], bool] = lambda: False, ingest_file: IngestFunction = ingest
) -> Flask:
    """The app of one installation, ready to serve; opens the database lazily and starts no thread.

    Args:
        settings: what the operator chose.
        is_ending: whether the process is about to end, so that calls that wait answer at once.
        ingest_file: how small tables are read; by default here, which is for files that can be trusted.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    opened = make_session_factory(engine)
    counted = Metrics()
    return build_app(
        Services(
            settings=settings,
            sessions=opened,
            files=open_file_store(settings),
            ingest=ingest_file,
            hints=Hints(settings.broker),
            connection_slots=ConnectionSlots(settings.service_threads, is_ending),
            model_resolver=ModelResolver(engine),
            model_cache=ModelCache(settings.model_cache_bytes, counted),
            authenticator=Authenticator(opened, settings.wrong_keys_per_minute),
            limits=OwnerLimits(settings),
            metrics=counted,
        )
    )


def build_app(services: Services) -> Flask:
    """The app on top of given services."""
    settings = services.settings
    request_log = RequestLog(sys.stderr, as_json=settings.log_format == "json")
    app = App(services.metrics.count_response, request_log if settings.log_level in {"debug", "info"} else None)
    app.extensions["services"] = services
    app.extensions["openapi"] = openapi_text
    routing.install_routes(app, [route for resource in ROUTES for route in resource], services)
    return app


@cache
def openapi_text() -> str:
    """The OpenAPI document of all routes, as text."""
    return openapi.render_document(ROUTES)
