"""Units of numbers: which texts beside a number may be one, and which spellings are the same one."""

import re
from typing import Final


def _split_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAGNITUDES: Final = {
    "k": 3,
    "tsd": 3,
    "thousand": 3,
    "thousands": 3,
    "m": 6,
    "mm": 6,
    "mn": 6,
    "mio": 6,
    "mln": 6,
    "million": 6,
    "millions": 6,
    "b": 9,
    "bn": 9,
    "bln": 9,
    "mrd": 9,
    "milliard": 9,
    "billion": 9,
    "billions": 9,
    "t": 12,
    "tn": 12,
    "trn": 12,
    "trillion": 12,
    "trillions": 12,
    "lac": 5,
    "lacs": 5,
    "lakh": 5,
    "lakhs": 5,
    "cr": 7,
    "crore": 7,
    "crores": 7,
    "тыс": 3,
    "млн": 6,
    "млрд": 9,
    "трлн": 12,
    "万": 4,
    "萬": 4,
    "만": 4,
    "億": 8,
    "亿": 8,
    "억": 8,
}
"""Powers of ten by the words for them, in lower case."""

AMBIGUOUS_MAGNITUDES: Final = frozenset({"m", "mm", "b", "t", "T", "CR", "Cr", "cr"})
"""Magnitudes that are as often units, as they are spelled: metres, millimetres, bytes, tonnes, credits."""

DEBIT: Final = "dr"
"""The mark of debits, folded: beside it, Cr is that of credits."""

MONEY_SIGNS: Final = "$€£¥￥₹₽₩₺₫₴₦₱฿₪₡₲₵₸₿¢"

CURRENCIES: Final = _split_words(
    """
    aed ars aud bdt bgn brl btc cad chf clp cny cop czk dkk egp eth eur euro euros gbp ghs hkd huf idr ils inr
    isk jpy kc kes krw kr kzt lkr mad mxn myr ngn nok nzd pen php pkr pln rmb ron rs rub sar sek sgd thb try twd
    uah us usd vnd zar zł kč ft fr sfr
    """
)
"""Codes and names of currencies that stand before a number, in lower case; of other words there none is a unit."""

_SAME: Final = {
    spelling: spellings.split()[0]
    for spellings in (
        "% pct percent percentage prozent",
        "$ usd us$ dollar",
        "€ eur euro",
        "£ gbp",
        "¥ ￥ jpy yen",
        "₹ inr rs rupee",
        "°c c celsius degc degreecelsius degreescelsius degreec",
        "°f f fahrenheit degf degreefahrenheit degreesfahrenheit degreef",
        "° deg degree",
        "year yr y",
        "month mo mth mon",
        "week wk",
        "day d",
        "hour hr h",
        "minute min",
        "second sec s",
        "kg kilogram kilogramme kilo",
        "g gram gramme gm gr",
        "lb pound",
        "oz ounce",
        "km kilometer kilometre",
        "m meter metre mtr",
        "cm centimeter centimetre",
        "mm millimeter millimetre",
        "mi mile",
        "ft foot feet",
        "in inch inches",
        "l liter litre ltr",
        "ml milliliter millilitre",
        "cc ccm",
        "sqft sq.ft squarefeet squarefoot ft2 ft² ft^2",
        "sqm sq.m squaremeter squaremetre m2 m² m^2",
        "m³ m3 m^3",
        "km² km2 km^2 sqkm sq.km",
        "km/h kmh kph kmph",
    )
    for spelling in spellings.split()
}
"""One spelling of each unit that has several."""

_GLUED_LETTERS: Final = frozenset("mgshlvwxcfjndytkbpMGSHLVWXCFJNDYTKBPΩµ円元원")
"""Letters that may be a unit without a blank before them; others, as in 12A, are as often a part of a code."""

_NO_UNITS: Final = _split_words(
    """
    st nd rd th am pm a.m p.m bc ad est utc gmt e ii iii iv vi vii jan feb mar apr may jun jul aug sep sept oct
    nov dec january february march april june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday
    """
)
"""Words that follow a number and are no unit of it, in lower case: of ordinals, times and dates."""

_STREETS: Final = _split_words(
    """
    street avenue ave road lane ln drive dr blvd boulevard court ct way highway hwy place pl square st rd straße
    strasse rue floor
    """
)
"""Words of addresses, in lower case."""

_SCALES: Final = frozenset({"/5", "/10", "/20", "/100"})
"""The ends of scales of marks, as of 8/10."""

_FRACTIONS: Final = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅟↉")
_MAX_CHARS: Final = 24
_MAX_WORDS: Final = 3


def is_unit(text: str, *, is_glued: bool) -> bool:
    """Whether a text after a number may be its unit; `is_glued`: there is no blank between them."""
    words = re.split(r"[ \u00a0]+", text.lower())
    if len(text) > _MAX_CHARS or len(words) > _MAX_WORDS or words[0].strip(".") in _NO_UNITS or text[0] in _FRACTIONS:
        return False
    if text[0] == "/" and text[1:].isdigit():
        return text in _SCALES
    if len(words) > 1 and words[-1].strip(".") in _STREETS:
        return False
    return not is_glued or len(text) > 1 or not text.isalpha() or text in _GLUED_LETTERS


def fold_unit(text: str) -> str:
    """A unit in a form that its spellings have in common: of any case, singular or plural, with blanks or without."""
    folded = re.sub(r"[ \u00a0-]", "", text.lower()).strip(".").replace("º", "°")
    if folded in _SAME:
        return _SAME[folded]
    single = folded[:-1] if len(folded) > 2 and folded.endswith("s") and not folded.endswith("ss") else folded
    return _SAME.get(single, single)


def is_currency(folded: str) -> bool:
    """Whether a folded unit is that of money."""
    return folded in CURRENCIES or (folded != "" and folded[-1] in MONEY_SIGNS)
