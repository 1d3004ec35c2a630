"""Questions to a model that recommends: huge lists, filters by what no item has, and names that are near to many."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from tests.hostile_requests.request import HostileRequest, post_json, similar_names
from tests.hostile_requests.specs import ODD_TEXTS
from tests.hostile_requests.targets import Targets

MAX_NAMES: Final = 10_000


def chosen_items(targets: Targets) -> Iterator[HostileRequest]:
    """Lists of what somebody liked, as long as may be, and longer."""
    items = targets.items
    for name, listed in {
        f"{MAX_NAMES:,} items": items[:MAX_NAMES],
        f"{MAX_NAMES:,} unknown items": [f"no item {number}" for number in range(MAX_NAMES)],
        f"an item {MAX_NAMES:,} times": items[:1] * MAX_NAMES,
        f"{MAX_NAMES:,} items with ratings": [{"item": item, "rating": 1e300} for item in items[:MAX_NAMES]],
        f"{MAX_NAMES:,} numbers": list(range(MAX_NAMES)),
        f"{MAX_NAMES + 1:,} items": [*items[:MAX_NAMES], "x"],
        "200,000 items": ["x"] * 200_000,
        "100 items of 10,000 letters": ["x" * 10_000] * 100,
        "objects that are none": [{"item": []}] * MAX_NAMES,
        "lists": [[]] * MAX_NAMES,
    }.items():
        for limit in (10, 1000):
            yield _ask(targets, f"liked {name}, limit {limit}", liked=listed, limit=limit)


def exclude_lists(targets: Targets) -> Iterator[HostileRequest]:
    """Lists of what is to be left out."""
    for name, listed in {
        f"{MAX_NAMES:,} items": targets.items[:MAX_NAMES],
        f"{MAX_NAMES:,} items near to others": similar_names(targets.items, MAX_NAMES),
        f"an item {MAX_NAMES:,} times": targets.items[:1] * MAX_NAMES,
        "300,000 numbers": [1] * 300_000,
        "items of odd letters": list(ODD_TEXTS.values()) * 100,
    }.items():
        yield _ask(targets, f"exclude {name}", liked=targets.items[:1], exclude=listed)


def filters(targets: Targets) -> Iterator[HostileRequest]:
    """Filters by values that no item has, and by columns that are not there."""
    titles = similar_names([f"Title of the work {number:06d}" for number in range(len(targets.items))], MAX_NAMES)
    for name, wanted in {
        f"{MAX_NAMES:,} titles near to others": {"title": titles},
        f"{MAX_NAMES:,} genres": {"genre": [f"genre {number}" for number in range(MAX_NAMES)]},
        f"{MAX_NAMES:,} years": {"year": list(range(MAX_NAMES))},
        f"{MAX_NAMES:,} years that are words": {"year": titles},
        "a title of 10,000 letters": {"title": "Title of the work " * 550},
        "bounds of words": {"title": {"minimum": 1}},
        "infinite bounds": {"year": {"minimum": -1e308, "maximum": 1e308}},
        "an unknown column": {"yearr": 1},
        "a column of 100,000 letters": {"year" * 25_000: 1},
        "32 columns": {f"titl{number}": titles[:100] for number in range(32)},
        "10,000 columns": {f"titl{number}": 1 for number in range(MAX_NAMES)},
        "objects": {"year": {"minimum": [], "maximum": {}, "more": 1}},
    }.items():
        yield _ask(targets, f"filter by {name}", liked=targets.items[:1], filter=wanted)


def users(targets: Targets) -> Iterator[HostileRequest]:
    """Users who are unknown, with columns that users do not have."""
    for name, text in ODD_TEXTS.items():
        yield _ask(targets, f"a user of {name}", user=text)
    for name, columns in {
        "32 unknown ones": {f"countri{number}": "x" for number in range(32)},
        "20,000 unknown ones": {f"c{number}": "x" for number in range(20_000)},
        "a name of 100,000 letters": {"c" * 100_000: "x"},
        "a cell of 10,000 letters": {"country": "x" * 10_000},
    }.items():
        yield _ask(targets, f"columns of a user: {name}", user_columns=columns)
    yield _ask(targets, "a user of 500,000 letters", user="x" * 500_000)
    yield _ask(targets, "neither a user nor items", limit=10)


def catalogues(targets: Targets) -> Iterator[HostileRequest]:
    """Searches, similar items and maps, of names that are near to many or to none."""
    path = f"/v1/models/{targets.recommender}"
    for kind in ("items", "users"):
        for name, words in {
            "500 words": "i " * 499,
            "1,000 letters": "item" * 250,
            "the number of none": "number 9999999",
            "every name": "",
            "emoji": "\U0001f600" * 100,
        }.items():
            yield HostileRequest(f"search {kind} by {name}", "GET", f"{path}/{kind}?limit=1000&search={quote(words)}")
    for name, item in {
        "near to all": "the item with number 000000",
        "of 10,000 letters": "the item " * 1111,
        "of one letter": "t",
        "reversed": targets.items[-1][::-1],
        "that is known": targets.items[0],
    }.items():
        yield HostileRequest(f"similar to an item {name}", "GET", f"{path}/similar?limit=1000&item={quote(item)}")
    for name, column in {"of 10,000 letters": "genre" * 2000, "near to one": "genree", "of all": "genre"}.items():
        yield HostileRequest(f"a map by a column {name}", "GET", f"{path}/item-map?column={quote(column)}")
    for part in ("", "/schema", "/evaluation", "/weights", "/weights?format=npz", "/importance", "/report"):
        yield HostileRequest(f"GET a model that recommends{part}", "GET", f"{path}{part}")


def predicted_pairs(targets: Targets) -> Iterator[HostileRequest]:
    """Rows of users and items to predict."""
    path, items = f"/v1/models/{targets.recommender}/predict", targets.items
    count = max(20, len(items) // 50)
    for rows in (1000, 20_000):
        for name, user in {"known": "user {}", "unknown": "nobody {}"}.items():
            yield post_json(
                f"predict: {rows:,} pairs of {name} users",
                path,
                lambda rows=rows, user=user: {
                    "rows": [{"user": user.format(n % count), "item": items[n % len(items)]} for n in range(rows)]
                },
            )


def _ask(targets: Targets, name: str, **body: Any) -> HostileRequest:
    return post_json(f"recommend: {name}", f"/v1/models/{targets.recommender}/recommend", lambda: body)


FAMILIES: Final = (chosen_items, exclude_lists, filters, users, catalogues, predicted_pairs)
