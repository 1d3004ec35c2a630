"""`TokenEncoder`: the text of a model that writes, as the inputs of its net."""

from dataclasses import dataclass
from typing import Annotated, NoReturn

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList
from learning.errors import NotForTask
from learning.frame import Frame
from learning.language.tokenizers import Tokenizer
from learning.nn.layers.inputs import NetInputs, RowArrays, TokenInput

END_OF_DOCUMENT = "\x03"
"""What separates documents in a text; a model that learned from documents writes it when one ends."""


@dataclass(frozen=True, kw_only=True)
class TokenEncoder:
    """The tokens of a text; it stands where other models encode columns.

    Attributes:
        column: The column of the text.
        tokenizer: What the text is cut into.
        context: How many tokens the net sees at most.
        documents: Whether documents were learned from, which end.
    """

    column: str
    tokenizer: Tokenizer
    context: Annotated[int, Ge(1), Le(65_536)]
    documents: bool = False

    @property
    def net_inputs(self) -> NetInputs:
        """What goes into a net: tokens."""
        return NetInputs(0, tokens=TokenInput(self.tokenizer.vocabulary, self.context))

    @property
    def columns(self) -> tuple[()]:
        """The encoders of single columns: there are none."""
        return ()

    @property
    def output_names(self) -> list[str]:
        """The names of joined inputs: there are none."""
        return []

    def output_columns(self) -> dict[str, NDArray[np.intp]]:
        """The inputs that belong to each column: none."""
        return {}

    def describe(self) -> tuple[InputColumn, ...]:
        """The column of the text."""
        return (InputColumn(self.column, "text"),)

    def typical_row(self) -> dict[str, str | float | bool | None]:
        """The beginning of a text."""
        return {self.column: "The "}

    def encode_arrays(self, frame: Frame, warnings: WarningList | None = None) -> RowArrays:
        """Refused."""
        del frame, warnings
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotForTask(
            "A model that writes reads a text token by token, and has no inputs that belong to columns.",
            "Let it write, or ask it what comes next after a text.",
        )
