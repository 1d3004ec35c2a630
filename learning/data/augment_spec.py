"""`AugmentSpec`: how pictures are varied while a net learns."""

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le

from learning.descriptions import describe


@dataclass(frozen=True, kw_only=True)
class AugmentSpec:
    """Augmentation: training pictures are varied in each epoch, so that few of them teach more; others never are."""

    flip: bool = field(
        default=False, metadata=describe("Whether half of them are mirrored: left becomes right. Not for letters.")
    )
    shift: Annotated[float, Ge(0.0), Le(0.5)] = field(
        default=0.0, metadata=describe("How far they are shifted at most, as a share of height and width.")
    )
    rotate: Annotated[float, Ge(0.0), Le(180.0)] = field(
        default=0.0, metadata=describe("How far they are turned at most, in degrees.")
    )

    zoom: Annotated[float, Ge(0.0), Le(1.0)] = field(
        default=0.0, metadata=describe("How much they are enlarged or made smaller at most, as a share of their size.")
    )
    light: Annotated[float, Ge(0.0), Le(1.0)] = field(
        default=0.0,
        metadata=describe(
            "How much brighter or darker they get at most, and their contrast higher or lower, as a share."
        ),
    )

    @property
    def is_active(self) -> bool:
        """Whether it changes any picture."""
        return self != AugmentSpec()
