"""The official client of the Model Context Protocol with a real service and worker: from a table to predictions."""

import asyncio
import io
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from PIL import Image

from service.operating import bootstrap_key
from tests.integration.served_models import add_models
from tests.integration.test_server import Server
from tests.running import Broker, Installation

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Service:
    """A service, its data folder, and its admin's key."""

    server: Server
    folder: Path
    key: str

    @asynccontextmanager
    async def client(self, key: str | None = None, mode: Any = "auto") -> AsyncIterator[Client]:
        headers, address = {"Authorization": f"Bearer {key or self.key}"}, f"http://127.0.0.1:{self.server.port}/mcp"
        async with create_mcp_http_client(headers) as session:
            transport = streamable_http_client(address, http_client=session)
            async with Client(transport, mode=mode, read_timeout_seconds=200) as client:
                yield client

    def make_key(self, *scopes: str) -> str:
        body = json.dumps({"name": "k", "scopes": scopes})
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return str(self.server.ask("POST", "/v1/keys", body, headers)[1]["key"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("agents")
    installation = Installation(folder / "data", broker.unused_url())
    try:
        bootstrap_key.create_key(installation.database_url, folder / "admin.key")
        worker = installation.start_worker()
        server = Server(installation.folder, prepared=True, broker_url=installation.broker_url)
        yield Service(server, installation.folder, (folder / "admin.key").read_text().strip())
        server.kill()
        worker.kill()
    finally:
        installation.close()


async def call(client: Client, tool: str, /, **arguments: Any) -> Any:
    """What a tool answers."""
    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert not result.is_error, content
    assert json.loads(content.text) == result.structured_content  # type: ignore[union-attr] - it is text
    return result.structured_content


async def wait_for_end(client: Client, job_id: str) -> Any:
    for _ in range(100):
        job = await call(client, "get_job", job_id=job_id, wait=10)
        if job["status"] in {"succeeded", "failed", "cancelled"}:
            return job
    raise AssertionError(job)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_makes_a_model_from_a_table_and_predicts(service: Service, mode: Any) -> None:
    async def work() -> None:
        async with service.client(mode=mode) as client:
            assert client.server_info.name == "gradus"
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert tools["predict"].annotations is not None
            assert tools["predict"].annotations.read_only_hint
            table = (ROOT / "examples" / "penguins.csv").read_text()
            dataset = await call(client, "upload_dataset", csv=table, name="penguins.csv")
            assert dataset["status"] == "ready"
            assert (await call(client, "describe_dataset", dataset_id=dataset["id"]))["columns"]
            spec = {"dataset_id": dataset["id"], "target": "species", "epochs": 3, "preset": "fast"}
            wrong = await client.call_tool("train", {**spec, "target": "specis"})
            assert wrong.is_error
            assert json.loads(wrong.content[0].text)["errors"][0]["suggestion"] == "species"  # type: ignore[union-attr] - it is text
            assert (await call(client, "validate_job", **spec))["valid"]
            job = await wait_for_end(client, (await call(client, "train", **spec))["id"])
            assert job["status"] == "succeeded", job
            history = await call(client, "metric_history", job_id=job["id"])
            assert [each["epoch"] for each in history["data"]] == [1, 2, 3]
            findings = (await call(client, "diagnose_job", job_id=job["id"]))["findings"]
            (patch,) = [each["suggested_patch"] for each in findings if each["suggested_patch"]][:1]
            better = merge(job["spec"], patch)
            assert better != job["spec"]
            improved = await wait_for_end(client, (await call(client, "train", **{**better, "epochs": 40}))["id"])
            model = improved["model_id"]
            before, after = [
                (await call(client, "evaluate", model=each["model_id"]))["metrics"]["accuracy"]
                for each in (job, improved)
            ]
            assert after > before
            told = await call(client, "compare", model=model, against=job["model_id"])
            assert told["comparison"]["result"] == "better", told
            assert (await call(client, "list_models", limit=5))["data"][0]["id"] == model
            row = (await call(client, "model_schema", model=model))["examples"][0]
            found = await call(client, "predict", model=model, rows=[row, {}])
            assert found["predictions"][0]["label"] in {"Adelie", "Chinstrap", "Gentoo"}
            assert (await call(client, "explain", model=model, rows=[row]))["explanations"]
            assert (await call(client, "mistakes", model=model, limit=3))["data"]
            assert (await call(client, "evaluate_on", model=model, dataset_id=dataset["id"]))["metrics"]
            assert await call(client, "feature_importance", model=model)

    asyncio.run(work())


def test_an_agent_asks_models_of_every_kind(service: Service) -> None:
    add_models(service.folder)
    files = {colour: io.BytesIO() for colour in ("red", "blue")}
    for colour, file in files.items():
        Image.new("RGB", (40, 30), colour).save(file, "PNG")
    pictures = [f"data:image/png;base64,{b64encode(file.getvalue()).decode()}" for file in files.values()]

    async def work() -> None:
        async with service.client() as client:
            found = await call(client, "predict", model="colours", rows=[{"image": picture} for picture in pictures])
            assert [each["label"] for each in found["predictions"]] == ["red", "blue"]
            best = await call(client, "recommend", model="books", liked=["The Amber Dragon"], limit=3)
            assert len(best["items"]) == 3
            pair = {"reader": "1", "book": best["items"][0]["item"]}
            assert (await call(client, "predict", model="books", rows=[pair]))["predictions"][0]["value"] >= 1
            written = [
                await call(client, "write", model="poet", prompt="the cat", max_tokens=9, seed=seed) for seed in (1, 1)
            ]
            assert len(written[0]["text"]) == 9
            assert written[0]["text"] == written[1]["text"]
            wrong = await client.call_tool("write", {"model": "books", "prompt": "the cat"})
            assert wrong.is_error
            assert json.loads(wrong.content[0].text)["type"] == "/problems/not-for-task"  # type: ignore[union-attr] - it is text

    asyncio.run(work())


def merge(document: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396), applied."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def test_a_key_sees_the_tools_of_its_scopes_and_may_call_no_others(service: Service) -> None:
    key = service.make_key("read")

    async def look() -> None:
        async with service.client(key) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert {"list_datasets", "get_job", "evaluate"} <= names
            assert names.isdisjoint({"upload_dataset", "train", "predict", "cancel_job"})
            refused = await client.call_tool("upload_dataset", {"rows": [{"a": 1}]})
            assert refused.is_error
            assert json.loads(refused.content[0].text)["type"] == "/problems/scope-required"  # type: ignore[union-attr] - it is text

    asyncio.run(look())
