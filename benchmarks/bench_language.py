"""A small GPT in Gradus and in PyTorch, in turns: training steps, writing, and on request what is learned in a time.

`make bench-language` trains 4 blocks of 4 heads, 128 wide, on 12 windows of 64 tokens, on one thread and on two, beside
PyTorch, eager with fused attention; and writes with keys and values kept. With --text FILE --minutes 3 both also learn
the text for so long, Gradus by its defaults and PyTorch by nanoGPT's recipe for a processor. The exit status is 0 only
if all bars hold and the losses of the first steps agree.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported: with two workers each has a core

import argparse
import json
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent.parent))

from learning.data.arrays import ArrayDataset
from learning.data.dataset import count_words
from learning.data.shuffle import EpochShuffler
from learning.data.split_spec import SplitSpec
from learning.data.windows import Windows
from learning.frame import Frame, TextColumn
from learning.insight.baselines import fit_baselines
from learning.language.prepare import prepare_language
from learning.language.spec import choose_language_layers, choose_language_training
from learning.nn.layers.inputs import NetInputs, TokenInput
from learning.nn.net import NeuralNet
from learning.nn.next_token import NextTokenPlan
from learning.optim import AdamW
from learning.tasks.language import LanguageTarget
from learning.training.parallel import start_steps
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer

VOCABULARY, CONTEXT, BATCH, UNITS, BLOCKS, HEADS, RATE = 65, 64, 12, 128, 4, 4, 1e-3
STEP_BAR, TOKENS_BAR, WRITING_BAR, LOSS_BAR, MIXED_LOSS_BAR = 1.2, 1000.0, 2.0, 1.75, 1.55
LONG_MINUTES, LONG_LOSS_BAR = 20.0, 1.58
SAME_LOSS = 2e-3


class Block(nn.Module):
    """A transformer block: attention and a dense layer, each added to what comes in."""

    def __init__(self, units: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(units), nn.LayerNorm(units)
        self.made, self.mixed = nn.Linear(units, 3 * units), nn.Linear(units, units)
        self.widen, self.narrow = nn.Linear(units, 4 * units), nn.Linear(4 * units, units)

    def forward(self, x: torch.Tensor, kept: list[torch.Tensor] | None = None) -> torch.Tensor:
        """Values (rows, positions, units); with keys and values that are kept, of the next positions alone."""
        rows, positions, units = x.shape
        parts = self.made(self.first(x)).split(units, 2)
        q, k, v = (part.view(rows, positions, self.heads, -1).transpose(1, 2) for part in parts)
        if kept is not None:
            if kept:
                k, v = torch.cat([kept[0], k], 2), torch.cat([kept[1], v], 2)
            kept[:] = [k, v]
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=positions > 1)
        x = x + self.mixed(seen.transpose(1, 2).reshape(rows, positions, units))
        return x + self.narrow(functional.gelu(self.widen(self.second(x)), approximate="tanh"))


class TorchGpt(nn.Module):
    """The same net in PyTorch."""

    def __init__(self, vocabulary: int, context: int) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, UNITS), nn.Embedding(context, UNITS)
        self.blocks = nn.ModuleList([Block(UNITS, HEADS) for _ in range(BLOCKS)])
        self.norm, self.logits = nn.LayerNorm(UNITS), nn.Linear(UNITS, vocabulary)

    def forward(
        self, tokens: torch.Tensor, kept: list[list[torch.Tensor]] | None = None, start: int = 0
    ) -> torch.Tensor:
        """The logits (rows, positions, vocabulary)."""
        x = self.tokens(tokens) + self.positions(torch.arange(start, start + tokens.shape[1]))
        for number, block in enumerate(self.blocks):
            x = block(x, None if kept is None else kept[number])
        return self.logits(self.norm(x))

    def copy_from(self, net: NeuralNet) -> None:
        """Take over the weights of a net of ours."""
        views = [leaf.cut_parameters(net.parameters) for placed in net.placed for leaf in placed.leaves()]
        embedding, *layers = views
        linear = (
            [self.tokens.weight, self.positions.weight],
            *[
                [
                    own
                    for module in (b.first, b.made, b.mixed, b.second, b.widen, b.narrow)
                    for own in module.parameters()
                ]
                for b in self.blocks
            ],
            [*self.norm.parameters()],
            [*self.logits.parameters()],
        )
        ours = [*embedding.values(), *(array for view in layers for array in view.values())]
        theirs = [parameter for group in linear for parameter in group]
        with torch.no_grad():
            for parameter, array in zip(theirs, ours, strict=True):
                own = array.T if (array.ndim == 2 and parameter.shape != array.shape) or _is_square(array) else array
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(own)))


def _is_square(array: np.ndarray) -> bool:
    """Whether the shape of a matrix does not say that PyTorch keeps it transposed."""
    return array.ndim == 2 and array.shape[0] == array.shape[1]


def create_data() -> ArrayDataset:
    """Windows of random tokens."""
    text = np.random.default_rng(0).integers(0, VOCABULARY, 100_000).astype(np.uint16)
    count = 4 * BATCH
    target = LanguageTarget(vocabulary=VOCABULARY, context=CONTEXT)
    windows = Windows(text, count, CONTEXT + 1, seed=0)
    return ArrayDataset(np.empty((count, 0), np.float32), np.zeros(count, np.int64), target, tokens=windows)


def create_net(vocabulary: int = VOCABULARY, context: int = CONTEXT) -> NeuralNet:
    """The small GPT."""
    layers = choose_language_layers(UNITS, BLOCKS, HEADS, 0.0)
    return NeuralNet(NetInputs(0, tokens=TokenInput(vocabulary, context)), layers, vocabulary, seed=0)


def race(threads: int, turns: int, *, compiles: bool) -> dict:
    """Let both take steps in turn; return the milliseconds per step and the ratio."""
    torch.set_num_threads(threads)
    data, net = create_data(), create_net()
    peer = TorchGpt(VOCABULARY, CONTEXT)
    peer.copy_from(net)
    peers = {"eager": peer}
    if compiles:
        compiled = TorchGpt(VOCABULARY, CONTEXT)
        compiled.copy_from(net)
        peers["compiled"] = torch.compile(compiled)
    optimizers = {name: torch.optim.AdamW(each.parameters(), RATE, weight_decay=0.0) for name, each in peers.items()}
    spec = TrainingSpec(layers=net.layers[:-1], optimizer=AdamW(learning_rate=RATE), batch_size=BATCH)
    trainer = Trainer(net, data, None, spec, cores=threads)
    seconds: dict[str, list[float]] = {name: [] for name in ("Gradus", *peers)}
    losses: dict[str, list[float]] = {name: [] for name in seconds}
    with start_steps(trainer.state, trainer.workers) as step:
        order = _find_order(trainer)
        for turn in range(turns + 1):
            start = turn % 4 * BATCH
            began = time.perf_counter()
            loss, _ = step.run_block(1, start, RATE)
            seconds["Gradus"].append(time.perf_counter() - began)
            losses["Gradus"].append(loss / BATCH)
            rows = data.tokens.of_epoch(1)[order[start : start + BATCH]]
            tokens = torch.from_numpy(rows.astype(np.int64))
            for name, each in peers.items():
                began = time.perf_counter()
                logits = each(tokens[:, :-1])
                loss = functional.cross_entropy(logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1))
                optimizers[name].zero_grad(set_to_none=True)
                loss.backward()
                optimizers[name].step()
                losses[name].append(loss.item())
                seconds[name].append(time.perf_counter() - began)
    for taken in seconds.values():
        del taken[0]  # the first plans, and fills caches
    ratios = {
        name: statistics.median(theirs / mine for theirs, mine in zip(seconds[name], seconds["Gradus"], strict=True))
        for name in peers
    }
    return {
        "threads": threads,
        "workers": trainer.workers,
        "milliseconds": {name: 1e3 * statistics.median(taken) for name, taken in seconds.items()},
        "ratios": ratios,
        "bar": STEP_BAR,
        "losses_apart": max(abs(losses["Gradus"][at] - losses["eager"][at]) for at in range(4)),
    }


def _find_order(trainer: Trainer) -> np.ndarray:
    rows = trainer.rows
    return EpochShuffler(len(rows), count_words(rows.dataset), 0).select_indices(1, 0, len(rows))


def race_writing(tokens: int, turns: int) -> dict:
    """Let both write in turn, one stream, keys and values kept; return the tokens a second and the ratio."""
    torch.set_num_threads(1)
    net, peer = create_net(), TorchGpt(VOCABULARY, CONTEXT)
    peer.copy_from(net)
    rates: dict[str, list[float]] = {"Gradus": [], "PyTorch": []}
    for _ in range(turns):
        began = time.perf_counter()
        plan, token = NextTokenPlan(net), 0
        for _ in range(tokens):
            token = int(plan.read([token]).argmax())
        rates["Gradus"].append(tokens / (time.perf_counter() - began))
        began = time.perf_counter()
        with torch.inference_mode():
            _write_by_torch(peer, tokens)
        rates["PyTorch"].append(tokens / (time.perf_counter() - began))
    ratio = statistics.median(mine / theirs for mine, theirs in zip(rates["Gradus"], rates["PyTorch"], strict=True))
    return {name: statistics.median(found) for name, found in rates.items()} | {"ratio": ratio}


def _write_by_torch(peer: TorchGpt, tokens: int) -> None:
    kept: list[list[torch.Tensor]] = [[] for _ in range(BLOCKS)]
    text, seen = [0], 0
    for _ in range(tokens):
        if seen == CONTEXT:
            kept, seen, read = [[] for _ in range(BLOCKS)], 0, text[-CONTEXT // 2 :]
        else:
            read = text[-1:]
        logits = peer(torch.tensor([read]), kept, seen)
        seen += len(read)
        text.append(int(logits[0, -1].argmax()))


def compare_learning(path: Path, seconds: float) -> dict:
    """What both make of a text in so many seconds, in nats a token of its last tenth, all of it."""
    lines = path.read_text("utf-8").split("\n")
    frame = Frame({"text": TextColumn(np.array([line or None for line in lines], object))}, len(lines))
    chosen = choose_language_training(path.stat().st_size, seconds=seconds)
    spec = TrainingSpec(**{**chosen, "layers": tuple(chosen["layers"])})
    prepared = prepare_language(
        frame, text="text", language=spec.language, split=SplitSpec(validation=0.1), batch_size=spec.batch_size, seed=0
    )
    baselines = fit_baselines(prepared.train, prepared.validation)
    net = NeuralNet(prepared.inputs.net_inputs, spec.layers, prepared.train.outputs, seed=0)
    trainer = Trainer(net, prepared.train, prepared.epoch_sample, spec, cores=2)
    began, epochs, used = time.perf_counter(), list[Epoch](), 0.0
    for event in trainer.run():
        epochs += [event] if isinstance(event, Epoch) else []
        if (used := time.perf_counter() - began) > seconds and epochs:
            break
    trainer.finish()
    metrics = prepared.validation.compute_metrics(net.forward(*prepared.validation.arrays))
    text = prepared.train.target.text.astype(np.int64)
    train, held_out = text[: prepared.train.target.held_out], text[prepared.train.target.held_out :]
    return {
        "five_gram": math.log(baselines.linear.metrics["perplexity"] or math.nan),
        "Gradus": math.log(metrics["perplexity"] or math.nan),
        "mixed": math.log(metrics["mixed_perplexity"] or math.nan),
        "epochs": f"{len(epochs)} of {spec.epochs}",
        "seconds": used,
        "PyTorch": learn_by_torch(train, held_out, prepared.inputs.tokenizer.vocabulary, seconds),
    }


def learn_by_torch(train: np.ndarray, held_out: np.ndarray, vocabulary: int, seconds: float) -> float:
    """NanoGPT's recipe for a processor, for so long: batches of 12, no dropout, a cosine from 0.001 to 0.0001."""
    torch.set_num_threads(2)
    torch.manual_seed(1337)
    peer, random = TorchGpt(vocabulary, CONTEXT), np.random.default_rng(1337)
    optimizer = torch.optim.AdamW(peer.parameters(), RATE, (0.9, 0.99), weight_decay=0.1)
    began = time.perf_counter()
    step = 0
    while (share := (time.perf_counter() - began) / seconds) < 1:
        warm = min(1.0, (step + 1) / 100)
        optimizer.param_groups[0]["lr"] = warm * (1e-4 + 9e-4 * (1 + math.cos(math.pi * share)) / 2)
        starts = random.integers(0, len(train) - CONTEXT - 1, BATCH)
        tokens = torch.from_numpy(train[starts[:, None] + np.arange(CONTEXT + 1)])
        loss = functional.cross_entropy(peer(tokens[:, :-1]).reshape(-1, vocabulary), tokens[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        optimizer.step()
        step += 1
    windows = Windows(held_out, (len(held_out) - 1) // CONTEXT, CONTEXT + 1)
    found: list[float] = []
    with torch.inference_mode():
        for start in range(0, len(windows), 100):
            tokens = torch.from_numpy(windows[start : start + 100].astype(np.int64))
            logits = peer(tokens[:, :-1]).reshape(-1, vocabulary)
            found += functional.cross_entropy(logits, tokens[:, 1:].reshape(-1), reduction="none").tolist()
    return statistics.fmean(found)


def main() -> int:
    """Race, print, keep, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler")
    parser.add_argument("--text", type=Path, help="a text to learn from")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/language.json"))
    options = parser.parse_args()
    faults: list[str] = []
    found: dict[str, object] = {"steps": (steps := [])}
    print(f"Milliseconds per step of {BATCH} x {CONTEXT} tokens, medians of {options.turns} turns.\n")
    print("| threads | workers | Gradus | PyTorch eager | times as fast | losses apart |\n|" + " --- |" * 6)
    for threads in options.threads:
        steps.append(result := race(threads, options.turns, compiles=options.compile))
        ours, eager, *_ = result["milliseconds"].values()
        ratios = ", ".join(f"{ratio:.2f}" for ratio in result["ratios"].values())
        print(
            f"| {threads} | {result['workers']} | {ours:.1f} | {eager:.1f} | {ratios} | {result['losses_apart']:.1e} |"
        )
        if min(result["ratios"].values()) < STEP_BAR:
            faults.append(f"{threads} threads: {ratios} times as fast, not {STEP_BAR}")
        if result["losses_apart"] > SAME_LOSS:
            faults.append(f"{threads} threads: the first losses differ by {result['losses_apart']:.1e}")
    found["writing"] = writing = race_writing(500, 5)
    print(f"\nWriting, tokens a second: {writing['Gradus']:.0f}, PyTorch {writing['PyTorch']:.0f}.")
    if writing["Gradus"] < TOKENS_BAR or writing["ratio"] < WRITING_BAR:
        faults.append(f"writing: {writing['Gradus']:.0f} tokens a second, {writing['ratio']:.2f} times PyTorch")
    if options.text is not None:
        found["learning"] = learning = compare_learning(options.text, 60 * options.minutes)
        print(f"\nNats a token after {options.minutes:g} minutes: {learning}")
        bar = LOSS_BAR if options.minutes < LONG_MINUTES else LONG_LOSS_BAR
        if not learning["Gradus"] <= min(bar, learning["PyTorch"]) or learning["mixed"] > MIXED_LOSS_BAR:
            faults.append(f"learning: {learning['Gradus']:.3f} nats a token, mixed {learning['mixed']:.3f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=1) + "\n")
    print("\n" + ("\n".join(faults) if faults else "Every bar holds."))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
