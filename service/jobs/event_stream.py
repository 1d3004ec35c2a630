"""The event stream of a job: what its reader lacks, read from the database again and again until it ends."""

from collections.abc import Iterator

from contract.responses import EpochResponse
from contract.states import TERMINAL
from service.http.errors import ProblemError
from service.http.pagination import MAX_EPOCHS_PER_PAGE
from service.jobs import events
from service.jobs.events import Cursor, Event, ReaderState
from service.jobs.responses import queued_job_response
from service.net_choice import load_net_rows
from service.services import Context
from store.errors import NotFound
from store.jobs import epochs as epoch_rows
from store.jobs import jobs
from store.jobs import layer_stats as layer_rows


def stream_job(context: Context, job_id: str, net: int | None, after: Cursor) -> Iterator[bytes]:
    """The events of a job and of one or all of its nets after a cursor, until its end or that of the process."""
    is_ending = context.services.connection_slots.is_ending
    reader = _JobReader(context, job_id, net)
    return events.stream_events(reader.fetch_events, after, may_wait=lambda: not is_ending())


class _JobReader:
    """What one stream reads of a job."""

    def __init__(self, context: Context, job_id: str, net: int | None) -> None:
        self._context, self._job_id, self._net = context, job_id, net
        self._progress: tuple[str, int] | None = None
        """Of the job when all there was of it was last read."""

    def fetch_events(self, state: ReaderState) -> list[Event] | None:
        """The events that a reader lacks; None if the job was deleted, or the reader's key revoked."""
        context, cursor = self._context, state.cursor
        try:
            with context.begin_read() as s:
                progress = jobs.get_progress(s, context.owner, self._job_id)
                if progress == self._progress:
                    return []
                row = jobs.get(s, context.owner, self._job_id)
                epochs: list[tuple[int, EpochResponse]] = []
                layers: dict[tuple[int, int], str] = {}
                has_more = False
                for place, of in enumerate(load_net_rows(s, context, self._job_id, self._net)):
                    after = cursor.epochs[place]
                    if of.epoch == after and row.status not in TERMINAL:
                        continue
                    page, more = epoch_rows.list_page(s, of.id, after, MAX_EPOCHS_PER_PAGE)
                    # when a job ends its layers may be recorded once more after the last epoch
                    is_over = row.status in TERMINAL and not page
                    found, _ = layer_rows.list_page_as_json(s, of.id, of.net, after - is_over, MAX_EPOCHS_PER_PAGE)
                    layers |= {(place, epoch): text for epoch, text in found.items()}
                    told = [EpochResponse.model_validate(each).model_copy(update={"net": of.net}) for each in page]
                    epochs += [(place, epoch) for epoch in told]
                    has_more |= more
                job = queued_job_response(s, row)
        except (NotFound, ProblemError):
            return None
        self._progress = None if has_more else progress
        epochs.sort(key=lambda each: (each[1].epoch, each[0]))
        return list(events.build_events(state, row.revision, job, epochs, layers, more=has_more))
