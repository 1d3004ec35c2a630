"""Preparation of ratings or choices for training: the split, the catalogue, and a bag for each user and part.

A net's training row is a user: what the user chose is read, with some of it dropped, and all of it is to be said.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.column_format import NamedFormat
from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.data.split_spec import SplitSpec
from learning.data.split_table import check_sizes, split_frame
from learning.encoding.eligibility import SkippedColumn
from learning.errors import LearningError
from learning.frame import Frame, NumericColumn, Table
from learning.nn.losses import LossChoice
from learning.packing import pack_array
from learning.recommendation.bags import BagMatrix, Bags
from learning.recommendation.catalogue import Catalogue
from learning.recommendation.entries import Entries, read_entries
from learning.recommendation.history import HistoryEncoder
from learning.recommendation.properties import Property
from learning.spelling import list_names
from learning.tasks.labels import read_labels
from learning.tasks.recommendation import BagTarget, RecommendationTarget, list_losses

MAX_MEASURED_CELLS: Final = 2**25
"""The maximum scores that are measured after an epoch: of many items there are fewer users."""
MAX_PROPERTIES: Final = 32
MAX_PROPERTY_CELLS: Final = 2**23
"""The maximum cells of all properties of users, or of items, which a model keeps."""


def prepare_recommendation(
    table: Table,
    *,
    user: str,
    item: str,
    rating: str | None,
    split: SplitSpec,
    seed: int,
    loss: LossChoice = "auto",
) -> PreparedData:
    """Split a table of ratings or choices, and make its bags.

    Args:
        table: The table.
        user: The column of users.
        item: The column of items.
        rating: The column of ratings; None: every row is something that the user chose.
        split: Which rows are held out; a held-out user is known by half of the rows.
        seed: The seed of the split.
        loss: The loss of the training.

    Raises:
        LearningError: if the loss does not fit ratings, or choices.
        UnusableColumn: if a column does not exist, or has a single value or too many.
        ImpossibleTarget: if the ratings cannot be learned.
        TooFewRows: if there are not enough rows.
        UnusableSplit: if a column cannot say the split.
    """
    rated, losses = rating is not None, list_losses(rated=rating is not None)
    loss = losses[0] if loss == "auto" else loss
    if loss not in losses:
        what = "ratings" if rated else "choices"
        raise LearningError(f"The loss {loss!r} does not fit {what}.", f"Use {' or '.join(losses)}, or 'auto'.")
    entries = read_entries(table, user, item, rating, [*table])
    frame, notes = entries.frame, [*entries.notes]
    strata = np.full(frame.rows, -1, np.int64)
    strata[entries.rows] = 0
    rows = split_frame(frame, strata, split, seed)
    check_sizes(rows.sizes, split)
    parts = [np.searchsorted(entries.rows, part) for part in rows.parts]
    train = _group(entries, parts[0])
    of_items, of_users, skipped = read_properties(entries, (user, item, rating, *split.columns))
    catalogue = Catalogue.fit(entries.item_names, train, of_items, rated=rated, squared=not rated and loss == "mse")
    everything = _group(entries, np.sort(np.concatenate(parts)))
    encoder = HistoryEncoder.create(
        (user, item), entries.types, entries.user_names, everything, catalogue, properties=of_users
    )
    if skipped:
        why = "not the same in all rows of a user, or of an item"
        notes.append(SkippedColumn(skipped[0], f"Not learned from: {list_names(skipped)}; {why}."))
    datasets = _create_datasets(catalogue, train, *[_group(entries, part) for part in parts[1:]])
    used = {user, item, *([] if rating is None else [rating])}
    return PreparedData(
        targets=(item if rating is None else rating,),
        inputs=encoder,
        output=RecommendationTarget(rated=rated, items=len(catalogue)),
        train=datasets[0],
        validation=datasets[1],
        test=datasets[2],
        rows=rows,
        skipped=tuple(notes),
        ignored=tuple([name for name in table if name not in {user, item}]),
        formats=tuple([NamedFormat(name, table.formats[name]) for name in table.formats if name in used]),
    )


def _group(entries: Entries, chosen: NDArray[np.intp]) -> Bags:
    """The bags of all users, of these entries."""
    return Bags.group(entries.users[chosen], entries.items[chosen], entries.ratings[chosen], len(entries.user_names))


def _create_datasets(catalogue: Catalogue, train: Bags, validation: Bags, test: Bags) -> list[ArrayDataset]:
    """The datasets of the three parts: training rows of users, and those measured with what is known of each."""
    known = _join(train, validation)
    pieces = [(train, train, np.flatnonzero(train.sizes)), *map(_find_known, (validation, test), (train, known))]
    inputs, learned = list[BagMatrix](), list[Bags]()
    levels, shares, owners = list[NDArray[np.float32]](), list[NDArray[np.float64]](), list[NDArray[np.intp]]()
    for history, targets, users in pieces:
        encoded, level = catalogue.encode_bags(history.take(users))
        part = targets.take(users)
        inputs.append(BagMatrix(encoded, len(catalogue)))
        if catalogue.squared and history is not targets:  # what is known is also said, as it is in training
            learned.append(catalogue.encode_targets(_join(history, targets).take(users), level))
        else:
            learned.append(catalogue.encode_targets(part, level))
        levels.append(level)
        owners.append(users)
        shares.append(np.full(len(users), len(users) / max(len(part.items), 1)))
    nothing = Bags(np.zeros(len(pieces[0][2]) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
    target = BagTarget(
        rated=catalogue.rated,
        items=len(catalogue),
        catalogue=catalogue,
        bags=Bags.concat([targets.take(users) for _, targets, users in pieces]),
        learned=Bags.concat(learned),
        seen=Bags.concat([nothing, *[history.take(users) for history, _, users in pieces[1:]]]),
        users=np.concatenate(owners),
        levels=np.concatenate(levels),
        shares=np.concatenate(shares),
    )
    ends: list[int] = np.cumsum([0, *(len(each) for each in inputs)]).tolist()
    most = max(1, MAX_MEASURED_CELLS // len(catalogue))
    datasets = [
        ArrayDataset(cast("NDArray[Any]", x), np.arange(start, start + len(x)), target)
        for x, start in zip(inputs, ends, strict=False)
    ]
    return [datasets[0], *[each if len(each) <= most else _thin_out(each, most) for each in datasets[1:]]]


def _thin_out(data: ArrayDataset, most: int) -> ArrayDataset:
    """At most so many of the rows, evenly spaced."""
    rows = np.linspace(0, len(data) - 1, most).astype(np.intp)
    bags = cast("BagMatrix", data.x)
    return ArrayDataset(cast("NDArray[Any]", BagMatrix(bags.bags.take(rows), bags.shape[1])), data.y[rows], data.target)


def _join(first: Bags, second: Bags) -> Bags:
    """The bags of the same users in two parts, together."""
    owners = [np.repeat(np.arange(len(each)), each.sizes) for each in (first, second)]
    items, values = ([*pair] for pair in zip(*[(each.items, each.values) for each in (first, second)], strict=True))
    return Bags.group(np.concatenate(owners), np.concatenate(items), np.concatenate(values), len(first))


def _find_known(held_out: Bags, known: Bags) -> tuple[Bags, Bags, NDArray[np.intp]]:
    """What is known of users and what is to be said, and the users of whom something is.

    Of users of whom nothing is known every other entry is taken for known.
    """
    owners = np.repeat(np.arange(len(held_out)), held_out.sizes)
    within = np.arange(len(owners)) - held_out.starts[:-1][owners]
    is_given = (known.sizes[owners] == 0) & (within % 2 == 0)
    given, asked = (_select(held_out, owners, chosen) for chosen in (is_given, ~is_given))
    return _join(known, given), asked, np.flatnonzero(asked.sizes)


def _select(bags: Bags, owners: NDArray[np.intp], chosen: NDArray[np.bool_]) -> Bags:
    return Bags.group(owners[chosen], bags.items[chosen], bags.values[chosen], len(bags))


def read_properties(
    entries: Entries, known: Sequence[str | None]
) -> tuple[tuple[Property, ...], tuple[Property, ...], list[str]]:
    """The columns that say the same of an item in all its rows, those that do of a user, and the others' names."""
    frame, others = entries.frame, list[str]()
    found: tuple[list[Property], list[Property]] = [], []
    owners = (entries.row_items, len(entries.item_names)), (entries.row_users, len(entries.user_names))
    for name in frame:
        if name in known:
            continue
        for properties, (numbers, count) in zip(found, owners, strict=True):
            if len(properties) < MAX_PROPERTIES and count * (len(properties) + 1) <= MAX_PROPERTY_CELLS:
                column = _read_property(frame, name, numbers, count)
                if column is not None:
                    properties.append(column)
                    break
        else:
            others.append(name)
    return tuple(found[0]), tuple(found[1]), others


