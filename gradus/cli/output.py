"""Output of commands: tables for people, JSON for programs, numbers with four significant digits.

Commands print through this module alone: what others named may hold characters that a terminal obeys.
"""

import json
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from process.printable import escape_unprintable, escape_unprintable_json

if TYPE_CHECKING:
    from pydantic import BaseModel

A = TypeVar("A", bound="BaseModel")
Columns = Mapping[str, Callable[[A], str]]

MIN_COLUMN_WIDTH: Final = 6
RECENT_DAYS: Final = 30
ID: Final = re.compile(r"[a-z]+_[0-9a-z]{26}")
METRIC_NAMES: Final[Mapping[str, str]] = {
    "rmse": "RMSE",
    "mse": "MSE",
    "mae": "MAE",
    "r2": "R²",
    "auc": "AUC",
    "macro_f1": "macro F1",
    "recall_at_10": "recall at 10",
    "ndcg_at_10": "NDCG at 10",
    "map_at_10": "MAP at 10",
}


def print_text(
    text: str = "", *, colour: str | None = None, bold: bool = False, nl: bool = True, err: bool = False
) -> None:
    """Lines of text, with unprintable characters escaped."""
    typer.secho(escape_unprintable(text, keep="\n"), fg=colour, bold=bold or None, nl=nl, err=err)


def print_paragraph(text: str) -> None:
    """A paragraph, on a terminal broken between words."""
    width = shutil.get_terminal_size().columns
    print_text(textwrap.fill(text, width, subsequent_indent="  ") if sys.stdout.isatty() else text)


def print_file(content: bytes) -> None:
    """A file in UTF-8: unchanged into a file or pipe, and with unprintable characters escaped on a terminal."""
    if sys.stdout.isatty():
        content = escape_unprintable(content.decode(errors="replace"), keep="\t\r\n").encode()
    typer.echo(content, nl=False)


def print_json(answer: "BaseModel | Mapping[str, object]") -> None:
    """One answer, as the server gave it, or what was made of several."""
    if isinstance(answer, Mapping):
        typer.echo(escape_unprintable_json(json.dumps(answer, indent=2, ensure_ascii=False)))
    else:
        typer.echo(escape_unprintable_json(answer.model_dump_json(indent=2)))


def print_list(
    items: Sequence[A], columns: Columns[A], *, as_json: bool, if_empty: str, following: str | None = None
) -> None:
    """A list as a table or in JSON; an empty one as a sentence, and the command to type next."""
    if as_json:
        text = json.dumps([item.model_dump(mode="json") for item in items], indent=2, ensure_ascii=False)
        typer.echo(escape_unprintable_json(text))
    elif items:
        print_items(items, columns)
    else:
        print_text(if_empty)
        if following:
            print_next(following)


def print_items(items: Sequence[A], columns: Columns[A]) -> None:
    """A table with a row for each item, and its cells by their headings."""
    print_table(list(columns), [[make_cell(item) for make_cell in columns.values()] for item in items])


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of left-aligned columns; on a terminal the widest are cut so that a row is a line."""
    lines = [[escape_unprintable(cell) for cell in row] for row in rows]
    widths = [max(_text_width(cell) for cell in column) for column in zip(headings, *lines, strict=True)]
    if sys.stdout.isatty():
        widths = fit_widths(widths, shutil.get_terminal_size().columns)
    print_text(_format_row(headings, widths), bold=True)
    for line in lines:
        print_text(_format_row(line, widths))


def fit_widths(widths: Sequence[int], room: int) -> list[int]:
    """The widths of columns with two blanks between them, the widest cut to an equal width that fits into the room."""
    room -= 2 * (len(widths) - 1)
    if sum(widths) <= room:
        return list(widths)
    for limit in range(max(widths), MIN_COLUMN_WIDTH, -1):
        if sum(min(width, limit) for width in widths) <= room:
            return [min(width, limit) for width in widths]
    return [min(width, MIN_COLUMN_WIDTH) for width in widths]


def print_next(command: str) -> None:
    """The command to type next."""
    print_text("next:  ", colour="green", nl=False)
    print_text(command)


def format_number(value: float | str | None, digits: int = 4) -> str:
    """A number with about this many significant digits; words as they are; a dash for nothing."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return str(round(value)) if value == round(value) else f"{value:.{digits}g}"


def format_metric_name(name: str) -> str:
    """A metric as it is written in texts."""
    return METRIC_NAMES.get(name, name.replace("_", " "))


def format_count(number: int, noun: str) -> str:
    """`1 row`, `344 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_size(number: int) -> str:
    """A number of bytes, as kB, MB or GB."""
    if number < 1000:
        return format_count(number, "byte")
    power, unit = (9, "GB") if number >= 10**9 else (6, "MB") if number >= 10**6 else (3, "kB")
    return f"{number / 10**power:.1f} {unit}"


def format_time(time: str) -> str:
    """An RFC 3339 time on the clock of this machine, to the minute; on a terminal, of the last days, how long ago."""
    moment = datetime.fromisoformat(time).astimezone()
    minutes = (datetime.now().astimezone() - moment) // timedelta(minutes=1)
    if not sys.stdout.isatty() or not 0 <= minutes < RECENT_DAYS * 1440:
        return f"{moment:%Y-%m-%d %H:%M}"
    if minutes < 60:
        return f"{minutes} min ago" if minutes else "now"
    return f"{minutes // 60} h ago" if minutes < 2880 else f"{minutes // 1440} days ago"


def format_moment(seconds: float) -> str:
    """A moment in seconds since 1970 as ISO 8601 in UTC, to the minute; midnight as a date alone."""
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return moment.isoformat(" ", "minutes").removesuffix(" 00:00")


def format_moments(first: float, last: float) -> str:
    """The range of moments in seconds since 1970, as times alone if both are times of day."""
    skip = len("1970-01-01 ") if are_times_of_day(first, last) else 0
    low, high = (format_moment(moment)[skip:] or "00:00" for moment in (first, last))
    return f"{low} to {high}"


def are_times_of_day(first: float, last: float) -> bool:
    """Whether moments in seconds since 1970 are all on the day on which times of day are read."""
    return 0 <= first <= last < 86_400


def format_example(first: float, last: float) -> str:
    """A day between two moments in seconds since 1970, or a time between two times of day."""
    middle = format_moment((first + last) / 2)
    if are_times_of_day(first, last):
        return middle[11:] or "00:00"
    return middle[:10]


def format_duration(seconds: float) -> str:
    """`0.4 s`, `38 s`, `2 min 05 s`, `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, whole = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{whole} s"
    return f"{minutes} min {whole:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _format_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = [_cut_text(cell, width) for cell, width in zip(cells, widths, strict=True)]
    padded = (cell + " " * (width - _text_width(cell)) for cell, width in zip(cut, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cut_text(text: str, width: int) -> str:
    """The text in at most this width: of an id the end, by which it is found, of any other the beginning."""
    if _text_width(text) <= width:
        return text
    if ID.fullmatch(text):
        return f"…{text[len(text) - width + 1 :]}"
    while _text_width(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def _text_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
