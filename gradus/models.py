"""Models: find one, ask it by its reference, and move an alias from one version to another."""

from collections.abc import Iterator, Mapping

from contract.model_insight import ModelComparisonResponse
from contract.responses import AliasResponse, ModelResponse
from gradus.labels import make_label_changes
from gradus.model import Model
from gradus.model_methods import ModelMethods, model_path


class Models(ModelMethods):
    """The models of one owner; an unknown reference raises NotFound."""

    def list(
        self, *, name: str | None = None, newest: bool = False, tag: str | None = None, q: str | None = None
    ) -> Iterator[Model]:
        """All models, newest first: of a name, the newest of each name, with a tag, or with words that are searched."""
        filters = {"name": name, "newest": "true" if newest else None, "tag": tag, "q": q}
        return (Model(self, answer) for answer in self._transport.paginate(ModelResponse, "/v1/models", **filters))

    def get(self, ref: str) -> Model:
        """One model."""
        return Model(self, self._request(ModelResponse, "GET", ref))

    def delete(self, ref: str) -> None:
        """Delete one version, and the aliases that point to it."""
        self._transport.request("DELETE", model_path(ref))

    def change(self, ref: str, *, tags: Mapping[str, str] | None = None, note: str | None = None) -> Model:
        """Set all tags of a version, or its note, of which an empty one is removed; None changes nothing."""
        return Model(self, self._request(ModelResponse, "PATCH", ref, json=make_label_changes(tags, note)))

    def compare(self, ref: str, against: str) -> ModelComparisonResponse:
        """Whether a model is better than another, on the rows that neither learned from."""
        return self._request(ModelComparisonResponse, "GET", ref, "comparison", params={"against": against})

    def set_alias(self, name: str, alias: str, version: int, *, only_if_better: bool = False) -> AliasResponse:
        """Point an alias to a version; it takes effect within half a second.

        Raises:
            Conflict: with `only_if_better`, the version is not better than the one that has the alias.
        """
        body = {"version": version, **({"only_if_better": True} if only_if_better else {})}
        return self._request(AliasResponse, "PUT", name, "aliases", alias, json=body)

    def remove_alias(self, name: str, alias: str) -> None:
        """Remove an alias; the version remains."""
        self._transport.request("DELETE", model_path(name, "aliases", alias))
