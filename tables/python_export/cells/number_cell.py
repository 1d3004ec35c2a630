"""Reader of one text as a number, or a duration, in the format of its column."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from tables.types.affix_reader import find_affixes_of, split_text
from tables.types.duration_patterns import (
    CLOCK,
    DURATION_DECIMAL,
    DURATION_UNITS,
    FRENCH_CLOCK,
    ISO_DURATION,
    ISO_SECONDS,
    MINUTES_FIRST,
    WITH_UNITS,
)
from tables.types.number_text import remove_text_groups
from tables.types.text_pattern import compile_pattern

PLAIN_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Rule = Mapping[str, Any]
"""What is known of a column's format, as `cell_rules` describes it."""


def read_plain_number(text: str | None) -> float | None:
    """The number of a text without anything around it; None of others."""
    return float(text) if text is not None and PLAIN_NUMBER.fullmatch(text) else None


def read_number_text(text: str, rule: Rule) -> float | None:
    """The finite number of a text, stripped of blanks, by the rule of its column; None if it is none."""
    if rule["duration"]:
        return read_duration(text, minutes_first=MINUTES_FIRST in rule["datetime_formats"])
    style = rule["decimal"]
    number = read_plain_number(text) if style == "point" else None
    if number is None:
        number = read_plain_number(remove_text_groups(text, style))
    if number is None and (parts := split_text(text)) is not None:
        head, core, tail = parts
        affixes = find_affixes_of(rule["units"], frozenset(rule["marks"]))(head, tail)
        bare = remove_text_groups(core, style)
        if affixes is not None and bare is not None:
            number = read_plain_number(f"{bare}e{affixes.exponent}" if affixes.exponent else bare)
            number = -number if affixes.is_negative and number is not None else number
    return number if number is not None and isfinite(number) else None


def read_duration(text: str, *, minutes_first: bool) -> float | None:
    """The seconds of a text; a plain number is one of seconds. None if it is no duration."""
    text = compile_pattern(FRENCH_CLOCK).sub(r"\1:\2:00", re.sub(r"\s+", " ", text))
    if (found := compile_pattern(CLOCK).search(text)) is not None:
        return read_clock(found.groupdict(), minutes_first=minutes_first)
    if compile_pattern(WITH_UNITS).search(text):
        total = 0.0
        for seconds, spellings in DURATION_UNITS.items():
            amount = re.search(rf"(?i)({DURATION_DECIMAL}) ?(?:{spellings})(?:[^a-z]|$)", text)
            total += float(amount[1]) * seconds if amount else 0.0
        return total
    found = compile_pattern(ISO_DURATION).search(text)
    if found is not None and re.match(r"[+-]?P(?:[0-9]|T[0-9])", text):
        total = sum(float(found[name] or 0.0) * seconds for name, seconds in ISO_SECONDS.items())
        return -total if found["sign"] == "-" else total
    number = read_plain_number(text)
    return number if number is not None and isfinite(number) else None


def read_clock(parts: Mapping[str, str | None], *, minutes_first: bool) -> float:
    """The seconds of what a clock shows."""
    first, second = float(parts["first"] or 0.0), float(parts["second"] or 0.0)
    fraction, days, third = float(parts["fraction"] or 0.0), parts["days"], parts["third"]
    if third is None and days is None and (minutes_first or fraction > 0.0):
        seconds = first * 60.0 + second + fraction
    else:
        seconds = first * 3600.0 + second * 60.0 + float(third or 0.0) + float(days or 0.0) * 86400.0 + fraction
    return -seconds if parts["sign"] == "-" else seconds
