"""Preparation of a text for training: joined, cut into tokens, and split into its beginning and its end."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.column_format import NamedFormat
from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.data.split import Split
from learning.data.split_spec import SplitSpec
from learning.data.windows import Windows, count_windows
from learning.encoding.eligibility import SkippedColumn
from learning.errors import TooFewRows, UnusableColumn
from learning.frame import CategoricalColumn, Column, Table, TextColumn
from learning.insight.baselines import subsample
from learning.language.ngrams import NgramModel
from learning.language.spec import DEFAULT_VOCABULARY, MAX_CHARACTERS, LanguageSpec, choose_windows
from learning.language.token_encoder import END_OF_DOCUMENT, TokenEncoder
from learning.language.tokenizers import Tokenizer, TokenizerName, fit_tokenizer
from learning.tasks.language import LanguageTarget, TextTarget

MIN_CHARACTERS: Final = 200
DEFAULT_CONTEXT: Final = 64
MAX_COUNTED_TOKENS: Final = 2**22
"""The maximum tokens that n-grams are counted in: the last of the training part."""
MAX_MEASURED_TOKENS: Final = 2**17
"""The maximum tokens of the validation part, and of the test part, that are measured: the first of each."""
MAX_MONITORED_TOKENS: Final = 2**13
"""The maximum tokens that are measured after every epoch: of windows evenly spaced among those for validation."""
MAX_NAMED_CHARACTERS: Final = 10
MAX_FITTED_CHARACTERS: Final = 2**23
"""The maximum characters that subwords are learned from."""


class _Text(NamedTuple):
    """A text: its rows, which table rows they are, and where each begins in it (rows + 1,)."""

    whole: str
    starts: NDArray[np.int64]
    missing: int


def prepare_language(
    table: Table,
    *,
    text: str,
    language: LanguageSpec,
    split: SplitSpec,
    batch_size: int,
    seed: int,
    start: TokenEncoder | None = None,
) -> PreparedData:
    """Cut a text into tokens; its end is held out, from the beginning of a row on.

    Args:
        table: The table.
        text: The column of the text.
        language: How it is read.
        split: The shares that are held out for validation, and, at the very end, for the test.
        batch_size: The windows of a batch, of which an epoch has a whole number.
        seed: The seed of where training windows begin.
        start: The text of the model to start from, whose tokenizer and context are used; None: there is none.

    Raises:
        UnusableColumn: if the column does not exist, or has no text.
        TooFewRows: if the text is too short.
    """
    found = _join_rows(table, text, documents=language.documents)
    if len(found.whole) < MIN_CHARACTERS:
        raise TooFewRows(
            f"The text has {len(found.whole)} characters, and a net needs at least {MIN_CHARACTERS} to learn to write.",
            "Add more of it.",
        )
    tokenizer = _fit_tokenizer(found.whole, language) if start is None else start.tokenizer
    context = (language.context or DEFAULT_CONTEXT) if start is None else start.context
    rows, characters = _split_rows(found.starts, split)
    parts = [tokenizer.encode(found.whole[start:stop]) for start, stop in pairwise(characters)]
    _check_lengths([len(part) for part in parts], context, split)
    train, tokens = parts[0], np.concatenate(parts)
    ends = np.cumsum([len(part) for part in parts])
    shared: dict[str, Any] = {
        "vocabulary": tokenizer.vocabulary,
        "context": context,
        "characters_per_token": len(found.whole) / len(tokens),
    }
    counted = train[-MAX_COUNTED_TOKENS:]
    ngrams = NgramModel.fit(counted, tokenizer.vocabulary)
    target = TextTarget(**shared, text=tokens, ngrams=ngrams, held_out=len(train), is_mixed=language.mix_ngrams)
    count = choose_windows(language, len(train), batch_size)
    datasets = [_create_dataset(Windows(train, count, context + 1, seed), 0, target)]
    for part, end in zip(parts[1:], ends[1:], strict=True):
        measured = part[:MAX_MEASURED_TOKENS]
        windows = count_windows(len(measured), context) if len(measured) else 0
        datasets.append(_create_dataset(Windows(measured, windows, context + 1), int(end) - len(part), target))
    notes = [SkippedColumn(text, f"{found.missing} rows without text were left out.")] if found.missing else []
    if start is not None and (unknown := tokenizer.find_unknown(found.whole)):
        names = ", ".join(map(repr, unknown[:MAX_NAMED_CHARACTERS]))
        sentence = (
            f"The model to start from never saw {len(unknown):,} of the characters, and takes them for one: {names}."
        )
        notes.append(SkippedColumn(text, sentence))
    return PreparedData(
        targets=(text,),
        inputs=TokenEncoder(column=text, tokenizer=tokenizer, context=context, documents=language.documents),
        output=LanguageTarget(**shared),
        train=datasets[0],
        validation=datasets[1],
        test=datasets[2],
        validation_sample=subsample(datasets[1], max(1, MAX_MONITORED_TOKENS // context)),
        rows=rows,
        skipped=tuple(notes),
        ignored=tuple([name for name in table if name != text]),
        formats=(NamedFormat(text, table.formats[text]),) if text in table.formats else (),
    )


def _create_dataset(windows: Windows, first: int, target: TextTarget) -> ArrayDataset:
    """The rows of windows of a part, which begins there in the text."""
    rows = np.arange(len(windows))
    nothing = np.empty((len(windows), 0), np.float32)
    return ArrayDataset(nothing, first + windows.find_starts(rows), target, tokens=windows)


def _join_rows(table: Table, name: str, *, documents: bool) -> _Text:
    """The rows of a column as one text: documents with their ends, or lines.

    Raises:
        UnusableColumn: if the column does not exist, or has no text.
    """
    pieces, missing = list[str](), 0
    for frame in table.chunks([name]):
        for cell in _iterate_cells(frame.column(name), name):
            missing += documents and not cell
            pieces.append(_end_document(cell) if documents else f"{cell or ''}\n")
    starts = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([*map(len, pieces)], out=starts[1:])
    return _Text("".join(pieces), starts, missing)


def _end_document(cell: str | None) -> str:
    return cell.replace(END_OF_DOCUMENT, " ") + END_OF_DOCUMENT if cell else ""


def _iterate_cells(column: Column, name: str) -> Iterator[str | None]:
    if isinstance(column, TextColumn):
        return iter(column.values.tolist())
    if isinstance(column, CategoricalColumn):
        codes: list[int] = column.codes.tolist()
        names = (*column.categories, None)
        return (names[code] for code in codes)
    raise UnusableColumn(
        f"The column '{name}' holds no text to learn to write from.", "Name a column of text, or upload it as text."
    )


def _fit_tokenizer(text: str, language: LanguageSpec) -> Tokenizer:
    name: TokenizerName
    if language.tokenizer == "auto":
        name = "characters" if len(set(text)) <= MAX_CHARACTERS else "subwords"
    else:
        name = language.tokenizer
    fitted = text[:MAX_FITTED_CHARACTERS] if name == "subwords" else text
    return fit_tokenizer(name, fitted, language.vocabulary or DEFAULT_VOCABULARY)


def _split_rows(starts: NDArray[np.int64], split: SplitSpec) -> tuple[Split, list[int]]:
    """The rows of each part, and where the parts begin and end in the text (4,): the last rows are held out.

    A part begins with the row that is nearest; within a row, if rows are too long for that.
    """
    length = int(starts[-1])
    shares = 1 - split.validation - split.test, 1 - split.test
    ends = [0, *(_find_boundary(starts, round(share * length)) for share in shares), length]
    owners = np.searchsorted(ends[1:-1], starts[:-1], "right")
    train, validation, test = (np.flatnonzero(owners == part) for part in range(3))
    return Split(train, validation, test), ends


def _find_boundary(starts: NDArray[np.int64], wanted: int) -> int:
    """The beginning of a row nearest to a character; the character itself, where none is within a hundredth."""
    nearest = int(starts[np.abs(starts - wanted).argmin()])
    return nearest if abs(nearest - wanted) <= starts[-1] / 100 else wanted


def _check_lengths(lengths: Sequence[int], context: int, split: SplitSpec) -> None:
    """Check that each part that is asked for has a window.

    Raises:
        TooFewRows: if one has not.
    """
    wanted = True, split.validation > 0, split.test > 0
    for name, length, is_wanted in zip(("training", "validation", "the test"), lengths, wanted, strict=True):
        if is_wanted and length <= context:
            raise TooFewRows(
                f"The text leaves {length:,} tokens for {name}, fewer than a context of {context:,} and one to follow.",
                "Add more of it, or set a smaller context or another share.",
            )
