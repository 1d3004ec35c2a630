"""Models of tables, with weights as drawn, and their exported files run by Python, with NumPy and without."""

import csv
import io
import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from learning.data.prepare import prepare
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.model import Model, create_model
from learning.nn.layers import Dense, Layer
from learning.nn.net import NeuralNet
from tables import ingest, load_frame
from tables.python_export.file import write_python

EXAMPLES = Path(__file__).parents[4] / "examples"
TARGETS = {"houses": "price", "penguins": "species", "concrete": "compressive_strength", "spiral": "colour"}
"""The columns to learn in the examples that are tables."""
LAYERS = (Dense(units=16, activation="silu"), Dense(units=8, activation="tanh"))
ODD_CELLS = ("", "n/a", "?", "NULL", "-", "nobody knows", "  ", "1e9", "-3.5", "0", "1,234.5", "true", "2024-02-29")
RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
import exported
assert (exported.numpy is None) == (sys.argv[2] == "plain")
found = dict(vars(exported))
exec(sys.stdin.read(), found)
json.dump(found["result"], sys.stdout)
"""


def build_model(
    folder: Path,
    path: Path,
    target: str | Sequence[str],
    *,
    layers: Sequence[Layer] = LAYERS,
    types: Mapping[str, str] = {},
    bins: int | None = None,
    **options: Any,
) -> Model:
    """A model of a file, whose net has its first weights, with outputs as large as those of a trained one."""
    parquet = folder / f"{path.stem}.parquet"
    ingested = ingest(path, "csv", parquet, types)
    table = load_frame(parquet, None, [asdict(column) for column in ingested.columns])
    numeric = NumericSpec() if bins is None else NumericSpec(bins=bins)
    prepared = prepare(table, target=target, numeric=numeric, embedding=EmbeddingSpec(min_categories=20), **options)
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    net.parameters[net.placed[-1].stretch] *= 10
    net.parameters[net.layer_parameter_count :] *= 10
    return create_model(prepared, net)


def write_export(folder: Path, model: Model, name: str = "exported") -> Path:
    """The exported file of a model."""
    path = folder / f"{name}.py"
    path.write_bytes(b"".join(write_python(model, "Model houses:1.", {"model_id": "mdl_1"})))
    return path


def run_export(path: Path, code: str, *, plain: bool) -> Any:
    """The `result` of code about an exported file's names; `plain` is without NumPy and all other packages."""
    flags = ["-S"] if plain else []
    found = subprocess.run(
        [sys.executable, "-B", *flags, "-c", RUN, str(path.parent), "plain" if plain else "fast"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.returncode, found.stderr
    return json.loads(found.stdout)


def make_odd(rows: Sequence[Mapping[str, Any]], seed: int, share: float = 0.2) -> list[dict[str, Any]]:
    """Rows with a share of their cells replaced by odd ones."""
    drawn = random.Random(seed)
    return [
        {name: drawn.choice(ODD_CELLS) if drawn.random() < share else cell for name, cell in row.items()}
        for row in rows
    ]


def read_rows(path: Path, count: int) -> list[dict[str, Any]]:
    """The first rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row, _ in zip(csv.DictReader(file), range(count), strict=False)]


def write_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
