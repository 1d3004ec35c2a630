"""Pages of other sites must not act on this machine: a browser sends their forms here without asking anybody.

Only browsers send `Origin` and `Sec-Fetch-Site`, and every one does with what changes something; other clients notice
nothing of this. A page whose own name was made to lead here, so that it is of this site, still shows by that name.
"""

from functools import lru_cache
from ipaddress import ip_address

from flask import Request

from service.http.errors import ProblemError


def require_same_origin(request: Request) -> None:
    """Refuse what a page of another site wants to change.

    Raises:
        ProblemError: `forbidden`.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.environ.get("HTTP_ORIGIN")
    elsewhere = origin is not None and origin.partition("://")[2] != request.host
    if elsewhere or request.environ.get("HTTP_SEC_FETCH_SITE", "none") not in {"none", "same-origin"}:
        raise ProblemError("forbidden", "A page of another site cannot change anything here; send this from a program.")


def names_this_machine(host: str) -> bool:
    """Whether a `Host` header, with or without a port, can mean no machine but the one it is read on."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.removeprefix("[").removesuffix("]").lower()
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


@lru_cache(maxsize=1024)
def is_loopback(address: str) -> bool:
    """Whether a text is an address that leads nowhere but to this machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
