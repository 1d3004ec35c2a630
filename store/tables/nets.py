"""Tables of nets in training: layer statistics, and weights after some of the epochs."""

from sqlalchemy import (
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import JsonObject, Row


class LayerStatsRow(Row, kw_only=True):
    """Layer statistics of a job's net after an epoch. Not every epoch is measured."""

    __tablename__ = "layers"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    layers: Mapped[list[JsonObject]]
    """One object for each dense layer. A number that is not finite is null, and named in `non_finite`."""
    non_finite: Mapped[dict[str, str] | None] = mapped_column(default=None)

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's signature


class NetRow(Row, kw_only=True):
    """A job's net without its weights, and its gradients when it was last measured."""

    __tablename__ = "nets"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    header: Mapped[bytes]
    """Its layers and how rows become numbers for it, as `learning.model_header.ModelHeader` writes them."""
    watched_epoch: Mapped[int | None] = mapped_column(default=None)
    gradients: Mapped[bytes | None] = mapped_column(default=None)
    """After that epoch, by each weight, float32."""
    dead: Mapped[bytes | None] = mapped_column(default=None)
    """A byte for each unit, 1 if it was dead."""


class EnsembleWeightsRow(Row, kw_only=True):
    """The weights of a net's best epoch, from its end until its ensemble's."""

    __tablename__ = "ensemble_weights"

    ensemble_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    net: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weights: Mapped[bytes]
    """float32, little-endian."""


class WeightSnapshotRow(Row, kw_only=True):
    """The weights of a job's net after an epoch, 0 for those that it began with; thinned, see `learning.insight`."""

    __tablename__ = "weight_snapshots"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weights: Mapped[bytes]
    """float32, little-endian."""
