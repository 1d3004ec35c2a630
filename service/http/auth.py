"""Authentication by bearer keys: the owner that a request acts for, and the scopes of its key.

Until the first key is made, requests from this machine that came through no proxy act for the owner `local`. Their
`Host` must name this machine, against DNS rebinding, and they must not come from another site's page. Keys are cached
for half a second, which bounds how long a revoked key works; shortly before the end one request refreshes the entry
while others use it. Every key is looked up, and only unknown ones are rate limited by client network, so that wrong
keys never lock out a valid one.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, Literal

import structlog
from flask import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from contract.states import Scope
from service.http.csrf import comes_from_other_site, is_loopback, names_this_machine
from service.http.errors import ProblemError
from service.http.limits import TokenBuckets, too_many_requests
from service.http.strict_json import shorten
from store import keys
from store.database import begin_read, begin_write

LOCAL_OWNER: Final = "local"
MAX_CACHE_SECONDS: Final = 0.5
REFRESH_SECONDS: Final = 0.4
MAX_CACHED_KEYS: Final = 4096
PROXY_HEADERS: Final = frozenset(
    f"HTTP_{name}"
    for name in (
        *("VIA", "FORWARDED", "CDN_LOOP", "CF_CONNECTING_IP", "CF_RAY", "CLIENT_IP", "FASTLY_CLIENT_IP"),
        *("TRUE_CLIENT_IP", "X_CLIENT_IP", "X_CLUSTER_CLIENT_IP", "X_REAL_IP"),
    )
)
PROXY_PREFIXES: Final = ("HTTP_X_FORWARDED", "HTTP_X_ORIGINAL_", "HTTP_X_ENVOY_")
"""Headers that proxies add, as names of a request's environment."""
PROXY_PROTOCOLS: Final = frozenset({"HTTP/1", "HTTP/1.0", "HTTP/0.9"})
"""Protocols of old proxies, such as nginx by default, which may add no header."""

NO_KEY_YET: Final = (
    " There is none yet, so only requests that come straight from the service's own machine are answered;"
    " make the first there: gradus keys create NAME --scope admin."
)

RequiredScope = Literal["public", "any"] | Scope
"""What a route requires: nothing, any valid key, or a key with this scope."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Credentials:
    """The origin and key of a request.

    Attributes:
        authorization: the `Authorization` header.
        address: the client's IP address.
        is_local: whether a request without a key is of this machine and came through no proxy.
        is_cross_site: whether a local request comes from another site's page.
        host: the `Host` header.
    """

    authorization: str | None
    address: str
    is_local: bool
    is_cross_site: bool
    host: str

    @classmethod
    def from_request(cls, request: Request) -> "Credentials":
        """The credentials of a request."""
        environ = request.environ
        address = request.remote_addr or ""
        authorization = environ.get("HTTP_AUTHORIZATION")
        is_local = authorization is None and is_loopback(address) and not _came_through_proxy(environ)
        is_cross_site = is_local and comes_from_other_site(request)
        return cls(authorization, address, is_local, is_cross_site, environ.get("HTTP_HOST", ""))


@dataclass(frozen=True)
class _CachedKey:
    """A key's owner and scopes, read at a time of the monotonic clock."""

    owner: str
    scopes: frozenset[str]
    cached_at: float


