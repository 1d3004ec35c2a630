"""The inputs of a net: arrays of numbers, of ids, each of which has a vector of its own in a table, and of pictures.

A net that learns to write has the tokens of a text in place of all these.

A row's numbers, the vectors of its ids and texts, and the features that image layers make of its picture, one behind
the other, are the joined values that the first dense layer reads. So whoever looks at a net from its joined values on,
such as an attribution, needs to know of no ids, texts and pictures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.layers.embedding import Embedding
from learning.nn.layers.embedding_bag import TERM, EmbeddingBag, place_bags, sum_terms
from learning.nn.layers.layer import Shape


@dataclass(frozen=True)
class InputSpec:
    """One of the arrays that a row of a dataset consists of.

    Attributes:
        name: Its name: `numbers`, `ids`, `images`, `tokens` or `terms`.
        shape: The shape of a row's values in it.
        dtype: Their dtype: numbers have that of the net, ids and tokens are int32, pixels uint8, terms TERM.
    """

    name: str
    shape: Shape
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.size} {self.name} of {self.dtype}"

    @property
    def size(self) -> int:
        """How many values a row has."""
        return math.prod(self.shape)

    @property
    def words(self) -> int:
        """How many values of 4 bytes take as much memory as a row."""
        if self.dtype == TERM:
            return 2 * self.size
        return -(-self.size // 4) if self.dtype == np.uint8 else self.size


class RowArrays(NamedTuple):
    """Rows as a net takes them.

    Attributes:
        numbers: The numbers (rows, numbers).
        ids: The ids (rows, columns).
        images: The pixels (rows, channels, height, width).
        tokens: The tokens (rows, context + 1): what is read, and one more, as each is followed by the next.
        terms: The terms of texts, of dtype TERM (rows, slots).
    """

    numbers: NDArray[np.floating]
    ids: NDArray[np.int32] | None = None
    images: NDArray[np.uint8] | None = None
    tokens: NDArray[np.int32] | None = None
    terms: NDArray[Any] | None = None

    def take(self, rows: slice | NDArray[np.intp]) -> "RowArrays":
        """These rows, in their order; of a slice views."""
        return RowArrays(
            self.numbers[rows],
            None if self.ids is None else self.ids[rows],
            None if self.images is None else self.images[rows],
            None if self.tokens is None else self.tokens[rows],
            None if self.terms is None else self.terms[rows],
        )


@dataclass(frozen=True)
class ImageInput:
    """A picture as a net reads it: each pixel divided by 255, minus the mean, by the deviation of its channel.

    Attributes:
        shape: Channels, height and width.
        means: The mean of each channel.
        deviations: Their standard deviations.
    """

    shape: tuple[int, int, int]
    means: tuple[float, ...]
    deviations: tuple[float, ...]


@dataclass(frozen=True)
class TokenInput:
    """A stretch of a text as a net reads it.

    Attributes:
        vocabulary: The number of different tokens.
        context: The number of tokens that are read at once.
    """

    vocabulary: int
    context: int

    @property
    def shape(self) -> Shape:
        """The shape of a row: a token stands for ones among zeros, (vocabulary, positions)."""
        return self.vocabulary, self.context


@dataclass(frozen=True)
class NetInputs:
    """What goes into a net.

    Attributes:
        numbers: The number of numbers.
        embeddings: The table of each column of ids; a row has an id from 0 to `ids` - 1 for each.
        image: Its picture; None: it has none.
        tokens: Its text, if it learns to write, and then there is nothing else.
        bags: The table of each column of texts; a row has several of its terms.
    """

    numbers: int
    embeddings: tuple[Embedding, ...] = ()
    image: ImageInput | None = None
    tokens: TokenInput | None = None
    bags: tuple[EmbeddingBag, ...] = ()

    @property
    def tables(self) -> tuple[Embedding | EmbeddingBag, ...]:
        """The tables of all columns of ids, then those of texts."""
        return (*self.embeddings, *self.bags)

    @property
    def slots(self) -> int:
        """The most terms of a row's texts together."""
        return sum(bag.slots for bag in self.bags)

    @property
    def width(self) -> int:
        """The number of joined values but for a picture's features: the numbers, then the vectors of ids and texts."""
        return self.numbers + sum(table.units for table in self.tables)

    @property
    def table_parameters(self) -> int:
        """How many numbers all tables have."""
        return sum(table.ids * table.units for table in self.tables)

    def list_specs(self, dtype: DTypeLike) -> tuple[InputSpec, ...]:
        """List the arrays that a dataset needs to have for a net of this dtype."""
        image = None if self.image is None else self.image.shape
        window = None if self.tokens is None else self.tokens.context + 1
        return list_input_specs(
            self.numbers, dtype, id_columns=len(self.embeddings), image=image, window=window, slots=self.slots
        )

    def require_image(self) -> ImageInput:
        """Return its picture.

        Raises:
            ValueError: if it has none.
        """
        if self.image is None:
            raise ValueError("this net sees no pictures")
        return self.image

    def require_tokens(self) -> TokenInput:
        """Return what text it reads.

        Raises:
            ValueError: if it reads none.
        """
        if self.tokens is None:
            raise ValueError("this net reads no text")
        return self.tokens

    def repeat_vectors(self, times: int) -> "NetInputs":
        """Return the inputs of so many nets that become one: each vector of an id or text is as many times longer."""
        embeddings = [replace(table, units=times * table.units) for table in self.embeddings]
        bags = [replace(table, units=times * table.units) for table in self.bags]
        return replace(self, embeddings=tuple(embeddings), bags=tuple(bags))

    def vector_slices(self) -> list[slice]:
        """Return where the vector of each column of ids or texts lies among the joined values."""
        ends = list(accumulate((table.units for table in self.tables), initial=self.numbers))
        return [slice(start, end) for start, end in pairwise(ends)]

    def join(
        self,
        out: NDArray[np.floating],
        tables: Sequence[NDArray[np.floating]],
        numbers: NDArray[np.floating],
        ids: NDArray[np.integer] | None = None,
        terms: NDArray[Any] | None = None,
    ) -> None:
        """Write the joined values of rows into `out` (rows, width).

        They are of numbers (rows, numbers), ids (rows, columns), and terms (rows, slots).
        """
        out[:, : self.numbers] = numbers
        own, columns = list(zip(self.vector_slices(), tables, strict=True)), len(self.embeddings)
        if ids is not None:
            for column, (part, table) in enumerate(own[:columns]):
                out[:, part] = table.take(ids[:, column], 0, mode="clip")
        if terms is not None:
            for bag, (part, table) in zip(place_bags(self.bags, 0, 0), own[columns:], strict=True):
                sum_terms(table, terms[:, bag.slots], out[:, part], bag.first)


def list_input_specs(
    numbers: int, dtype: DTypeLike, *, id_columns: int, image: Shape | None, window: int | None, slots: int
) -> tuple[InputSpec, ...]:
    """List the arrays of rows: numbers of this dtype, columns of ids, a picture of this shape, tokens, and terms."""
    ids = [InputSpec("ids", (id_columns,), np.dtype(np.int32))] if id_columns else []
    images = [] if image is None else [InputSpec("images", image, np.dtype(np.uint8))]
    tokens = [] if window is None else [InputSpec("tokens", (window,), np.dtype(np.int32))]
    terms = [InputSpec("terms", (slots,), TERM)] if slots else []
    return (InputSpec("numbers", (numbers,), np.dtype(dtype)), *ids, *images, *tokens, *terms)


def to_net_inputs(inputs: int | NetInputs) -> NetInputs:
    """Return inputs that may be given as their number, if all are numbers."""
    return NetInputs(inputs) if isinstance(inputs, int) else inputs
