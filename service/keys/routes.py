"""Routes of API keys: create, list, revoke. Keys belong to the installation; an administrator acts for all.

Only a hash of a key is stored, so a repeated request to make one gets the address of the first key, and not the key.
"""

from flask import Response
from pydantic import Field

from contract.ids import new_id
from contract.responses import AccessResponse, DeletedResponse, FieldError, KeyResponse, NewKeyResponse, Page
from contract.specs import Name, OneLine, StrictModel
from contract.states import Scope
from service.http import pagination
from service.http.auth import Credentials
from service.http.errors import ProblemError
from service.http.idempotency import idempotent
from service.http.pagination import ListQuery
from service.http.responses import json_response
from service.http.routing import Routes
from service.services import Context
from store import keys

routes = Routes("keys", "API keys: owners and their scopes.")


class KeysQuery(ListQuery):
    """The parameters of the list of keys."""

    owner: OneLine | None = Field(default=None, max_length=63, description="Only those that act for this owner.")


class KeySpec(StrictModel):
    """An API key to create."""

    name: Name = Field(description="What people call it.")
    scopes: list[Scope] = Field(
        min_length=1, max_length=4, description="What it allows: to read, train or predict; admin allows everything."
    )
    owner: Name | None = Field(
        default=None, description="Whose datasets, jobs and models it works with; by default the caller's."
    )


@routes.post(
    "/v1/keys",
    scope="admin",
    summary="Make a key",
    status=201,
    response_model=NewKeyResponse,
    request_headers=("Idempotency-Key",),
    problems=("idempotency-key-reused", "shown-once"),
    example={"name": "shop", "scopes": ["predict"]},
)
def create(context: Context, body: KeySpec) -> Response:
    """Create an API key, which stands in this response alone. From the first key on every request needs one.

    Repeated with its Idempotency-Key the request makes no second key: 409 has the address of the first one.
    """
    with idempotent(context, store_body=False) as (s, replay):
        if replay.response:
            location = replay.response.headers["Location"]
            detail = f"This request created {location}, and only its response had the key. If that was lost, revoke it."
            raise ProblemError("shown-once", detail, headers={"Location": location})
        if "admin" not in body.scopes and not keys.exists_any(s):
            detail = "must have admin: from the first key on every request needs one, and only admin can create more"
            error = FieldError(pointer="#/scopes", detail=detail, code="first_key", given=body.scopes)
            raise ProblemError("invalid", f"The first key's scopes: {detail}.", errors=[error])
        scopes = list(dict.fromkeys(body.scopes))
        row, key = keys.add(s, id=new_id("key"), owner=body.owner or context.owner, name=body.name, scopes=scopes)
        body_with_key = NewKeyResponse(**KeyResponse.model_validate(row).model_dump(), key=key)
        response = replay.record(json_response(body_with_key, 201, {"Location": f"/v1/keys/{row.id}"}))
    context.services.authenticator.clear_cache()
    return response


@routes.get("/v1/access", scope="any", summary="What your key allows")
def access(context: Context) -> AccessResponse:
    """The owner, scopes and limit of the key with which this is asked, so that a program offers only what it may do."""
    scopes = context.services.authenticator.list_scopes(Credentials.from_request(context.request))
    limit = context.services.settings.max_body_bytes
    return AccessResponse.model_validate({"owner": context.owner, "scopes": scopes, "max_body_bytes": limit})


@routes.get("/v1/keys", scope="admin", summary="List keys")
def index(context: Context, query: KeysQuery) -> Page[KeyResponse]:
    """API keys of all owners, newest first, including revoked ones."""
    with context.begin_read() as s:
        rows, has_more = keys.list_page(s, query.limit, query.after, owner=query.owner)
    return pagination.make_page([KeyResponse.model_validate(row) for row in rows], has_more)


@routes.get("/v1/keys/{key_id}", scope="admin", summary="One key", problems=("not-found",))
def one(context: Context, key_id: str) -> KeyResponse:
    """An API key's owner, scopes and last use."""
    with context.begin_read() as s:
        return KeyResponse.model_validate(keys.get(s, key_id))


@routes.delete("/v1/keys/{key_id}", scope="admin", summary="Revoke a key", problems=("not-found",))
def revoke(context: Context, key_id: str) -> DeletedResponse:
    """Revoke an API key: within a second it is refused everywhere; it stays in the list. Revoking twice is harmless."""
    with context.begin_write() as s:
        keys.revoke(s, key_id)
    context.services.authenticator.clear_cache()
    return DeletedResponse(id=key_id)
