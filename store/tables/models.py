"""Tables of models: weights, insights, names and aliases."""

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.database import now
from store.tables.base import JsonObject, Row, one_of


class ModelRow(Row, kw_only=True):
    """A trained model without its weights. Never changes, but for its tags and its note."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    job_id: Mapped[str]
    """Not a foreign key: a model outlives its job and its dataset."""
    dataset_id: Mapped[str]
    dataset_sha256: Mapped[str]
    task: Mapped[str]
    target: Mapped[str]
    """The first, if there are several."""
    classes: Mapped[list[str] | None]
    inputs: Mapped[list[JsonObject]]
    parameters: Mapped[int]
    weights_sha256: Mapped[str]
    metrics: Mapped[JsonObject]
    created_at: Mapped[float] = mapped_column(insert_default=now(), init=False)
    targets: Mapped[list[str] | None]
    """The names of several targets."""
    tags: Mapped[dict[str, str]] = mapped_column(default_factory=dict[str, str], server_default="{}")
    note: Mapped[str | None] = mapped_column(default=None)
    words: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What it is found by, see `store.labels`."""

    __table_args__ = (
        UniqueConstraint("owner", "name", "version"),
        one_of("task", ("regression", "classification", "recommendation", "language")),
        Index(None, "owner", "id"),
    )


class ModelWeightsRow(Row, kw_only=True):
    """The bytes of a model, in a table of their own so that lists of models never load them."""

    __tablename__ = "model_weights"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    weights: Mapped[bytes]


class ModelInsightRow(Row, kw_only=True):
    """One insight of a model, computed when its training ended. Never changes."""

    __tablename__ = "model_insights"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ModelNameRow(Row, kw_only=True):
    """The last version given out under a name; it outlives the models, so that no version is used twice."""

    __tablename__ = "model_names"

    owner: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    last_version: Mapped[int]


class AliasRow(Row, kw_only=True):
    """A name that points to one version of a model and can be moved."""

    __tablename__ = "model_aliases"

    owner: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
