"""The command line of an exported file: a CSV file of rows in, predictions as CSV out, a row at a time."""

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from tables.python_export.cells.cell_error import CellError

PredictLines = Callable[[Iterable[dict[str, Any]]], Iterator[Sequence[object]]]
"""From rows to the cells of a line for each."""


def create_parser(description: str) -> argparse.ArgumentParser:
    """The parser of the arguments that all exported files take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("rows", nargs="?", default="-", help="a CSV file with a header; - is standard input")
    parser.add_argument("--out", default="-", help="the file to write; by default standard output")
    parser.add_argument("--delimiter", default=",", help="what separates cells; by default a comma")
    return parser


def predict_file(
    arguments: argparse.Namespace, header: Sequence[str], predict_lines: PredictLines, rows: Sequence[Any] = ()
) -> None:
    """Predict the rows of a CSV file, line by line, or those given; exits with a message where one cannot be read."""
    with ExitStack() as files:
        source = () if rows else open_text(files, arguments.rows, "r", sys.stdin)
        target = open_text(files, arguments.out, "w", sys.stdout)
        lines = rows or csv.DictReader(source, delimiter=arguments.delimiter)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header)
        try:
            found = predict_lines({str(name): cell for name, cell in row.items()} for row in lines)
            writer.writerows([str(cell).lower() if isinstance(cell, bool) else cell for cell in line] for line in found)
        except CellError as fault:
            sys.exit(str(fault))


def open_text(files: ExitStack, path: str, mode: str, standard: TextIO) -> TextIO:
    """A file of text, or a standard stream for `-`."""
    if path == "-":
        return standard
    encoding = "utf-8-sig" if mode == "r" else "utf-8"
    return files.enter_context(Path(path).open(mode, encoding=encoding, newline=""))  # type: ignore[return-value]
