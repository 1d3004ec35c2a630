"""Jobs in the client: the keyword arguments of `jobs.create` are the fields of a job, and the pages of its split."""

from urllib.parse import parse_qsl

import pytest

import gradus
from contract.responses.jobs import SplitPart
from contract.specs import JobSpec
from gradus.job_options import JobOptions
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer
from tests.unit.gradus.test_transport import job

SPLIT = [(1, 2, "train"), (2, None, "test"), (3, 5, "left_out")]


def split_server(server: ScriptedServer) -> None:
    """Have the server answer with a job, and with its split in pages of two rows."""

    def answer(request: ReceivedRequest) -> Answer:
        path, _, query = request.path.partition("?")
        if not path.endswith("/split"):
            return Answer(body=job("succeeded"))
        asked = dict(parse_qsl(query))
        after, part = int(asked["after"]), asked.get("part")
        rows = [row for row in SPLIT if row[0] > after and part in (None, row[2])]
        counts = {"train": 1, "validation": 0, "test": 1, "left_out": 1}
        last = rows[:2][-1][0] if rows else after
        page = [dict(zip(("row", "line", "part"), row, strict=True)) for row in rows[:2]]
        return Answer(body={"counts": counts, "data": page, "has_more": len(rows) > 2, "after": last})

    server.script = answer


@pytest.mark.parametrize(
    ("part", "rows", "pages"),
    [
        (None, SPLIT, 2),
        ("left_out", SPLIT[2:], 1),
        ("validation", [], 1),
    ],
)
def test_the_split_of_a_job_is_read_page_by_page(
    server: ScriptedServer, part: SplitPart | None, rows: list[tuple[int, int | None, str]], pages: int
) -> None:
    split_server(server)
    with gradus.Client(server.url) as client:
        found = list(client.jobs.get("job_1").split(part))

    assert [(row.row, row.line, row.part) for row in found] == rows
    assert len(server.requests) == 1 + pages


def test_a_job_can_be_given_every_field_of_its_spec_and_no_other() -> None:
    assert JobOptions.__annotations__.keys() | {"dataset_id", "target"} == JobSpec.model_fields.keys()


def test_the_choices_of_a_field_are_those_of_the_spec() -> None:
    properties = JobSpec.model_json_schema()["properties"]
    for field in ("task", "loss"):
        assert list(JobOptions.__annotations__[field].__args__) == properties[field]["enum"]
