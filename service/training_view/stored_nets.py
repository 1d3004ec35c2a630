"""A job's net as it is stored: the model header, and the weights after some epochs.

An epoch whose weights are not stored is refused here with the nearest one that has them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from contract.responses import FieldError
from learning.insight.weight_history import decode_weights
from learning.model_header import ModelHeader
from service.http.errors import ProblemError
from service.http.validation_errors import invalid_fields
from service.net_choice import load_net_row
from service.services import Context
from store.jobs import epochs, weight_history
from store.tables import JobRow

EpochReference = Literal["latest"] | int


@dataclass(frozen=True)
class StoredNet:
    """The net of a job, and the epochs whose weights are stored, oldest first and at least one."""

    job: JobRow
    header: ModelHeader
    epochs: list[int]

    @property
    def job_id(self) -> str:
        """The job, of which it may be one of several nets."""
        return self.job.ensemble_id or self.job.id

    def resolve_epoch(self, reference: EpochReference, pointer: str) -> int:
        """The epoch of a reference; `pointer` is its place in the request.

        Raises:
            ProblemError: its weights are not kept.
        """
        if reference == "latest":
            return self.epochs[-1]
        if reference not in self.epochs:
            nearest = min(self.epochs, key=lambda kept: abs(kept - reference))
            detail = "is not among the epochs whose weights are kept"
            error = FieldError(
                pointer=pointer, detail=detail, code="epoch_not_kept", given=reference, suggestion=str(nearest)
            )
            raise invalid_fields([error])
        return reference

    def load_weights(self, s: Session, epoch: int) -> NDArray[np.float32]:
        """The weights (n,) after a stored epoch.

        Raises:
            ProblemError: they were thinned out a moment ago.
        """
        for _, data in weight_history.iterate_weights(s, self.job.id, [epoch]):
            return decode_weights(data)
        raise ProblemError("not-kept", "The weights of this epoch were thinned out just now; ask again.")

    def find_learning_rate(self, s: Session, epoch: int) -> float:
        """The learning rate of the epoch, for epoch 0 that of the first; the optimizer's until one is recorded."""
        recorded, _ = epochs.list_page(s, self.job.id, max(epoch, 1) - 1, 1)
        return recorded[0].learning_rate if recorded else float(self.job.spec["optimizer"]["learning_rate"])


def load_stored_net(s: Session, context: Context, job_id: str, net: int = 1) -> StoredNet:
    """The net of a job, or one of several by its number.

    Raises:
        NotFound: there is no such job, or it is another owner's.
        ProblemError: nothing is kept of its net.
    """
    job = load_net_row(s, context, job_id, net)
    header, epochs = weight_history.get_header(s, job.id), weight_history.list_epochs(s, job.id)
    if header is None or not epochs:
        begun = job.status not in {"queued", "running", "paused"} or job.epoch
        raise ProblemError(
            "not-kept",
            "No weights of this job's net were kept: it is too large for GRADUS_HISTORY_BYTES, or older than that."
            if begun
            else "The job has not begun to train yet; ask again when it runs.",
        )
    return StoredNet(job, ModelHeader.from_json(header), epochs)
