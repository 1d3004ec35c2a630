"""What a worker makes of a text besides the net: the report before training, layer statistics, insights and a model."""

import io
import json

import numpy as np

from contract.specs import JobSpec
from learning.data.split_spec import SplitSpec
from learning.frame import Frame, TextColumn
from learning.insight.layer_stats import LayerMonitor
from learning.language.prepare import prepare_language
from learning.language.spec import LanguageSpec, choose_language_layers
from learning.language.writer import GenerateOptions
from learning.model import Model
from learning.training.trainer import Epoch
from store.tables import DatasetRow
from worker.training.insights import compute_insights
from worker.training.prepare import create_trainer
from worker.training.records import build_model, compute_pretraining_report


def decode_npy(content: bytes) -> np.ndarray:
    return np.load(io.BytesIO(content), allow_pickle=False)


LINES = ["the cat sat on the mat", "a dog ran to the man", "the man sat on a dog", "the mat ran"] * 60
FRAME = Frame({"line": TextColumn(np.array(LINES, object))}, len(LINES))
SPEC = JobSpec.model_validate(
    {
        "dataset_id": "ds_" + "0" * 26,
        "task": "language",
        "text": "line",
        "target": "line",
        "layers": choose_language_layers(16, 1, 2, 0.1),
        "epochs": 2,
        "batch_size": 8,
    },
    strict=False,
)


def test_a_text_becomes_a_model_with_all_that_is_told_of_it():
    language, split = LanguageSpec(context=16, windows=40), SplitSpec(validation=0.1, test=0.1)
    prepared = prepare_language(FRAME, text="line", language=language, split=split, batch_size=8, seed=0)
    dataset = DatasetRow(id="ds", owner="local", name="lines.txt", format="csv", bytes=1, sha256="0" * 64)
    dataset.rows, dataset.columns = len(LINES), [{"name": "line", "type": "text"}]
    net, trainer = create_trainer(SPEC, prepared, None, 1)

    report = compute_pretraining_report(prepared, trainer, dataset, FRAME)
    naive, ngrams = report["baselines"]["naive"], report["baselines"]["linear"]
    assert (naive["name"], ngrams["name"]) == ("token_frequency", "five_gram")
    assert ngrams["metrics"]["perplexity"] < naive["metrics"]["perplexity"]
    assert report["facts"]["guess_loss"] > 2

    monitor = LayerMonitor(trainer)
    before = net.parameters.copy()
    statistics = monitor.measure(net.parameters, None)
    assert [layer.units for layer in statistics] == [64, 16, prepared.inputs.tokenizer.vocabulary]
    assert np.isfinite([layer.gradient_norm for layer in statistics]).all()
    np.testing.assert_array_equal(before, net.parameters)

    epochs = [event for event in trainer.run() if isinstance(event, Epoch)]
    insights = compute_insights(prepared, net, dataset, files=None, epochs=2, lease=None, log=None)
    surprises = json.loads(insights["surprises.validation"])
    assert surprises["measured"] == len(prepared.validation.tokens.text) - 1
    assert [each["probability"] for each in surprises["data"]] == sorted(
        each["probability"] for each in surprises["data"]
    )
    assert len(decode_npy(insights["neurons.places"])) == 64
    evaluation = json.loads(insights["evaluation"])
    assert evaluation["validation"]["metrics"]["perplexity"] == epochs[-1].metrics["perplexity"]
    assert evaluation["test"]["naive"]["accuracy"] < 0.5

    kept = build_model(SPEC, dataset, prepared, net, {})
    assert kept.metrics["validation"]["perplexity"] == epochs[-1].metrics["perplexity"]
    model = Model.from_bytes(kept.weights)
    assert model.writer is not None
    written = "".join([token.text for token in model.writer.write("the ", GenerateOptions(max_tokens=9))])
    assert len(written) == 9
    assert set(written) <= set("".join(LINES) + "\n")
    row = Frame({"line": TextColumn(np.array(["the ca"], object))}, 1)
    predictions, _ = model.predict(row)
    np.testing.assert_allclose(predictions.numbers[0], model.writer.expect_next("the ca"))
