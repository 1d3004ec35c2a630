"""The event stream of a job: what its reader lacks, read from the database again and again until it ends."""

from collections.abc import Iterator
from functools import partial

from contract.responses import EpochResponse
from contract.states import TERMINAL
from service.http.errors import ProblemError
from service.http.pagination import MAX_EPOCHS_PER_PAGE
from service.jobs import events
from service.jobs.events import Cursor, Event, ReaderState
from service.jobs.responses import queued_job_response
from service.net_choice import load_net_row
from service.services import Context
from store.errors import NotFound
from store.jobs import epochs as epoch_rows
from store.jobs import jobs
from store.jobs import layer_stats as layer_rows


def stream_job(context: Context, job_id: str, net: int, after: Cursor) -> Iterator[bytes]:
    """The events of a job and of one of its nets after a cursor, until its end or that of the process."""
    is_ending = context.services.connection_slots.is_ending
    return events.stream_events(partial(_fetch_events, context, job_id, net), after, may_wait=lambda: not is_ending())


def _fetch_events(context: Context, job_id: str, net: int, state: ReaderState) -> list[Event] | None:
    """The events that a reader lacks; None if the job was deleted, or the reader's key revoked."""
    try:
        with context.begin_read() as s:
            if jobs.get_progress(s, context.owner, job_id) == (state.status, state.cursor.epoch):
                return []
            row = jobs.get(s, context.owner, job_id)
            of = load_net_row(s, context, job_id, net)
            page, more = epoch_rows.list_page(s, of.id, state.cursor.epoch, MAX_EPOCHS_PER_PAGE)
            # when a job ends its layers may be recorded once more after the last epoch
            is_over = row.status in TERMINAL and not page
            layers, _ = layer_rows.list_page_as_json(s, of.id, state.cursor.epoch - is_over, MAX_EPOCHS_PER_PAGE)
            job = queued_job_response(s, row)
    except (NotFound, ProblemError):
        return None
    epochs = [EpochResponse.model_validate(row).model_copy(update={"net": of.net}) for row in page]
    return list(events.build_events(state, row.revision, job, epochs, layers, more=more))
