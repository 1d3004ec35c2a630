"""Problem kinds: every `type` of a problem document (RFC 9457), with its title, HTTP status, meaning and remedy.

The one table for all rooms. The service answers requests with them, and the worker and the store keep one as the
`error` of a job or dataset. A kind's `type` is `/problems/{slug}`, and that page is made from this table.
"""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem. `status` is None for the `error` of a job or dataset, which is never an HTTP response."""

    slug: str
    title: str
    status: int | None
    meaning: str
    remedy: str

    @property
    def type(self) -> str:
        """The kind's address, as it stands in the problem document."""
        return f"/problems/{self.slug}"

    def document(self, detail: str | None = None) -> dict[str, Any]:
        """The problem document of a failed job or dataset; `detail` is by default the meaning and the remedy."""
        return {"type": self.type, "title": self.title, "detail": detail or f"{self.meaning} {self.remedy}"}


UNREADABLE_FILE: Final = "The file cannot be read as a table"

_RESPONSES = (
    ProblemKind(
        "unreadable-json",
        "The body is not valid JSON",
        400,
        "The body could not be parsed as JSON in UTF-8; the detail gives the position.",
        "Check quotes, commas and brackets there; JSON has no comments, no trailing commas, and no NaN.",
    ),
    ProblemKind(
        "unreadable-body",
        "The body is incomplete or malformed",
        400,
        "The body broke off, or is not what its headers say (gzip that is not gzip, multipart without its parts).",
        "Send it again, with headers that fit the bytes.",
    ),
    ProblemKind(
        "bad-request",
        "Bad request",
        400,
        "A header or the request line is not valid HTTP for this server.",
        "The detail names what was wrong.",
    ),
    ProblemKind(
        "key-required",
        "An API key is required",
        401,
        "The request has no API key, or one that is unknown or revoked.",
        "Send Authorization: Bearer gr_… with a key from `gradus keys create` or POST /v1/keys.",
    ),
    ProblemKind(
        "scope-required",
        "The API key lacks the scope",
        403,
        "The API key is valid, but does not have the scope that the detail names.",
        "Use a key with that scope; a key with the scope admin can create one.",
    ),
    ProblemKind(
        "forbidden",
        "Forbidden",
        403,
        "The server understood the request and refuses it.",
        "Use credentials that allow this.",
    ),
    ProblemKind(
        "not-found",
        "Not found",
        404,
        "There is nothing under this address or id, or it belongs to another owner.",
        "List the collection to see what there is; GET /openapi.json lists every address.",
    ),
    ProblemKind(
        "method-not-allowed",
        "Method not allowed",
        405,
        "The address exists, but not with this method; the Allow header lists those that do.",
        "Use one of the methods in Allow.",
    ),
    ProblemKind(
        "not-acceptable",
        "Not acceptable",
        406,
        "The Accept header asks for a media type that this address does not have.",
        "Leave Accept out, or ask for one of the media types that the detail lists.",
    ),
    ProblemKind(
        "wrong-state",
        "Not possible in this state",
        409,
        "The action does not fit the state of the resource, which `current_status` names.",
        "`allowed_actions` lists what can be done now.",
    ),
    ProblemKind(
        "in-use",
        "Still in use",
        409,
        "A job that has not ended still needs this.",
        "Wait for it to end, or cancel it, and try again.",
    ),
    ProblemKind(
        "shown-once",
        "Already created, and not shown again",
        409,
        "A request with this Idempotency-Key created an API key; keys are shown once and not stored.",
        "If that response was lost, revoke the key that Location names, and create another one under a new "
        "Idempotency-Key.",
    ),
    ProblemKind(
        "not-kept",
        "No weights were stored",
        409,
        "The job has not begun to train, or its net is too large for the weights of its epochs to be stored, or it was "
        "trained by a version that stored none.",
        "Wait until the job runs; the operator may raise GRADUS_HISTORY_BYTES for later jobs.",
    ),
    ProblemKind(
        "no-insight",
        "The model has no stored insights",
        409,
        "Insights are computed when a training ends. This model was trained by a version that computed none, without "
        "the rows that they need, or computing them failed.",
        "Train again; the detail says whether the split has to be another.",
    ),
    ProblemKind(
        "length-required",
        "Length required",
        411,
        "A body needs a Content-Length, or Transfer-Encoding: chunked.",
        "Every HTTP client sets one of them when it is given a body.",
    ),
    ProblemKind(
        "body-too-large",
        "The body is too large",
        413,
        "The body is larger than this server accepts, before or after decompression.",
        "Send less at once; the operator may raise GRADUS_MAX_UPLOAD_BYTES and GRADUS_UPLOAD_BYTES_PER_HOUR (files) or "
        "GRADUS_MAX_BODY_BYTES (others).",
    ),
    ProblemKind(
        "unsupported-media-type",
        "Unsupported media type",
        415,
        "The Content-Type or Content-Encoding is not one that this address accepts.",
        "The detail lists those that are.",
    ),
    ProblemKind(
        "range-not-satisfiable",
        "Range not satisfiable",
        416,
        "The Range header asks for bytes that the file does not have.",
        "Content-Range in the response gives the file's size.",
    ),
    ProblemKind(
        "misdirected-request",
        "Misdirected request",
        421,
        "There is no API key yet, so only programs on this machine are trusted, and the Host header names another "
        "machine. Web pages that try to reach local programs (DNS rebinding) do the same.",
        "Use http://127.0.0.1 or http://localhost, or create a key and send it.",
    ),
    ProblemKind(
        "invalid",
        "The request is invalid",
        422,
        "The request can be parsed, but a value in it is missing, unknown, of the wrong type or out of range.",
        "`errors` names each place, what is wrong there, and the nearest valid name for a misspelt one.",
    ),
    ProblemKind(
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        422,
        "Within 24 hours the same key came with another address or body.",
        "Use a new key for every new request, and an old one only to repeat exactly the same request.",
    ),
    ProblemKind(
        "dataset-not-ready",
        "The dataset is not ready",
        409,
        "The dataset is still being read, or could not be read.",
        "GET the dataset (with Prefer: wait=30) until its status is ready; if it is failed, its error says why.",
    ),
    ProblemKind(
        "unreadable-file",
        UNREADABLE_FILE,
        422,
        "The file is not a table in the format that it was sent as, or no row of it can be used.",
        "The detail says what was found and what to do.",
    ),
    ProblemKind(
        "too-many-requests",
        "Too many requests",
        429,
        "More requests, bytes, jobs or wrong keys came than this server accepts from one caller; nothing was done.",
        "Wait for the seconds in Retry-After and send the same request again; the detail names the limit.",
    ),
    ProblemKind(
        "internal-error",
        "Internal error",
        500,
        "The server failed unexpectedly; the error is logged under the request id in `instance`.",
        "Try again; if it stays, tell the operator the request id.",
    ),
    ProblemKind(
        "unavailable",
        "Service unavailable",
        503,
        "The database or the file storage cannot be reached or is too busy. Nothing was changed.",
        "Try again after the seconds in Retry-After.",
    ),
    ProblemKind(
        "disk-full",
        "The disk is almost full",
        507,
        "The server or worker has less free disk space than it keeps in reserve, or than the job needs.",
        "Delete datasets or models that are no longer needed, or let the operator enlarge the disk.",
    ),
)

