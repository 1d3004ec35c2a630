"""The page docs/protocols.md: its commands run against a real service, with the model that it speaks of."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from contract.settings import Settings
from learning.data.prepare import prepare
from learning.model import Model, create_model
from learning.nn.layers import Dense
from service.app import create_app
from tables import ingest, load_frame
from tests.clients.environment import client_program
from tests.integration.test_server import Server
from tests.unit.service.factories import add_model, fit_net, sessions_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocols.md").read_text()


def find_blocks(name: str) -> list[str]:
    return re.findall(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)


def train_houses(folder: Path) -> Model:
    table = ingest(ROOT / "examples" / "houses.csv", "csv", folder / "houses.parquet")
    features = ["location", "sqft", "bedrooms"]
    frame = load_frame(folder / "houses.parquet", [*features, "price"], [*map(asdict, table.columns)])
    prepared = prepare(frame, target="price", features=features)
    return create_model(prepared, fit_net(prepared, [Dense(units=8)], epochs=5))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("page")
    server = Server(folder / "data")
    url = f"sqlite:///{folder / 'data' / 'gradus.sqlite'}"
    app = create_app(
        Settings(data_dir=folder / "data", database_url=url, broker_url=f"redis+socket://{folder}/no.sock")
    )
    add_model(app, train_houses(folder), "houses")
    sessions_of(app).kw["bind"].dispose()
    yield server
    server.kill()


def run(server: Server, command: list[object], code: str) -> str:
    """What a block of the page prints; without a key, which is not needed."""
    code = code.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    code = code.replace('-H "Authorization: Bearer $KEY"', "").replace(
        ', headers={"Authorization": f"Bearer {KEY}"}', ""
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore", "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [*map(str, command), code], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl_gets_tensors_and_records(server: Server) -> None:
    tensors, records = (run(server, ["bash", "-c"], block) for block in find_blocks("curl"))
    assert '"model_name":"houses"' in tensors
    assert records.count('"value":') == 2


def test_the_code_for_tritons_client_runs(server: Server) -> None:
    (block,) = find_blocks("triton")
    assert len(run(server, [client_program(), "-c"], block).split()) >= 2


def test_the_code_for_mlflows_client_runs(server: Server) -> None:
    (block,) = find_blocks("mlflow")
    names, found = run(server, [client_program(), "-c"], block).splitlines()
    assert names == "['houses']"
    assert found.count("value") == 2


def test_the_code_for_agents_runs(server: Server) -> None:
    (block,) = find_blocks("mcp")
    names, found = run(server, [sys.executable, "-c"], block).splitlines()
    assert "'predict'" in names
    assert "value" in found
