"""Exported files of models of tables: they say what the models say, with NumPy and without, also of odd cells."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.model import Model
from learning.nn.ensemble import merge_nets
from learning.nn.layers import Dense, Dropout, Layer, Norm, Residual
from learning.nn.net import NeuralNet
from tables import BadCells, frame_from_csv, frame_from_rows
from tests.unit.tables.python_export.exports import (
    EXAMPLES,
    TARGETS,
    build_model,
    make_odd,
    read_rows,
    run_export,
    write_csv,
    write_export,
)

WIDE = """\
price;size;weight;when;day;took;sold;town;street;notes;code;score
12,5;"1.234,5 m²";3k;03.04.2021 18:30;2021-01-05;1:02:03;ja;Köln;Am Rhein 1;sunny flat by the river;1001;7
"""


def compare(model: Model, folder: Path, rows: Sequence[dict[str, Any]], *, as_csv: bool = True) -> None:
    """That the exported file says the same of rows as the model, or refuses those that the service refuses."""
    names = [column.name for column in model.inputs]
    bad = BadCells(is_allowed=True)
    rows = [{name: row.get(name) for name in names} for row in rows]
    if as_csv:
        frame = frame_from_csv(write_csv(rows), model.inputs, bad=bad)
    else:
        frame = frame_from_rows(rows, model.inputs, bad=bad)
    good = [row for number, row in enumerate(rows) if number not in bad.rows]
    expected = model.predict(frame)[0]
    numbers = expected.numbers[[number for number in range(len(rows)) if number not in bad.rows]]
    assert len(good) > len(rows) / 10
    path = write_export(folder, model)
    for plain in (False, True):
        found, refused = run_export(path, PREDICT.format(rows=rows), plain=plain)
        assert refused == sorted(bad.rows)
        np.testing.assert_allclose(found, numbers, rtol=1e-6, atol=1e-6 * scale_of(model))
    said = run_export(path, f"result = predict({good[:9]!r})", plain=False)
    told = [row for number, row in enumerate(expected.list_rows()) if number not in bad.rows]
    assert [set(own) for own in said] == [set(row) for row in told[:9]]


PREDICT = """
result = [], []
for number, row in enumerate({rows}):
    try:
        result[0].extend(load_table().predict_numbers([row]))
    except CellError:
        result[1].append(number)
"""


def scale_of(model: Model) -> float:
    """What is a large number of a model's target."""
    return float(getattr(model.header.output, "scale", 1.0))


@pytest.mark.parametrize("bins", [None, 12])
@pytest.mark.parametrize("name", TARGETS)
def test_examples_are_predicted_alike(tmp_path: Path, name: str, bins: int | None) -> None:
    path = EXAMPLES / f"{name}.csv"
    model = build_model(tmp_path, path, TARGETS[name], bins=bins)

    compare(model, tmp_path, make_odd(read_rows(path, 300), seed=1))


