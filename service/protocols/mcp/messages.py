"""Messages of JSON-RPC 2.0 as the Model Context Protocol sends them, one a request, and what is wrong with them.

Two eras speak it. Since the revision 2026-07-28 each request says its version and repeats in headers what its body
asks for, so that nothing needs to be remembered. Before, a client says `initialize` first; it needs no session here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Request

from service.http import strict_json
from service.http.errors import ProblemError

CURRENT: Final = "2026-07-28"
EARLIER: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""The revisions that begin with `initialize`, the newest first."""

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
STATUSES: Final = {METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND}
"""The statuses of errors in the current revision; that of all others is 400."""

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"


class RpcError(Exception):
    """A message that cannot be answered."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def describe(self) -> dict[str, Any]:
        """The error as JSON-RPC has it."""
        return {"code": self.code, "message": self.message, **({} if self.data is None else {"data": self.data})}


@dataclass(frozen=True)
class Message:
    """A request, or a notification, which has no id and is not answered.

    Attributes:
        id: What the answer has to repeat; None of a notification.
        method: What is asked for; empty of a response, which is passed over.
        params: What is said besides.
        is_current: Whether it is of the current revision.
    """

    id: str | int | None
    method: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_current: bool = False

    def status_of(self, error: RpcError) -> int:
        """The status of an answer with an error: clients of earlier revisions read it only with 200."""
        if self.is_current or error.code in {PARSE_ERROR, INVALID_REQUEST}:
            return STATUSES.get(error.code, HTTPStatus.BAD_REQUEST)
        return HTTPStatus.OK


def parse_message(raw_body: bytes, request: Request) -> Message:
    """The message in a body.

    Raises:
        RpcError: it is none.
    """
    try:
        tree = strict_json.parse_json(raw_body, lines=True)
    except ProblemError as refused:
        raise RpcError(PARSE_ERROR, refused.detail) from None
    if not isinstance(tree, dict):
        raise RpcError(INVALID_REQUEST, "Send one message as an object of JSON-RPC 2.0; lists of them are not taken.")
    fields = cast("dict[str, Any]", tree)
    identity, method, params = fields.get("id"), fields.get("method", ""), fields.get("params", {})
    if fields.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
        raise RpcError(INVALID_REQUEST, 'A message has jsonrpc "2.0", a text method, and an object params if any.')
    if not isinstance(identity, str | int | None) or isinstance(identity, bool):
        raise RpcError(INVALID_REQUEST, "The id of a message is text or an integer.")
    if not method and not {"result", "error"} & set(fields):
        raise RpcError(INVALID_REQUEST, "The message has no method.")
    said = cast("dict[str, Any]", params)
    is_current = VERSION_KEY in _meta(said) or request.headers.get("MCP-Protocol-Version", EARLIER[0]) not in EARLIER
    return Message(identity, method, said, is_current)


def check_envelope(message: Message, request: Request) -> None:
    """Check what a request of the current revision says of itself.

    Raises:
        RpcError: something is missing, headers and body differ, or the version is another one.
    """
    meta = _meta(message.params)
    if missing := [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]:
        raise RpcError(INVALID_PARAMS, f"params._meta must have {' and '.join(missing)}.")
    version = meta[VERSION_KEY]
    named = message.params.get("name") if message.method == "tools/call" else None
    said = {"MCP-Protocol-Version": version, "Mcp-Method": message.method}
    if isinstance(named, str):
        said["Mcp-Name"] = named
    for header, value in said.items():
        if request.headers.get(header) != value:
            raise RpcError(HEADER_MISMATCH, f"The header {header} must be what the body says: {value!r}.")
    if version != CURRENT:
        raise RpcError(
            UNSUPPORTED_VERSION, "Unsupported protocol version", {"supported": [CURRENT], "requested": version}
        )


def _meta(params: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = params.get("_meta")
    return cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}
