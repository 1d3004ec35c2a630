"""An answer that is ready to be sent as it is: bytes of one kind, status 200.

Flask's own response costs as much as a small net does, for headers that such an answer does not have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Such an answer; a WSGI application as Flask's response is one.

    Attributes:
        body: all of it.
        content_type: its media type.
    """

    status_code: ClassVar[int] = 200
    headers: ClassVar[Mapping[str, str]] = {}

    body: bytes
    content_type: str

    def __call__(self, _environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send it; a server sends a list at once, anything else piece by piece."""
        start_response("200 OK", [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))])
        return [self.body]
