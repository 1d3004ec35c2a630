"""Parts that responses of all resources share: timestamps, problems, pages."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def rfc3339(seconds: float) -> str:
    """Unix seconds as `2026-11-22T10:00:00.000Z`, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    str,
    BeforeValidator(lambda moment: rfc3339(moment) if isinstance(moment, int | float) else moment),
    Field(description="RFC 3339, in UTC, ending in Z.", json_schema_extra={"format": "date-time"}),
]
"""A moment; Unix seconds become one."""


ColumnKind = Literal["numeric", "categorical", "boolean", "datetime", "text", "image"]


T = TypeVar("T")


class ResponseModel(BaseModel):
    """The base of everything that goes out; most are validated from rows of the store."""

    model_config = ConfigDict(frozen=True, from_attributes=True, protected_namespaces=())


class FieldError(ResponseModel):
    """One thing wrong with a request: where, what, what was given, and the nearest right name."""

    pointer: str = Field(
        description="JSON Pointer into the body (`#/optimizer/learning_rate`), or the query's name (`?limit`)."
    )
    detail: str
    code: str
    given: Any = None
    suggestion: str | None = Field(
        default=None, description="The name or value that was probably meant; advice is in `detail`."
    )


class Problem(ResponseModel):
    """An error as RFC 9457 problem details; `type` resolves under /problems/."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = "about:blank"
    title: str
    status: int | None = None
    detail: str
    instance: str | None = None
    errors: list[FieldError] | None = None


class DeletedResponse(ResponseModel):
    """Something that is gone."""

    object: Literal["deleted"] = "deleted"
    id: str


class Page(ResponseModel, Generic[T]):
    """A page of a list, newest first; pass `last_id` as `after` for the next."""

    object: Literal["list"] = "list"
    data: list[T]
    has_more: bool
    first_id: str | None = None
    last_id: str | None = None
