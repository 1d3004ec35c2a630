"""The table of the installation's id."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Row


class InstallationRow(Row, kw_only=True):
    """The installation that the database belongs to; there is one row, or none before the first start."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("number = 1", name="number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str]
