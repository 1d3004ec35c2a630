"""CSRF and DNS rebinding: pages of other sites must not change anything through a visitor's browser.

Browsers send `Origin` or `Sec-Fetch-Site` with every request that changes something; other clients are unaffected. A
page whose own host name was made to resolve to this machine is recognized by that name in `Host`. As long as no key is
needed, such pages must not read either: they get no answer, but the work would be done.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from flask import Request

from service.http.errors import ProblemError

MAX_ADDRESS_CHARS: Final = 64
"""More than any IP address has; longer texts, which clients choose, are not cached."""


def require_same_origin(request: Request) -> None:
    """Refuse a changing request of another site's page.

    Raises:
        ProblemError: `forbidden`.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if comes_from_other_site(request):
        raise ProblemError("forbidden", "A page of another site cannot change anything here; send this from a program.")


def comes_from_other_site(request: Request) -> bool:
    """Whether a browser sends the request for a page of another site, or for a link there."""
    origin = request.environ.get("HTTP_ORIGIN")
    is_foreign = origin is not None and origin.partition("://")[2] != request.host
    return is_foreign or request.environ.get("HTTP_SEC_FETCH_SITE", "none") not in {"none", "same-origin"}


def names_this_machine(host: str) -> bool:
    """Whether a `Host` header, with or without a port, can only mean this machine."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.removeprefix("[").removesuffix("]").lower()
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)


def is_loopback(address: str) -> bool:
    """Whether a text is a loopback address."""
    return len(address) <= MAX_ADDRESS_CHARS and _parses_as_loopback(address)


@lru_cache(maxsize=1024)
def _parses_as_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
