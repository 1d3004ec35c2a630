"""`SplitSpec`: which rows are held out, as a job asks for it, and which fields of it contradict each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Final, NamedTuple

from annotated_types import Ge, Le, MaxLen, MinLen

from learning.descriptions import describe

MAX_FOLDS: Final = 50
SplitColumn = Annotated[str, MinLen(1), MaxLen(256)]


class Contradiction(NamedTuple):
    """A field of a split that contradicts another, and what to do."""

    field: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class SplitSpec:
    """Split: the rows that are held out, by default chosen at random, in proportion for each class."""

    validation: Annotated[float, Ge(0.0), Le(0.9)] = field(
        default=0.2, metadata=describe("Validation rows: every epoch is measured on them, to find the best.")
    )
    test: Annotated[float, Ge(0.0), Le(0.9)] = field(
        default=0.0, metadata=describe("Test rows: measured once, at the end, with the finished model.")
    )
    group_by: SplitColumn | None = field(
        default=None,
        metadata=describe(
            "Group split: a column, such as a person's name, whose rows of one value are all in the same part. "
            "It is not learned from unless `features` names it. A row without a value is a group of its own."
        ),
    )
    order_by: SplitColumn | None = field(
        default=None,
        metadata=describe(
            "Chronological split: a column of dates or numbers. The newest rows are test rows, those before them "
            "validation rows, and the oldest, with those without a value, training rows."
        ),
    )
    column: SplitColumn | None = field(
        default=None,
        metadata=describe(
            "Predefined split: a column that says the part of each row, in place of shares: `train`, `validation` "
            "(`valid`, `val`, `dev`) or `test`, or 0, 1 or 2 in this order, or true for validation (for training or "
            "test, if the column is named `is_train` or `is_test`). It is not learned from unless `features` names it."
        ),
    )
    folds: Annotated[int, Ge(2), Le(MAX_FOLDS)] | None = field(
        default=None,
        metadata=describe(
            "Cross-validation: divide the rows into so many equal parts, in proportion for each class, and validate on "
            "one of them, in place of a share. Jobs with one seed and with the folds 0, 1, 2 and so on hold every row "
            "out once."
        ),
    )
    fold: Annotated[int, Ge(0), Le(MAX_FOLDS - 1)] = field(
        default=0, metadata=describe("Fold: the number of the part that this net validates on, from 0.")
    )
    keep_copies_together: bool = field(
        default=False, metadata=describe("Copies: whether rows that are equal in all columns are in the same part.")
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that say in which part a row is, and so are no features by default."""
        return tuple(name for name in (self.group_by, self.column) if name is not None)

    @property
    def shares(self) -> tuple[float, float]:
        """The shares of the rows that are validation and test rows, unless a column says which."""
        return self.validation if self.folds is None else (1.0 - self.test) / self.folds, self.test

    @property
    def is_random(self) -> bool:
        """Whether rows are chosen at random, each by itself."""
        return not (self.group_by or self.order_by or self.column or self.keep_copies_together)

    def find_contradictions(self) -> Iterator[Contradiction]:
        """The fields that contradict others."""
        for first, second, detail in (
            ("group_by", "order_by", "keeps the rows of a group together, and order_by divides them by time"),
            ("column", "group_by", "says the part of each row, and so does group_by"),
            ("column", "order_by", "says the part of each row, and so does order_by"),
            ("keep_copies_together", "column", "moves copies into one part, and column says the part of each row"),
            ("keep_copies_together", "order_by", "moves copies into one part, and order_by divides them by time"),
            ("folds", "order_by", "validates on rows older than training rows, too, and order_by only on newer ones"),
            ("folds", "column", "divides the rows by the seed, and column says the part of each row"),
        ):
            if getattr(self, first) and getattr(self, second):
                yield Contradiction(first, f"{detail}; give one of them")
        shares = (RANDOM_SPLIT.validation, RANDOM_SPLIT.test)
        if self.column is not None and (self.validation, self.test) != shares:
            yield Contradiction("column", "says which rows are held out; leave validation and test out")
        if self.folds is not None and self.validation != RANDOM_SPLIT.validation:
            detail = f"is a share of the rows, and folds validates on one of {self.folds} parts; give one of them"
            yield Contradiction("validation", detail)
        if self.folds is not None and self.fold >= self.folds:
            yield Contradiction("fold", f"must be less than folds, which is {self.folds}: the first is 0")
        if self.folds is None and self.fold:
            yield Contradiction("fold", "is one of several, and folds does not say of how many; give both")


RANDOM_SPLIT: Final = SplitSpec()
"""The split of a job that does not say how."""
