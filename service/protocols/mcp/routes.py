"""The route of the Model Context Protocol: each message is answered by itself, and nothing is remembered.

A tool that fails answers with the problem document of its route, which says what to do; only messages that are none
are errors of JSON-RPC.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from flask import Response

from contract.ids import new_id
from service.http.auth import Credentials
from service.http.openapi import VERSION
from service.http.routing import Routes
from service.protocols.mcp.messages import (
    CURRENT,
    EARLIER,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Message,
    RpcError,
    check_envelope,
    parse_message,
)
from service.protocols.mcp.tools import TOOLS_BY_NAME, describe_tools
from service.services import Context

JSON: Final = "application/json"
SERVER: Final = {"name": "gradus", "title": "Gradus", "version": VERSION}
INSTRUCTIONS: Final = (
    "Gradus trains neural nets on tables and serves them. The usual way: upload_dataset, train with dataset_id and "
    "target, get_job with wait until it has succeeded, diagnose_job, evaluate and mistakes; train again with the "
    "suggested_patch of a finding applied to the job's spec, if there is one, and compare both models; then predict. "
    "A tool that fails says what is wrong, where, and what to do."
)
LIST_MILLISECONDS: Final = 60_000
"""How long a list of tools may be kept: scopes of keys never change, and versions of servers seldom."""

routes = Routes("mcp", "The Model Context Protocol, for agents.")


@routes.post(
    "/mcp",
    scope="any",
    summary="Tools for agents, by the Model Context Protocol",
    large_body=True,
    response_model=dict,
    consumes=(JSON,),
    other_statuses={202: "A notification was taken.", 404: "There is no such method."},
    example={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
)
def message(context: Context) -> Response:
    """One message of JSON-RPC 2.0: `server/discover`, `tools/list`, `tools/call`, and `initialize` of earlier clients.

    Tools are routes of this API, with their scopes: a key sees those that it may call. Requests of the revision
    2026-07-28 repeat method and tool in headers, which must be equal to the body. There is no session and no stream.
    """
    asked = Message(None, "")
    try:
        asked = parse_message(context.raw_body, context.request)
        if asked.id is None or not asked.method:
            return Response(status=202)
        if asked.is_current:
            check_envelope(asked, context.request)
        return _respond(asked, {"result": _answer(context, asked)})
    except RpcError as refused:
        return _respond(asked, {"error": refused.describe()}, asked.status_of(refused))


def _respond(asked: Message, answer: Mapping[str, Any], status: int = 200) -> Response:
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": asked.id, **answer})
    return Response(body, status=status, content_type=JSON)


def _answer(context: Context, asked: Message) -> dict[str, Any]:
    """The result of a request.

    Raises:
        RpcError: there is no such method or tool.
    """
    match asked.method:
        case "server/discover":
            result: dict[str, Any] = {"supportedVersions": [CURRENT], **_introduce(), **_keep()}
        case "initialize" if not asked.is_current:
            wanted = asked.params.get("protocolVersion")
            result = {
                "protocolVersion": wanted if wanted in EARLIER else EARLIER[0],
                "serverInfo": SERVER,
                **_introduce(),
            }
        case "ping":
            result = {}
        case "tools/list":
            scopes = context.services.authenticator.list_scopes(Credentials.from_request(context.request))
            result = {"tools": describe_tools(scopes), **(_keep() if asked.is_current else {})}
        case "tools/call":
            result = _call(context, asked.params)
        case _:
            raise RpcError(METHOD_NOT_FOUND, f"There is no method {asked.method[:100]!r}; there are tools.")
    if asked.is_current:
        result |= {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": SERVER}}
    return result


def _call(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    name: Any = params.get("name")
    arguments: Any = params.get("arguments") or {}
    tool = TOOLS_BY_NAME.get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, f"There is no tool {str(name)[:100]!r}; there are {', '.join(TOOLS_BY_NAME)}.")
    if not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "The arguments of a tool are an object.")
    body, is_problem = tool.call(context, cast("dict[str, Any]", arguments), new_id("req"))
    result: dict[str, Any] = {"content": [{"type": "text", "text": body.decode()}], "isError": is_problem}
    return result if is_problem else {**result, "structuredContent": msgspec.Raw(body)}


def _introduce() -> dict[str, Any]:
    return {"capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}


def _keep() -> dict[str, Any]:
    return {"ttlMs": LIST_MILLISECONDS, "cacheScope": "private"}