class Authenticator:
    """Authenticates requests by the keys of an installation, cached in this process; thread-safe."""

    def __init__(
        self, sessions: sessionmaker[Session], wrong_keys_per_minute: int, *, require_key: bool = False
    ) -> None:
        self._sessions = sessions
        self._failed_attempts = TokenBuckets(wrong_keys_per_minute, 60.0)
        self._cached_keys: dict[str, _CachedKey] = {}
        self._refreshing: set[str] = set()
        self._key_required = require_key
        self._checked_at = float("-inf")

    def authenticate(
        self, credentials: Credentials, required_scope: RequiredScope, other_scope: Scope | None = None
    ) -> str:
        """The owner that a request acts for; its key must have the required scope, or the other one if there is one.

        Raises:
            ProblemError: `key-required`, if the key is missing, unknown or revoked; `scope-required`, if it lacks the
                scope; `too-many-requests`, after many unknown keys from the client's network;
                `misdirected-request`, if no key is needed and `Host` names another machine; `forbidden`, if none is
                needed and the request comes from another site's page.
        """
        if required_scope == "public":
            return LOCAL_OWNER
        holder = self._authenticate(credentials)
        if holder is None:
            return LOCAL_OWNER
        if required_scope != "any" and not holder.scopes & {required_scope, other_scope, "admin"}:
            needed = required_scope if other_scope is None else f"{required_scope} or {other_scope}"
            raise ProblemError(
                "scope-required",
                f"This needs the scope {needed}; the key has {', '.join(sorted(holder.scopes))}.",
                headers={
                    "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{required_scope}", realm="gradus"'
                },
            )
        return holder.owner

    def list_scopes(self, credentials: Credentials) -> list[str]:
        """The scopes of a request's key; `admin` for a request of this machine before the first key.

        Raises:
            ProblemError: as `authenticate`.
        """
        holder = self._authenticate(credentials)
        return ["admin"] if holder is None else sorted(holder.scopes)

    def clear_cache(self) -> None:
        """Read every key again, because this process changed one."""
        self._cached_keys.clear()
        self._checked_at = float("-inf")

    def _authenticate(self, credentials: Credentials) -> _CachedKey | None:
        """The key of a request; None for a request of this machine before the first key."""
        if credentials.authorization is None:
            if credentials.is_local and not self._keys_exist():
                _require_own_page(credentials)
                return None
            advice = "" if self._keys_exist() else NO_KEY_YET
            raise _key_error(f"This needs a key; send it as Authorization: Bearer gr_….{advice}", "")
        scheme, _, key = credentials.authorization.partition(" ")
        holder = self._find_key(key.strip()) if scheme.lower() == "bearer" else None
        if holder is None:
            if wait := self._failed_attempts.take(_client_network(credentials.address)):
                raise too_many_requests(wait, "There is no such key, and too many wrong ones came from your address.")
            raise _key_error("There is no such key, or it was revoked.", ' error="invalid_token",')
        return holder

    def _find_key(self, key: str) -> _CachedKey | None:
        cached = self._cached_keys.get(key)
        time_now = time.monotonic()
        if cached is not None:
            age = time_now - cached.cached_at
            if age < REFRESH_SECONDS or (age < MAX_CACHE_SECONDS and key in self._refreshing):
                return cached
        elif not keys.KEY_PATTERN.fullmatch(key):
            return None
        self._refreshing.add(key)
        try:
            return self._load_key(key, time_now)
        finally:
            self._refreshing.discard(key)

    def _load_key(self, key: str, time_now: float) -> _CachedKey | None:
        with begin_read(self._sessions) as s:
            row = keys.authenticate(s, key)
        if row is None:
            self._cached_keys.pop(key, None)
            return None
        if row.is_use_outdated:
            self._record_use(row.id)
        if key not in self._cached_keys and len(self._cached_keys) >= MAX_CACHED_KEYS:
            self._cached_keys.clear()
        holder = _CachedKey(row.owner, frozenset(row.scopes), time_now)
        self._cached_keys[key] = holder
        return holder

    def _record_use(self, key_id: str) -> None:
        try:
            with begin_write(self._sessions) as s:
                keys.update_last_used(s, key_id)
        except SQLAlchemyError as error:  # a full disk or a busy database must not refuse a valid key
            log.warning("last use of a key not recorded", key_id=key_id, error=type(error).__name__)

    def _keys_exist(self) -> bool:
        time_now = time.monotonic()
        if not self._key_required and time_now - self._checked_at >= MAX_CACHE_SECONDS:
            with begin_read(self._sessions) as s:
                self._key_required = keys.exists_any(s)
            self._checked_at = time_now
        return self._key_required


def _came_through_proxy(environ: Mapping[str, Any]) -> bool:
    has_header = any(name in PROXY_HEADERS or name.startswith(PROXY_PREFIXES) for name in environ)
    return has_header or environ.get("SERVER_PROTOCOL") in PROXY_PROTOCOLS


def _require_own_page(credentials: Credentials) -> None:
    """Refuse what a browser sends for pages of others."""
    if not names_this_machine(credentials.host):
        names = "127.0.0.1, [::1] and localhost"
        raise ProblemError(
            "misdirected-request",
            f"Without a key this is taken only under the names {names}, not {shorten(credentials.host)!r}.",
        )
    if credentials.is_cross_site:
        raise ProblemError(
            "forbidden",
            "Without a key this is not answered to a page of another site, nor to a link there. Type the address, send "
            "the request from a program, or use a key; a page that belongs to this service must be served under its "
            "address.",
        )


def _client_network(address: str) -> str:
    """The network that one client may have all addresses of: for IPv6 a /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed), 64), strict=False))
    return address


def _key_error(detail: str, error: str) -> ProblemError:
    return ProblemError("key-required", detail, headers={"WWW-Authenticate": f'Bearer{error} realm="gradus"'})
