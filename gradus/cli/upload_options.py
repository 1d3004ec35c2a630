"""The options of an upload, for every command that uploads a file."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final, TypedDict, cast

import typer

from gradus.cli.errors import UsageError


class UploadFlags(TypedDict, total=False):
    """The options of an upload that were typed, as `client.datasets.upload` takes them."""

    types: dict[str, str]
    missing_values: list[str]
    decimal: str
    dates: str
    header_line: int
    encoding: str
    sheet: str
    format: str


def read_upload_flags(
    *,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="COLUMN=TYPE", help="Column type, such as zip=categorical; may be repeated."),
    ] = None,
    missing_values: Annotated[
        list[str] | None,
        typer.Option(
            "--missing-value", metavar="TEXT", help="A text for a missing value; may be repeated: no others are."
        ),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(metavar="SIGN", help="Decimal sign of numbers: point or comma.")
    ] = None,
    dates: Annotated[
        str | None, typer.Option(metavar="ORDER", help="Order in 3/4/2019: day-first or month-first.")
    ] = None,
    header_line: Annotated[
        int | None, typer.Option(metavar="LINE", help="Line with the column names, from 1; 0: none.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(metavar="NAME", help="Encoding of text, such as shift_jis.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="SHEET", help="Sheet of a workbook, by name or number.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Read each line as a row of text, as of .md files.")] = False,
) -> UploadFlags:
    """The options of an upload that were typed; each parameter is an option."""
    typed: dict[str, object] = {
        "types": _parse_types(types),
        "missing_values": missing_values,
        "decimal": decimal,
        "dates": dates and dates.replace("-", "_"),
        "header_line": header_line,
        "encoding": encoding,
        "sheet": sheet,
        "format": "text" if text else None,
    }
    return cast("UploadFlags", {name: value for name, value in typed.items() if value not in (None, {}, [])})


OPTIONS: Final = inspect.signature(read_upload_flags).parameters


def with_upload_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of an upload in the place of its keyword `flags`, which takes what was typed."""
    own = inspect.signature(command)
    parameters = [
        parameter
        for name, given in own.parameters.items()
        for parameter in (OPTIONS.values() if name == "flags" else [given])
    ]

    @wraps(command)
    def run(**values: Any) -> None:
        typed = {name: values.pop(name) for name in OPTIONS}
        command(**values, flags=read_upload_flags(**typed))

    run.__dict__["__signature__"] = own.replace(parameters=parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def list_typed_options(flags: UploadFlags) -> str:
    """The options that were typed, between commas."""
    names = {"types": "--type", "missing_values": "--missing-value", "format": "--text"}
    return ", ".join(names.get(name, f"--{name.replace('_', '-')}") for name in flags)


def _parse_types(pairs: list[str] | None) -> dict[str, str]:
    types: dict[str, str] = {}
    for pair in pairs or []:
        column, equals, kind = pair.rpartition("=")
        if not equals:
            raise UsageError(f"--type {pair}: write it as COLUMN=TYPE, such as --type zip=categorical")
        types[column] = kind
    return types
