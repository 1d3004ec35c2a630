"""Texts of numbers: their separators of thousands, and how they are taken away from one text."""

from typing import Final

from learning.format_terms import DecimalStyle
from tables.types.text_pattern import compile_pattern

GROUP_BLANKS: Final = "[ '\u2019\u00a0\u2009\u202f]"
BLANK_GROUPS: Final = rf"^[+-]?[0-9]{{1,3}}(?:{GROUP_BLANKS}[0-9]{{3}})+(?:[.,][0-9]*)?$"
COMMA_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?$"
POINT_GROUPS: Final = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?$"
MINUS: Final = "^[\N{MINUS SIGN}\N{EN DASH}]|\N{MINUS SIGN}"


def remove_text_groups(text: str, style: DecimalStyle) -> str | None:
    """One text as `_remove_groups` has it."""
    if text.isalnum() and text.isascii():
        return text
    text = compile_pattern(MINUS).sub("-", text)
    if compile_pattern(BLANK_GROUPS).search(text):
        text = compile_pattern(GROUP_BLANKS).sub("", text)
    if style == "point":
        return text.replace(",", "") if compile_pattern(COMMA_GROUPS).search(text) else text
    if compile_pattern(POINT_GROUPS).search(text):
        text = text.replace(".", "")
    return None if "." in text else text.replace(",", ".", 1)
