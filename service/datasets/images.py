"""The route of a dataset's images: one of them, small, as people see it in a table."""

from typing import Final

from flask import Response
from pydantic import Field

from contract.specs import OneLine
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.services import Context, require_ready
from store import datasets
from store.files import table_key
from tables import MAX_STORED_SIDE, MIN_SIDE, read_picture, resize_picture

routes = Routes("images", "Images in datasets, as people see them.")

MEDIA_TYPES: Final = ("image/jpeg", "image/png")
MAX_DIGITS: Final = 12


class ImageQuery(Query):
    """The size of an image, and its column."""

    size: int = Field(
        default=MAX_STORED_SIDE, ge=MIN_SIDE, le=MAX_STORED_SIDE, description="The most pixels of its longer side."
    )
    column: OneLine | None = Field(default=None, description="Its column; by default the first one of images.")


@routes.get(
    "/v1/datasets/{dataset_id}/images/{row}",
    scope="read",
    summary="One image of a dataset",
    produces=MEDIA_TYPES,
    other_statuses={304: "You have this image."},
    request_headers=("If-None-Match",),
    problems=("not-found", "dataset-not-ready"),
)
def image(context: Context, dataset_id: str, row: str, query: ImageQuery) -> Response:
    """The image of a row, counted from 0: upright, on white, without what else its file says; never enlarged."""
    with context.begin_read() as s:
        dataset = require_ready(datasets.get(s, context.owner, dataset_id))
        rows, sha256 = dataset.rows or 0, dataset.sha256
        columns = [column["name"] for column in dataset.columns or [] if column["type"] == "image"]
    if not columns:
        raise ProblemError("not-found", "The dataset has no column of images.")
    column = columns[0] if query.column is None else query.column
    if column not in columns:
        raise ProblemError("not-found", f"Its columns of images are: {', '.join(columns[:10])}.")
    number = int(row) if row.isascii() and row.isdigit() and len(row) <= MAX_DIGITS else rows
    if number >= rows:
        raise ProblemError("not-found", f"There is no such row: the dataset has {rows:,} rows, counted from 0.")
    tag = f"{sha256[:24]}-{columns.index(column)}-{number}-{query.size}"
    if context.request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        with context.services.files.local_copy(table_key(dataset_id)) as path:
            data = read_picture(path, column, number)
        if data is None:
            raise ProblemError("not-found", f"Row {number:,} has no image: see the dataset's issues.")
        data, media_type = resize_picture(data, query.size)
        response = Response(data, content_type=media_type)
        response.headers["Content-Disposition"] = "inline"
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