def write_wide(path: Path, rows: int = 240) -> None:
    """A table with columns of all kinds, in many notations."""
    drawn = np.random.default_rng(0)
    words = ["sunny", "dark", "flat", "house", "river", "quiet", "noisy", "garden", "café", "東京駅", "Привет", "naïve"]
    lines: list[list[str]] = []
    for number in range(rows):
        day, month = drawn.integers(1, 29), drawn.integers(1, 13)
        lines.append(
            [
                f"{drawn.integers(100, 900)},{drawn.integers(0, 99):02}",
                f"{drawn.integers(1, 9)}.{drawn.integers(100, 999)},5 m²" if number % 9 else "",
                f"€ {drawn.integers(1, 99)}k" if number % 3 else f"€ {drawn.integers(1000, 9999)}",
                f"{day:02}.{month:02}.20{drawn.integers(10, 30)} {drawn.integers(0, 24):02}:30" if number % 7 else "-",
                f"20{drawn.integers(10, 30)}-{month:02}-{day:02}",
                f"{drawn.integers(0, 24):02}:{drawn.integers(0, 60):02}",
                f"{drawn.integers(0, 30)}h {drawn.integers(0, 60)}min",
                "ja" if drawn.random() > 0.5 else "nein",
                drawn.choice(["yes", "no", "yes", "no", "?"]),
                drawn.choice(["Köln", "Zürich", "\uff21\uff22", "'=x\"", "\\n{}"]),
                f"street {drawn.integers(0, 40)}",
                " ".join(drawn.choice(words, drawn.integers(1, 6))) if number % 11 else "",
                f"{drawn.integers(1000, 1040)}",
            ]
        )
    header = [
        "price",
        "size \"}{'\\",
        "rent",
        "when",
        "day",
        "at",
        "took",
        "sold",
        "new",
        "town",
        "street",
        "notes",
        "tenant_id",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(lines)


def read_wide(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


DEEP = (
    Dense(units=12, activation="gelu"),
    Residual(
        layers=(Norm(), Dense(units=24, activation="elu"), Dropout(rate=0.1), Dense(units=12, activation="linear"))
    ),
    Norm(groups=3),
    Dense(units=8, activation="leaky_relu"),
    Dense(units=8, activation="softplus"),
    Dense(units=8, activation="sigmoid"),
)
GROUPED = (Dense(units=12, activation="relu"), Norm(groups=3), Dense(units=6, groups=3, activation="tanh"))


@pytest.mark.parametrize(("layers", "bins"), [(DEEP, None), (GROUPED, 9), ((), None)])
def test_columns_of_all_kinds_are_read_and_encoded_alike(
    tmp_path: Path, layers: tuple[Layer, ...], bins: int | None
) -> None:
    path = tmp_path / "wide.csv"
    write_wide(path)
    model = build_model(tmp_path, path, "price", layers=layers, bins=bins, types={"notes": "text"})
    kinds = {column.type for column in model.inputs}
    assert kinds >= {"numeric", "datetime", "boolean", "categorical", "text"}

    rows = make_odd(read_wide(path), seed=2, share=0.05)

    compare(model, tmp_path, rows)
    compare(model, tmp_path, rows, as_csv=False)


@pytest.mark.parametrize(("target", "options"), [("price", {"quantiles": (0.1, 0.5, 0.9)}), (("price", "took"), {})])
def test_several_numbers_and_quantiles_are_told_alike(tmp_path: Path, target: Any, options: dict[str, Any]) -> None:
    path = tmp_path / "wide.csv"
    write_wide(path)
    model = build_model(tmp_path, path, target, **options)

    rows = read_wide(path)[:20]
    said = run_export(write_export(tmp_path, model), f"result = predict({rows!r})", plain=False)

    frame = frame_from_rows(
        [{name: row[name] for name in (c.name for c in model.inputs)} for row in rows], model.inputs
    )
    for own, row in zip(said, model.predict(frame)[0].list_rows(), strict=True):
        assert flatten(own) == pytest.approx(flatten(row), rel=1e-6)


def flatten(answer: Any) -> dict[str, float]:
    if not isinstance(answer, dict):
        return {"": answer}
    return {f"{name}/{below}": value for name, part in answer.items() for below, value in flatten(part).items()}


def test_several_nets_that_became_one_are_predicted_alike(tmp_path: Path) -> None:
    path = EXAMPLES / "penguins.csv"
    first = build_model(tmp_path, path, "species")
    nets = [NeuralNet(first.net.net_inputs, first.layers, first.net.outputs, seed=seed) for seed in range(3)]
    merged = merge_nets(nets, temperature=0.2)
    header = first.header.__class__(
        **{**vars_of(first), "inputs": first.header.inputs.repeat_vectors(3), "layers": merged.layers[:-1]}
    )

    compare(Model(header, merged.parameters), tmp_path, make_odd(read_rows(path, 200), seed=3))


def vars_of(model: Model) -> dict[str, Any]:
    names = model.header.__dataclass_fields__
    return {name: getattr(model.header, name) for name in names}


@pytest.mark.parametrize("plain", [False, True])
def test_the_command_predicts_a_csv_file_as_the_service_does(tmp_path: Path, plain: bool) -> None:
    path = EXAMPLES / "penguins.csv"
    model = build_model(tmp_path, path, "species")
    exported = write_export(tmp_path, model)

    command = [sys.executable, *(["-S"] if plain else []), str(exported), str(path), "--out", str(tmp_path / "out.csv")]
    subprocess.run(command, check=True)
    piped = subprocess.run(
        [sys.executable, str(exported)], input=path.read_bytes(), capture_output=True, check=True
    ).stdout

    predictions = model.predict(frame_from_csv(path.read_bytes(), model.inputs, ignore=["species"]))[0]
    for text in ((tmp_path / "out.csv").read_text(encoding="utf-8"), piped.decode()):
        lines = list(csv.DictReader(io.StringIO(text)))
        assert [line["label"] for line in lines] == predictions.list_predicted()
        numbers = [[float(line[name]) for name in predictions.columns] for line in lines]
        np.testing.assert_allclose(numbers, predictions.numbers, atol=1e-6)


def test_the_command_names_the_row_and_column_that_it_cannot_read(tmp_path: Path) -> None:
    exported = write_export(tmp_path, build_model(tmp_path, EXAMPLES / "houses.csv", "price"))

    for body, message in ((b"sqft\n12\nmany\n", b"row 1, column 'sqft'"), (b"sq\n12\n", b"no column 'sq'")):
        done = subprocess.run([sys.executable, str(exported), "-"], input=body, capture_output=True, check=False)
        assert done.returncode == 1
        assert message in done.stderr
        assert b"Traceback" not in done.stderr


def test_cells_may_be_those_of_data_frames(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    write_wide(path)
    exported = write_export(tmp_path, build_model(tmp_path, path, "price"))
    code = """
from datetime import date, datetime, time, timezone, timedelta
texts = {"day": "2024-02-29", "when": "29.02.2024 18:30", "at": "18:30", "new": "yes", "took": 90.5}
values = {"day": date(2024, 2, 29), "when": datetime(2024, 2, 29, 19, 30, tzinfo=timezone(timedelta(hours=1))),
          "at": time(18, 30), "new": numpy.bool_(True), "took": numpy.float32(90.5), "street": float("nan")}
result = predict([texts, values])
"""

    first, second = run_export(exported, code, plain=False)

    assert first == second


def test_nothing_that_a_name_holds_becomes_code(tmp_path: Path) -> None:
    name = 'x"""\n\'\'\'\\");raise SystemExit(3)#\u2028'
    path = tmp_path / "odd.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name, "y"])
        writer.writerows([name * (number % 2), number % 5] for number in range(60))
    model = build_model(tmp_path, path, "y", task="regression")

    exported = write_export(tmp_path, model)

    assert exported.read_text(encoding="utf-8").partition("ABOUT = (")[2].isascii()
    row = {model.inputs[0].name: model.inputs[0].categories[0] if model.inputs[0].categories else None}
    assert len(run_export(exported, f"result = predict([{row!r}])", plain=True)) == 1
