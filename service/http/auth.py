"""Who calls: the key that came with a request says whose things it may see and what it may do.

Until the first key is made, this machine is trusted: who connects from it, and not through a proxy, is `local`, unless
it is a page in a browser that took this machine for its own site's (DNS rebinding): it asks for that by name. What is
known of a key serves for half a second, so that revoking one takes effect in time and calls stay cheap; shortly before
that is over one call asks anew, and others need not. Whoever tries keys that do not exist is soon not heard any more,
and can keep nobody out whose key is in use.
"""

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Literal

import structlog
from flask import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from contract.states import Scope
from service.http.csrf import is_loopback, names_this_machine
from service.http.errors import ProblemError
from service.http.limits import TokenBuckets, too_many_requests
from service.http.strict_json import shorten
from store import keys
from store.database import begin_read, begin_write

LOCAL_OWNER: Final = "local"
MAX_CACHE_SECONDS: Final = 0.5
REFRESH_SECONDS: Final = 0.4
MAX_CACHED_KEYS: Final = 4096
PROXY_HEADERS: Final = frozenset({"HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"})

RequiredScope = Literal["public"] | Scope

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Credentials:
    """What a request shows of its caller.

    Attributes:
        authorization: its header of that name.
        address: where it comes from.
        from_here: whether that is truly this machine.
        host: whom it wanted to reach.
    """

    authorization: str | None
    address: str
    is_local: bool
    host: str

    @classmethod
    def from_request(cls, request: Request) -> "Credentials":
        """Those of a request."""
        environ = request.environ
        address = request.remote_addr or ""
        from_here = is_loopback(address) and environ.keys().isdisjoint(PROXY_HEADERS)
        return cls(environ.get("HTTP_AUTHORIZATION"), address, from_here, environ.get("HTTP_HOST", ""))


@dataclass(frozen=True)
class _CachedKey:
    """Whom a key acts for and what it may do, as it was known at a moment of the monotonic clock."""

    owner: str
    scopes: frozenset[str]
    cached_at: float


class Authenticator:
    """The keys of an installation, as one process of its service knows them; for any number of threads."""

    def __init__(self, sessions: sessionmaker[Session], wrong_keys_per_minute: int) -> None:
        self._sessions = sessions
        self._failed_attempts = TokenBuckets(wrong_keys_per_minute, 60.0)
        self._cached_keys: dict[str, _CachedKey] = {}
        self._refreshing: set[str] = set()
        self._key_required = False
        self._checked_at = float("-inf")

    def authenticate(self, credentials: Credentials, required_scope: RequiredScope) -> str:
        """Whose things a caller may see.

        Args:
            credentials: what the caller shows.
            required_scope: what the key must allow.

        Raises:
            ProblemError: `key-required`, if the key is missing, unknown or revoked; `scope-required`, if it lacks the
                scope; `too-many-requests`, if many unknown ones came from this address;
                `misdirected-request`, if no key is needed and the request was meant for another machine.
        """
        if required_scope == "public":
            return LOCAL_OWNER
        if credentials.authorization is None:
            if credentials.is_local and not self._keys_exist():
                _require_this_machine(credentials.host)
                return LOCAL_OWNER
            raise _key_error("This needs a key; send it as Authorization: Bearer gr_….", "")
        scheme, _, key = credentials.authorization.partition(" ")
        holder = self._find_key(key.strip(), credentials.address) if scheme.lower() == "bearer" else None
        if holder is None:
            self._failed_attempts.take(_client_network(credentials.address))
            raise _key_error("There is no such key, or it was revoked.", ' error="invalid_token",')
        if not holder.scopes & {required_scope, "admin"}:
            raise ProblemError(
                "scope-required",
                f"This needs the scope {required_scope}; the key has {', '.join(sorted(holder.scopes))}.",
                headers={
                    "WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{required_scope}", realm="gradus"'
                },
            )
        return holder.owner

    def clear_cache(self) -> None:
        """Look at every key anew, because this process changed one."""
        self._cached_keys.clear()
        self._checked_at = float("-inf")

    def _find_key(self, key: str, address: str) -> _CachedKey | None:
        known = self._cached_keys.get(key)
        asked_at = time.monotonic()
        if known is not None:
            age = asked_at - known.cached_at
            if age < REFRESH_SECONDS or (age < MAX_CACHE_SECONDS and key in self._refreshing):
                return known
        elif wait := self._failed_attempts.seconds_until(_client_network(address)):
            raise too_many_requests(wait, "Too many wrong keys came from your address, and this one was not looked up.")
        self._refreshing.add(key)
        try:
            return self._load_key(key, asked_at)
        finally:
            self._refreshing.discard(key)

    def _load_key(self, key: str, asked_at: float) -> _CachedKey | None:
        with begin_read(self._sessions) as s:
            found = keys.authenticate(s, key)
        if found is None:
            self._cached_keys.pop(key, None)
            return None
        if found.is_use_outdated:
            self._record_use(found.id)
        if key not in self._cached_keys and len(self._cached_keys) >= MAX_CACHED_KEYS:
            self._cached_keys.clear()
        holder = _CachedKey(found.owner, frozenset(found.scopes), asked_at)
        self._cached_keys[key] = holder
        return holder

    def _record_use(self, key_id: str) -> None:
        try:
            with begin_write(self._sessions) as s:
                keys.update_last_used(s, key_id)
        except SQLAlchemyError as error:  # a full disk or a busy database makes no key wrong
            log.warning("last use of a key not recorded", key_id=key_id, error=type(error).__name__)

    def _keys_exist(self) -> bool:
        asked_at = time.monotonic()
        if not self._key_required and asked_at - self._checked_at >= MAX_CACHE_SECONDS:
            with begin_read(self._sessions) as s:
                if keys.exists_any(s):
                    self._key_required = True
            self._checked_at = asked_at
        return self._key_required


def _require_this_machine(host: str) -> None:
    if not names_this_machine(host):
        raise ProblemError(
            "misdirected-request",
            f"Without a key this is taken only under the names 127.0.0.1, [::1] and localhost, not {shorten(host)!r}.",
        )


def _client_network(address: str) -> str:
    """Where one caller can have any address of: of IPv6 a whole /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed), 64), strict=False))
    return address


def _key_error(detail: str, error: str) -> ProblemError:
    return ProblemError("key-required", detail, headers={"WWW-Authenticate": f'Bearer{error} realm="gradus"'})
