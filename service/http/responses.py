"""An answer that is ready to be sent as it is: bytes of one kind, status 200.

Flask's own response costs as much as a small net does, for headers that such an answer does not have.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Whole:
    """Such an answer; a WSGI application as Flask's response is one.

    Attributes:
        body: all of it.
        content_type: its media type.
        after: what this thread does when it is sent, before it takes another request.
    """

    status_code: ClassVar[int] = 200
    headers: ClassVar[Mapping[str, str]] = {}

    body: bytes
    content_type: str
    after: Callable[[], None] | None = None

    def __call__(self, _environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Send it; a list is what the server sends at once, anything else piece by piece."""
        start_response("200 OK", [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))])
        return [self.body] if self.after is None else ClosingIterator([self.body], self.after)
