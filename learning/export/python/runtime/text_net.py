"""The net of an exported model that writes, in NumPy: from the tokens of a text to what is expected next."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from learning.export.python.runtime.fast_arithmetic import FastArithmetic, Matrix
from learning.export.python.runtime.net import Step, build_net
from learning.export.python.runtime.weights import WeightReader

RUN_HASH_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


class TextArithmetic(FastArithmetic):
    """Layers over the positions of one text (positions, features); what attention needs of earlier ones is kept.

    Attributes:
        tokens: All tokens of the text.
        start: The first position that is new.
    """

    def __init__(self) -> None:
        self.tokens, self.start = list[int](), 0

    def embedding_layer(self, layer: dict[str, Any], inputs: tuple[int, int], reader: WeightReader) -> tuple[Step, int]:
        """The vectors of tokens, of their positions, and of the runs of tokens that they end."""
        (vocabulary, context), units = inputs, layer["units"]

        def take_table(rows: int) -> Matrix:
            return np.asarray(reader.take(rows * units)).reshape(rows, units)

        vectors = take_table(vocabulary)
        positions = take_table(context) if layer.get("positions", True) else None
        lengths = range(2, layer.get("run", 1) + 1)
        runs = [take_table(min(vocabulary**length, layer.get("buckets", 8192))) for length in lengths]

        def run(tokens: Matrix) -> Matrix:
            new = slice(self.start, None)
            made = vectors[tokens[new]]
            if positions is not None:
                made = made + positions[self.start : len(tokens)]
            keys = tokens.astype(np.uint64)
            for before, table in enumerate(runs, start=1):
                keys[before:] += tokens[:-before].astype(np.uint64) * np.uint64(vocabulary**before)
                is_whole = vocabulary ** (before + 1) <= len(table)
                places = keys if is_whole else keys * RUN_HASH_FACTOR >> np.uint64(32)
                made = made + table[(places % np.uint64(len(table))).astype(np.intp)[new]]
            return made

        return run, units

    def attention_layer(self, layer: dict[str, Any], inputs: int, reader: WeightReader) -> tuple[Step, int]:
        """Attention: each new position looks at itself and those before it."""
        heads = int(layer["heads"])
        made, mixed = (np.asarray(reader.take((inputs + 1) * n * inputs)).reshape(inputs + 1, -1) for n in (3, 1))
        scale = np.float32(1 / math.sqrt(inputs // heads))
        slopes: Matrix = 2.0 ** (-8 * np.arange(1, heads + 1) / heads) if layer.get("alibi") else np.zeros(heads)
        earlier: list[Matrix] = [np.zeros((heads, 0, inputs // heads), np.float32)] * 2

        def run(values: Matrix) -> Matrix:
            vectors = values @ made[:-1] + made[-1]
            queries, *new = vectors.reshape(len(values), 3, heads, -1).transpose(1, 2, 0, 3)
            for place, each in enumerate(new):
                earlier[place] = np.concatenate([earlier[place][:, : self.start], each], 1)
            keys, seen = earlier
            fits = (queries * scale) @ keys.transpose(0, 2, 1)
            count = len(self.tokens)
            away = np.arange(count) - np.arange(self.start, count)[:, None]
            fits = np.where(away > 0, np.float32(-np.inf), fits + (slopes[:, None, None] * away).astype(np.float32))
            shares = np.exp(fits - fits.max(2, keepdims=True))
            found = (shares / shares.sum(2, keepdims=True)) @ seen
            return found.transpose(1, 0, 2).reshape(len(values), -1) @ mixed[:-1] + mixed[-1]

        return run, inputs


class TextNet:
    """The net of a model that writes; for one thread at a time.

    Args:
        header: What the model's file says of it.
        weights: The weights of the net.

    Attributes:
        tokens: The tokens of the text that it still sees.
    """

    def __init__(self, header: dict[str, Any], weights: Any) -> None:
        vocabulary, self.context = header["output"]["vocabulary"], header["inputs"]["context"]
        self._arithmetic, reader = TextArithmetic(), WeightReader(weights)
        self._run, features = build_net(header["layers"], (vocabulary, self.context), reader, self._arithmetic)
        output = {"type": "dense", "units": vocabulary, "activation": "linear"}
        self._last, _ = self._arithmetic.dense_layer(output, features, reader)

    @property
    def tokens(self) -> list[int]:
        """The tokens of the text that it still sees."""
        return self._arithmetic.tokens

    def begin(self) -> None:
        """Begin another text."""
        self._arithmetic.tokens, self._arithmetic.start = [], 0

    def read(self, tokens: Sequence[int]) -> Matrix:
        """Read at least one more token; returns the logits (vocabulary,) of the next."""
        text, start = [*self.tokens, *tokens], len(self.tokens)
        if len(text) > self.context:
            text, start = text[-max(self.context // 2, 1) :], 0
        self._arithmetic.tokens, self._arithmetic.start = text, start
        with np.errstate(all="ignore"):
            return self._last(self._run(np.array(text))[-1:])[0]
