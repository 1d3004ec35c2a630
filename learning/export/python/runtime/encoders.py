"""Encoders of an exported model's columns: from a cell, as it was read, to inputs of the net.

Each is made of what the model's file says of a column, and does for a cell what Gradus does for many at once.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from struct import pack, unpack
from typing import Any, Final

MAX_ABS_NUMBER: Final = 1e300
MAX_SCALES: Final = 1e30
MIN_BIN_WIDTH: Final = 1e-6
DAY_SECONDS: Final = 86_400.0
CYCLE_LENGTHS: Final = {"month": 12, "weekday": 7, "hour": 24, "time of day": 24}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_SECONDS: Final = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()
LAST_SECONDS: Final = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH).total_seconds()

Encode = Callable[[Any], list[float]]
"""From a cell to the inputs of its column."""


def round_single(number: float) -> float:
    """The nearest float32."""
    return unpack("f", pack("f", number))[0]


class NumberEncoder:
    """Encodes a number: standardised, with a flag where it is missing, and with bins."""

    def __init__(self, plain: dict[str, Any]) -> None:
        self.centre, self.scale, self.median = plain["centre"], plain["scale"], plain["median"]
        self.low = max(self.centre - MAX_SCALES * self.scale, -MAX_ABS_NUMBER)
        self.high = min(self.centre + MAX_SCALES * self.scale, MAX_ABS_NUMBER)
        self.linear = plain.get("linear_spreads", 3.0)
        self.is_flagged = plain["flag"]
        self.edges = [
            (min(max(edge, self.low), self.high) - self.centre) / self.scale for edge in plain.get("edges", ())
        ]
        rounded = [round_single(edge) for edge in self.edges]
        self.bins = [
            (low, 1.0 / max(round_single(high - low), round_single(MIN_BIN_WIDTH))) for low, high in pairwise(rounded)
        ]

    def encode(self, number: float | None) -> tuple[float, list[float], list[float]]:
        """The standardised number, its flag, if there is one, and its bins."""
        is_missing = number is None
        z = (min(max(self.median if number is None else number, self.low), self.high) - self.centre) / self.scale
        bins = self._encode_bins(z) if self.bins else []
        if abs(z) > self.linear:
            z = math.copysign(self.linear + math.log1p(abs(z) - self.linear), z)
        return z, [float(is_missing)] if self.is_flagged else [], bins

    def _encode_bins(self, z: float) -> list[float]:
        """0 before a bin, 1 behind it, and linear within; beyond the outer edges it goes on with the logarithm."""
        single = round_single(z)
        bins = [min(max((single - low) * per_width, 0.0), 1.0) for low, per_width in self.bins]
        if z < self.edges[0]:
            bins[0] = -math.log1p((self.edges[0] - z) * self.bins[0][1])
        elif z > self.edges[-1]:
            bins[-1] = 1.0 + math.log1p((z - self.edges[-1]) * self.bins[-1][1])
        return bins


def create_date_encode(plain: dict[str, Any]) -> Encode:
    """The encoding of a moment, seconds since 1970: a trend, and sine and cosine of its cycles."""
    trend, cycles = NumberEncoder(plain["trend"]), plain["cycles"]
    is_time = "time of day" in cycles

    def encode(seconds: float | None) -> list[float]:
        if is_time and seconds is not None:
            seconds %= DAY_SECONDS
        z, flag, bins = trend.encode(seconds)
        values = [*([] if is_time else [z]), *flag, *bins]
        for cycle in cycles:
            if seconds is None:
                values += 0.0, 0.0
            else:
                angle = find_cycle_position(cycle, seconds) * (2.0 * math.pi / CYCLE_LENGTHS[cycle])
                values += math.sin(angle), math.cos(angle)
        return values

    return encode


def find_cycle_position(cycle: str, seconds: float) -> float:
    """The position of a moment in a cycle: month 0 … 11, weekday 0 (Monday) … 6, hour of the day 0 … 24, UTC."""
    seconds = min(max(seconds, FIRST_SECONDS), LAST_SECONDS)
    day = math.floor(seconds / DAY_SECONDS)
    if cycle in {"hour", "time of day"}:
        return (seconds - day * DAY_SECONDS) / 3600.0
    if cycle == "weekday":
        return (day + 3) % 7
    return (EPOCH + timedelta(days=day)).month - 1


def create_boolean_encode(plain: dict[str, Any]) -> Encode:
    """The encoding of a boolean: 1 and -1, the mean where it is missing, and perhaps a flag."""
    flag = plain["flag"]
    missing = [plain["mean"], 1.0] if flag else [plain["mean"]]
    values = {None: missing, True: [1.0, 0.0][: 1 + flag], False: [-1.0, 0.0][: 1 + flag]}
    return values.__getitem__


def create_category_encode(plain: dict[str, Any]) -> Encode:
    """The encoding of a category: one-hot, with a slot for rare ones and one for missing ones where there are such."""
    kept, shares = plain["kept"], plain["shares"]

    def place_one(place: int) -> list[float]:
        return [float(slot == place) for slot in range(len(shares))]

    unseen = place_one(len(kept)) if plain["rare"] else shares
    vectors = dict.fromkeys(plain["pooled"], unseen) | {name: place_one(at) for at, name in enumerate(kept)}
    vectors[None] = place_one(len(shares) - 1) if plain["missing"] else shares
    return lambda name: vectors.get(name, unseen)


def create_id_encode(plain: dict[str, Any]) -> Callable[[str | None], int]:
    """The encoding of a value with a vector: the number of its vector."""
    kept, rare = plain["kept"], plain["rare"]
    last = len(kept) + rare + plain["missing"]
    ids = dict.fromkeys(plain["pooled"], len(kept) if rare else last) | {name: at for at, name in enumerate(kept)}
    missing = len(kept) + rare if plain["missing"] else last
    return lambda name: missing if name is None else ids.get(name, last)
