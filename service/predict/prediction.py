"""The prediction of a frame by a model, whoever asks: limited, counted, and warned of what is unlike training."""

from typing import Final

from learning.encoding.columns import InputWarning
from learning.frame import Frame
from learning.model import Model
from learning.tasks import Predictions
from service.services import Context, require_few_products

MAX_PRODUCTS: Final = 2**35
"""The most rows times weights of the net, which are computed in about a second."""


def predict_frame(
    context: Context, model: Model, rows: Frame, max_warnings: int, interval: float | None = None
) -> tuple[Predictions, list[InputWarning]]:
    """The predictions of rows, with intervals of a coverage if it is given, and at most so many warnings.

    Raises:
        ProblemError: `body-too-large`, of more rows than the net computes in about a second.
    """
    require_few_products(rows.rows, model, MAX_PRODUCTS)
    context.services.metrics.predicted_rows.inc(rows.rows)
    return model.predict(rows, max_warnings, interval)
