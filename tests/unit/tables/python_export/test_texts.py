"""Exported files of models that write: the same texts and probabilities, whatever tokens they learned from."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.language.sampling import GenerateOptions
from learning.model import Model, create_model
from learning.nn.layers import Attention, Dense, Norm, Residual, TokenEmbedding
from learning.nn.net import NeuralNet
from tests.unit.learning.language.test_prepare import prepare  # pyright: ignore[reportUnknownVariableType]
from tests.unit.tables.python_export.exports import EXAMPLES, run_export, write_export

TEXTS = ["the cat sat", "", "a dog ran to the man and € tokens", (EXAMPLES / "plays.txt").read_text()[:500]]
CALLS: list[dict[str, Any]] = [
    {"max_tokens": 60, "seed": 3},
    {"max_tokens": 40, "temperature": 0.0},
    {"max_tokens": 50, "top_k": 3, "top_p": 0.9, "stop": ["sat", "a d"]},
]


def create_writer(tokenizer: str, *, alibi: bool = False, run: int = 1, mixed: bool = True) -> Model:
    """A model that writes with weights as drawn."""
    prepared: Any = prepare(tokenizer=tokenizer)
    layers = (
        TokenEmbedding(units=16, positions=not alibi, run=run, buckets=512),
        Residual(layers=(Norm(), Attention(heads=4, alibi=alibi))),
        Residual(layers=(Norm(), Dense(units=32, activation="gelu"), Dense(units=16, activation="linear"))),
        Norm(),
    )
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    net.parameters[...] += np.random.default_rng(0).normal(0, 0.05, net.parameter_count).astype(np.float32)
    model = create_model(prepared, net)
    return model if mixed else Model(replace(model.header, mixture=None), model.parameters)


@pytest.mark.parametrize(
    ("tokenizer", "alibi", "run", "mixed"),
    [("characters", False, 1, False), ("bytes", True, 3, False), ("subwords", False, 2, True)],
)
def test_texts_are_written_alike(tmp_path: Path, tokenizer: str, alibi: bool, run: int, mixed: bool) -> None:
    model = create_writer(tokenizer, alibi=alibi, run=run, mixed=mixed)
    writer = model.writer
    assert writer is not None
    code = f"""
written = [generate(text, **options) for text in {TEXTS!r} for options in {CALLS!r}]
result = written, [load_writer().expect_next(text).tolist() for text in {TEXTS!r}], list_next("the", 3)
"""

    written, expected, top = run_export(write_export(tmp_path, model), code, plain=False)

    told = [
        "".join([token.text for token in writer.write(text, GenerateOptions(**options))])
        for text in TEXTS
        for options in CALLS
    ]
    assert written == told
    np.testing.assert_allclose(expected, [writer.expect_next(text) for text in TEXTS], atol=1e-6)
    chances = writer.expect_next("the")
    assert [each["token"] for each in top] == [writer.tokenizer.tokens[each] for each in np.argsort(-chances)[:3]]


def test_the_command_goes_on_with_a_prompt(tmp_path: Path) -> None:
    model = create_writer("characters")
    assert model.writer is not None
    exported = write_export(tmp_path, model)

    done = subprocess.run(
        [sys.executable, str(exported), "the cat", "--max-tokens", "30"], capture_output=True, check=True, text=True
    )

    told = [token.text for token in model.writer.write("the cat", GenerateOptions(max_tokens=30))]
    assert done.stdout == "the cat" + "".join(told) + "\n"
