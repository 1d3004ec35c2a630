"""Uploads by the client: the options that are sent with a file."""

import pytest

import gradus
from tests.unit.gradus.scripted_server import Answer, ScriptedServer
from tests.unit.gradus.test_transport import DATASET


@pytest.mark.parametrize(("reuse", "query"), [(True, "name=rows&reuse=true"), (False, "name=rows")])
def test_a_dataset_is_uploaded_again_unless_it_may_be_reused(server: ScriptedServer, reuse: bool, query: str) -> None:
    server.script = lambda _: Answer(200 if reuse else 201, DATASET)
    with gradus.Client(server.url) as client:
        dataset = client.datasets.upload([{"price": 1}], reuse=reuse)

    assert dataset.id == DATASET["id"]
    assert [request.path for request in server.requests] == [f"/v1/datasets?{query}"]
