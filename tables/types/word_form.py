"""The form of a word in which it is compared: in one Unicode form, without invisible letters and blanks around it.

Numbers and dates in digits of other scripts are written in ASCII.
"""

import re
import unicodedata
from typing import Final

INVISIBLE: Final = "[\u200b\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\u00ad]"
JOINERS: Final = "[\u200c\u200d]"
"""Zero-width letters that some scripts and emojis need; between Latin letters they do nothing."""
LATIN: Final = "^[\u0000-\u024f\u1e00-\u1eff]*$"
_MAYBE_NUMBER: Final = re.compile(r"(?:\W|\d)*\d(?:\W|\d)*(?:[^\W\d_]{1,2}\.?)?|\d{4}年\d{1,2}月(?:\d{1,2}日)?")
"""A text without letters, or with at most a unit behind it."""
_SIGNS_IN_ASCII: Final = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    0x066A: "%",
    0x066B: ".",
    0x066C: ",",
    0x3000: " ",
    0xFFE1: "£",
    0xFFE5: "¥",
}
"""The wide signs and letters of East Asian texts, and the signs of Arabic numbers, in ASCII."""


def normalize_word(text: str) -> str:
    """One text as `normalize_words` has it, without blanks around it."""
    if text.isascii():
        return text.strip()
    text = write_in_ascii(unicodedata.normalize("NFC", re.sub(INVISIBLE, "", text)))
    joined = re.sub(JOINERS, "", text)
    return (joined if re.match(LATIN, joined) else text).strip()


def write_in_ascii(text: str) -> str:
    """A text that may be a number or date, with the digits and signs of ASCII; another one as it is."""
    if not any(letter.isdecimal() and not letter.isascii() for letter in text) or not _MAYBE_NUMBER.fullmatch(
        text.strip()
    ):
        return text
    return "".join([str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text]).translate(
        _SIGNS_IN_ASCII
    )
