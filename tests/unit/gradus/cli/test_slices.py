"""The command `slices` against a scripted server: what it prints of values, ranges and periods, and of jobs."""

from typing import Any

from tests.unit.gradus.cli.test_commands import Run, model, run
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer, server
from tests.unit.gradus.test_transport import job

__all__ = ["run", "server"]

ID = str(job()["id"])
NOT_FOUND = Answer(404, {"type": "/problems/not-found", "title": "x", "status": 404, "detail": "No."})


def make_slice(kind: str, result: str, **more: Any) -> dict[str, Any]:
    bounds = {"interval": {"low": 0.2, "high": 0.6}, "difference": -0.4, "low": -0.7, "high": -0.1}
    given = {"column": "town", "kind": kind, "value": None, "start": None, "stop": None, "rows": 40}
    return {**given, **bounds, "score": 0.4, "rest": 0.8, "result": result, **more}


SLICES = [
    make_slice("value", "worse", value="south"),
    make_slice("range", "worse", start=1.0, stop=2500.0),
    make_slice("range", "tie", start=4.0, stop=4.0),
    make_slice("period", "tie", start="2026-01-31T00:00:00.000Z", stop="2026-02-28T00:00:00.000Z"),
    make_slice("missing", "better", column="floor"),
]


def answer_slices(metric: str = "accuracy", data: list[dict[str, Any]] = SLICES) -> Answer:
    about = {"object": "list", "model_id": "mdl_1", "split": "test", "metric": metric, "rows": 1200, "compared": 7}
    return Answer(body={**about, "data": data, "has_more": False})


def test_slices_are_printed_with_their_bounds(run: Run, server: ScriptedServer) -> None:
    server.script = lambda _: answer_slices()
    lines = run("slices", "houses", "--split", "test", "--limit", 4).splitlines()

    assert server.requests[0].path == "/v1/models/houses/slices?split=test&limit=100"
    assert lines[0].startswith("2 of 7 slices are worse beyond chance, on 1,200 held-out rows;")
    assert " ".join(lines[2].split()) == "town south 40 40.0% 80.0% -40.0 pp (-70.0 to -10.0) worse"
    assert "1 to 2500 " in lines[3]
    assert " 4 " in lines[4]
    assert "4 to 4" not in lines[4]
    assert "2026-01-31 to 2026-02-28 " in lines[5]
    assert lines[5].endswith("no clear difference")
    assert lines[6:] == ["These are 4 of 5; more with --limit."]


def test_errors_are_printed_in_the_units_of_the_target(run: Run, server: ScriptedServer) -> None:
    worse = make_slice("value", "worse", value="south", score=12.5, rest=10, difference=22610.0, low=-1.25, high=375.0)
    server.script = lambda _: answer_slices("rmse", [worse])
    printed = run("slices", "houses")

    assert "RMSE" in printed
    assert "+22,610 (-1.25 to +375)" in printed
    assert printed.startswith("1 of 7 slices is worse")


def test_without_slices_a_sentence_is_printed(run: Run, server: ScriptedServer) -> None:
    server.script = lambda _: answer_slices(data=[])
    assert run("slices", "houses") == (
        "None of the columns has a value or a range with enough of the 1,200 held-out rows.\n"
    )


def test_a_job_stands_for_its_model_and_one_without_is_named(run: Run, server: ScriptedServer) -> None:
    known = [job("succeeded", model_id="mdl_1")]

    def answer(request: ReceivedRequest) -> Answer:
        path = request.path.partition("?")[0]
        listed = {"/v1/models": [], "/v1/jobs": known}
        if path in listed:
            return Answer(body={"data": listed[path], "has_more": False, "next_cursor": None})
        if path == f"/v1/jobs/{ID}":
            return Answer(body=known[0])
        return {"/v1/models/mdl_1": model(3), "/v1/models/houses:3/slices": answer_slices()}.get(path, NOT_FOUND)

    server.script = answer
    assert f"{ID} is houses:3" in run("slices", ID)
    assert "houses:3" in run("slices", ID[-6:])
    known[0] = job("cancelled", model_id=None)
    assert run("slices", ID) == f"gradus: {ID} has no model: it is cancelled.\n"
