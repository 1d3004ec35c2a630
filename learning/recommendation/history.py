"""Histories: who chose what, as the inputs of a net that recommends; the model keeps them, as users return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList
from learning.frame import Column, Frame, NumericColumn
from learning.nn.layers.inputs import NetInputs, RowArrays
from learning.packing import pack_array, unpack_array
from learning.recommendation.bags import Bags
from learning.recommendation.catalogue import Catalogue
from learning.recommendation.properties import MAX_FEATURES, Features, Property, fit_map
from learning.serialization import OPTIONAL
from learning.tasks.labels import read_labels

MAX_KEPT_ENTRIES: Final = 10_000_000
"""The maximum entries of all histories in a model; of users with more of them the last are kept."""
MAX_USERS: Final = 5_000_000
MAX_CATEGORIES: Final = 1000
"""Up to so many users or items are listed as the categories of their column."""

MAX_MAP_CELLS: Final = 2**24
"""The maximum features of users times items."""
MAX_FITTED_CELLS: Final = 2**26
"""The maximum features times entries that the map from features is fitted to."""

IdType = Literal["numeric", "categorical", "text"]


@dataclass(frozen=True, kw_only=True)
class HistoryEncoder:
    """Encodes the user of a row as the bag of what that user chose; it stands where other models encode columns.

    Attributes:
        user, item: The names of the columns.
        user_type, item_type: Their types.
        users: The names of the users.
        sizes: Packed int32: the entries of each user's history.
        entries: Packed int32: their items.
        ratings: Packed float32: their ratings; those of choices are 1.
        properties: What is known of users besides, by which those are predicted who have chosen nothing.
    """

    user: str
    item: str
    user_type: IdType
    item_type: IdType
    users: Annotated[tuple[str, ...], MaxLen(MAX_USERS)]
    sizes: str
    entries: str
    ratings: str
    catalogue: Catalogue
    properties: Annotated[tuple[Property, ...], MaxLen(64)] = field(default=(), metadata=OPTIONAL)

    def __post_init__(self) -> None:
        items = self.histories.items
        if len(items) and not (items.min() >= 0 and items.max() < len(self.catalogue)):
            raise ValueError("a history has an item that is not in the catalogue")
        if not np.isfinite(self.histories.values).all():
            raise ValueError("the ratings of histories must be finite")
        for each in self.properties:
            each.read(len(self.users))

    @classmethod
    def create(
        cls,
        names: tuple[str, str],
        types: tuple[IdType, IdType],
        users: tuple[str, ...],
        histories: Bags,
        catalogue: Catalogue,
        *,
        properties: tuple[Property, ...] = (),
    ) -> "HistoryEncoder":
        """The encoder of users with these histories, one bag a user; `names` and `types` are of user and item."""
        kept = keep_last_entries(histories, MAX_KEPT_ENTRIES)
        return cls(
            user=names[0],
            item=names[1],
            user_type=types[0],
            item_type=types[1],
            users=users,
            sizes=pack_array(kept.sizes, np.int32),
            entries=pack_array(kept.items, np.int32),
            ratings=pack_array(kept.values, np.float32),
            catalogue=catalogue,
            properties=properties,
        )

    @cached_property
    def histories(self) -> Bags:
        """The history of each user, with ratings as they were given."""
        sizes = unpack_array(self.sizes, np.int32, len(self.users))
        if len(sizes) and sizes.min() < 0:
            raise ValueError("a history has fewer than 0 entries")
        starts = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, dtype=np.int64, out=starts[1:])
        if (count := int(starts[-1])) > MAX_KEPT_ENTRIES:
            raise ValueError(f"the histories have {count} entries, more than {MAX_KEPT_ENTRIES}")
        items, ratings = (unpack_array(self.entries, np.int32, count), unpack_array(self.ratings, np.float32, count))
        return Bags(starts, items, ratings)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each user by name."""
        return {name: number for number, name in enumerate(self.users)}

    @cached_property
    def features(self) -> Features:
        """The properties of users as numbers."""
        return Features(self.properties, len(self.users), max(1, min(MAX_FEATURES, MAX_MAP_CELLS // self.width)))

    @cached_property
    def _maps(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The maps from features to the expected bag (features + 1, items), and to the level (features + 1,).

        Of many users they are fitted to some, evenly spaced.
        """
        matrix, sizes = self.features.matrix, self.histories.sizes
        users = np.flatnonzero(sizes)
        step = -(-int(sizes.sum()) * matrix.shape[1] // MAX_FITTED_CELLS)
        users = users[:: max(step, 1)]
        x = matrix[users]
        bags, levels = self.catalogue.encode_bags(self.histories.take(users))
        owners = np.repeat(np.arange(len(users)), bags.sizes)
        products: NDArray[np.float64] = np.empty((x.shape[1], self.width + 1))
        for number, column in enumerate(x.T):
            products[number, :-1] = np.bincount(bags.items, bags.values * column[owners], self.width)
        products[:, -1] = x.T @ levels
        found = fit_map(x, products, np.ones(len(x)))
        return found[:, :-1].astype(np.float32), found[:, -1]

    def expect_bag(self, cells: Mapping[str, str | float]) -> tuple[Bags, NDArray[np.float64]]:
        """The bag as a net reads it, and the level (1,), that are expected of a user with these cells.

        Raises:
            UnusableColumn: users have no such column, or its cell cannot be.
        """
        bags, levels = self._maps
        row = self.features.encode(cells)
        items: NDArray[np.int32] = np.arange(self.width, dtype=np.int32)
        return Bags(np.array([0, self.width]), items, row.astype(np.float32) @ bags), row[None] @ levels

    @property
    def width(self) -> int:
        """The number of inputs: one for each item."""
        return len(self.catalogue)

    @property
    def net_inputs(self) -> NetInputs:
        """What goes into a net: the numbers alone."""
        return NetInputs(self.width)

    @property
    def columns(self) -> tuple[()]:
        """The encoders of single columns: there are none."""
        return ()

    @property
    def output_names(self) -> list[str]:
        """The display name of each input (width,)."""
        return list(self.catalogue.items)

    def output_columns(self) -> dict[str, NDArray[np.intp]]:
        """The inputs that belong to each column: all to the user."""
        return {self.user: np.arange(self.width)}

    def describe(self) -> tuple[InputColumn, ...]:
        """The columns of users and items."""
        return (
            _describe(self.user, self.user_type, self.users),
            _describe(self.item, self.item_type, self.catalogue.items),
        )

    def typical_row(self) -> dict[str, str | float | bool]:
        """The first user, and the item that most chose."""
        best = int(self.catalogue.item_counts.argmax())
        return {
            self.user: _to_cell(self.users[0], self.user_type),
            self.item: _to_cell(self.catalogue.items[best], self.item_type),
        }

    def find_users(self, frame: Frame) -> NDArray[np.int64]:
        """The number of each row's user (rows,); -1: unknown."""
        return find_numbers(frame.column(self.user), self.numbers)

    def find_items(self, frame: Frame) -> NDArray[np.int64]:
        """The number of each row's item (rows,); -1: unknown."""
        return find_numbers(frame.column(self.item), self.catalogue.numbers)

    def encode(
        self,
        frame: Frame,
        rows: NDArray[np.intp] | None = None,
        out: NDArray[np.float32] | None = None,
        warnings: WarningList | None = None,
    ) -> NDArray[np.float32]:
        """The bags of these rows' users as a net reads them, float32 (rows, items), 0 for unknown users.

        Raises:
            UnusableColumn: a column does not exist.
        """
        users = self.find_users(frame)
        users = users if rows is None else users[rows]
        if warnings is not None:
            for row in warnings.first_rows(np.flatnonzero(users < 0)):
                warnings.add(row, self.user, "unseen_category", "a user without any history")
        x = np.zeros((len(users), self.width), np.float32) if out is None else out
        known = np.flatnonzero(users >= 0)
        dense = np.empty((len(known), self.width), np.float32)
        self.catalogue.encode_bags(self.histories.take(users[known]))[0].write_dense(np.arange(len(known)), dense)
        x[...] = 0
        x[known] = dense
        return x

    def encode_arrays(self, frame: Frame, warnings: WarningList | None = None) -> RowArrays:
        """The bags of all rows' users as a net reads them, and no ids.

        Raises:
            UnusableColumn: a column does not exist.
        """
        return RowArrays(self.encode(frame, warnings=warnings))


def keep_last_entries(histories: Bags, limit: int) -> Bags:
    """The histories with at most `limit` entries in all: the last ones of those users that have most."""
    sizes = histories.sizes
    if sizes.sum() <= limit:
        return histories
    low, high = 0, int(sizes.max())
    while low < high:  # the most entries a user may have
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.minimum(sizes, middle).sum() <= limit else (low, middle - 1)
    places, entries = histories.find_entries(np.arange(len(histories)))
    kept = entries[histories.starts[1:][places] - entries <= low]
    owners = np.searchsorted(histories.starts, kept, "right") - 1
    return Bags.group(owners, histories.items[kept], histories.values[kept], len(histories))


def find_numbers(column: Column, numbers: dict[str, int]) -> NDArray[np.int64]:
    """The number of each cell's label (rows,); -1: it has none."""
    codes, labels = read_labels(column)
    return np.array([*(numbers.get(label, -1) for label in labels), -1], np.int64)[codes]


def find_id_type(column: Column, names: int) -> IdType:
    """The type of a column of so many users or items, in rows to predict."""
    if isinstance(column, NumericColumn):
        return "numeric"
    return "categorical" if names <= MAX_CATEGORIES else "text"


def _describe(name: str, kind: IdType, names: tuple[str, ...]) -> InputColumn:
    if kind == "numeric":
        return InputColumn(name, kind)
    return InputColumn(name, kind, tuple(sorted(names)) if kind == "categorical" else None)


def _to_cell(name: str, kind: IdType) -> str | float:
    return float(name) if kind == "numeric" else name
