"""What a notebook shows: answers as tables, and a place below a cell that is drawn again while one waits.

It is asked for where IPython runs with a kernel, and never needed elsewhere.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from importlib import import_module
from typing import Any, Final, cast

from contract.responses import ResponseModel
from gradus.dataframes import fill_columns, find_lists, flatten, list_records

MAX_ROWS: Final = 20
MAX_COLUMNS: Final = 12
MAX_LETTERS: Final = 200

Show = Callable[[str], None]


def find_notebook() -> Show | None:
    """A function that shows HTML below the running cell, in place of what it showed before; None outside a notebook."""
    shell = _find_shell()
    if shell is None:
        return None
    output: Any = import_module("IPython.display")
    handle = output.display(output.HTML(""), display_id=True)

    def show(html: str) -> None:
        handle.update(output.HTML(html))

    return show


def show_answers_as_tables() -> None:
    """Have a notebook show each answer of a server as a table; does nothing elsewhere."""
    shell = _find_shell()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(ResponseModel, render_answer)


def render_answer(answer: ResponseModel) -> str:
    """An answer as HTML: its fields, and of the list in it, if it has one, a table."""
    lists = find_lists(answer)
    fields = [name for name in type(answer).model_fields if name != "object" and name not in lists]
    return render_table(answer, fields) + (render_rows(list_records(answer)) if lists else "")


def render_table(answer: ResponseModel, names: Sequence[str]) -> str:
    """Some fields of an answer as a table of two columns, but for those that are empty."""
    chosen = {name: getattr(answer, name) for name in names}
    cells = {name: value for name, value in flatten(chosen) if value not in (None, [], "")}
    rows = "".join(_write_row([("th", name), ("td", _write_cell(value))]) for name, value in cells.items())
    return f"<table>{rows}</table>"


def render_rows(records: Sequence[Mapping[str, object]]) -> str:
    """Flat rows as a table with a head; of many the first, and how many there are more."""
    columns = dict([*fill_columns(records[:MAX_ROWS]).items()][:MAX_COLUMNS])
    head = _write_row([("th", name) for name in columns])
    rows = zip(*columns.values(), strict=True)
    body = "".join(_write_row([("td", _write_cell(cell)) for cell in row]) for row in rows)
    more = f"<p>… and {len(records) - MAX_ROWS:,} more</p>" if len(records) > MAX_ROWS else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{more}"


def _find_shell() -> Any:
    """The shell of IPython if it has a kernel, and so a notebook; else None."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell if shell and getattr(shell, "kernel", None) else None


def _write_row(cells: Sequence[tuple[str, str]]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(text)}</{tag}>' for tag, text in cells)}</tr>"


def _write_cell(value: object) -> str:
    """A cell as text, cut where it is long."""
    if isinstance(value, float):
        text = f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    elif isinstance(value, list):
        text = ", ".join(map(_write_cell, _name_all(cast("list[object]", value))))
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= MAX_LETTERS else f"{text[: MAX_LETTERS - 1]}…"


def _name_all(values: Sequence[object]) -> Iterator[object]:
    """What is in a list, mappings by their first value."""
    for value in values:
        yield next(iter(cast("Mapping[str, object]", value).values()), "") if isinstance(value, Mapping) else value
