"""Pages of other sites must not act on this machine: a browser sends their forms here without asking anybody.

Only browsers send `Origin`, and every one does with what changes something; other clients notice nothing of this.
"""

from flask import Request

from service.edge.errors import Refused


def require_same(request: Request) -> None:
    """Refuse what a page of another site wants to change.

    Raises:
        Refused: `forbidden`.
    """
    origin = request.environ.get("HTTP_ORIGIN")
    if request.method in {"GET", "HEAD", "OPTIONS"} or origin is None:
        return
    if origin.partition("://")[2] != request.host:
        raise Refused("forbidden", "A page of another site cannot change anything here; send this from a program.")
