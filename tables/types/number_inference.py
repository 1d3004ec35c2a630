"""Infers how the numbers of a column are written: decimal sign, thousands, unit, and what else is around them.

`1.234` is near one in London and over a thousand in Berlin; the other cells of its column decide, or other columns.
"""

from collections import Counter
from functools import partial
from math import isfinite, isnan
from typing import Final

import numpy as np
import polars as pl

from learning.column_format import PLAIN_FORMAT, ColumnFormat
from learning.format_terms import DecimalStyle
from tables.types.affix_reader import Affixes, parse_affixes
from tables.types.affixes import (
    CORE,
    HEAD,
    PLACE,
    TAIL,
    join_affixes,
    read_affixes,
    split_affixes,
)
from tables.types.hints import ColumnHints
from tables.types.number_forms import MARK_NAMES, NumberForms, note_forms
from tables.types.numbers import parse_finite_numbers, parse_numbers, parse_parts, scan_point_groups
from tables.types.parse import COUNT, VALUE, ParseNote, Parser, PlainNumbers, count_cells, find_nulls, select_rows
from tables.types.patterns import contains
from tables.types.units import AMBIGUOUS_MAGNITUDES, DEBIT, fold_unit, is_currency

_LONG: Final = "^[+-]?[1-9][0-9]{15,}$"
_LAST_EXACT: Final = 2.0**53
"""Up to here a float64 holds every integer."""
_MANY_VALUES: Final = 20_000
_SAMPLE_VALUES: Final = 1_000
_MIN_SAMPLE_SHARE: Final = 0.3
_MIN_CELLS_PER_AMBIGUOUS: Final = 10
_AMBIGUOUS_UNITS: Final = frozenset(map(fold_unit, AMBIGUOUS_MAGNITUDES)) | {"k"}


