"""What is found out about a model when its training ends, and kept with it: how good it is, and where it errs.

It is done once, here, where rows and net are at hand; whoever asks later gets what was kept. How long it takes is
bounded by how long the training took, and whatever goes wrong with it, the job succeeds.
"""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from learning.data.prepare import PreparedData
from learning.insight.eval_sample import EvalSample, SplitName, draw_sample
from learning.insight.evaluation import compute_class_shares, evaluate
from learning.insight.hard_examples import find_hard_examples
from learning.insight.importance import compute_importance
from learning.nn.net import NeuralNet
from process.logs import Logger
from store.database import first_line
from store.files.files import FileStore
from store.tables import DatasetRow
from worker.lease import Lease, LeaseLost
from worker.training.hard_examples import load_hard_examples, max_hard_examples

EFFORT_SHARE: Final = 0.01
"""Each search makes so many of the multiplications that training made, at most."""
MIN_EFFORT: Final = 2.0**27
MAX_EFFORT: Final = 2.0**34
"""But it may make these, which take a hundredth of a second or two, and no more than these, which take some seconds."""

MIN_SAMPLE_ROWS: Final = 1000
MAX_STORED_ROWS: Final = 2000
MAX_STORED_CELLS: Final = 2**18
"""So many rows and cells of validation are kept as the net sees them."""


def compute_insights(
    prepared: PreparedData,
    net: NeuralNet,
    dataset: DatasetRow,
    *,
    files: FileStore,
    epochs: int,
    lease: Lease,
    log: Logger,
) -> dict[str, bytes]:
    """What to keep about the model of a net, by part; nothing if that cannot be found out, whose reason is logged.

    Raises:
        LeaseLost: the job is no longer ours.
    """
    effort = EFFORT_SHARE * 3 * (len(prepared.train) * epochs * net.parameter_count)  # 3 multiplications a weight
    effort = min(max(effort, MIN_EFFORT), MAX_EFFORT)
    try:
        samples = _draw_samples(prepared, net, effort)
        found = find_hard_examples(
            list(samples.values()),
            prepared.train,
            prepared.output,
            max_multiplications=effort,
            max_rows=max_hard_examples(len(dataset.columns or ())),
        )

        def load_rows() -> dict[str, bytes]:
            while True:
                with lease.guard():
                    loaded = load_hard_examples(prepared, found, files, dataset).items()
                    return {f"mistakes.{kind}.{part}": msgspec.json.encode(rows) for (kind, part), rows in loaded}

        with ThreadPoolExecutor(1) as beside:
            loading = beside.submit(load_rows)
            evaluation = _evaluate_splits(prepared, samples)
            return {**evaluation, **_analyse_columns(prepared, net, samples, effort), **loading.result()}
    except LeaseLost:
        raise
    except Exception as error:  # a model without it is better than none
        log.warning("no insight kept", error=first_line(error), exc_info=error)
        return {}


def _draw_samples(prepared: PreparedData, net: NeuralNet, effort: float) -> dict[SplitName, EvalSample]:
    """Some rows of each part that has any, and what the net says of them."""
    most = max(MIN_SAMPLE_ROWS, int(effort / net.parameter_count))
    parts: tuple[SplitName, ...] = ("validation", "test", "train")
    return {part: draw_sample(net, part, data, most) for part in parts if len(data := getattr(prepared, part))}


def _evaluate_splits(prepared: PreparedData, samples: Mapping[SplitName, EvalSample]) -> dict[str, bytes]:
    """How good the net is on the rows that it has not learned from, and what it is compared with."""
    shares, mean = compute_class_shares(prepared.train.y, prepared.output), samples["train"].data.x.mean(axis=0)
    judged = {part: evaluate(sample, prepared.output, shares) for part, sample in samples.items() if part != "train"}
    return {"shares": _encode_npy(shares), "mean": _encode_npy(mean), "evaluation": msgspec.json.encode(judged)}


def _analyse_columns(
    prepared: PreparedData, net: NeuralNet, samples: Mapping[SplitName, EvalSample], effort: float
) -> dict[str, bytes]:
    """What the columns matter, on rows of validation if there are any, and some of these to look at later."""
    sample = samples.get("validation", samples["train"]).subsample(
        min(MAX_STORED_ROWS, max(MAX_STORED_CELLS // net.inputs, 100))
    )
    found = compute_importance(net, prepared.inputs, sample, max_multiplications=effort, seed=0)
    return {
        "importance": msgspec.json.encode({"split": sample.split, **vars(found)}),
        "sample": _encode_npy(sample.data.x),
    }


def _encode_npy(array: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
