"""Batches on the command line: a file of any length is uploaded, predicted by the workers, and downloaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from gradus.cli.errors import UsageError
from gradus.cli.output import format_count, print_text
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.responses import BatchResponse
    from contract.states import BatchFormat
    from gradus.client import Client

LARGE_FILE_BYTES: Final = 32 * 2**20
"""A file of rows from this size on is predicted as a batch by itself."""
MAX_SHOWN_ERRORS: Final = 20


def is_large(table: Path) -> bool:
    """Whether a file is predicted as a batch unless asked otherwise."""
    return table.is_file() and table.stat().st_size >= LARGE_FILE_BYTES


def predict_batch(
    client: "Client", model: str, table: Path, out: Path | None, *, columns: "Sequence[str]", interval: float | None
) -> None:
    """Predict the rows of a file on the workers, and write the output, whose format its ending says."""
    if str(table) == "-" or out is None:
        raise UsageError("--batch: needs a file as --csv FILE, and a file to write to as --out FILE.")
    resolved = ask_model(client, model, client.models.get)
    dataset = client.datasets.upload(table, reuse=True)
    formats: dict[str, BatchFormat] = {".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}
    file_format = formats.get(out.suffix.lower(), "csv")
    batch = client.batches.create(resolved.id, dataset, columns=columns, interval=interval, format=file_format)
    print_text(f"{batch.id}: {format_count(batch.rows, 'row')} of {dataset.name}", err=True)
    for warning in batch.warnings:
        print_text(f"note: {warning}", colour="yellow", err=True)
    ended = client.batches.wait(batch, on_progress=_print_progress)
    client.batches.download(ended.id, out)
    rejected = f", {format_count(ended.rows_rejected, 'row')} of the file without" if ended.rows_rejected else ""
    print_text(f"{out}: {format_count(ended.rows, 'prediction')}{rejected}")
    for number, error in enumerate(client.batches.errors(ended.id)):
        if number == MAX_SHOWN_ERRORS:
            print_text(f"and more: GET /v1/batches/{ended.id}/errors", err=True)
            break
        what = "no prediction" if error["action"] == "row_rejected" else f"predicted without {error['column']}"
        reason = f"{error['code']}" + (f" {error['value']!r}" if error["value"] else "")
        print_text(f"line {error['line']}: {what}: {reason}", colour="red", err=True)


def _print_progress(batch: "BatchResponse") -> None:
    if batch.rows_done:
        print_text(f"{batch.rows_done:,} of {batch.rows:,} rows", err=True)
