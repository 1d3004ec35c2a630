"""The app of an installation: the routes of all resources on top of its services.

The app is composed here, so that no other module has to know all of them.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Final

from flask import Flask

from contract.settings import Settings
from service.batches import routes as batches
from service.counters import Metrics
from service.datasets import column_strengths, images
from service.datasets import routes as datasets
from service.generate import completions, next_tokens
from service.generate import routes as generate
from service.hints import Hints
from service.http import openapi, routing
from service.http.app import App
from service.http.auth import Authenticator
from service.http.connection_slots import ConnectionSlots
from service.http.limits import OwnerLimits
from service.http.request_log import LineStream, RequestLog
from service.http.routing import Routes
from service.insight import (
    confusion_rows,
    diagnostics,
    evaluation,
    explanations,
    feature_maps,
    hard_examples,
    neuron_contexts,
    recommendation_errors,
    slices,
    surprises,
)
from service.insight.report import routes as reports
from service.jobs import epochs as job_epochs
from service.jobs import routes as jobs
from service.jobs import split as job_split
from service.keys import routes as keys
from service.model_cache import ModelCache
from service.models import comparison as model_comparison
from service.models import routes as models
from service.monitoring import routes as monitoring
from service.operating import health, metrics
from service.predict import routes as predict
from service.protocols.mcp import routes as mcp
from service.protocols.mlflow import routes as mlflow
from service.protocols.open_inference import routes as open_inference
from service.recommend import catalogue
from service.recommend import routes as recommend
from service.services import IngestFunction, Services
from service.site import docs, page, problem_pages
from service.sweeps import routes as sweeps
from service.training_view import pictures as training_pictures
from service.training_view import routes as training_view
from service.webhooks import routes as webhooks
from store.database import make_session_factory, open_database
from store.files import open_file_store
from store.models.lookup import ModelResolver
from tables import ingest, use_net_file

ROUTES: Final[tuple[Routes, ...]] = (
    datasets.routes,
    images.routes,
    column_strengths.routes,
    jobs.routes,
    job_epochs.routes,
    job_split.routes,
    sweeps.routes,
    diagnostics.routes,
    reports.routes,
    training_view.routes,
    training_pictures.routes,
    models.routes,
    model_comparison.routes,
    predict.routes,
    batches.routes,
    monitoring.routes,
    generate.routes,
    next_tokens.routes,
    completions.routes,
    recommend.routes,
    catalogue.routes,
    evaluation.routes,
    confusion_rows.routes,
    hard_examples.routes,
    slices.routes,
    recommendation_errors.routes,
    surprises.routes,
    neuron_contexts.routes,
    explanations.routes,
    feature_maps.routes,
    open_inference.routes,
    mlflow.routes,
    webhooks.routes,
    mcp.routes,
    keys.routes,
    health.routes,
    metrics.routes,
    docs.routes,
    page.routes,
    problem_pages.routes,
)
"""Every resource of the API; a new one is listed here and nowhere else."""


def create_app(
    settings: Settings,
    is_ending: Callable[[], bool] = lambda: False,
    ingest_file: IngestFunction = ingest,
    log_stream: LineStream | None = None,
) -> Flask:
    """The app of one installation, ready to serve; opens the database lazily and starts no thread.

    Args:
        settings: the operator's settings.
        is_ending: whether the process is shutting down, so that waiting requests are answered at once.
        ingest_file: reads small tables; the default, in this process, is for trusted files.
        log_stream: takes the lines of the request log; None for the standard error stream.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    use_net_file(settings.feature_net_file)
    engine = open_database(settings.database)
    sessions = make_session_factory(engine)
    counters = Metrics()
    services = Services(
        settings=settings,
        sessions=sessions,
        files=open_file_store(settings),
        ingest=ingest_file,
        hints=Hints(settings.broker),
        connection_slots=ConnectionSlots(settings.service_threads, is_ending),
        model_resolver=ModelResolver(engine),
        model_cache=ModelCache(settings.model_cache_bytes, counters),
        authenticator=Authenticator(sessions, settings.wrong_keys_per_minute, require_key=settings.require_key),
        limits=OwnerLimits(settings),
        metrics=counters,
        openapi_text=openapi_text,
    )
    min_status = 400 if settings.log_requests == "problems" else 0
    request_log = RequestLog(log_stream or sys.stderr, as_json=settings.log_format == "json", min_status=min_status)
    app = App(counters.count_response, request_log if settings.log_level in {"debug", "info"} else None)
    app.extensions["services"] = services  # for tests
    routing.install_routes(app, [route for resource in ROUTES for route in resource], services)
    return app


@cache
def openapi_text() -> str:
    """The OpenAPI document of all routes, as text."""
    return openapi.render_document(ROUTES)
