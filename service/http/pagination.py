"""Query strings and pagination: lists newest first, `limit` items a page, the next page with `after`.

Query strings are parsed strictly: an unknown or repeated parameter is refused, with a suggestion.
"""

from typing import Annotated, Any, Final, TypeVar

from flask import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from contract.responses import (
    BatchResponse,
    DatasetResponse,
    DeliveryResponse,
    FieldError,
    JobResponse,
    KeyResponse,
    ModelResponse,
    Page,
    WebhookResponse,
)
from contract.specs import OneLine
from contract.sweeps import SweepResponse
from service.http.strict_json import CONTROL, shorten
from service.http.validation_errors import invalid_fields, query_field_errors

MAX_EPOCHS_PER_PAGE: Final = 1000


class Query(BaseModel):
    """The base of query strings; values are converted from text."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class NoQuery(Query):
    """The query string of a route without parameters."""


class ListQuery(Query):
    """The parameters of every list; a subclass adds filters."""

    limit: int = Field(default=20, ge=1, le=100, description="Maximum number.")
    after: OneLine | None = Field(default=None, max_length=64, description="The `last_id` of the previous page.")


class SearchQuery(ListQuery):
    """The parameters of a list that is searched."""

    q: OneLine = Field(
        default="", max_length=200, description="Only what has all these words in its names, tags or note, in any case."
    )
    tag: OneLine | None = Field(
        default=None, max_length=330, description="Only those with this tag, by its name, or as `name=value`."
    )


class EpochsQuery(Query):
    """The parameters of a list of epochs."""

    after_epoch: int = Field(default=0, ge=0, le=2**53, description="Only epochs after this one.")
    limit: int = Field(default=MAX_EPOCHS_PER_PAGE, ge=1, le=MAX_EPOCHS_PER_PAGE, description="Maximum number.")


def _split_commas(value: Any) -> Any:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


Item = TypeVar("Item")
CommaSeparated = Annotated[list[Item], BeforeValidator(_split_commas)]
"""Values in one parameter, separated by commas: `status=running,queued`."""

Q = TypeVar("Q", bound=Query)


def parse_query(request: Request, model: type[Q]) -> Q:
    """The query string as `model`.

    Raises:
        ProblemError: `invalid`, if a parameter is unknown, repeated, or out of range.
    """
    given: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, values in request.args.lists() if request.query_string else ():
        value = given[name] = values[0]
        pointer = f"?{shorten(name)}"
        if len(values) > 1:
            errors.append(FieldError(pointer=pointer, detail="is given twice", code="duplicate_parameter"))
        if CONTROL.search(name + value):
            detail = "has control characters"
            errors.append(FieldError(pointer=pointer, detail=detail, code="control_character", given=shorten(value)))
    try:
        if not errors:
            return model.model_validate(given)
    except ValidationError as error:
        errors = query_field_errors(error, model)
    raise invalid_fields(errors)


T = TypeVar(
    "T",
    BatchResponse,
    DatasetResponse,
    DeliveryResponse,
    JobResponse,
    KeyResponse,
    ModelResponse,
    SweepResponse,
    WebhookResponse,
)


def make_page(data: list[T], has_more: bool) -> Page[T]:
    """A page of a list of resources."""
    return Page(
        data=data, has_more=has_more, first_id=data[0].id if data else None, last_id=data[-1].id if data else None
    )
