"""The output of a model that is explained: one of its targets, and of classes one of them.

A request may name both by a column and a label; what it leaves open is chosen here.
"""

import numpy as np
from numpy.typing import NDArray

from contract.responses import FieldError
from learning.model import Model
from learning.spelling import quote_names
from service.http.errors import ProblemError
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields


def find_target_index(model: Model, target: str | None, pointer: str) -> int:
    """The number of a target column; 0 if no target is given.

    Raises:
        ProblemError: `invalid`: the model does not predict it.
    """
    if target is None:
        return 0
    if target not in model.targets:
        detail = f"is no target of the model, which predicts {quote_names(model.targets)}"
        raise create_output_error(pointer, detail, "unknown_target", target)
    return model.targets.index(target)


def find_class_index(model: Model, label: str, pointer: str) -> int:
    """The class number of a label.

    Raises:
        ProblemError: `invalid`: the label is no class of the model.
    """
    if model.classes is None:
        raise create_output_error(
            pointer, "is for models of classes, and this one predicts numbers", "no_classes", label
        )
    if label not in model.classes:
        few = ", ".join(model.classes[:20])
        raise create_output_error(pointer, f"is no class of the model, which are: {few}", "unknown_class", label)
    return model.classes.index(label)


def create_output_error(pointer: str, detail: str, code: str, given: object) -> ProblemError:
    """A refusal of what is given at a pointer."""
    error = FieldError(pointer=pointer, detail=detail, code=code, given=shorten(given))
    return invalid_fields([error])


def choose_label(model: Model, x: NDArray[np.floating]) -> str | None:
    """The second of two classes, or the most probable class on average; None for regression."""
    if model.classes is None:
        return None
    mean = model.header.decode(model.net.forward(x)).numbers.mean(axis=0)
    return model.classes[1 if len(mean) == 2 else int(mean.argmax())]
