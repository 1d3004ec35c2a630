"""The command `tag` against a scripted server: what a reference that it is given means."""

import json
from typing import cast

from tests.unit.gradus.cli.test_commands import Run, model, run
from tests.unit.gradus.scripted_server import Answer, ReceivedRequest, ScriptedServer, server
from tests.unit.gradus.test_transport import DATASET

__all__ = ["run", "server"]

NOT_FOUND = Answer(404, {"type": "/problems/not-found", "title": "x", "status": 404, "detail": "No."})


def test_a_dataset_is_tagged_by_its_name_where_no_model_has_it(run: Run, server: ScriptedServer) -> None:
    def answer(request: ReceivedRequest) -> Answer:
        path = request.path.partition("?")[0]
        if path == "/v1/models/houses":
            return model(3)
        if path == "/v1/datasets":
            return Answer(body={"data": [DATASET], "has_more": False})
        tags: dict[str, str] = json.loads(request.body)["tags"] if request.method == "PATCH" else {}
        if path == f"/v1/datasets/{DATASET['id']}":
            return Answer(body={**DATASET, "tags": tags})
        if path == "/v1/models/mdl_3" and request.method == "PATCH":
            return Answer(body={**cast("dict[str, object]", model(3).body), "tags": tags})
        return NOT_FOUND

    server.script = answer
    assert run("tag", "houses.csv", "keep") == "houses.csv: keep\n"
    assert run("tag", "houses", "keep") == "houses:3: keep\n"
