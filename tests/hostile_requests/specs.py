"""Requests for jobs whose spec names far too much, or what is not there."""

from collections.abc import Iterator
from typing import Any, Final

from tests.hostile_requests.request import HostileRequest, post_json, similar_names
from tests.hostile_requests.targets import Targets

ROUTES: Final = ("/v1/jobs/validate", "/v1/jobs")
ODD_TEXTS: Final = {
    "C1 controls": "\x9b31m",
    "right-to-left marks": "\u202e\u2066abc",
    "a thousand combining marks": "e" + "\u0301" * 1000,
    "emoji": "\U0001f600" * 200,
    "a formula": "=cmd|' /C calc'!A0",
    "a full-width formula": "\uff1dSUM(1)",
    "markup": "<script>alert(1)</script>",
    "format fields": "{0.__class__} %s %(x)s ${x}",
    "slashes and dots": "../../etc/passwd",
    "JSON pointers": "~1~0/~",
    "blanks of other scripts": "\u00a0\u2003\u3000",
    "letters beyond the first plane": "\U00010400" * 60,
}


def unknown_features(targets: Targets) -> Iterator[HostileRequest]:
    """Features that a table of many columns does not have, each near to some that it has."""
    for route in ROUTES:
        for count in (1, 5, 20, 50, 100, 300, 1000, 3000, 10_000):
            yield post_json(
                f"{route}: {count:,} unknown features",
                route,
                lambda count=count: create_spec(targets, features=similar_names(targets.columns, count)),
            )
        yield post_json(
            f"{route}: a feature 10,000 times",
            route,
            lambda: create_spec(targets, features=[targets.columns[1]] * 10_000),
        )
        yield post_json(
            f"{route}: features of 256 letters each",
            route,
            lambda: create_spec(targets, features=[f"{number}".ljust(256, "m") for number in range(3000)]),
        )


def unknown_targets(targets: Targets) -> Iterator[HostileRequest]:
    """Targets that are near to many columns, or to none."""
    for name, target in (
        ("near to all", targets.columns[0][:-1]),
        ("of 256 letters", "measurement_of_" * 17),
        ("of one letter", "m"),
        ("reversed", targets.columns[-1][::-1]),
    ):
        for route in ROUTES:
            yield post_json(f"{route}: a target {name}", route, lambda t=target: create_spec(targets, target=t))


def class_weights(targets: Targets) -> Iterator[HostileRequest]:
    """Weights of classes that there are not."""
    for route in ROUTES:
        for count in (10, 100, 1000, 4000, 30_000):
            weights = lambda count=count: {f"label number {number}": 1.5 for number in range(count)}  # noqa: E731 - built late
            yield post_json(
                f"{route}: class weights of {count:,} unknown labels",
                route,
                lambda weights=weights: create_spec(targets, task="classification", class_weights=weights()),
            )


def tags(targets: Targets) -> Iterator[HostileRequest]:
    """Tags, as many and as long as may be, and more."""
    for name, value in {
        "32 of 256 letters": {f"t{number}": "\U0001f600" * 256 for number in range(32)},
        "33": {f"t{number}": "x" for number in range(33)},
        "20,000": {f"t{number}": "x" for number in range(20_000)},
        "a name of 100,000 letters": {"t" * 100_000: "x"},
        "a value of 500,000 letters": {"t": "x" * 500_000},
        "a list as value": {"t": ["x"] * 10_000},
    }.items():
        yield post_json(f"validate: tags: {name}", ROUTES[0], lambda value=value: create_spec(targets, tags=value))


def layers(targets: Targets) -> Iterator[HostileRequest]:
    """Nets that are too deep, too wide, or unknown."""
    dense = {"type": "dense", "units": 16_384}
    for name, value in {
        "64 of 16,384 units": [dense] * 64,
        "65": [{"type": "dense", "units": 1}] * 65,
        "10,000": [{"type": "dense", "units": 1}] * 10_000,
        "unknown types": [{"type": f"densee{number}"} for number in range(64)],
        "a type of 100,000 letters": [{"type": "d" * 100_000}],
        "1,000 unknown fields each": [{"type": "dense", **{f"unit{n}": 1 for n in range(1000)}}] * 30,
        "lists": [[[[[]]]]] * 1000,
    }.items():
        for route in ROUTES:
            yield post_json(f"{route}: layers: {name}", route, lambda value=value: create_spec(targets, layers=value))


def odd_texts(targets: Targets) -> Iterator[HostileRequest]:
    """Texts with odd letters in every place that takes a text."""
    for name, text in ODD_TEXTS.items():
        for field in ("target", "model_name"):
            yield post_json(
                f"validate: {field} of {name}",
                ROUTES[0],
                lambda field=field, text=text: create_spec(targets, **{field: text}),
            )
        yield post_json(
            f"validate: features of {name}",
            ROUTES[0],
            lambda text=text: create_spec(targets, features=[f"{text}{number}"[:250] for number in range(50)]),
        )


def starts(targets: Targets) -> Iterator[HostileRequest]:
    """Warm starts from what is not there."""
    for name, value in {
        "a name of 160 letters": {"model": "w" * 160},
        "a far version": {"model": "wide:999999999999"},
        "an unknown alias": {"model": "wide@" + "a" * 100},
        "a far epoch": {"model": "wide", "epoch": 10**18},
        "another shape": {"model": "categorical"},
    }.items():
        yield post_json(f"validate: start from {name}", ROUTES[0], lambda v=value: create_spec(targets, start_from=v))


def create_spec(targets: Targets, **fields: Any) -> dict[str, Any]:
    """A spec of a job on the wide table."""
    return {"dataset_id": targets.wide_dataset, "target": targets.columns[0], "model_name": "m", "epochs": 1} | fields


FAMILIES: Final = (unknown_features, unknown_targets, class_weights, tags, layers, odd_texts, starts)
