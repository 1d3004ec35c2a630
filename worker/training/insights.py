"""Insights into a model, computed at the end of its training and stored with it: evaluation, hard examples, importance.

They are computed once, while rows and net are in memory, and only read later. Their cost is bounded by a share of the
training's, and a failure does not fail the job.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Final

import msgspec

from learning.array_bytes import encode_array
from learning.data.prepare import PreparedData
from learning.encoding.table import TableEncoder
from learning.insight.boosted_trees import BoostedTrees
from learning.insight.comparison import choose_rows, record_predictions
from learning.insight.conformal import measure_coverage
from learning.insight.confusion_rows import list_confusion_rows
from learning.insight.eval_sample import EvalSample, SplitName, draw_sample, evenly_spaced
from learning.insight.hard_examples import find_hard_examples
from learning.insight.importance import compute_importance
from learning.insight.neuron_contexts import MAX_WINDOWS, find_favourite_contexts
from learning.insight.surprises import find_surprises
from learning.language.token_encoder import TokenEncoder
from learning.nn.net import NeuralNet
from learning.recommendation.held_out_errors import find_held_out_errors
from learning.recommendation.history import HistoryEncoder
from learning.tasks.conformal import ConformalScores
from learning.tasks.recommendation import BagTarget
from process.logs import Logger
from store.database import first_line
from store.files.files import FileStore
from store.tables import DatasetRow
from worker.lease import Lease, LeaseLost
from worker.training.baselines import score_baselines_of_split
from worker.training.hard_examples import load_hard_examples, max_hard_examples
from worker.training.reference import describe_reference
from worker.training.slices import compare_slices

EFFORT_SHARE: Final = 0.005
"""The maximum multiplications of each computation, as a share of those of training."""
MIN_EFFORT: Final = 2.0**27
MAX_EFFORT: Final = 2.0**34
"""The bounds of this maximum in multiplications: about a hundredth of a second, and some seconds."""

MIN_SAMPLE_ROWS: Final = 1000
MIN_SAMPLE_TOKENS: Final = 2**14
MAX_STORED_ROWS: Final = 2000
MAX_STORED_CELLS: Final = 2**18
"""The maximum size of the stored sample of encoded validation rows."""


def compute_insights(
    prepared: PreparedData,
    net: NeuralNet,
    dataset: DatasetRow,
    *,
    files: FileStore,
    epochs: int,
    lease: Lease,
    log: Logger,
    validation: EvalSample | None = None,
    conformal: ConformalScores | None = None,
) -> dict[str, bytes]:
    """The insights into a net, encoded, by part; empty if computing them fails, which is logged.

    `validation` is the sample of validation rows, if other nets predicted these; else the net predicts them.
    `conformal` is what its intervals and sets rest on.

    Raises:
        LeaseLost: the claim no longer holds the job.
    """
    effort = EFFORT_SHARE * 3 * (len(prepared.train) * epochs * net.layer_parameter_count)  # 3 multiplications a weight
    effort = min(max(effort, MIN_EFFORT), MAX_EFFORT)
    try:
        samples = _draw_samples(prepared, net, effort, validation)
        if isinstance(prepared.inputs, TokenEncoder):
            return {
                **_evaluate_splits(prepared, samples, None, effort, log),
                **_look_into_text(prepared.inputs, net, samples, effort),
            }
        if isinstance(prepared.inputs, HistoryEncoder):
            return {
                **_evaluate_splits(prepared, samples, None, effort, log),
                **_find_recommendation_errors(prepared.inputs, samples),
            }
        examples = find_hard_examples(
            list(samples.values()),
            prepared.train,
            net,
            max_multiplications=effort,
            max_rows=max_hard_examples(len(dataset.columns or ())),
        )

        def load_rows() -> dict[str, bytes]:
            while True:
                with lease.guard():
                    slices = compare_slices(prepared, samples, files, dataset, lease)
                    loaded = load_hard_examples(prepared, examples, files, dataset).items()
                    reference = describe_reference(prepared, next(iter(samples.values())), files, dataset, lease)
                    mistakes = {f"mistakes.{kind}.{part}": msgspec.json.encode(rows) for (kind, part), rows in loaded}
                    return {**reference, **mistakes, **slices}

        with ThreadPoolExecutor(1) as executor:
            loading = executor.submit(load_rows)
            evaluation = _evaluate_splits(prepared, samples, conformal, effort, log)
            analysis = _analyse_columns(prepared.inputs, net, samples, effort)
            confusions = _list_confusions(prepared, samples)
            own = samples.get("validation") if validation is None else validation
            held_out = _record_held_out(prepared, net, own, is_given=validation is not None)
            return {**evaluation, **analysis, **confusions, **held_out, **loading.result()}
    except LeaseLost:
        raise
    except Exception as error:  # a model without insights is better than none
        log.warning("no insight kept", error=first_line(error), exc_info=error)
        return {}


def _draw_samples(
    prepared: PreparedData, net: NeuralNet, effort: float, validation: EvalSample | None
) -> dict[SplitName, EvalSample]:
    """A sample of each split that has rows, with the net's predictions, or that of validation as it was given."""
    max_rows = max(MIN_SAMPLE_ROWS, min(int(effort / net.layer_parameter_count), _count_affordable(net)))
    if net.positions > 1:
        max_rows = max(1, max(MIN_SAMPLE_TOKENS, max_rows) // net.positions)
    parts: tuple[SplitName, ...] = ("validation", "test", "train")
    return {
        part: draw_sample(net, part, data, max_rows)
        if part != "validation" or validation is None
        else validation.subsample(max_rows)
        for part in parts
        if len(data := getattr(prepared, part))
    }


def _count_affordable(net: NeuralNet) -> int:
    """The most rows, or positions of tokens, that a net predicts within the bounds, convolutions at every place."""
    return int(MAX_EFFORT * net.positions / net.products)


def _evaluate_splits(
    prepared: PreparedData,
    samples: Mapping[SplitName, EvalSample],
    conformal: ConformalScores | None,
    effort: float,
    log: Logger,
) -> dict[str, bytes]:
    """The evaluation of the held-out splits; what the training targets predict alone; the mean input of these rows."""
    naive, mean = prepared.output.describe_naive(prepared.train.y), samples["train"].data.x[:].mean(axis=0)
    evaluations = {part: sample.evaluate(naive) for part, sample in samples.items() if part != "train"}
    if conformal is not None:
        for part, sample in samples.items():
            if part != "train":
                is_own = (part == "test") == (conformal.source == "test")
                coverage = measure_coverage(sample, conformal, is_own=is_own)
                evaluations[part] = replace(evaluations[part], coverage=coverage)
    if isinstance(prepared.inputs, TableEncoder):
        trees = BoostedTrees(prepared.inputs, prepared.train)
        for part, sample in samples.items():
            if part != "train":
                baselines = score_baselines_of_split(prepared, trees, sample, effort, log)
                evaluations[part] = replace(evaluations[part], baselines=baselines)
    return {"shares": encode_array(naive), "mean": encode_array(mean), "evaluation": msgspec.json.encode(evaluations)}


def _record_held_out(
    prepared: PreparedData, net: NeuralNet, sample: EvalSample | None, *, is_given: bool
) -> dict[str, bytes]:
    """What is predicted of validation rows, by which models are compared; nothing without such rows."""
    if sample is None:
        return {}
    numbers = prepared.rows.validation
    if is_given or len(sample) == len(numbers):
        chosen = choose_rows(numbers[sample.indices])
        indices, data, logits = sample.indices[chosen], sample.data.take(chosen), sample.logits[chosen]
        sample = replace(sample, indices=indices, data=data, logits=logits)
        return {"held_out": encode_array(record_predictions(sample, numbers[indices]))}
    chosen = choose_rows(numbers, max(MIN_SAMPLE_ROWS, _count_affordable(net)))
    sample = draw_sample(net, "validation", prepared.validation.take(chosen))
    return {"held_out": encode_array(record_predictions(sample, numbers[chosen[sample.indices]]))}


def _list_confusions(prepared: PreparedData, samples: Mapping[SplitName, EvalSample]) -> dict[str, bytes]:
    """The rows behind each cell of the confusion matrix of the held-out splits; nothing of numbers."""
    if not prepared.output.labels:
        return {}
    return {
        f"confusion.{part}": encode_array(list_confusion_rows(sample, getattr(prepared.rows, part)[sample.indices]))
        for part, sample in samples.items()
        if part != "train"
    }


def _find_recommendation_errors(inputs: HistoryEncoder, samples: Mapping[SplitName, EvalSample]) -> dict[str, bytes]:
    """The worst errors on the held-out splits."""
    return {
        f"recommendation_errors.{part}": msgspec.json.encode(
            asdict(find_held_out_errors(target, inputs, sample.data.y, sample.logits))
        )
        for part, sample in samples.items()
        if part != "train" and isinstance(target := sample.data.target, BagTarget)
    }


def _look_into_text(
    inputs: TokenEncoder, net: NeuralNet, samples: Mapping[SplitName, EvalSample], effort: float
) -> dict[str, bytes]:
    """The least expected tokens of the held-out splits, and where each neuron answers most in the first of them."""
    found = {
        f"surprises.{part}": msgspec.json.encode(asdict(find_surprises(net, inputs.tokenizer, sample)))
        for part, sample in samples.items()
        if part != "train"
    }
    tokens = next(iter(samples.values())).data.arrays.tokens
    windows = None if tokens is None else tokens[evenly_spaced(len(tokens), MAX_WINDOWS)][:, :-1]
    contexts = None if windows is None else find_favourite_contexts(net, windows, effort)
    if contexts is not None:
        found |= {"neurons.windows": encode_array(contexts.windows), "neurons.places": encode_array(contexts.places)}
    return found


def _analyse_columns(
    inputs: TableEncoder, net: NeuralNet, samples: Mapping[SplitName, EvalSample], effort: float
) -> dict[str, bytes]:
    """The columns' importance and a sample of encoded rows, of validation if there are any, else of training."""
    sample = samples.get("validation", samples["train"]).subsample(
        min(MAX_STORED_ROWS, max(MAX_STORED_CELLS // net.inputs, 100))
    )
    importance = compute_importance(net, inputs, sample, max_multiplications=effort, seed=0)
    return {
        "importance": msgspec.json.encode({"split": sample.split, **vars(importance)}),
        "sample": encode_array(sample.data.x),
    }
