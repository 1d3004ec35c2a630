"""The split of a job that a real worker trained is stored as it was trained, for tables in memory and larger ones."""

import numpy as np
import pytest

from contract.tasks import TRAIN
from learning.data.split import decode_parts
from store.database import begin_read
from store.jobs import jobs
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation

PEOPLE = 40


def visits() -> str:
    """The table of sums with a column of people, and one of days."""
    header, *lines = sums().splitlines()
    rows = [f"p{number % PEOPLE},{number},{line}" for number, line in enumerate(lines)]
    return "\n".join([f"person,day,{header}", *rows, ""])


@pytest.mark.parametrize("by", ["group_by", "order_by"])
def test_the_split_that_was_asked_for_is_trained_and_stored(either: Installation, by: str):
    split = {"validation": 0.2, "test": 0.1, by: "person" if by == "group_by" else "day"}
    job_id = either.submit(either.add_dataset(visits()), "y", epochs=3, split=split)
    either.send_hint(TRAIN)
    job = either.wait_for_end(job_id)

    assert (job.status, job.error) == ("succeeded", None)
    with begin_read(either.sessions) as s:
        parts = decode_parts(jobs.get_parts(s, job_id) or b"").parts
    assert len(parts) == 300
    if by == "order_by":
        assert parts.tolist() == [1] * 210 + [2] * 60 + [3] * 30
    else:
        people = [set((np.flatnonzero(parts == part) % PEOPLE).tolist()) for part in (1, 2, 3)]
        assert sum(map(len, people)) == PEOPLE
        assert all(people)


def test_weights_decide_and_bad_ones_end_the_job_with_their_rows(either: Installation):
    header, *lines = sums().splitlines()
    rows = [f"{number % 3},{line}" for number, line in enumerate(lines)]
    good = either.submit(either.add_dataset("\n".join([f"w,{header}", *rows, ""])), "y", epochs=3, weight_column="w")
    bad = either.submit(
        either.add_dataset("\n".join([f"w,{header}", *rows, "-1,1,1,1", ""])), "y", epochs=3, weight_column="w"
    )
    either.send_hint(TRAIN)
    trained, failed = either.wait_for_end(good), either.wait_for_end(bad)

    assert (trained.status, trained.error) == ("succeeded", None)
    assert "100 rows were left out: the weight 'w' is 0." in trained.warnings
    with begin_read(either.sessions) as s:
        parts = decode_parts(jobs.get_parts(s, good) or b"").parts
    assert (np.flatnonzero(parts == 0) % 3 == 0).all()
    assert failed.status == "failed"
    assert failed.error is not None
    assert "row 301" in failed.error["detail"]
