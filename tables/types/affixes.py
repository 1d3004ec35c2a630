"""What stands around a number: units, currencies, magnitudes, comparison signs, brackets and footnotes.

A column has few different ones, and each is read once, whatever the number of cells.
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from learning.column_format import ColumnFormat, NumberMark
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
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import VALUE
from tables.types.units import AMBIGUOUS_MAGNITUDES, CURRENCIES, MAGNITUDES, fold_unit, is_unit

HEAD: Final = "head"
CORE: Final = "core"
TAIL: Final = "tail"
EXPONENT: Final = "exponent"
IS_NEGATIVE: Final = "is_negative"
PLACE: Final = "place"

MAX_AFFIXES: Final = 1_000
"""The most frequent pairs of head and tail that are looked at; a column of numbers has fewer."""

_SPLIT_NAMES: Final = (HEAD, CORE, TAIL)
_MAX_CHARS: Final = 64
_SPLIT: Final = (
    r"(?s)^(?P<head>[^0-9]*?)"
    r"(?P<core>[.,]?[0-9]+(?:[.,'\u2019\u00a0\u2009\u202f ]?[0-9]+)*(?:[eE][+-]?[0-9]+)?)"
    r"(?P<tail>.*)$"
)
_SPLIT_TEXT: Final = re.compile(_SPLIT)
_DIGIT: Final = re.compile("[0-9]")
_POINT_OF_HEAD: Final = r"\p{L}$"


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


KnownAffixes = tuple[str, str, Affixes]
"""A head and a tail, and what they say."""


def split_text(text: str) -> tuple[str, str, str] | None:
    """The head, the core and the tail of a text with a number in it; None of others."""
    if _DIGIT.search(text) is None or len(text.encode()) > _MAX_CHARS or (found := _SPLIT_TEXT.match(text)) is None:
        return None
    head, core, tail = found.groups()
    # the point of "Rs.500" belongs to the head
    return head, core[1:] if core[0] == "." and head[-1:].isalpha() else core, tail


def split_affixes(text: pl.Series) -> pl.DataFrame:
    """HEAD, CORE and TAIL of texts with a number in them, with the PLACE and the VALUE of each."""
    if len(text) <= MAX_PYTHON_TEXTS:
        texts = text.to_list()
        split = [(place, parts) for place, cell in enumerate(texts) if cell is not None and (parts := split_text(cell))]
        columns = [pl.Series(name, [parts[i] for _, parts in split], pl.String) for i, name in enumerate(_SPLIT_NAMES)]
        places = [place for place, _ in split]
        values = pl.Series(VALUE, [texts[place] for place in places], pl.String)
        return pl.DataFrame([*columns, pl.Series(PLACE, places, pl.UInt32), values])
    short = (text.str.len_bytes() <= _MAX_CHARS) & text.str.contains("[0-9]")
    places = short.arg_true()
    chosen = text.gather(places)
    parts = chosen.str.extract_groups(_SPLIT).struct.unnest().with_columns(places.alias(PLACE), chosen.alias(VALUE))
    # the point of "Rs.500" belongs to the head
    dotted = pl.col(CORE).str.starts_with(".") & pl.col(HEAD).str.contains(_POINT_OF_HEAD)
    return parts.with_columns(
        pl.when(dotted).then(pl.col(CORE).str.slice(1)).otherwise(pl.col(CORE)).alias(CORE)
    ).drop_nulls(CORE)


def read_affixes(parts: pl.DataFrame, read: Callable[[str, str], Affixes | None]) -> list[KnownAffixes]:
    """The affixes that can be read, of the most frequent pairs of HEAD and TAIL."""
    if parts.height <= MAX_PYTHON_TEXTS:
        pairs = list(dict.fromkeys(zip(parts[HEAD].to_list(), parts[TAIL].to_list(), strict=True)))
    else:
        table = parts.group_by(HEAD, TAIL, maintain_order=True).len().top_k(MAX_AFFIXES, by="len")
        pairs = [(head, tail) for head, tail, _ in table.iter_rows()]
    found = ((head, tail, read(head, tail)) for head, tail in pairs)
    return [(head, tail, affixes) for head, tail, affixes in found if affixes is not None]


def join_affixes(parts: pl.DataFrame, known: Sequence[KnownAffixes]) -> pl.DataFrame:
    """Those of the parts that have known affixes, with EXPONENT and IS_NEGATIVE."""
    if parts.height <= MAX_PYTHON_TEXTS:
        by_pair = {(head, tail): affixes for head, tail, affixes in known}
        found = list(map(by_pair.get, zip(parts[HEAD].to_list(), parts[TAIL].to_list(), strict=True)))
        where = pl.Series([affixes is not None for affixes in found], dtype=pl.Boolean)
        columns = [column.filter(where) for column in parts.iter_columns()]
        exponents = pl.Series(EXPONENT, [affixes.exponent for affixes in found if affixes is not None], pl.Int64)
        signs = pl.Series(IS_NEGATIVE, [affixes.is_negative for affixes in found if affixes is not None], pl.Boolean)
        return pl.DataFrame([*columns, exponents, signs])
    table = pl.DataFrame(
        [(head, tail, affixes.exponent, affixes.is_negative) for head, tail, affixes in known],
        {HEAD: pl.String, TAIL: pl.String, EXPONENT: pl.Int64, IS_NEGATIVE: pl.Boolean},
        orient="row",
    )
    return parts.join(table, on=[HEAD, TAIL], how="inner", maintain_order="left")


def find_affixes_of(format_: ColumnFormat) -> Callable[[str, str], Affixes | None]:
    """A reader of the head and tail of a number that allows what a format has."""
    units = frozenset(map(fold_unit, format_.units))
    marks = frozenset(format_.marks)

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
