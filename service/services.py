"""The services that every route may use: settings, database, files, models, and hints to the workers.

One `Services` is made with the app and passed to each request, so that nothing is global.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from learning.model import Model
from service.counters import Metrics
from service.hints import Hints
from service.http.errors import ProblemError
from service.http.request_context import HttpServices, RequestContext
from service.model_cache import ModelCache
from store.models import models
from store.models.lookup import ModelResolver, ResolvedModel
from store.tables import DatasetRow
from tables import FileFormat, IngestedTable, ReadOptions


class IngestTimeout(Exception):
    """A table takes longer to read than a request should, so that a worker must do it."""


class IngestFunction(Protocol):
    """`tables.ingest`, or the same in another process."""

    def __call__(
        self, source: Path, file_format: FileFormat, parquet: Path, types: Mapping[str, str], /, *, options: ReadOptions
    ) -> IngestedTable:
        """Read an uploaded file and write it as Parquet."""
        ...


@dataclass(frozen=True)
class Services(HttpServices):
    """The services of an installation. A route that needs another long-lived object (such as a cache) gets a field."""

    ingest: IngestFunction
    hints: Hints
    model_resolver: ModelResolver
    model_cache: ModelCache
    metrics: Metrics
    openapi_text: Callable[[], str]


Context = RequestContext[Services]
"""A request to a resource."""


def load_model(context: Context, ref: str) -> tuple[ResolvedModel, Model]:
    """The model that a reference resolves to now, ready to predict.

    Raises:
        NotFound: there is none.
    """
    resolved = context.services.model_resolver.resolve(context.owner, ref)

    def fetch_weights() -> bytes | memoryview:
        with context.begin_read() as s:
            return models.get_weights(s, resolved.id)

    return resolved, context.services.model_cache.get(resolved.id, fetch_weights)


def require_few_products(rows: int, model: Model, max_products: int) -> None:
    """Return if the rows times the weights of the net are at most `max_products`, or there is one row.

    Raises:
        ProblemError: `body-too-large`, with the most rows.
    """
    # of a picture each filter multiplies at every place
    products, what = (
        (model.net.products, "products a row") if model.image_shapes else (model.parameter_count, "weights")
    )
    if rows > (limit := max(1, max_products // products)):
        raise ProblemError(
            "body-too-large",
            f"The body has {rows:,} rows, and of a net with {products:,} {what} {limit:,} are accepted at once; "
            "send the rows in several requests.",
            limit=limit,
        )


def require_ready(row: DatasetRow) -> DatasetRow:
    """The dataset, if it has rows.

    Raises:
        ProblemError: `dataset-not-ready`.
    """
    if row.status != "ready":
        raise ProblemError(
            "dataset-not-ready",
            f"The dataset is {row.status}: it has no rows" + (" yet." if row.status == "processing" else "."),
            current_status=row.status,
            allowed_actions=["delete"],
        )
    return row
