"""The Model Context Protocol: messages of both eras, tools by scope, and hostile messages, which are never a 5xx."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.protocols.mcp.tools import TOOLS
from tests.unit.service.factories import add_model, train_model

CURRENT, NEXT = "2026-07-28", "2027-01-01"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CHANGES = {"upload_dataset", "train", "finish_job", "cancel_job"}
META = {VERSION_KEY: CURRENT, "io.modelcontextprotocol/clientCapabilities": {}}


def send(client: FlaskClient, method: str, params: Any = None, **members: Any) -> TestResponse:
    """A request of a client of 2025."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return client.post("/mcp", json={**body, **members})


def send_current(client: FlaskClient, method: str, params: Any = None, **headers: str) -> TestResponse:
    """A request of the current revision."""
    params = {"_meta": META, **(params or {})}
    said = {"MCP-Protocol-Version": CURRENT, "Mcp-Method": method}
    if "name" in params:
        said["Mcp-Name"] = params["name"]
    body = {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}
    return client.post("/mcp", json=body, headers={**said, **headers})


def call(client: FlaskClient, tool: str, **arguments: Any) -> Any:
    return send(client, "tools/call", {"name": tool, "arguments": arguments}).get_json()["result"]


def test_a_client_of_2025_initializes_without_a_session(client: FlaskClient) -> None:
    answer = send(client, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {}})
    told = answer.get_json()
    assert (answer.status_code, told["id"], told["jsonrpc"]) == (200, 1, "2.0")
    assert told["result"]["protocolVersion"] == "2025-06-18"
    assert told["result"]["serverInfo"]["name"] == "gradus"
    assert "Mcp-Session-Id" not in answer.headers
    assert send(client, "initialize", {"protocolVersion": "1"}).get_json()["result"]["protocolVersion"] == "2025-11-25"
    assert client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    assert send(client, "ping").get_json()["result"] == {}
    assert client.get("/mcp").status_code == client.delete("/mcp").status_code == 405


def test_the_current_revision_discovers_and_may_keep_lists(client: FlaskClient) -> None:
    found = send_current(client, "server/discover").get_json()["result"]
    assert found["supportedVersions"] == [CURRENT]
    assert (found["resultType"], found["cacheScope"]) == ("complete", "private")
    assert found["ttlMs"] > 0
    listed = send_current(client, "tools/list").get_json()["result"]
    assert [tool["name"] for tool in listed["tools"]] == [tool.name for tool in TOOLS]
    assert listed["resultType"] == "complete"
    assert "resultType" not in send(client, "tools/list").get_json()["result"]


@pytest.mark.parametrize(
    ("headers", "meta", "status", "code"),
    [
        ({"Mcp-Method": "tools/call"}, META, 400, -32020),
        ({"MCP-Protocol-Version": "2025-06-18"}, META, 400, -32020),
        (
            {"MCP-Protocol-Version": "2027-01-01"},
            {**META, "io.modelcontextprotocol/protocolVersion": "2027-01-01"},
            400,
            -32022,
        ),
        ({}, {VERSION_KEY: CURRENT}, 400, -32602),
        ({}, {}, 400, -32602),
    ],
)
def test_headers_that_differ_from_the_body_are_refused(
    client: FlaskClient, headers: dict[str, str], meta: Any, status: int, code: int
) -> None:
    answer = send_current(client, "tools/list", {"_meta": meta}, **headers)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code), answer.data
    assert answer.get_json()["id"] == "a"
    if code == -32022:
        assert answer.get_json()["error"]["data"] == {"supported": [CURRENT], "requested": NEXT}


def test_unknown_methods_are_404_to_current_clients_alone(client: FlaskClient) -> None:
    for answer, status in ((send_current(client, "resources/list"), 404), (send(client, "resources/list"), 200)):
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, -32601)
    renamed = send_current(client, "tools/call", {"name": "list_models"}, **{"Mcp-Name": "list_jobs"})
    assert renamed.get_json()["error"]["code"] == -32020


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"[" * 9999, -32700),
        (b'{"jsonrpc": "2.0", "id": NaN}', -32700),
        (b'{"id": 1, "id": 2}', -32700),
        (b"\xff", -32700),
        (b"[]", -32600),
        (b'"x"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1}', -32600),
    ],
)
def test_what_is_no_message_is_an_error_of_json_rpc(client: FlaskClient, body: bytes, code: int) -> None:
    answer = client.post("/mcp", data=body, content_type="application/json")
    if body == b"":
        assert answer.status_code in {400, 411}
        return
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"name": "delete_dataset"},
        {"name": 5},
        {"name": ["a"]},
        {"name": "predict", "arguments": [1]},
        {"name": "predict", "arguments": "x"},
    ],
)
def test_a_call_of_no_tool_is_an_error(client: FlaskClient, params: Any) -> None:
    assert send(client, "tools/call", params).get_json()["error"]["code"] == -32602


