"""The one table of everything that can be answered instead of what was asked for: slug, title, status, what to do.

A problem's `type` is `/problems/{slug}`, and that page is made from this table, so that every error explains itself.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A kind of problem. `status` is None where it is not an answer itself but the `error` of a job or dataset."""

    slug: str
    title: str
    status: int | None
    meaning: str
    remedy: str

    @property
    def type(self) -> str:
        """The kind's address, as it stands in the problem document."""
        return f"/problems/{self.slug}"


_ANSWERS = (
    Kind(
        "unreadable-json",
        "The body is not JSON",
        400,
        "The body could not be read as JSON in UTF-8; the detail says where.",
        "Check quotes, commas and brackets there; JSON has no comments, no trailing commas, and no NaN.",
    ),
    Kind(
        "unreadable-body",
        "The body is torn",
        400,
        "The body broke off, or is not what its headers say (gzip that is not gzip, multipart without its parts).",
        "Send it again, with headers that fit the bytes.",
    ),
    Kind(
        "bad-request",
        "The request cannot be understood",
        400,
        "A header or the request line is not valid HTTP for this server.",
        "The detail names what was wrong.",
    ),
    Kind(
        "key-required",
        "A key is needed",
        401,
        "The request has no key, or one that is not known or was revoked.",
        "Send Authorization: Bearer gr_… with a key from `gradus keys create` or POST /v1/keys.",
    ),
    Kind(
        "scope-required",
        "The key does not allow this",
        403,
        "The key is right, but does not have the scope that the detail names.",
        "Use a key with that scope; whoever has a key with the scope admin can make one.",
    ),
    Kind(
        "forbidden",
        "Not allowed",
        403,
        "The request is understood, and refused.",
        "Use credentials that may do this.",
    ),
    Kind(
        "not-found",
        "Not found",
        404,
        "There is nothing under this address or id, or it belongs to somebody else.",
        "List the collection to see what there is; GET /openapi.json lists every address.",
    ),
    Kind(
        "method-not-allowed",
        "This method is not for this address",
        405,
        "The address exists, but not with this method; the Allow header lists those that do.",
        "Use one of the methods in Allow.",
    ),
    Kind(
        "not-acceptable",
        "No such representation",
        406,
        "The Accept header asks for a media type that this address does not have.",
        "Leave Accept out, or ask for one of the media types that the detail lists.",
    ),
    Kind(
        "wrong-state",
        "Not in this state",
        409,
        "The action does not fit the state that the thing is in; `status` names it.",
        "`allowed_actions` lists what can be done now.",
    ),
    Kind(
        "in-use",
        "Still in use",
        409,
        "Something that runs now still needs this.",
        "Wait for it to end, or cancel it, and try again.",
    ),
    Kind(
        "shown-once",
        "Made before, and not shown again",
        409,
        "A request with this Idempotency-Key made a key; it stood in the answer then, and is kept nowhere.",
        "If that answer was lost, revoke the key that Location names, and make another under a new Idempotency-Key.",
    ),
    Kind(
        "not-kept",
        "Nothing of this is kept",
        409,
        "The job has not begun to train, or its net is too large for its weights to be kept, or it was trained before "
        "any were.",
        "Wait until the job runs; the operator may raise GRADUS_HISTORY_BYTES for later jobs.",
    ),
    Kind(
        "no-insight",
        "Nothing was kept of this model",
        409,
        "What is asked for is found out when a training ends, and this model was trained before that was done, without "
        "the rows that it needs, or something went wrong then.",
        "Train again; the detail says whether the split must be another.",
    ),
    Kind(
        "length-required",
        "The body's length is missing",
        411,
        "A body needs a Content-Length, or Transfer-Encoding: chunked.",
        "Every HTTP client sets one of them when it is given a body.",
    ),
    Kind(
        "body-too-large",
        "The body is too large",
        413,
        "The body is larger than this server takes, before or after decompression.",
        "Send less at once; the operator may raise GRADUS_MAX_UPLOAD_BYTES and GRADUS_UPLOAD_BYTES_PER_HOUR (files) or "
        "GRADUS_MAX_BODY_BYTES (others).",
    ),
    Kind(
        "unsupported-media-type",
        "The body has a type that is not taken here",
        415,
        "The Content-Type or Content-Encoding is not one that this address takes.",
        "The detail lists those that are.",
    ),
    Kind(
        "range-not-satisfiable",
        "No such range",
        416,
        "The Range header asks for bytes that the file does not have.",
        "Content-Range in the answer names the file's size.",
    ),
    Kind(
        "misdirected-request",
        "Meant for another host",
        421,
        "No key was made yet, so only this machine is trusted, and the Host header names another one; so do web pages "
        "that reach for programs on the machine of their reader.",
        "Use http://127.0.0.1 or http://localhost, or make a key and send it.",
    ),
    Kind(
        "invalid",
        "The request does not mean anything that can be done",
        422,
        "The request is readable, but a value in it is missing, unknown, of the wrong type or out of range.",
        "`errors` names each place, what is wrong there, and the nearest right name for a misspelt one.",
    ),
    Kind(
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        422,
        "Within 24 hours the same key came with another address or body.",
        "Make a new key for every new request; use an old one only to repeat the very same request.",
    ),
    Kind(
        "dataset-not-ready",
        "The dataset is not ready",
        409,
        "The dataset is still being read, or could not be read.",
        "GET the dataset (with Prefer: wait=30) until its status is ready; if it is failed, its error says why.",
    ),
    Kind(
        "unreadable-file",
        "The file cannot be read as a table",
        422,
        "The file is not a table in the format that it was sent as, or no row of it can be used.",
        "The detail says what was found and what to do.",
    ),
    Kind(
        "too-many-requests",
        "Too many requests",
        429,
        "More requests, bytes, jobs or wrong keys came than this server takes from one caller; nothing was done.",
        "Wait as many seconds as Retry-After says, and send the same again; the detail names the limit.",
    ),
    Kind(
        "internal-error",
        "The server made a mistake",
        500,
        "Something happened that should not; it is logged under the request id in `instance`.",
        "Try again; if it stays, tell the operator the request id.",
    ),
    Kind(
        "unavailable",
        "The server cannot answer now",
        503,
        "The database or the storage of files cannot be reached or is too busy. Nothing was changed.",
        "Try again after as many seconds as Retry-After says.",
    ),
    Kind(
        "disk-full",
        "The disk is almost full",
        507,
        "The server has less free space than it keeps in reserve, so it takes no uploads and no jobs.",
        "Delete datasets or models that are no longer needed, or let the operator make room.",
    ),
)

