"""The HTTP transport: authenticates, retries, and raises problem documents as errors.

Networks lose requests and responses, so every request can be repeated safely: a POST that creates something carries an
Idempotency-Key, and the others are idempotent.
"""

import math
import os
import random
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from contract.responses import FieldError, Page, Problem
from gradus.errors import ERROR_BY_STATUS, Invalid, InvalidApiKey, ProblemError, UnexpectedResponse, Unreachable

DEFAULT_URL = "http://127.0.0.1:8000"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})  # to which no proxy leads
PAGE_SIZE = 100
MAX_CONNECT_SECONDS = 5.0
MAX_RETRY_AFTER_SECONDS = 30.0  # the longest pause that a server may ask for and get
UNPROCESSED_STATUSES = frozenset({408, 429})
RETRY_STATUSES = UNPROCESSED_STATUSES | {502, 503, 504}

A = TypeVar("A", bound=BaseModel)


class Transport:
    """Requests to one server with one API key; may be used by many threads."""

    def __init__(self, url: str | None, api_key: str | None, timeout: float, retries: int) -> None:
        self.url = (url or os.environ.get("GRADUS_URL") or DEFAULT_URL).rstrip("/")
        key = api_key or os.environ.get("GRADUS_API_KEY")
        if key and not (key.isascii() and key.isprintable()):
            raise InvalidApiKey("The API key has a character that no key has; copy it again, from gr_ on.")
        self.timeout = timeout
        self.retries = retries
        self._http = httpx2.Client(
            base_url=self.url,
            headers={"User-Agent": "gradus-python", **({"Authorization": f"Bearer {key}"} if key else {})},
            limits=httpx2.Limits(keepalive_expiry=2.0),
            trust_env=httpx2.URL(self.url).host not in LOOPBACK_HOSTS,
            verify=not self.url.startswith("http:"),  # reading the list of authorities takes time
        )

    def close(self) -> None:
        """Close the sockets."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | None] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        body: Callable[[], bytes | Iterable[bytes]] | None = None,
        creates: bool = False,
        retryable: bool = True,
        extra_seconds: float = 0.0,
    ) -> httpx2.Response:
        """Send a request, with retries.

        `params` that are None are left out. `body` is called for a fresh body before each attempt. A request that
        `creates` something carries an Idempotency-Key. One that is not `retryable` is repeated only after 408 and
        429, by which the server says that it did nothing. The answer may take `extra_seconds` longer than usual.

        Raises:
            Unreachable: no attempt was answered.
            ProblemError: the answer was 4xx or 5xx.
        """
        query = {name: value for name, value in (params or {}).items() if value is not None}
        key = {"Idempotency-Key": secrets.token_hex(16)} if creates else {}
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            try:
                response = self._http.request(
                    method,
                    path,
                    params=query,
                    headers={**key, **(headers or {})},
                    json=json,
                    content=body() if body else None,
                    timeout=self._limit_times(self.timeout + extra_seconds),
                )
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                if last or not retryable or isinstance(error, httpx2.InvalidURL):
                    raise Unreachable(self.url, describe_failure(error)) from error
                pause = None
            except ValueError:  # by the standard library's encoder of JSON, which names no field
                refuse_non_finite(json)
                raise
            else:
                if response.status_code < 400:
                    return response
                retry_statuses = RETRY_STATUSES if retryable else UNPROCESSED_STATUSES
                pause = retry_after_seconds(response)
                if last or response.status_code not in retry_statuses or (pause or 0.0) > MAX_RETRY_AFTER_SECONDS:
                    raise make_problem_error(response)
            time.sleep(backoff_seconds(attempt) if pause is None else pause)
        raise AssertionError("the last attempt returns or raises")

    def request_model(self, shape: type[A], method: str, path: str, **request: Any) -> A:
        """The answer to a request, parsed as by `parse_json`."""
        return parse_json(shape, self.request(method, path, **request).content)

    def read_readiness(self) -> dict[str, object]:
        """The answer of `/readyz`, whether the server is ready or not.

        Raises:
            Unreachable: there was no answer.
            UnexpectedResponse: the answer is none of a Gradus server.
        """
        try:
            content = self._http.get("/readyz", timeout=self._limit_times(self.timeout)).content
            return TypeAdapter(dict[str, object]).validate_json(content)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise Unreachable(self.url, describe_failure(error)) from error
        except ValidationError as error:
            raise UnexpectedResponse("the answer of /readyz is no JSON object; is it a Gradus server?") from error

    def paginate(self, shape: type[A], path: str, **params: str | int | None) -> Iterator[A]:
        """Everything in a list, newest first; the next page is asked for when the one before is used up."""
        while True:
            page = self.request_model(Page[shape], "GET", path, params={"limit": PAGE_SIZE, **params})
            yield from page.data
            if not page.has_more or page.last_id is None:
                return
            params["after"] = page.last_id

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        read_timeout: float,
        method: Literal["GET", "POST"] = "GET",
        json: object = None,
    ) -> Generator[httpx2.Response]:
        """An answer that is read while it comes; at most `read_timeout` seconds may pass without a byte.

        Raises:
            ProblemError: the answer was 4xx or 5xx.
            httpx2.TransportError: the way broke; this is not tried again here.
        """
        timeout = self._limit_times(read_timeout)
        with self._http.stream(method, path, headers=headers, json=json, timeout=timeout) as response:
            if response.status_code >= 400:
                response.read()
                raise make_problem_error(response)
            yield response

    def _limit_times(self, seconds: float) -> httpx2.Timeout:
        return httpx2.Timeout(seconds, connect=min(self.timeout, MAX_CONNECT_SECONDS))


class Resource:
    """One kind of the server's resources, as methods."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport


