"""What an exported model that writes offers: `generate(prompt)`, `list_next(text)`, and a command line; with NumPy."""

import argparse
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from learning.export.python.runtime.text_writer import TextWriter, WritingOptions
from learning.export.python.runtime.weights import read_weights
from tables.python_export.data import ABOUT, WEIGHTS


@lru_cache(maxsize=1)
def load_writer() -> TextWriter:
    """The model of this file."""
    return TextWriter(json.loads(ABOUT)["header"], read_weights(WEIGHTS.split()))


def generate(
    prompt: str = "",
    *,
    max_tokens: int = 200,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float = 1.0,
    seed: int = 0,
    stop: str | Sequence[str] = (),
) -> str:
    """Write on after a prompt: the text that the service writes with the same options and seed.

    Args:
        prompt: What is there.
        max_tokens: The most tokens to write.
        temperature: Below 1 probable tokens become more so, above 1 less; 0 is always the most probable one.
        top_k: Only so many of the most probable tokens are drawn from.
        top_p: Only the most probable tokens are drawn from that together have this probability.
        seed: Another one writes another text.
        stop: Texts before which to stop.
    """
    stops = (stop,) if isinstance(stop, str) else stop
    return load_writer().write(prompt, WritingOptions(max_tokens, temperature, top_k, top_p, seed, stops))


def list_next(text: str, limit: int = 10) -> list[dict[str, Any]]:
    """The most probable tokens after a text: `{"token": …, "probability": …}`, the most probable first."""
    return load_writer().list_next(text, limit)


def main() -> None:
    """Write on after a prompt."""
    parser = argparse.ArgumentParser(description=json.loads(ABOUT)["title"])
    parser.add_argument("prompt", nargs="?", default="", help="what is there")
    parser.add_argument("--max-tokens", type=int, default=200, help="the most tokens to write")
    parser.add_argument("--temperature", type=float, default=0.8, help="below 1 probable tokens become more so")
    parser.add_argument("--top-k", type=int, help="draw from so many of the most probable tokens only")
    parser.add_argument("--top-p", type=float, default=1.0, help="draw from the most probable with this share only")
    parser.add_argument("--seed", type=int, default=0, help="another one writes another text")
    arguments = vars(parser.parse_args())
    print(arguments["prompt"] + generate(**arguments))  # noqa: T201 - a command prints
