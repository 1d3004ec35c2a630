"""Questions to a model that writes: endless prompts, texts before which it never stops, and letters it never saw."""

from collections.abc import Iterator
from typing import Any, Final

from tests.hostile_requests.request import HostileRequest, post_bytes, post_json
from tests.hostile_requests.specs import ODD_TEXTS
from tests.hostile_requests.targets import Targets

JSON: Final = "application/json"
PROMPTS: Final = {
    "nothing": "",
    "100,000 letters": "the cat " * 12_500,
    "20,000 different words": " ".join([f"{number:x}{number * 7919 % 99991:x}" for number in range(20_000)])[:100_000],
    "words of 64 letters": " ".join([f"{number:08x}" * 8 for number in range(1_500)]),
    "100,001 letters": "x" * 100_001,
    "one line of a million letters": "x" * 10**6,
    "100,000 letters of three bytes": "中文" * 50_000,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627" * 100,
    "all planes": "".join(map(chr, [*range(0xA0, 0xD800, 7), *range(0x10000, 0x30000, 31)])),
    "letters with a thousand accents": "a" + "\u0301" * 1000,
}
ROUTES: Final = {"generate": "prompt", "next-tokens": "text", "completions": "prompt"}


def prompts(targets: Targets) -> Iterator[HostileRequest]:
    """Prompts that are long, odd, or of what the model never saw."""
    for route, field in ROUTES.items():
        limit: dict[str, Any] = {} if route == "next-tokens" else {"max_tokens": 2}
        for name, text in {**PROMPTS, **ODD_TEXTS}.items():
            yield _ask(targets, route, f"a prompt of {name}", **{field: text}, **limit)
        for name, value in {
            "NUL": b'"a\\u0000b"',
            "half a pair": b'"\\ud800"',
            "NaN": b"NaN",
            "lists": b"[[[]]]",
        }.items():
            model = b'"model": "%s", ' % targets.writer.encode() if route == "completions" else b""
            body = b'{%s"%s": %s}' % (model, field.encode(), value)
            yield post_bytes(f"{route}: {name}", _path(targets, route), lambda body=body: body, JSON)


def stop_texts(targets: Targets) -> Iterator[HostileRequest]:
    """Texts before which to stop: many, long, and those that could always begin."""
    for route in ("generate", "completions"):
        for name, stop in {
            "10,000": [f"word {number}" for number in range(10_000)],
            "16 long": ["e" * 199 + str(number) for number in range(10)],
            "16 of blanks": [" " * (200 - number) for number in range(16)],
            "an empty one": [""],
            "one of 100,000 letters": ["x" * 100_000],
            "numbers": [1, 2],
        }.items():
            yield _ask(targets, route, f"stops: {name}", prompt="e" * 100, stop=stop, max_tokens=200)


def sampling_options(targets: Targets) -> Iterator[HostileRequest]:
    """Options at their ends, and beyond."""
    for route in ("generate", "completions"):
        for field, values in {
            "temperature": [0, 1e-320, 10, 1e308, -1, "hot"],
            "top_p": [0, 1e-320, 1, 1.5, None],
            "top_k": [0, 1, 10**9, 10**30, 1.5],
            "max_tokens": [0, 10_001, 10**9, 10**300, -1, 1.5],
            "seed": [0, 2**53, -(2**70), 0.5, "x"],
            "n": [0, 1000, 10**9, -1],
            "logprobs": [0, 5, 6, 10**9],
            "best_of": [10**9],
            "logit_bias": [{str(number): -100 for number in range(10_000)}],
        }.items():
            for value in values:
                asked = {"prompt": "the", "max_tokens": 3, field: value}
                yield _ask(targets, route, f"{field} {str(value)[:20]}", **asked)


def completion_prompts(targets: Targets) -> Iterator[HostileRequest]:
    """Lists of prompts, and prompts of tokens."""
    for name, value in {
        "128 empty texts": [""] * 128,
        "129 texts": ["a"] * 129,
        "128 long texts": ["word " * 300] * 128,
        "texts and tokens": ["a", 1],
        "no texts": [],
        "10,000 lists": [[1]] * 10_000,
        "100,000 tokens": [1] * 100_000,
        "tokens that are not there": [10**9, -1],
        "tokens of 300 digits": [10**299],
        "tokens that are true": [True],
    }.items():
        for more in ({}, {"echo": True, "logprobs": 5}, {"n": 128}):
            yield _ask(targets, "completions", f"{name} {more}", prompt=value, max_tokens=1, **more)


def uploaded_texts(_targets: Targets) -> Iterator[HostileRequest]:
    """Files of text whose lines or letters are odd."""
    path = "/v1/datasets?name=odd.txt&format=text"
    for name, text in {
        "one line of 20 MB": b"x" * (20 * 10**6),
        "NUL": b"a\0b\n" * 100,
        "halves of pairs": b"\xed\xa0\x80\n" * 100,
        "right to left": "\u202e\u05e9\u05dc\n".encode() * 100,
        "no letters": b"\n" * 10**6,
        "no UTF-8": bytes(range(256)) * 100,
        "a million lines": b"a\n" * 10**6,
        "UTF-16": "some words\n".encode("utf-16") * 100,
    }.items():
        yield post_bytes(f"upload a text of {name}", path, lambda text=text: text, "text/plain")


def _path(targets: Targets, route: str) -> str:
    return "/v1/completions" if route == "completions" else f"/v1/models/{targets.writer}/{route}"


def _ask(targets: Targets, route: str, name: str, **body: Any) -> HostileRequest:
    own = {"model": targets.writer, **body} if route == "completions" else body
    return post_json(f"{route}: {name}", _path(targets, route), lambda: own)


FAMILIES: Final = (prompts, stop_texts, sampling_options, completion_prompts, uploaded_texts)