UNREADABLE: Final = "The file cannot be read as a table"

_FILES = (
    Kind(
        "empty-file",
        UNREADABLE,
        422,
        "The file has nothing in it, or a header and no rows.",
        "Export it again; its first line should name the columns, and each further line is a row.",
    ),
    Kind(
        "no-rows",
        UNREADABLE,
        422,
        "Every row of the file was rejected, so that nothing is left; the detail names the first fault.",
        "Correct the fault, which is mostly the same in every row.",
    ),
    Kind(
        "mostly-faults",
        UNREADABLE,
        422,
        "More than a million rows are malformed, nine in ten of all; it would take long to find the others among them.",
        "Check the delimiter and the quotation marks; the detail names the first fault.",
    ),
    Kind(
        "not-a-table",
        UNREADABLE,
        422,
        "The bytes are not what the Content-Type or the file's ending says: a picture, an archive, or another format.",
        "Send CSV, TSV, NDJSON or Parquet, with the Content-Type or ending that fits.",
    ),
    Kind(
        "damaged-file",
        UNREADABLE,
        422,
        "The file begins as it should and then breaks off or makes no sense.",
        "Export it again, and compare its size with the one that arrived.",
    ),
    Kind(
        "row-too-long",
        UNREADABLE,
        422,
        "A row is longer than any real one; mostly a quotation mark was opened and never closed.",
        "Close the quotation mark; the detail names the line.",
    ),
    Kind(
        "too-many-columns",
        UNREADABLE,
        422,
        "The table has more columns than can be read.",
        "Leave out columns that are not needed, or check the delimiter.",
    ),
    Kind(
        "no-columns",
        UNREADABLE,
        422,
        "The table has no column that can be learned from.",
        "Give it columns of numbers, words, dates or text; lists and structures within cells are left out.",
    ),
    Kind(
        "too-large",
        UNREADABLE,
        422,
        "The table takes more room in memory than one may.",
        "Upload a part of it, or leave out columns that are not needed.",
    ),
    Kind(
        "too-many-cells",
        UNREADABLE,
        422,
        "A row has far more cells than the header has columns.",
        "Check the delimiter and the quotation marks.",
    ),
    Kind(
        "unknown-type",
        UNREADABLE,
        422,
        "A column type was given that does not exist.",
        "The types are numeric, categorical, boolean, datetime and text.",
    ),
    Kind(
        "unknown-column",
        UNREADABLE,
        422,
        "A type was given for a column that the file does not have.",
        "The detail names the nearest column; names are compared letter by letter.",
    ),
)

