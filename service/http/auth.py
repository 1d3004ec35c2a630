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
from service.http.errors import Refused
from service.http.limits import Buckets, too_many
from service.request_bodies.strict_json import clipped
from store import keys
from store.database import begin_read, begin_write

LOCAL: Final = "local"
KNOWN_SECONDS: Final = 0.5
RENEWED_SECONDS: Final = 0.4
KNOWN_AT_MOST: Final = 4096
FORWARDED: Final = frozenset({"HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"})

Needed = Literal["public"] | Scope

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
    from_here: bool
    host: str

    @classmethod
    def of(cls, request: Request) -> "Credentials":
        """Those of a request."""
        environ = request.environ
        address = request.remote_addr or ""
        from_here = is_loopback(address) and environ.keys().isdisjoint(FORWARDED)
        return cls(environ.get("HTTP_AUTHORIZATION"), address, from_here, environ.get("HTTP_HOST", ""))


@dataclass(frozen=True)
class _Holder:
    """Whom a key acts for and what it may do, as it was known at a moment of the monotonic clock."""

    owner: str
    scopes: frozenset[str]
    known_at: float


class Keys:
    """The keys of an installation, as one process of its service knows them; for any number of threads."""

    def __init__(self, sessions: sessionmaker[Session], wrong_keys_per_minute: int) -> None:
        self._sessions = sessions
        self._wrong = Buckets(wrong_keys_per_minute, 60.0)
        self._holders: dict[str, _Holder] = {}
        self._being_asked: set[str] = set()
        self._needed = False
        self._not_needed_at = float("-inf")

    def owner_of(self, credentials: Credentials, needed: Needed) -> str:
        """Whose things a caller may see.

        Args:
            credentials: what the caller shows.
            needed: what the key must allow.

        Raises:
            Refused: `key-required`, if the key is missing, unknown or revoked; `scope-required`, if it does not allow
                what is needed; `too-many-requests`, if many unknown ones came from this address;
                `misdirected-request`, if no key is needed and the request was meant for another machine.
        """
        if needed == "public":
            return LOCAL
        if credentials.authorization is None:
            if credentials.from_here and not self._any_made():
                _require_this_machine(credentials.host)
                return LOCAL
            raise _unknown("This needs a key; send it as Authorization: Bearer gr_….", "")
        scheme, _, key = credentials.authorization.partition(" ")
        holder = self._holder(key.strip(), credentials.address) if scheme.lower() == "bearer" else None
        if holder is None:
            self._wrong.take(_network(credentials.address))
            raise _unknown("There is no such key, or it was revoked.", ' error="invalid_token",')
        if not holder.scopes & {needed, "admin"}:
            raise Refused(
                "scope-required",
                f"This needs the scope {needed}; the key has {', '.join(sorted(holder.scopes))}.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}", realm="gradus"'},
            )
        return holder.owner

    def forget(self) -> None:
        """Look at every key anew, because this process changed one."""
        self._holders.clear()
        self._not_needed_at = float("-inf")

    def _holder(self, key: str, address: str) -> _Holder | None:
        known = self._holders.get(key)
        asked_at = time.monotonic()
        if known is not None:
            age = asked_at - known.known_at
            if age < RENEWED_SECONDS or (age < KNOWN_SECONDS and key in self._being_asked):
                return known
        elif wait := self._wrong.wait(_network(address)):
            raise too_many(wait, "Too many wrong keys came from your address, and this one was not looked up.")
        self._being_asked.add(key)
        try:
            return self._ask(key, asked_at)
        finally:
            self._being_asked.discard(key)

    def _ask(self, key: str, asked_at: float) -> _Holder | None:
        with begin_read(self._sessions) as s:
            found = keys.authenticate(s, key)
        if found is None:
            self._holders.pop(key, None)
            return None
        if found.is_use_outdated:
            self._used(found.id)
        if key not in self._holders and len(self._holders) >= KNOWN_AT_MOST:
            self._holders.clear()
        holder = _Holder(found.owner, frozenset(found.scopes), asked_at)
        self._holders[key] = holder
        return holder

    def _used(self, key_id: str) -> None:
        try:
            with begin_write(self._sessions) as s:
                keys.update_last_used(s, key_id)
        except SQLAlchemyError as error:  # a full disk or a busy database makes no key wrong
            log.warning("last use of a key not kept", key_id=key_id, error=type(error).__name__)

    def _any_made(self) -> bool:
        asked_at = time.monotonic()
        if not self._needed and asked_at - self._not_needed_at >= KNOWN_SECONDS:
            with begin_read(self._sessions) as s:
                if keys.exists_any(s):
                    self._needed = True
            self._not_needed_at = asked_at
        return self._needed


def _require_this_machine(host: str) -> None:
    if not names_this_machine(host):
        raise Refused(
            "misdirected-request",
            f"Without a key this is taken only under the names 127.0.0.1, [::1] and localhost, not {clipped(host)!r}.",
        )


def _network(address: str) -> str:
    """Where one caller can have any address of: of IPv6 a whole /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed), 64), strict=False))
    return address


def _unknown(detail: str, error: str) -> Refused:
    return Refused("key-required", detail, headers={"WWW-Authenticate": f'Bearer{error} realm="gradus"'})
