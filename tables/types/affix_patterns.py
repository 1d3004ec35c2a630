"""Patterns of what stands around a number: signs, currencies, magnitudes, marks, units."""

import re
from typing import Final

from learning.format_terms import NumberMark
from tables.types.units import MAGNITUDES, MONEY_SIGNS

SIGN: Final = re.compile(r"[+\-\N{MINUS SIGN}\N{EN DASH}]")
BOUND_BEFORE: Final = re.compile(
    r"(?:[<>]=?|=[<>]|[≤≥⩽⩾]|"
    r"(?:less than|more than|fewer than|at least|at most|up to|over|under|above|below)(?![^\W\d]))",
    re.IGNORECASE,
)
APPROXIMATE: Final = re.compile(
    r"(?:[~≈\u223c]|\(?(?:(?:approximately|approx|about|around|roughly|circa|estimated|est|ca)(?![^\W\d])\.?|c\.)\)?)",
    re.IGNORECASE,
)
CURRENCY_SIGN: Final = re.compile(rf"(?:US|AU|CA|NZ|HK|NT|[ACRS])?[$]|[%{MONEY_SIGNS}]", re.IGNORECASE)
"""A sign before a number; that of percent in Turkish and Basque."""
LAST_WORD: Final = re.compile(r"[^\W\d_]+")
LETTERS: Final = re.compile(r"[^\W\d_]+\.?")
BOUND_AFTER: Final = re.compile(
    r"(?:\+|(?:or|and) (?:more|over|above|older|up|less|fewer|under|below|younger)(?![^\W\d])|plus(?![^\W\d]))",
    re.IGNORECASE,
)
FOOTNOTE: Final = re.compile(
    r"(?:\*+|[†‡§¶]+|[\u00b9\u00b2\u00b3\u2070-\u207f]+|\[[^\[\].,;]{1,12}\]|\([a-z0-9]\))", re.IGNORECASE
)
APPROXIMATE_AFTER: Final = re.compile(
    r"\(?(?:approximately|approx|about|circa|estimated|estimate|est|ca)(?![^\W\d])\.?\)?", re.IGNORECASE
)
PRICE_DASH: Final = re.compile(r"(?:[.,][-\N{EN DASH}\N{EM DASH}]+|/[-=])(?=\s|$)")
"""What stands for no cents: of `12,-`, and of the Indian `12/-`."""
MINUS_AFTER: Final = re.compile(rf"[-\u2212](?=\s*[{MONEY_SIGNS})]?$)")
MARKS_AFTER: Final[tuple[tuple[re.Pattern[str], NumberMark | None], ...]] = (
    (PRICE_DASH, None),
    (MINUS_AFTER, "trailing_minus"),
    (BOUND_AFTER, "bound"),
    (FOOTNOTE, "footnote"),
    (APPROXIMATE_AFTER, "approximate"),
)
MAGNITUDE: Final = re.compile(
    "(?:" + "|".join(sorted(map(re.escape, MAGNITUDES), key=len, reverse=True)) + r")(?:(?![^\W\d_])|(?=[円元원]))\.?",
    re.IGNORECASE,
)
UNIT: Final = re.compile(
    rf"[\"'\u2032\u2033](?!\s*[^\W\d])|(?:[^\W\d_]|[%‰°º/{MONEY_SIGNS}])"
    rf"(?:[^\W\d_]|[%‰°º./·^²³{MONEY_SIGNS}]|[ \u00a0-](?=[^\W\d_]|[%°/])|(?<=[^\W\d_])[23](?![0-9])"
    r"|(?<=[/^])[0-9]{1,3})*"
)
SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺\N{MINUS SIGN}", "0123456789-+-")
POWER_OF_TEN: Final = re.compile(
    r"(?:[x\u00d7*·⋅]\s*10(?:\s*(?:\^|\*\*)\s*(?P<raised>[+\-\N{MINUS SIGN}]?[0-9]{1,3})"
    r"|(?P<small>[⁺⁻]?[⁰¹²³⁴-⁹]{1,3}))|[dD](?P<double>[+-][0-9]{2,3}))(?![0-9])",
    re.IGNORECASE,
)
"""The end of 1.5x10^5, of 1.5x10⁵, or of Fortran's 1.5D+05."""
BRACKETED_UNIT: Final = re.compile(r"\(([^()\d]{1,20})\)")