_OUTCOMES = (
    Kind(
        "learning-failed",
        "The job cannot be done as asked",
        None,
        "Training could not begin or go on.",
        "The detail says why.",
    ),
    Kind(
        "impossible-target",
        "Nothing can be learned of this target",
        None,
        "The target column has one value only, none at all, or one that does not fit the task.",
        "Choose another target or task, or upload rows in which the target varies.",
    ),
    Kind(
        "no-features",
        "No column to learn from",
        None,
        "Apart from the target no column is left that says anything.",
        "Name other features, or upload a table with more columns.",
    ),
    Kind(
        "too-few-rows",
        "Too few rows",
        None,
        "There are not enough rows with a target for the split that was asked for.",
        "Upload more rows, or set split.validation and split.test lower.",
    ),
    Kind(
        "unusable-column",
        "A column cannot be used",
        None,
        "A column is missing, or has a type that cannot be learned from.",
        "Leave it out of features, or override its type when uploading.",
    ),
    Kind(
        "diverged",
        "The training diverged",
        None,
        "The loss or the weights became infinite or NaN.",
        "Use a smaller optimizer.learning_rate, or set gradient_clip_norm.",
    ),
    Kind(
        "torn-model",
        "The model's bytes are not whole",
        None,
        "The stored model does not have the hash that it was stored with.",
        "Train it again; check the disk.",
    ),
    Kind(
        "torn-snapshot",
        "The checkpoint's bytes are not whole",
        None,
        "What was kept of a training on its way does not have the hash that it was stored with; the one before it, or "
        "the beginning, is used instead.",
        "Nothing has to be done for the job; check the disk.",
    ),
    Kind(
        "crash-loop",
        "The job killed its worker three times",
        None,
        "Three workers in a row were lost without one new epoch; mostly because memory ran out.",
        "Use a smaller net, batch or table, or a machine with more memory.",
    ),
    Kind(
        "out-of-memory",
        "Not enough memory",
        None,
        "The worker ran out of memory.",
        "Use fewer rows or columns, a smaller net or batch_size, or a machine with more memory.",
    ),
    Kind(
        "dataset-gone",
        "The dataset is gone",
        None,
        "The dataset was deleted before the job could read it.",
        "Upload it again and submit the job again.",
    ),
    Kind(
        "time-limit",
        "The time was up too soon",
        None,
        "The job's time_limit_seconds were over before its first epoch was, so there is no model to end with.",
        "Give it more time, or use fewer rows or columns or a smaller net.",
    ),
    Kind(
        "storage-away",
        "The storage of files is away",
        None,
        "The storage that dataset files are kept in could not be reached for as long as a lease lasts.",
        "Try again later; GET /readyz tells whether the storage answers.",
    ),
)

KINDS: Final[dict[str, Kind]] = {kind.slug: kind for kind in (*_ANSWERS, *_FILES, *_OUTCOMES)}
BY_STATUS: Final[dict[int, Kind]] = {
    **{kind.status: kind for kind in _ANSWERS if kind.status is not None},
    400: KINDS["bad-request"],
    409: KINDS["wrong-state"],
    422: KINDS["invalid"],
}
