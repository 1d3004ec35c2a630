"""Patterns as the table library has them, for single texts."""

import re
from functools import lru_cache


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""A pattern of the table library for one text: a `$` at its end is the very end of the text, `\Z` in Python."""
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))
