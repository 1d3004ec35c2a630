"""Datasets as they go out, and the refusal of one that is not ready."""

from contract.responses import DatasetResponse
from service.http.errors import ProblemError
from service.http.responses import rfc3339
from store.tables import DatasetRow


def dataset_response(row: DatasetRow) -> DatasetResponse:
    """A dataset as it goes out."""
    return DatasetResponse.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "status": row.status,
            "format": row.format,
            "bytes": row.bytes,
            "sha256": row.sha256,
            "created_at": rfc3339(row.created_at),
            "rows": row.rows,
            "rows_rejected": row.rows_rejected,
            "issue_counts": row.issue_counts,
            "columns": row.columns,
            "error": row.error,
        }
    )


def require_ready(row: DatasetRow) -> DatasetRow:
    """The dataset, if it has rows.

    Raises:
        ProblemError: `dataset-not-ready`.
    """
    if row.status != "ready":
        raise ProblemError(
            "dataset-not-ready",
            f"The dataset is {row.status}: it has no rows" + (" yet." if row.status == "processing" else "."),
            current_status=row.status,
            allowed_actions=["delete"],
        )
    return row
