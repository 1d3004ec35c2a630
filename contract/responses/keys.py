"""Responses of API keys."""

from typing import Literal

from pydantic import Field

from contract.responses.base import ResponseModel, Timestamp
from contract.states import Scope


class KeyResponse(ResponseModel):
    """A key, without the key itself."""

    object: Literal["key"] = "key"
    id: str
    name: str
    owner: str
    scopes: list[Scope]
    hint: str = Field(description="Its last four letters.")
    created_at: Timestamp
    last_used_at: Timestamp | None = Field(default=None, description="To the hour.")
    revoked_at: Timestamp | None = None


class AccessResponse(ResponseModel):
    """What the key of a request allows."""

    object: Literal["access"] = "access"
    owner: str = Field(description="Whose datasets, jobs and models it works with.")
    scopes: list[Scope] = Field(description="`admin` allows everything, and is what needs no key before the first.")
    max_body_bytes: int = Field(description="The largest body of rows that are predicted at once.")


class NewKeyResponse(KeyResponse):
    """A key that was just made."""

    key: str = Field(description="Shown now and never again.")