def test_a_tool_answers_what_its_route_answers(app: Flask, client: FlaskClient) -> None:
    add_model(app, train_model("price"), "houses")
    rows = [{"sqft": 1200, "area": "north"}, {}]
    found = call(client, "predict", model="houses", rows=rows)
    assert found["structuredContent"] == client.post("/v1/models/houses/predict", json={"rows": rows}).get_json()
    assert json.loads(found["content"][0]["text"]) == found["structuredContent"]
    assert not found["isError"]
    listed = call(client, "list_models", limit=1, name="houses")["structuredContent"]
    assert listed == client.get("/v1/models?limit=1&name=houses").get_json()
    schema = call(client, "model_schema", model="houses")["structuredContent"]
    assert schema["properties"].keys() >= {"sqft", "area", "garden"}


def test_tables_come_as_rows_or_as_csv(client: FlaskClient) -> None:
    by_csv = call(client, "upload_dataset", csv="a,b\n1,x\n2,y\n", name="t.csv")["structuredContent"]
    by_rows = call(client, "upload_dataset", rows=[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])["structuredContent"]
    assert (by_csv["rows"], by_csv["name"], by_rows["rows"]) == (2, "t.csv", 2)
    assert call(client, "describe_dataset", dataset_id=by_csv["id"], wait=0)["structuredContent"]["id"] == by_csv["id"]
    both = call(client, "upload_dataset", csv="a,b\n1,x\n", rows=[{"a": 1}])
    assert both["isError"]


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "where"),
    [
        ("predict", {"rows": [{}]}, "invalid", "#/model"),
        ("predict", {"model": 5, "rows": [{}]}, "invalid", "#/model"),
        ("predict", {"model": "nobody", "rows": [{}]}, "not-found", None),
        ("predict", {"model": "../jobs", "rows": [{}]}, "not-found", None),
        ("predict", {"model": "houses", "rows": [{"sqfeet": 1}]}, "invalid", "#/rows/0/sqfeet"),
        ("predict", {"model": "houses", "rows": 5}, "invalid", "#/rows"),
        ("predict", {"model": "houses", "rows": [{}], "interval": 2}, "invalid", "?interval"),
        ("predict", {"model": "houses", "rows": [{}], "interval": {"a": [1]}}, "invalid", "?interval"),
        ("compare", {"model": "houses"}, "invalid", "?against"),
        ("compare", {"model": "houses", "against": "nobody"}, "not-found", None),
        ("list_models", {"limit": 1000}, "invalid", "?limit"),
        ("list_models", {"colour": "red"}, "invalid", "?colour"),
        ("list_models", {"limit": "1&name=x"}, "invalid", "?limit"),
        ("train", {"dataset_id": "x", "target": "y"}, "invalid", "#/dataset_id"),
        ("train", {"target": "y", "epocs": 3}, "invalid", "#/epocs"),
        ("get_job", {"job_id": "job_1", "wait": "x"}, "not-found", None),
        ("get_job", {"job_id": "job_1", "wait": 1e300}, "not-found", None),
        ("get_job", {"job_id": "x" * 10_000}, "not-found", None),
        ("mistakes", {"model": "houses"}, "no-insight", None),
        ("write", {"model": "houses", "prompt": "a"}, "not-for-task", None),
        ("recommend", {"model": "houses", "user": "a"}, "not-for-task", None),
        ("upload_dataset", {"csv": ""}, "empty-file", None),
        ("upload_dataset", {"csv": 5}, "invalid", "#/csv"),
        ("upload_dataset", {"csv": "a\n1\n", "rows": [{"a": 1}]}, "invalid", "#/csv"),
        ("upload_dataset", {"name": "x"}, "invalid", "#"),
    ],
)
def test_a_tool_that_fails_says_what_its_route_says(
    app: Flask, client: FlaskClient, tool: str, arguments: Any, kind: str, where: str | None
) -> None:
    add_model(app, train_model("price"), "houses")
    found = call(client, tool, **arguments)
    problem = json.loads(found["content"][0]["text"])
    assert found["isError"]
    assert problem["type"] == f"/problems/{kind}", problem
    if where is not None:
        assert where in [error["pointer"] for error in problem["errors"]], problem


def test_no_tool_deletes_and_all_tell_what_they_change() -> None:
    for tool in TOOLS:
        assert tool.route.method != "DELETE"
        told = tool.describe()
        assert told["annotations"]["readOnlyHint"] == (
            tool.name not in {"upload_dataset", "train", "finish_job", "cancel_job"}
        )
        assert set(told["inputSchema"]["required"]) <= set(told["inputSchema"]["properties"])
        assert len(told["description"]) > 20


def test_a_page_of_another_site_is_refused(client: FlaskClient) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert client.post("/mcp", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