_FILES = (
    ProblemKind(
        "empty-file",
        UNREADABLE_FILE,
        422,
        "The file is empty, or has a header and no rows.",
        "Export it again; its first line should name the columns, and each further line is a row.",
    ),
    ProblemKind(
        "no-rows",
        UNREADABLE_FILE,
        422,
        "Every row of the file was rejected, so that none is left; the detail names the first fault.",
        "Correct the fault, which is usually the same in every row.",
    ),
    ProblemKind(
        "mostly-faults",
        UNREADABLE_FILE,
        422,
        "More than a million rows are malformed, nine in ten of all; it would take long to find the valid ones.",
        "Check the delimiter and the quotation marks; the detail names the first fault.",
    ),
    ProblemKind(
        "not-a-table",
        UNREADABLE_FILE,
        422,
        "The bytes are not what the Content-Type or the file extension says: a picture, an archive, or another format.",
        "Send CSV, TSV, NDJSON or Parquet, with the matching Content-Type or file extension.",
    ),
    ProblemKind(
        "damaged-file",
        UNREADABLE_FILE,
        422,
        "The file begins as it should, and then breaks off or is corrupt.",
        "Export it again, and compare its size with the one that arrived.",
    ),
    ProblemKind(
        "row-too-long",
        UNREADABLE_FILE,
        422,
        "A row is longer than any real one; usually a quotation mark was opened and never closed.",
        "Close the quotation mark; the detail names the line.",
    ),
    ProblemKind(
        "too-many-columns",
        UNREADABLE_FILE,
        422,
        "The table has more columns than can be read.",
        "Leave out columns that are not needed, or check the delimiter.",
    ),
    ProblemKind(
        "no-columns",
        UNREADABLE_FILE,
        422,
        "The table has no column that a net can use.",
        "Give it columns of numbers, words, dates or text; lists and structures within cells are left out.",
    ),
    ProblemKind(
        "too-large",
        UNREADABLE_FILE,
        422,
        "The table needs more memory than one table may use.",
        "Upload a part of it, or leave out columns that are not needed.",
    ),
    ProblemKind(
        "too-many-cells",
        UNREADABLE_FILE,
        422,
        "A row has far more cells than the header has columns.",
        "Check the delimiter and the quotation marks.",
    ),
    ProblemKind(
        "unknown-type",
        UNREADABLE_FILE,
        422,
        "A column type was given that does not exist.",
        "The types are numeric, categorical, boolean, datetime and text.",
    ),
    ProblemKind(
        "unknown-column",
        UNREADABLE_FILE,
        422,
        "A type was given for a column that the file does not have.",
        "The detail names the nearest column; names are case-sensitive.",
    ),
)

