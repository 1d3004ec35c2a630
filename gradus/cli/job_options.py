"""Fields of a job from the options of `gradus train`."""

import json
import re
from pathlib import Path
from typing import Any, Final, cast

from gradus.cli.errors import UsageError

DEFAULT_UNITS = "64,64"

LAYER: Final = re.compile(r",(?![^(]*\))")
"""A comma between layers, and not within brackets."""

LAYER_ITEM: Final = re.compile(r"(?P<units>-?[0-9]+)|(?P<name>[a-z_]+)(\((?P<inner>[^()]*)\))?")


SIZE_FIELDS: Final = {"conv": "filters", "pool": "size"}
"""The field that stands between the brackets of a layer that sees pictures."""


def read_spec(spec: Path | None) -> dict[str, Any]:
    """The fields of a job from a JSON file; none without a file."""
    if spec is None:
        return {}
    try:
        read = json.loads(spec.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{spec}: {error}") from error
    if not isinstance(read, dict):
        raise UsageError(f"{spec}: must hold a JSON object with fields of a job")
    return cast("dict[str, Any]", read)


def make_layers(text: str | None, activation: str | None, dropout: float | None) -> list[dict[str, Any]] | None:
    """The hidden layers of a text such as `64,norm,residual(64,64)`; None where no option of theirs was typed.

    A number is a dense layer of so many neurons, and a name another layer, with those within it between brackets; for
    pictures `conv(16)` has 16 filters, and `pool(3)` or `pool(global)` a size. With `dropout` a dropout layer follows
    each dense one, but within others.
    """
    if text is None and activation is None and dropout is None:
        return None
    layers: list[dict[str, Any]] = []
    for layer in _parse_layers(text or DEFAULT_UNITS, activation) if text != "0" else []:
        layers.append(layer)
        if dropout is not None and layer["type"] == "dense":
            layers.append({"type": "dropout", "rate": dropout})
    return layers


def _parse_layers(text: str, activation: str | None) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    for item in LAYER.split(text):
        match = LAYER_ITEM.fullmatch(item.strip())
        if match is None:
            raise UsageError(
                f"--layers {text}: write layers between commas, such as 64,64 or 64,norm,residual(64,64): the number "
                "of neurons of a dense layer, or the name of another, with those within it between brackets; for "
                "pictures conv(16),pool,64: the number of filters of a conv layer"
            )
        if match["units"]:
            layers.append({"type": "dense", "units": int(match["units"])})
            layers[-1] |= {"activation": activation} if activation else {}
        elif (field := SIZE_FIELDS.get(match["name"])) is not None:
            size = match["inner"]
            layers.append({"type": match["name"]})
            layers[-1] |= {} if size is None else {field: int(size) if size.isdecimal() else size}
        else:
            layers.append({"type": match["name"]})
            layers[-1] |= {} if match["inner"] is None else {"layers": _parse_layers(match["inner"], activation)}
    return layers


def make_optimizer(name: str | None, learning_rate: float | None, spec: Any) -> dict[str, Any] | None:
    """The optimizer of a name and a learning rate; None where neither was typed."""
    if learning_rate is None:
        return None if name is None else {"type": name}
    optimizer = cast("dict[str, Any]", spec) if isinstance(spec, dict) and name is None else {"type": name or "adam"}
    return {**optimizer, "learning_rate": learning_rate}


def parse_bins(text: str | None) -> int | str | None:
    """The bins of numbers, `auto` or how many; None where none were typed.

    Raises:
        UsageError: they are neither.
    """
    if text is None or text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--bins {text}: write a number of bins such as 16, or auto") from None


def parse_quantiles(typed: str | None) -> list[float] | None:
    """The quantiles between commas; None where none were typed."""
    if typed is None:
        return None
    try:
        return [float(quantile) for quantile in typed.split(",")]
    except ValueError:
        raise UsageError(f"--quantiles {typed}: write numbers above 0 and below 1 between commas") from None


def merge_part(part: Any, **typed: float | str | None) -> dict[str, Any] | None:
    """A part of a spec, such as its split, with the fields that were typed; None where none was."""
    given = {field: value for field, value in typed.items() if value is not None}
    fields = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
    return {**fields, **given} if given else None


def choose_fold(options: dict[str, Any], fold: int | None) -> dict[str, Any]:
    """The fields of a job with this fold; None: those that were given."""
    return options if fold is None else {**options, "split": {**options["split"], "fold": fold}}
