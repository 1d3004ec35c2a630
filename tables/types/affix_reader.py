"""Reader of what stands around one number: units, currencies, magnitudes, comparison signs, brackets and footnotes."""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from learning.format_terms import NumberMark
from tables.types.affix_patterns import (
    APPROXIMATE,
    BOUND_BEFORE,
    BRACKETED_UNIT,
    CURRENCY_SIGN,
    LAST_WORD,
    LETTERS,
    MAGNITUDE,
    MARKS_AFTER,
    POWER_OF_TEN,
    SIGN,
    SUPERSCRIPTS,
    UNIT,
)
from tables.types.units import AMBIGUOUS_MAGNITUDES, CURRENCIES, MAGNITUDES, fold_unit, is_unit

MAX_AFFIX_CHARS: Final = 64
SPLIT: Final = (
    r"(?s)^(?P<head>[^0-9]*?)"
    r"(?P<core>[.,]?[0-9]+(?:[.,'\u2019\u00a0\u2009\u202f ]?[0-9]+)*(?:[eE][+-]?[0-9]+)?)"
    r"(?P<tail>.*)$"
)
_SPLIT_TEXT: Final = re.compile(SPLIT)
_ANY_DIGIT: Final = re.compile("[0-9]")


@dataclass(frozen=True)
class Affixes:
    """What is around a number.

    Attributes:
        exponent: The power of ten of its magnitude: 3 of `12k`.
        is_negative: Whether it has an odd number of signs that make it negative.
        units: Its units, folded, and how they are spelled.
        marks: What else is around it.
        is_sure: Whether its magnitude can be nothing else, such as metres.
    """

    exponent: int
    is_negative: bool
    units: tuple[tuple[str, str], ...]
    marks: frozenset[NumberMark]
    is_sure: bool

    @property
    def unit_keys(self) -> frozenset[str]:
        """The units, folded."""
        return frozenset(key for key, _ in self.units)


def split_text(text: str) -> tuple[str, str, str] | None:
    """The head, the core and the tail of a text with a number in it; None of others."""
    if (
        _ANY_DIGIT.search(text) is None
        or len(text.encode()) > MAX_AFFIX_CHARS
        or (found := _SPLIT_TEXT.match(text)) is None
    ):
        return None
    head, core, tail = found.groups()
    # the point of "Rs.500" belongs to the head
    return head, core[1:] if core[0] == "." and head[-1:].isalpha() else core, tail


def find_affixes_of(spelled: Iterable[str], marks: Set[NumberMark]) -> Callable[[str, str], Affixes | None]:
    """A reader of the head and tail of a number that allows the units and marks of a format."""
    units = frozenset(map(fold_unit, spelled))

    def read(head: str, tail: str) -> Affixes | None:
        affixes = parse_affixes(head, tail, units, with_magnitudes="magnitude" in marks)
        return affixes if affixes is not None and affixes.marks <= marks and affixes.unit_keys <= units else None

    return read


@lru_cache(maxsize=4096)
def parse_affixes(head: str, tail: str, units: Set[str], *, with_magnitudes: bool) -> Affixes | None:
    """What the texts before and after a number say about it; None if they are something else.

    `units` are those known of the column. A letter such as the m of `5 m`, which may be a magnitude and a unit, is the
    unit if it is among these or if not `with_magnitudes`.
    """
    reader = _AffixReader(units, with_magnitudes)
    if reader.read_head(head) and reader.read_tail(tail):
        return reader.affixes()
    return None


