"""Fields of a job from the options of `gradus train`."""

import json
from pathlib import Path
from typing import Any, cast

from gradus.cli.errors import UsageError

DEFAULT_UNITS = "64,64"


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


def make_layers(widths: str | None, activation: str | None, dropout: float | None) -> list[dict[str, Any]] | None:
    """The hidden layers of widths between commas; None where no option of theirs was typed."""
    if widths is None and activation is None and dropout is None:
        return None
    try:
        units = [int(width) for width in (widths or DEFAULT_UNITS).split(",")]
    except ValueError:
        raise UsageError(
            f"--layers {widths}: write the number of neurons in each layer between commas, such as 64,64"
        ) from None
    layers: list[dict[str, Any]] = []
    for width in units if units != [0] else []:
        layers.append({"type": "dense", "units": width, **({"activation": activation} if activation else {})})
        if dropout is not None:
            layers.append({"type": "dropout", "rate": dropout})
    return layers


def make_optimizer(name: str | None, learning_rate: float | None, spec: Any) -> dict[str, Any] | None:
    """The optimizer of a name and a learning rate; None where neither was typed."""
    if learning_rate is None:
        return None if name is None else {"type": name}
    optimizer = cast("dict[str, Any]", spec) if isinstance(spec, dict) and name is None else {"type": name or "adam"}
    return {**optimizer, "learning_rate": learning_rate}


def make_split(spec: Any, **typed: float | str | None) -> dict[str, Any] | None:
    """The split of a spec with the fields that were typed; None where none was."""
    given = {field: value for field, value in typed.items() if value is not None}
    split = cast("dict[str, Any]", spec) if isinstance(spec, dict) else {}
    return {**split, **given} if given else None


def choose_fold(options: dict[str, Any], fold: int | None) -> dict[str, Any]:
    """The fields of a job with this fold; None: those that were given."""
    return options if fold is None else {**options, "split": {**options["split"], "fold": fold}}
