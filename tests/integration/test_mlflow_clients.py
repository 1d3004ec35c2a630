"""MLflow's own clients with a real server: endpoints with a key, and the scoring server's without one."""

import json
from pathlib import Path
from typing import Any

from PIL import Image

from tests.clients.environment import run_client
from tests.integration.served_models import ROWS, add_models, serve_models
from tests.integration.server_under_attack import ServerUnderAttack
from tests.integration.test_server import Server


def post(service: ServerUnderAttack, path: str, body: Any) -> Any:
    return json.loads(service.ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"}).body)


def test_mlflows_clients_predict_with_models_and_read_refusals(tmp_path: Path) -> None:
    service, picture = serve_models(tmp_path / "keyed"), tmp_path / "blue.png"
    Image.new("RGB", (40, 30), "blue").save(picture)
    keyless = Server(tmp_path / "keyless", invocations_model="houses:1")
    try:
        add_models(tmp_path / "keyless")
        found = run_client(
            "mlflow_deployments.py",
            f"http://127.0.0.1:{service.port}",
            json.dumps(ROWS),
            f"http://127.0.0.1:{keyless.port}",
            picture,
            MLFLOW_TRACKING_TOKEN=service.key,
        )
        values, live = (
            [each["value"] for each in post(service, f"/v1/models/{ref}/predict", {"rows": ROWS})["predictions"]]
            for ref in ("houses", "houses@live")
        )
        pair = {"reader": "1", "book": "The Amber Dragon"}
        ratings = post(service, "/v1/models/books/predict", {"rows": [pair]})["predictions"]
        labels = [each["label"] for each in post(service, "/v1/models/dear/predict", {"rows": ROWS})["predictions"]]
        asked = {"model": "poet", "prompt": "the cat", "max_tokens": 8, "seed": 1}
        written = post(service, "/v1/completions", asked)["choices"]
    finally:
        keyless.kill()
        service.kill()
    assert [name for name, _, _ in found["endpoints"]] == ["books", "colours", "dear", "houses", "poet"]
    assert found["endpoints"][3][1].startswith("gradus/")
    assert found["endpoints"][3][2].endswith("/endpoints/houses/invocations")
    assert found["endpoint"] == "houses:1"
    assert [each["value"] for each in found["split"]["predictions"]] == values
    assert [each["value"] for each in found["version"]["predictions"]] == live
    assert [each["label"] for each in found["classes"]["predictions"]] == labels
    assert found["ratings"]["predictions"] == ratings
    assert [each["label"] for each in found["colours"]["predictions"]] == ["blue"]
    assert found["text"]["choices"] == written
    assert "BAD_REQUEST" in found["refusal"]
    assert "sqft" in found["refusal"]
    assert [each["value"] for each in found["scored"]] == live
    assert found["server"]
