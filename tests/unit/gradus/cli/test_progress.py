"""The status of a job as progress shows it."""

import pytest

from contract.responses import JobResponse, NetProgress, Progress
from contract.states import JobStatus
from gradus.cli.progress import format_status


@pytest.mark.parametrize(
    ("status", "epoch", "place", "text"),
    [
        ("running", 7, None, "running"),
        ("queued", 0, 0, "queued"),
        ("queued", 0, 2, "queued, 2 jobs before it"),
        ("queued", 7, 0, "queued to go on after epoch 7"),
        ("queued", 7, 1, "queued to go on after epoch 7, 1 job before it"),
    ],
)
def test_a_queued_job_is_shown_with_its_place_and_where_it_goes_on(
    status: JobStatus, epoch: int, place: int | None, text: str
) -> None:
    progress = Progress(epoch=epoch, epochs=9, fraction=epoch / 9, queue_position=place)
    assert format_status(JobResponse.model_construct(status=status, progress=progress)) == text


@pytest.mark.parametrize(("status", "epoch", "words"), [("queued", 9, "become one model"), ("running", 8, "running")])
def test_nets_that_have_ended_become_one_model(status: JobStatus, epoch: int, words: str) -> None:
    progress = Progress(epoch=epoch, epochs=9, fraction=epoch / 9, queue_position=0)
    nets = [NetProgress(net=net, status="succeeded", epoch=3, epochs=3) for net in (1, 2, 3)]
    assert words in format_status(JobResponse.model_construct(status=status, progress=progress, nets=nets))
