"""The base class of all tables, and what several of them share."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    LargeBinary,
    MetaData,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from contract.events import DeliveryStatus, DeliveryType, EventType
from contract.states import BatchFormat, BatchStatus, DatasetStatus, JobStatus, StopReason, SweepStatus

JsonObject: TypeAlias = dict[str, Any]


DOCUMENT: Final = JSON(none_as_null=True)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A constraint named after the column: its value is one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Row(MappedAsDataclass, DeclarativeBase, repr=False, eq=False):
    """The base of all tables; a row is made complete, by keyword."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: BigInteger(),
        float: Double(),
        bytes: LargeBinary(),
        JsonObject: DOCUMENT,
        dict[str, int]: DOCUMENT,
        dict[str, str]: DOCUMENT,
        list[str]: DOCUMENT,
        list[JsonObject]: DOCUMENT,
        BatchFormat: Text(),
        BatchStatus: Text(),
        DatasetStatus: Text(),
        DeliveryStatus: Text(),
        DeliveryType: Text(),
        EventType: Text(),
        JobStatus: Text(),
        StopReason: Text(),
        SweepStatus: Text(),
    }