def sample_values(present: pl.DataFrame) -> pl.DataFrame:
    """About a thousand of very many distinct values (VALUE, COUNT), from everywhere; all if there are not so many."""
    return present if present.height <= _MANY_VALUES else present.gather_every(present.height // _SAMPLE_VALUES)


def seem_numeric(present: pl.DataFrame, plain: PlainNumbers) -> bool:
    """Whether a sample of very many distinct values (VALUE, COUNT) has numbers enough to look at all of them."""
    if present.height <= _MANY_VALUES:
        return True
    sample = sample_values(present)
    _, looks, _ = infer_numbers(sample, ColumnHints(), PlainNumbers())
    cells = count_cells(present)
    likely = cells * looks / max(1, count_cells(sample)) + plain.count
    return likely >= _MIN_SAMPLE_SHARE * (cells + plain.count)


def infer_numbers(
    present: pl.DataFrame, hints: ColumnHints, plain: PlainNumbers
) -> tuple[Parser, int, NumberForms | None]:
    """A parser of distinct values (VALUE, COUNT) as numbers, how many cells look like one, and what is around them."""
    text = present[VALUE]
    point, comma = parse_numbers(text), parse_numbers(text, "comma")
    is_odd = find_nulls(point) & find_nulls(comma)
    forms, written = None, text
    bare_cells = count_cells(present, ~is_odd)
    if is_odd.any():
        forms = _find_forms(
            select_rows(present, is_odd), bare_cells + plain.count, is_requested=hints.type == "numeric"
        )
        if not forms.parts.is_empty():
            places = np.flatnonzero(is_odd)[forms.parts[PLACE].to_numpy()]
            point = point.scatter(places, parse_parts(forms.parts, "point"))
            comma = comma.scatter(places, parse_parts(forms.parts, "comma"))
        written = pl.concat([text.filter(~is_odd), forms.parts[CORE].alias(VALUE)])
    parser = _choose_style(present, written, (point, comma), hints, plain)
    if forms is not None:
        format_ = ColumnFormat(decimal=parser.format.decimal, units=forms.units, marks=forms.marks)
        bare = (point if format_.decimal == "point" else comma).filter(~is_odd)
        ends = (bare.min(), bare.max(), plain.low, plain.high)
        known = [end for end in ends if isinstance(end, float) and isfinite(end)]
        span = (min(known), max(known)) if known else None
        cells = (count_cells(present) + plain.count, bare_cells + plain.count)
        notes = (*parser.notes, *note_forms(forms, format_, *cells, span))
        parser = _replace(parser, format_, notes)
    looks = bare_cells + plain.count + (0 if forms is None else forms.cells)
    return parser, looks, forms


def are_integers(present: pl.DataFrame, parser: Parser) -> bool:
    """Whether all numbers among the values are integers."""
    numbers = parse_finite_numbers(present[VALUE], parser.format)
    return bool((numbers == numbers.floor()).all())


def _replace(parser: Parser, format_: ColumnFormat, notes: tuple[ParseNote, ...]) -> Parser:
    is_plain = parser.is_plain and format_ == PLAIN_FORMAT
    return Parser(
        "numeric",
        format_,
        parser.faulty_values,
        parser.faulty_cells,
        parser.infinite_values,
        notes,
        is_plain,
        parser.has_decimal_point,
        parser.is_open,
    )


def _choose_style(
    present: pl.DataFrame,
    written: pl.Series,
    readings: tuple[pl.Series, pl.Series],
    hints: ColumnHints,
    plain: PlainNumbers,
) -> Parser:
    """The parser in the style that reads more cells, or that the file has; `written` are the numbers alone."""
    text, (point, comma) = present[VALUE], readings
    surplus = count_cells(present, ~find_nulls(comma)) - count_cells(present, ~find_nulls(point))
    groups = scan_point_groups(written).join(plain.groups)
    commas = text.filter((point != comma) & contains(text, ","))
    is_tie = not surplus
    are_groups = groups.are_open and (hints.prefer_comma or hints.points_group or groups.are_likely)
    style: DecimalStyle = "comma" if surplus > 0 or (is_tie and are_groups) else "point"
    if is_tie and hints.prefer_comma and len(commas):
        style = "comma"
    style = hints.options.decimal or style
    numbers = point if style == "point" else comma
    notes: list[ParseNote] = []
    if is_tie and hints.options.decimal is None:
        points = text.filter((point != comma) & contains(text, r"\."))
        doubtful = points if style == "comma" and len(points) else commas
        if len(doubtful):
            numbers_by_style = (numbers, comma if style == "point" else point)
            notes.append(_note_ambiguous(present, doubtful, style, numbers_by_style, plain))
    if len(long := text.filter((numbers.abs() >= _LAST_EXACT) & contains(text, _LONG))):
        notes.append(ParseNote("digits_lost", long[0], "If it is an id, set the column's type to categorical."))
    may_have_point = style == "point" and not groups.are_possible and surplus <= 0
    fractions = may_have_point and (
        (bool(plain.count) and not plain.all_integers) or bool((point != point.floor()).any())
    )
    is_fault = find_nulls(numbers)
    cast = text.cast(pl.Float64, strict=False)
    nans = int(cast.is_nan().sum()) if isnan(float(cast.sum())) else 0
    casts = len(cast) - cast.null_count() - nans
    return Parser(
        "numeric",
        ColumnFormat(decimal=style),
        faulty_values=text.filter(is_fault).to_list(),
        faulty_cells=count_cells(present, is_fault),
        infinite_values=[] if isfinite(float(numbers.sum())) else text.filter(numbers.is_infinite()).to_list(),
        notes=tuple(notes),
        is_plain=style == "point" and len(numbers) - numbers.null_count() == casts,
        has_decimal_point=fractions,
        is_open=is_tie and (groups.are_open or len(commas) > 0),
    )


def _note_ambiguous(
    present: pl.DataFrame,
    doubtful: pl.Series,
    style: DecimalStyle,
    readings: tuple[pl.Series, pl.Series],
    plain: PlainNumbers,
) -> ParseNote:
    """The warning that values may mean another number."""
    cells = count_cells(present, present[VALUE].is_in(doubtful.implode()))
    total = count_cells(present, readings[0].is_not_null()) + plain.count
    index = present[VALUE].index_of(doubtful[0]) or 0
    other = "comma" if style == "point" else "point"
    advice = (
        f"Read as {readings[0][index]:.15g}, not as {readings[1][index]:.15g}; {cells:,} of {total:,} numbers can be "
        f"read both ways. If their decimal sign is a {other}, give decimal={other} with the upload."
    )
    return ParseNote("ambiguous_number", doubtful[0], advice)


def _find_forms(rest: pl.DataFrame, bare_cells: int, *, is_requested: bool) -> NumberForms:
    """What is around the numbers among distinct values (VALUE, COUNT) that are no bare ones."""
    parts = split_affixes(rest[VALUE])
    is_odd = find_nulls(parse_numbers(parts[CORE])) & find_nulls(parse_numbers(parts[CORE], "comma"))
    parts = select_rows(parts, ~is_odd)
    parts = parts.hstack([pl.Series(COUNT, rest[COUNT].to_numpy()[parts[PLACE].to_numpy()])])
    known = read_affixes(parts, partial(parse_affixes, units=frozenset[str](), with_magnitudes=False))
    cells = Counter[tuple[str, str]]()
    for head, tail, count in zip(parts[HEAD].to_list(), parts[TAIL].to_list(), parts[COUNT].to_list(), strict=True):
        cells[head, tail] += count
    counted = [(affixes, cells[head, tail]) for head, tail, affixes in known]
    if _have_magnitudes(counted, bare_cells):
        known = read_affixes(parts, partial(parse_affixes, units=frozenset[str](), with_magnitudes=True))
        counted = [(affixes, cells[head, tail]) for head, tail, affixes in known]
    by_unit = Counter[frozenset[str]]()
    spellings = Counter[tuple[str, str]]()
    for affixes, count in counted:
        by_unit[affixes.unit_keys] += count
        spellings.update(dict.fromkeys(affixes.units, count))
    units = _choose_units(by_unit, bare_cells, is_requested=is_requested)
    read = [(head, tail, affixes) for head, tail, affixes in known if affixes.unit_keys <= units]
    marks = {mark for _, _, affixes in read for mark in affixes.marks}
    spelled = {folded: spelling for (folded, spelling), _ in reversed(spellings.most_common())}
    cells_by_unit = Counter[str]()
    for (folded, _), count in spellings.items():
        cells_by_unit[spelled[folded]] += count
    return NumberForms(
        join_affixes(parts, read),
        tuple(read),
        tuple([spelled[folded] for folded in spelled if folded in units]),
        tuple([mark for mark in MARK_NAMES if mark in marks]),
        sum(count for _, count in counted),
        cells_by_unit,
    )


def _have_magnitudes(counted: list[tuple[Affixes, int]], bare_cells: int) -> bool:
    """Whether letters that may be a magnitude and a unit, such as the m of 5m, are magnitudes in a column."""
    sure = sum(count for affixes, count in counted if affixes.is_sure)
    doubtful = [(affixes, count) for affixes, count in counted if affixes.unit_keys & _AMBIGUOUS_UNITS]
    if not doubtful or any(DEBIT in affixes.unit_keys for affixes, _ in counted):
        return False
    if any(is_currency(unit) for affixes, _ in doubtful for unit in affixes.unit_keys):
        return True
    if bare_cells and {unit for affixes, _ in doubtful for unit in affixes.unit_keys & _AMBIGUOUS_UNITS} == {"k"}:
        return True
    return sure * _MIN_CELLS_PER_AMBIGUOUS >= sum(count for _, count in doubtful)


def _choose_units(by_unit: Counter[frozenset[str]], bare_cells: int, *, is_requested: bool) -> frozenset[str]:
    """The unit or two that most cells have; none if most have no unit, unless it is a currency."""
    with_units = Counter({units: count for units, count in by_unit.items() if units})
    if not with_units:
        return frozenset()
    ((units, _),) = with_units.most_common(1)
    fitting = sum(count for other, count in with_units.items() if other <= units)
    is_common = 2 * fitting >= bare_cells + by_unit.total()
    return units if is_common or is_requested or all(map(is_currency, units)) else frozenset()