def parse_json(shape: type[A], text: str | bytes) -> A:
    """JSON in its shape; fields that a newer server adds are left out.

    Raises:
        UnexpectedResponse: the JSON has another shape, or is none.
    """
    try:
        return shape.model_validate_json(text, extra="ignore")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = "/".join(str(part) for part in fault["loc"])
        raise UnexpectedResponse(
            f"the server's answer is not the {shape.__name__} that this client knows ({place}: {fault['msg']}); "
            "is it a Gradus server of the same version?"
        ) from error


def make_problem_error(response: httpx2.Response) -> ProblemError:
    """The error that a 4xx or 5xx answer stands for; what is not a problem document is wrapped in one."""
    status = response.status_code
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        body = " ".join(response.text.split())[:200]
        problem = Problem(title=response.reason_phrase, status=status, detail=f"HTTP {status}: {body or 'no body'}")
    return ERROR_BY_STATUS.get(status, ProblemError)(status, problem, retry_after_seconds(response))


def refuse_non_finite(tree: object, pointer: str = "#") -> None:
    """Raise Invalid, as a server would, if there is a number in a JSON body that JSON cannot express."""
    if isinstance(tree, float) and not math.isfinite(tree):
        fault = FieldError(pointer=pointer, detail=f"must be a finite number, not {tree}", code="not_finite")
        detail = f"{pointer} {fault.detail}."
        raise Invalid(422, Problem(title="The request is invalid", status=422, detail=detail, errors=[fault]))
    if isinstance(tree, dict):
        for name, value in cast("dict[object, object]", tree).items():
            refuse_non_finite(value, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(cast("Sequence[object]", tree)):
            refuse_non_finite(value, f"{pointer}/{index}")


def quote_segment(text: str) -> str:
    """A name or id as one part of a path, whatever is in it."""
    return quote(text, safe=":@")


def backoff_seconds(attempt: int) -> float:
    """Seconds to wait after failed attempt number `attempt`: 0.1, 0.2, 0.4 … up to 5, and a random part less."""
    return min(5.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


def retry_after_seconds(response: httpx2.Response) -> float | None:
    """The seconds that the server asks to wait, if it says so in seconds."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def describe_failure(error: Exception) -> str:
    """The reason why there was no answer, in a few words."""
    if isinstance(error, httpx2.ConnectError):
        return "connection refused" if "refused" in str(error).lower() else str(error) or "cannot connect"
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__