_FAILURES = (
    ProblemKind(
        "learning-failed",
        "The training failed",
        None,
        "Training could not start or continue.",
        "The detail says why.",
    ),
    ProblemKind(
        "impossible-target",
        "The target cannot be predicted",
        None,
        "The target column has only one value, none at all, or values that do not fit the task.",
        "Choose another target or task, or upload rows in which the target varies.",
    ),
    ProblemKind(
        "no-features",
        "No feature columns",
        None,
        "Apart from the target there is no column that carries information.",
        "Name other features, or upload a table with more columns.",
    ),
    ProblemKind(
        "too-few-rows",
        "Too few rows",
        None,
        "There are not enough rows with a target value for the requested split.",
        "Upload more rows, or set split.validation and split.test lower.",
    ),
    ProblemKind(
        "unusable-column",
        "A column cannot be used",
        None,
        "A column is missing, or has a type that cannot be encoded.",
        "Leave it out of features, or override its type when uploading.",
    ),
    ProblemKind(
        "diverged",
        "The training diverged",
        None,
        "The loss or the weights became infinite or NaN.",
        "Use a smaller optimizer.learning_rate, or set gradient_clip_norm.",
    ),
    ProblemKind(
        "torn-model",
        "The stored model is corrupt",
        None,
        "The stored model does not have the hash that it was stored with.",
        "Train it again; check the disk.",
    ),
    ProblemKind(
        "torn-snapshot",
        "The checkpoint is corrupt",
        None,
        "A checkpoint of the training does not have the hash that it was stored with; the one before it, or the "
        "beginning, is used instead.",
        "Nothing has to be done for the job; check the disk.",
    ),
    ProblemKind(
        "crash-loop",
        "The worker crashed three times",
        None,
        "Three workers in a row were lost without progress on it; usually because memory ran out.",
        "Use a smaller net, batch_size or table, or a machine with more memory.",
    ),
    ProblemKind(
        "out-of-memory",
        "Out of memory",
        None,
        "The worker ran out of memory.",
        "Use fewer rows or columns, a smaller net or batch_size, or a machine with more memory.",
    ),
    ProblemKind(
        "dataset-gone",
        "The dataset was deleted",
        None,
        "The dataset or its file was deleted before it was read.",
        "Upload it again, and submit the job again.",
    ),
    ProblemKind(
        "time-limit",
        "The time limit was reached before the first epoch",
        None,
        "time_limit_seconds passed before the first epoch ended, so there is no model to end with.",
        "Give it more time, or use fewer rows or columns or a smaller net.",
    ),
    ProblemKind(
        "storage-away",
        "The file storage is unavailable",
        None,
        "The storage of dataset files could not be reached for as long as a lease lasts.",
        "Try again later; GET /readyz tells whether the storage answers.",
    ),
)

PROBLEM_KINDS: Final[dict[str, ProblemKind]] = {kind.slug: kind for kind in (*_RESPONSES, *_FILES, *_FAILURES)}
