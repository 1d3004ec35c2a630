"""The warning of a column of words that are nearly numbers: how many look like one, and which do not."""

from typing import Final

import polars as pl

from tables.types.number_inference import NumberForms
from tables.types.parse import COUNT, VALUE, ParseNote, Parser, PlainNumbers, count_cells

_NUMBER: Final = r"[<>~]?\s*[+-]?\p{Sc}?[0-9][0-9.,]*"
_FORMS: Final = {
    "ranges": rf"(?i)^{_NUMBER}\s*\D{{0,6}}(?:[-\u2013\u2014]|\bto\b|\bbis\b|\.\.)\s*{_NUMBER}\s*\D{{0,12}}$",
    "fractions": r"^(?:[0-9]+ )?[0-9]+\s*/\s*[0-9]+$|^[0-9]*\s?[¼½¾⅓⅔⅛⅜⅝⅞]$",
    "ordinal numbers": r"(?i)^[0-9]+\s?(?:st|nd|rd|th)\.?$",
    "powers of ten": r"(?i)^[+-]?[0-9.,]+\s*[x\u00d7*·]\s*10\s*\^?\s*[+-]?[0-9⁰¹²³⁴-⁹⁻]+$",
    "several numbers in a cell": r"(?i)^[0-9.,]+\s*\D{0,4}(?:\s*[x\u00d7/;,|'\u2032]\s*[0-9.,]+\s*\D{0,4})+$",
}
"""Forms of numbers that are not read."""
_FIND_FORMS: Final = tuple(pl.col(VALUE).str.contains(pattern).alias(form) for form, pattern in _FORMS.items())

_MIN_FORM_VALUES: Final = 20
_MAX_EXAMPLES: Final = 3
_MAX_CHARS: Final = 40
_MAX_VALUES: Final = 20_000


def note_nearly_numeric(
    present: pl.DataFrame, parser: Parser, looks: int, forms: NumberForms | None, plain: PlainNumbers
) -> tuple[ParseNote, ...]:
    """The warning that half of the cells look like numbers, of distinct values (VALUE, COUNT) that are words."""
    faulty = present.filter(present[VALUE].is_in(pl.Series(parser.faulty_values, dtype=pl.String).implode()))
    faulty = faulty.sort(COUNT, VALUE, descending=[True, False]).head(_MAX_VALUES)
    total = count_cells(present) + plain.count
    by_form = {
        form: (count_cells(matching), matching[VALUE][0])
        for form, is_matching in zip(_FORMS, faulty.select(_FIND_FORMS).iter_columns(), strict=True)
        if (matching := faulty.filter(is_matching)).height
    }
    if faulty.height <= _MIN_FORM_VALUES and not 2 * looks >= total:
        by_form = {}
    form = max(by_form, key=lambda name: by_form[name][0]) if by_form else None
    looks += by_form[form][0] if form else 0
    if 2 * looks < total or looks < 2 or faulty.is_empty():
        return ()
    units = forms.cells_by_unit.most_common(_MAX_EXAMPLES) if forms is not None else []
    if len(units) > 1 and 2 * (forms.cells if forms else 0) >= count_cells(faulty):
        listed = ", ".join([f"'{unit}' in {count:,}" for unit, count in units])
        why = f"they have several units: {listed}. Write all in one unit"
        example = faulty[VALUE][0]
    elif form and 2 * by_form[form][0] >= count_cells(faulty):
        why = f"{by_form[form][0]:,} are {form}, such as '{_shorten(by_form[form][1])}'. Write them as one number each"
        example = by_form[form][1]
    else:
        frequent = faulty.head(_MAX_EXAMPLES)
        listed = ", ".join([f"'{_shorten(value)}' in {count:,}" for value, count in frequent.iter_rows()])
        why = f"the most frequent of the others are {listed}. Name those that are missing as missing_values"
        example = faulty[VALUE][0]
    advice = (
        f"Read as words, though {looks:,} of {total:,} cells look like numbers; {why}, "
        "or set the column's type to numeric, which empties the cells that are none."
    )
    return (ParseNote("nearly_numeric", example, advice),)


def _shorten(value: str) -> str:
    return value if len(value) <= _MAX_CHARS else value[:_MAX_CHARS] + "…"
