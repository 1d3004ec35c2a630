"""`LanguageSpec`: how a net reads a text; and the layers and the training for those that say nothing of them."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Le

from learning.descriptions import describe
from learning.language.tokenizers import MAX_VOCABULARY, TokenizerName
from learning.nn.layers import Attention, Dense, Dropout, Layer, Norm, Residual, TokenEmbedding
from learning.optim import Muon
from learning.optim.schedules import Cosine

MIN_CONTEXT: Final = 8
MAX_CONTEXT: Final = 1024

TOKENIZER_DESCRIPTIONS: Final = {
    "auto": "Characters, or subwords of a text with more than 1,000 different ones.",
    "characters": "Each character is a token.",
    "bytes": "Each byte of the text in UTF-8 is a token: any text of any language can be read.",
    "subwords": "Pieces of words that the text repeats most (byte pair encoding).",
}

MAX_CHARACTERS: Final = 1000
"""Up to so many different characters are tokens, unless another tokenizer is asked for."""
DEFAULT_VOCABULARY: Final = 1024

BATCHES_PER_EPOCH: Final = 64
"""Few, so that one soon sees what is learned, and the learning rate falls in small steps."""


@dataclass(frozen=True, kw_only=True)
class LanguageSpec:
    """Language: how a net reads a text."""

    tokenizer: Literal["auto"] | TokenizerName = field(
        default="auto", metadata=describe("Tokenizer: what the text is cut into.", TOKENIZER_DESCRIPTIONS)
    )
    vocabulary: Annotated[int, Ge(257), Le(MAX_VOCABULARY)] | None = field(
        default=None, metadata=describe("The most different subwords; null: 1,024.")
    )
    context: Annotated[int, Ge(MIN_CONTEXT), Le(MAX_CONTEXT)] | None = field(
        default=None,
        metadata=describe("Context: how many tokens the net sees at most; null: by the length of the text."),
    )
    windows: Annotated[int, Ge(1), Le(10_000_000)] | None = field(
        default=None,
        metadata=describe(
            "Windows per epoch: how many stretches of the text, each as long as the context, are one epoch; null: "
            "those of 64 batches, or of the whole text if these are fewer."
        ),
    )
    documents: bool = field(
        default=False,
        metadata=describe(
            "Whether each row is a document of its own. Otherwise rows are the lines of one text, in their order."
        ),
    )
    mix_ngrams: bool = field(
        default=True,
        metadata=describe(
            "Whether the model expects tokens as a mixture of the net and of counts of five tokens in a row, whose "
            "weight is chosen on the validation part; both losses are told. Otherwise the net writes alone."
        ),
    )


DEFAULT_LANGUAGE = LanguageSpec()


@dataclass(frozen=True, kw_only=True)
class _Size:
    """A transformer for texts of so many characters and more: its units, blocks, heads, context and dropout.

    Attributes:
        run: The most tokens in a row that have a vector together.
        batch_tokens: The tokens of a batch.
        epochs: How often it passes over the text or 64 batches of it; with more time at most ten times as often.
        seconds: About how long an epoch takes on two cores, with its measurement and its sample.
    """

    characters: int
    units: int
    blocks: int
    heads: int
    context: int
    dropout: float
    run: int
    batch_tokens: int
    epochs: int
    seconds: float


_SIZES: Final = (
    _Size(
        characters=200_000,
        units=128,
        blocks=4,
        heads=4,
        context=128,
        dropout=0.0,
        run=3,
        batch_tokens=2048,
        epochs=24,
        seconds=8.5,
    ),
    _Size(
        characters=20_000,
        units=64,
        blocks=3,
        heads=4,
        context=64,
        dropout=0.1,
        run=2,
        batch_tokens=1024,
        epochs=30,
        seconds=1.8,
    ),
    _Size(
        characters=0,
        units=32,
        blocks=2,
        heads=2,
        context=32,
        dropout=0.2,
        run=1,
        batch_tokens=512,
        epochs=60,
        seconds=0.4,
    ),
)
MAX_PASSES: Final = 6.0
MIN_DROPOUT: Final = 0.1
"""A net that reads its text more often than that begins to learn it by heart, and needs so much dropout."""
TIME_SHARE: Final = 0.92
"""The share of the time allowed that is planned for, so that the rate has come to its end on a slower machine too."""


def choose_language_training(
    characters: int, spec: LanguageSpec = DEFAULT_LANGUAGE, seconds: float | None = None
) -> dict[str, Any]:
    """The fields of a `TrainingSpec` for a text of so many characters, and for so much time, with the context.

    The rate falls to 0 along a cosine, and the best epoch is kept.
    """
    size = next(each for each in _SIZES if characters >= each.characters)
    context = spec.context or size.context
    epochs = _choose_epochs(size, seconds)
    passes = epochs * BATCHES_PER_EPOCH * size.batch_tokens / max(characters, 1)
    dropout = size.dropout if passes <= MAX_PASSES else max(size.dropout, MIN_DROPOUT)
    return {
        "language": replace(spec, context=context),
        "layers": choose_language_layers(size.units, size.blocks, size.heads, dropout, run=size.run, alibi=True),
        "optimizer": Muon(learning_rate=0.005, beta2=0.98),
        "schedule": Cosine(warmup_epochs=1),
        "epochs": epochs,
        "batch_size": max(1, size.batch_tokens // context),
        "early_stopping": None,
        "weight_decay": 0.1,
        "gradient_clip_norm": 1.0,
    }


def _choose_epochs(size: _Size, seconds: float | None) -> int:
    """The epochs for so much time: the cosine should have come to its end when it is over."""
    if seconds is None:
        return size.epochs
    return min(max(2, round(TIME_SHARE * seconds / size.seconds)), 10 * size.epochs)


def choose_language_layers(
    units: int, blocks: int, heads: int, dropout: float, *, run: int = 1, alibi: bool = False
) -> list[Layer]:
    """A transformer: blocks in which each position looks at those before it, then thinks about what it saw.

    Values are normalized before each, so that deep nets train without care for their first steps (Xiong et al. 2020).
    With `alibi`, positions are known by the biases of attention, else by vectors.
    """
    dropped = (Dropout(rate=dropout),) if dropout else ()
    layers: list[Layer] = [TokenEmbedding(units=units, positions=not alibi, run=run), *dropped]
    for _ in range(blocks):
        widen, narrow = Dense(units=4 * units, activation="gelu"), Dense(units=units, activation="linear")
        layers.append(Residual(layers=(Norm(), Attention(heads=heads, alibi=alibi), *dropped)))
        layers.append(Residual(layers=(Norm(), widen, narrow, *dropped)))
    return [*layers, Norm()]


def choose_windows(spec: LanguageSpec, tokens: int, batch_size: int) -> int:
    """The windows of an epoch for a training part of so many tokens."""
    if spec.windows is not None:
        return spec.windows
    whole = -(-tokens // (spec.context or MIN_CONTEXT))
    return max(1, min(BATCHES_PER_EPOCH * batch_size, whole - whole % batch_size or whole))
