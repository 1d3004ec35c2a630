"""What stands around the numbers of a column.

A column has few different ones, and each is read once, whatever the number of cells.
"""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from tables.types.affix_reader import MAX_AFFIX_CHARS, SPLIT, Affixes, split_text
from tables.types.missing import MAX_PYTHON_TEXTS
from tables.types.parse import VALUE

HEAD: Final = "head"
CORE: Final = "core"
TAIL: Final = "tail"
EXPONENT: Final = "exponent"
IS_NEGATIVE: Final = "is_negative"
PLACE: Final = "place"

MAX_AFFIXES: Final = 1_000
"""The most frequent pairs of head and tail that are looked at; a column of numbers has fewer."""

_SPLIT_NAMES: Final = (HEAD, CORE, TAIL)
_POINT_OF_HEAD: Final = r"\p{L}$"


KnownAffixes = tuple[str, str, Affixes]
"""A head and a tail, and what they say."""


def split_affixes(text: pl.Series) -> pl.DataFrame:
    """HEAD, CORE and TAIL of texts with a number in them, with the PLACE and the VALUE of each."""
    if len(text) <= MAX_PYTHON_TEXTS:
        texts = text.to_list()
        split = [(place, parts) for place, cell in enumerate(texts) if cell is not None and (parts := split_text(cell))]
        columns = [pl.Series(name, [parts[i] for _, parts in split], pl.String) for i, name in enumerate(_SPLIT_NAMES)]
        places = [place for place, _ in split]
        values = pl.Series(VALUE, [texts[place] for place in places], pl.String)
        return pl.DataFrame([*columns, pl.Series(PLACE, places, pl.UInt32), values])
    short = (text.str.len_bytes() <= MAX_AFFIX_CHARS) & text.str.contains("[0-9]")
    places = short.arg_true()
    chosen = text.gather(places)
    parts = chosen.str.extract_groups(SPLIT).struct.unnest().with_columns(places.alias(PLACE), chosen.alias(VALUE))
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
