"""A model as an object: the fields of one version, and what can be asked of it.

model = client.models.get("houses")
model.predict(frame)
"""

import warnings
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from inspect import signature
from os import PathLike
from typing import Any, Concatenate, Final, Generic, Literal, ParamSpec, TypeVar, overload

from contract.responses import ModelInput, ModelResponse, PredictionResponse
from gradus.answer_field import AnswerField
from gradus.dataframes import AnyFrame, cut_frame, flatten, is_frame, make_frame_like
from gradus.model_methods import BadRows, ModelMethods, Row, UnknownColumns
from gradus.notebook import render_table

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=AnyFrame)

MAX_WARNED: Final = 10
"""The warnings about rows of a frame that are told one by one."""


class RowWarning(UserWarning):
    """Rows of a data frame are unlike those of training, or were skipped."""


class _AskModel(Generic[P, T]):
    """A method that takes a reference to a model, as one of a model."""

    def __init__(self, method: Callable[Concatenate[ModelMethods, str, P], T]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, model: "Model", owner: type) -> Callable[P, T]:
        bound = update_wrapper(partial(self._method, model.methods, model.id), self._method)
        whole = signature(self._method)
        bound.__dict__["__signature__"] = whole.replace(parameters=[*whole.parameters.values()][2:])
        return bound


class Model:
    """One version of a model, which never changes; its fields are those of `answer`.

    Its methods raise what those of `client.models` do.
    """

    id = AnswerField[str]()
    name = AnswerField[str]()
    version = AnswerField[int]()
    aliases = AnswerField[list[str]]()
    job_id = AnswerField[str]()
    dataset_id = AnswerField[str]()
    task = AnswerField[Literal["regression", "classification", "recommendation", "language"]]()
    target = AnswerField[str | None]()  # None: it predicts several
    targets = AnswerField[list[str]]()
    classes = AnswerField[list[str] | None]()
    inputs = AnswerField[list[ModelInput]]()
    parameters = AnswerField[int]()
    weights_sha256 = AnswerField[str]()
    metrics = AnswerField[dict[str, dict[str, float | None]]]()  # by part of the rows

    feedback = _AskModel(ModelMethods.feedback)
    monitor = _AskModel(ModelMethods.monitor)
    recommend = _AskModel(ModelMethods.recommend)
    similar = _AskModel(ModelMethods.similar)
    generate = _AskModel(ModelMethods.generate)
    next_tokens = _AskModel(ModelMethods.next_tokens)
    evaluation = _AskModel(ModelMethods.evaluation)
    evaluate = _AskModel(ModelMethods.evaluate)
    slices = _AskModel(ModelMethods.slices)
    mistakes = _AskModel(ModelMethods.mistakes)
    confusion = _AskModel(ModelMethods.confusion)
    explain = _AskModel(ModelMethods.explain)
    saliency = _AskModel(ModelMethods.saliency)
    feature_maps = _AskModel(ModelMethods.feature_maps)
    importance = _AskModel(ModelMethods.importance)
    partial_dependence = _AskModel(ModelMethods.partial_dependence)
    predict_pictures = _AskModel(ModelMethods.predict_pictures)
    schema = _AskModel(ModelMethods.schema)
    weights = _AskModel(ModelMethods.weights)
    export = _AskModel(ModelMethods.export)

    def __init__(self, methods: ModelMethods, answer: ModelResponse) -> None:
        self.methods = methods
        self.answer = answer

    def __repr__(self) -> str:
        return f"<Model {self.name}:{self.version} predicts {', '.join(self._target_names)}>"

    def _repr_html_(self) -> str:
        """The model as a notebook shows it."""
        return render_table(self.answer, ("name", "version", "aliases", "task", "target", "parameters", "metrics"))

    @property
    def _target_names(self) -> list[str]:
        """The columns that it predicts, of which none is an input."""
        return self.targets or [self.target or ""]

    @overload
    def predict(
        self,
        rows: F,
        *,
        unknown: UnknownColumns = "refuse",
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> F: ...

    @overload
    def predict(
        self,
        rows: Row | Sequence[Row] | str | PathLike[str] | bytes,
        *,
        unknown: UnknownColumns = "refuse",
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> PredictionResponse: ...

    def predict(
        self,
        rows: AnyFrame | Row | Sequence[Row] | str | PathLike[str] | bytes,
        *,
        unknown: UnknownColumns = "refuse",
        bad_rows: BadRows = "refuse",
        interval: float | None = None,
        record: bool = False,
    ) -> Any:
        """Predict each row, as `client.models.predict` does; of a data frame the answer is one, too.

        It has a row for each, in pandas with the same index: its `value`, or its `label` and columns such as
        `probability_yes`; with an `interval` `interval_low` and `interval_high`, or `set`, and with `record` its `id`.
        The column that the model predicts may be in the frame, and is passed over. What is unlike the rows of training
        is told by a RowWarning.
        """
        if not is_frame(rows):
            return self.methods.predict(
                self.id, rows, unknown=unknown, bad_rows=bad_rows, interval=interval, record=record
            )
        passed_over = [name for name in self._target_names if name in rows.columns]
        records: list[dict[str, object]] = []
        told: list[str] = []
        for part in cut_frame(rows, without=passed_over):
            answer = self.methods.predict(
                self.id, part, unknown=unknown, bad_rows=bad_rows, interval=interval, record=record
            )
            told += [f"row {len(records) + one.row}, {one.column}: {one.detail}" for one in answer.warnings]
            told += [f"row {len(records) + one.row}, {one.column or 'skipped'}: {one.detail}" for one in answer.errors]
            ids = [{"id": one} for one in answer.ids or ()] or [{}] * len(answer.predictions)
            pairs = zip(ids, answer.predictions, strict=True)
            records += [{**own, **dict(flatten(prediction))} for own, prediction in pairs]
        for text in told[:MAX_WARNED]:
            warnings.warn(text, RowWarning, stacklevel=2)
        if len(told) > MAX_WARNED:
            warnings.warn(f"and {len(told) - MAX_WARNED:,} more", RowWarning, stacklevel=2)
        return make_frame_like(rows, records)
