"""Models: find one, ask it by its reference, and move an alias from one version to another."""

from collections.abc import Iterator

from contract.responses import AliasResponse, ModelResponse
from gradus.model import Model
from gradus.model_methods import ModelMethods, model_path


class Models(ModelMethods):
    """The models of one owner; an unknown reference raises NotFound."""

    def list(self) -> Iterator[Model]:
        """All models, newest first."""
        return (Model(self, answer) for answer in self._transport.paginate(ModelResponse, "/v1/models"))

    def get(self, ref: str) -> Model:
        """One model."""
        return Model(self, self._request(ModelResponse, "GET", ref))

    def delete(self, ref: str) -> None:
        """Delete one version, and the aliases that point to it."""
        self._transport.request("DELETE", model_path(ref))

    def set_alias(self, name: str, alias: str, version: int) -> AliasResponse:
        """Point an alias to a version; it takes effect within half a second."""
        return self._request(AliasResponse, "PUT", name, "aliases", alias, json={"version": version})

    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias; the version remains."""
        self._transport.request("DELETE", model_path(name, "aliases", alias))
