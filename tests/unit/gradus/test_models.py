"""Predictions by the client: what is asked of the server, and what comes of it."""

import pytest

import gradus
from gradus.model_methods import BadRows, Rows, UnknownColumns
from tests.unit.gradus.scripted_server import Answer, ScriptedServer

ANSWER = {
    "model_id": "mdl_1",
    "name": "houses",
    "version": 1,
    "predictions": [None],
    "warnings": [],
    "errors": [{"row": 0, "column": "sqft", "detail": "must be a number", "code": "not_a_number", "value": "many"}],
}


@pytest.mark.parametrize("rows", [{"sqft": "many"}, [{"sqft": "many"}], b"sqft\nmany\n"])
@pytest.mark.parametrize(
    ("unknown", "bad_rows", "query"),
    [
        ("refuse", "refuse", ""),
        ("ignore", "refuse", "?unknown=ignore"),
        ("refuse", "skip", "?bad_rows=skip"),
        ("ignore", "skip", "?unknown=ignore&bad_rows=skip"),
    ],
)
def test_columns_are_ignored_and_rows_skipped_on_request(
    server: ScriptedServer, rows: Rows | bytes, unknown: UnknownColumns, bad_rows: BadRows, query: str
) -> None:
    server.script = lambda _: Answer(body=ANSWER)
    with gradus.Client(server.url) as client:
        answer = client.models.predict("houses", rows, unknown=unknown, bad_rows=bad_rows)
        if isinstance(rows, bytes):
            client.models.predict_csv("houses", rows, unknown=unknown, bad_rows=bad_rows)

    assert {request.path for request in server.requests} == {f"/v1/models/houses/predict{query}"}
    assert answer.predictions == [None]
    assert [(error.row, error.column, error.detail) for error in answer.errors] == [(0, "sqft", "must be a number")]


def test_feature_maps_of_a_picture_are_asked_for_by_its_bytes(server: ScriptedServer) -> None:
    fields = {"column": "image", "picture": "data:,", "maps": [], "dense": [], "prediction": {"value": 3}}
    server.script = lambda _: Answer(body={**ANSWER, **fields})
    with gradus.Client(server.url) as client:
        found = client.models.feature_maps("animals", b"picture", channels=4)

    (request,) = server.requests
    assert (request.path, b"picture" in request.body) == ("/v1/models/animals/feature-maps?channels=4", True)
    assert (found.column, found.model_id) == ("image", "mdl_1")