class _AffixReader:
    """Reads the head and the tail of one number."""

    def __init__(self, known: Set[str], with_magnitudes: bool) -> None:
        self._known = known
        self._with_magnitudes = with_magnitudes
        self._units: list[tuple[str, str]] = []
        self._marks: set[NumberMark] = set()
        self._signs = 0
        self._minuses = 0
        self._open = False
        self._exponent: int | None = None
        self._is_sure = False

    def affixes(self) -> Affixes | None:
        """What was read; None if it does not fit together."""
        if self._open or self._signs > 1:
            return None
        return Affixes(
            self._exponent or 0, self._minuses % 2 == 1, tuple(self._units), frozenset(self._marks), self._is_sure
        )

    def read_head(self, head: str) -> bool:
        rest = head.strip()
        if head[-1:].isalpha() and LAST_WORD.findall(head)[-1].lower() not in CURRENCIES:
            return False  # a code such as A12
        while rest:
            if (found := SIGN.match(rest)) is not None:
                self._add_sign(found[0] != "+")
            elif (found := BOUND_BEFORE.match(rest)) is not None:
                self._marks.add("bound")
            elif (found := APPROXIMATE.match(rest)) is not None:
                self._marks.add("approximate")
            elif (found := CURRENCY_SIGN.match(rest)) is not None:
                self._add_unit(found[0])
            elif rest[0] == "(" and not self._open:
                self._open = True
                rest = rest[1:].lstrip()
                continue
            elif (found := LETTERS.match(rest)) is not None and found[0].rstrip(".").lower() in CURRENCIES:
                self._add_unit(found[0])
            else:
                return False
            rest = rest[found.end() :].lstrip()
        return True

    def read_tail(self, tail: str) -> bool:
        rest = tail
        while bare := rest.lstrip():
            if not (found := self._read_token(bare, is_glued=bare == rest)):
                return False
            rest = bare[found:]
        return True

    def _read_token(self, rest: str, *, is_glued: bool) -> int:
        """Read one token at the beginning of a tail; returns its length, 0 if there is none that fits."""
        if rest[0] == ")" and self._open:
            self._open = False
            self._add_sign(is_minus=True)
            self._marks.add("brackets")
            return 1
        if self._exponent is None and (found := POWER_OF_TEN.match(rest)) is not None:
            self._exponent = int((found["raised"] or found["small"] or found["double"]).translate(SUPERSCRIPTS))
            self._marks.add("magnitude")
            self._is_sure = True
            return found.end()
        for pattern, mark in MARKS_AFTER:
            if (found := pattern.match(rest)) is not None:
                if mark is not None:
                    self._marks.add(mark)
                if mark == "trailing_minus":
                    self._add_sign(is_minus=True)
                return found.end()
        if (length := self._read_magnitude(rest, is_glued=is_glued)) or (found := BRACKETED_UNIT.match(rest)) is None:
            return length or self._read_unit(rest, is_glued=is_glued)
        return found.end() if self._add_unit(found[1]) else 0

    def _read_magnitude(self, rest: str, *, is_glued: bool) -> int:
        found = MAGNITUDE.match(rest)
        if found is None or self._exponent is not None:
            return 0
        word = found[0].rstrip(".")
        is_ambiguous = word in AMBIGUOUS_MAGNITUDES or (word == "K" and not is_glued)
        is_known = fold_unit(word) in self._known
        if is_ambiguous and (is_known or not self._with_magnitudes or rest[found.end() :][:1] in set("/^·23")):
            return 0
        if is_known and not self._with_magnitudes:
            return 0
        self._exponent = MAGNITUDES[word.lower()]
        self._marks.add("magnitude")
        self._is_sure |= not is_ambiguous
        return found.end()

    def _read_unit(self, rest: str, *, is_glued: bool) -> int:
        found = UNIT.match(rest)
        if found is None:
            return 0
        unit = found[0]
        if (after := re.search(r" (?=(?:or|and) |plus\b)", unit)) is not None:
            unit = unit[: after.start()]
        unit = unit.rstrip(" -")
        return len(unit) if is_unit(unit, is_glued=is_glued) and self._add_unit(unit) else 0

    def _add_unit(self, unit: str) -> bool:
        key = fold_unit(unit)
        if len(self._units) > 1 or any(key == other for other, _ in self._units):
            return key in {other for other, _ in self._units}
        self._units.append((key, unit.strip()))
        return True

    def _add_sign(self, is_minus: bool) -> None:
        self._signs += 1
        self._minuses += is_minus
