"""Columns of words as they are compared, each in the form that `word_form` has; and words that are nearly equal."""

import re
import unicodedata
from typing import Final

import polars as pl

from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import COUNT, VALUE, ParseNote
from tables.types.word_form import INVISIBLE, JOINERS, LATIN, write_in_ascii

_OTHER_DIGIT: Final = r"[\p{Nd}&&[^0-9]]"
_MAYBE_GARBLED: Final = "[\u00c2\u00c3\u00e2\u00d0\u00d1\u00c4\u00c5\u00ef\ufffd]"
"""The first letters of UTF-8 that was read as Windows-1252, and what stands for letters that were lost."""
_BLANKS: Final = r"[\s\u200c\u200d]+"
_MAX_GARBLED: Final = 1_000
_MAX_CATEGORIES: Final = 100_000


def normalize_words(text: pl.Series) -> pl.Series:
    """Texts in Unicode's NFC, without zero-width letters; nothing is copied if all are ASCII."""
    if text.str.len_bytes().sum() == text.str.len_chars().sum():
        return text
    places = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    odd = text.gather(places).str.replace_all(INVISIBLE, "").str.normalize("NFC")
    has_digits = odd.str.contains(_OTHER_DIGIT)
    if has_digits.any():
        cells = odd.filter(has_digits).to_list()
        odd = odd.scatter(has_digits.arg_true(), pl.Series(map(write_in_ascii, cells), dtype=pl.String))
    joined = odd.str.replace_all(JOINERS, "")
    return text.scatter(places, joined.zip_with(joined.str.contains(LATIN), odd))


def note_garbled(present: pl.DataFrame) -> tuple[ParseNote, ...]:
    """The warning that texts (VALUE, COUNT) were decoded wrongly before they came here."""
    text = present[VALUE]
    if text.str.len_bytes().sum() == text.str.len_chars().sum():
        return ()
    maybe = present.filter(text.str.contains(_MAYBE_GARBLED)).head(_MAX_GARBLED)
    garbled = [(cell, _repair(cell), count) for cell, count in maybe.iter_rows()]
    found = [(cell, repaired, count) for cell, repaired, count in garbled if repaired is not None]
    if not found:
        return ()
    value, repaired, _ = found[0]
    what = "have letters that were lost" if "\ufffd" in value else f"may be garbled, '{value}' from '{repaired}'"
    advice = (
        f"{sum(count for _, _, count in found):,} of {int(present[COUNT].sum()):,} cells {what}: they were decoded "
        "wrongly before they came here, and are kept as they are. Write the file again from its source, as UTF-8."
    )
    return (ParseNote("garbled_text", value, advice),)


def _repair(text: str) -> str | None:
    """A text that was UTF-8 and read as Windows-1252, as it was; None if it was not, itself if letters were lost."""
    if "\ufffd" in text:
        return text
    data = bytearray()
    for letter in text:
        try:
            data += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:
                return None
            data.append(ord(letter))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _fold_words(text: pl.Series) -> pl.Series:
    """Texts without their case and blanks, in one Unicode form; few of them in a loop, which is faster there."""
    if len(text) > MAX_PYTHON_TEXTS:
        return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(_BLANKS, "")
    folded = [re.sub(_BLANKS, "", unicodedata.normalize("NFKC", cell).lower()) for cell in text.to_list()]
    return pl.Series(folded, dtype=pl.String)


def note_similar(present: pl.DataFrame) -> tuple[ParseNote, ...]:
    """The warning that categories (VALUE, COUNT) differ in case, blanks or Unicode form only; of the commonest pair."""
    if present.height > _MAX_CATEGORIES:
        return ()
    folded = _fold_words(present[VALUE])
    if folded.n_unique() == present.height:
        return ()
    ordered = present.with_columns(folded.alias("folded")).sort(COUNT, VALUE, descending=[True, False])
    groups = ordered.group_by("folded", maintain_order=True).agg(VALUE, COUNT).filter(pl.col(VALUE).list.len() > 1)
    values, counts = (
        groups.with_columns(pl.col(COUNT).list.get(1).alias("second"))
        .sort("second", descending=True, maintain_order=True)
        .select(VALUE, COUNT)
        .row(0)
    )
    similar = int(groups[VALUE].list.len().sum())
    advice = (
        f"'{values[0]}' in {counts[0]:,} cells and '{values[1]}' in {counts[1]:,} cells differ in case, blanks or "
        f"Unicode form only, as do {similar:,} of {present.height:,} categories; they are learned as different ones. "
        "If they mean the same, write them alike and upload again."
    )
    return (ParseNote("similar_categories", values[1], advice),)
