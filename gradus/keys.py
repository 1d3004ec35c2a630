"""API keys: create, list, revoke; once there is any key, all of it needs one with the scope admin."""

from collections.abc import Iterator, Sequence

from contract.responses import KeyResponse, NewKeyResponse
from contract.states import Scope
from gradus.transport import Resource, quote_segment


class Keys(Resource):
    """The keys of an installation, of all its owners."""

    def create(self, name: str, scopes: Sequence[Scope], *, owner: str | None = None) -> NewKeyResponse:
        """Create a key; its `key` is in this response only. A request whose response was lost is not retried.

        The scopes are read, train, predict, and admin, which allows everything. The owner, by default the client's, is
        whose datasets, jobs and models it works with.
        """
        body = {"name": name, "scopes": list(scopes), **({"owner": owner} if owner else {})}
        return self._transport.request_model(NewKeyResponse, "POST", "/v1/keys", json=body, retryable=False)

    def list(self, *, owner: str | None = None) -> Iterator[KeyResponse]:
        """All keys, or those of one owner, newest first; `revoked_at` is set for revoked ones."""
        return self._transport.paginate(KeyResponse, "/v1/keys", owner=owner)

    def revoke(self, id: str) -> None:  # noqa: A002 - its name in the API
        """Revoke a key, within a second; raises NotFound if there never was one with this id."""
        self._transport.request("DELETE", f"/v1/keys/{quote_segment(id)}")