def _read_property(frame: Frame, name: str, owners: NDArray[np.int64], count: int) -> Property | None:
    """A column as a property of `count` items, or users; None if two rows of one differ in it.

    Args:
        frame: The rows.
        name: The column.
        owners: The number of the item, or user, of each row (rows,); -1 where missing.
        count: The number of items, or users.
    """
    column = frame.column(name)
    if isinstance(column, NumericColumn):
        numbers = _collect(column.values, owners, ~np.isnan(column.values), np.full(count, np.nan))
        return None if numbers is None else Property(name=name, categories=(), values=pack_array(numbers, np.float64))
    codes, labels = read_labels(column)
    found = _collect(codes, owners, codes >= 0, np.full(count, -1.0))
    if found is None or not (found >= 0).any():
        return None
    used, places = np.unique(found[found >= 0], return_inverse=True)
    codes_used: list[int] = used.astype(np.intp).tolist()
    found[found >= 0] = places
    names = tuple([labels[code] for code in codes_used])
    return Property(name=name, categories=names, values=pack_array(found, np.int32))


def _collect(
    cells: NDArray[Any], owners: NDArray[np.int64], present: NDArray[np.bool_], found: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The cell of each owner, in `found` (owners,); None if two rows of one differ."""
    is_present = present & (owners >= 0)
    numbers, values = owners[is_present], cells[is_present].astype(np.float64)
    found[numbers] = values
    return found if np.array_equal(found[numbers], values) else None
