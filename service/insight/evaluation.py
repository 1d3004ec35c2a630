"""Evaluation of a model: on its held-out rows, or on another dataset."""

from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import msgspec
from pydantic import Field

from contract.evaluation import EvaluationResponse
from contract.responses import FieldError
from contract.specs import DatasetId, StrictModel
from learning.array_bytes import decode_array
from learning.errors import LearningError
from learning.frame import Frame
from learning.insight.conformal import measure_coverage
from learning.insight.eval_sample import MAX_CELLS, MAX_ROWS, EvalSample, draw_sample, encode_labelled_rows
from learning.model import Model
from learning.serialization import to_json
from learning.spelling import quote_names
from service.http.errors import ProblemError
from service.http.pagination import Query
from service.http.routing import Routes
from service.insight.stored_insights import HeldOutSplit, load_insights
from service.services import Context, IngestTimeout, load_model, require_ready
from store import datasets
from store.files import original_key, table_key
from store.tables import DatasetRow
from tables import (
    FileFormat,
    UnreadableFile,
    check_read_plan,
    image_readers,
    load_frame,
    make_read_plan,
    target_as_learned,
)

routes = Routes("evaluation", "Scores and errors of a model.")

MAX_FEATURE_ROWS: Final = 128
"""The most rows of which features of pictures are made within a request."""

EXAMPLE: Final = {"dataset_id": "ds_06f4bsa7x5vkn8q2m1w3c9tzre"}


class EvaluationQuery(Query):
    """Filters of the rows to return."""

    split: HeldOutSplit = Field(
        default="validation", description="Those that watched the training, or those looked at once, at its end."
    )


class EvaluateRequest(StrictModel):
    """The dataset and rows to evaluate a model on."""

    dataset_id: DatasetId = Field(description="A dataset with the model's inputs and its target.")


@routes.get(
    "/v1/models/{ref}/evaluation",
    scope="read",
    summary="How good a model is",
    problems=("not-found", "no-insight", "not-for-task"),
)
def evaluation(context: Context, ref: str, query: EvaluationQuery) -> EvaluationResponse:
    """The evaluation of a model on the rows of a split that it was not trained on, at most 100,000 of them.

    Curves are those of each class against all others.
    """
    served = context.services.model_resolver.resolve(context.owner, ref)
    content = load_insights(context, served, ["evaluation"])["evaluation"]
    if (found := read_evaluation(content, served.id, query.split)) is None:
        raise ProblemError(
            "no-insight",
            f"{served.name}:{served.version} was trained without rows for {query.split}: "
            f"ask for another split, or train again with split.{query.split} above 0.",
        )
    return found


def read_evaluation(content: bytes, model_id: str, split: HeldOutSplit) -> EvaluationResponse | None:
    """The evaluation on a split that was stored with a model; None if it was trained without such rows."""
    evaluations = msgspec.json.decode(content)
    if split not in evaluations:
        return None
    return EvaluationResponse.model_validate({**evaluations[split], "model_id": model_id, "split": split})


@routes.post(
    "/v1/models/{ref}/evaluate",
    scope="predict",
    summary="Evaluate a model on another dataset",
    problems=("not-found", "no-insight", "not-for-task", "dataset-not-ready"),
    example=EXAMPLE,
)
def evaluate(context: Context, ref: str, body: EvaluateRequest) -> EvaluationResponse:
    """The evaluation of a model on another dataset, with the model's inputs in the same types, and its target.

    Of a large dataset the first rows are taken; `warnings` says so.
    """
    served, model = load_model(context, ref)
    shares = decode_array(load_insights(context, served, ["shares"], "evaluate")["shares"])
    with context.begin_read() as s:
        dataset = require_ready(datasets.get(s, context.owner, body.dataset_id))
    sample, warnings = _draw_dataset_sample(context, model, dataset)
    conformal = model.header.conformal
    coverage = None if conformal is None else measure_coverage(sample, conformal, is_own=False)
    return EvaluationResponse.model_validate(
        {
            **to_json(replace(sample.evaluate(shares), coverage=coverage)),
            "model_id": served.id,
            "split": "dataset",
            "dataset_id": dataset.id,
            "warnings": warnings,
        }
    )


def _draw_dataset_sample(context: Context, model: Model, dataset: DatasetRow) -> tuple[EvalSample, list[str]]:
    """A sample of a dataset's rows with the model's predictions, and warnings about how the rows were selected."""
    needed = [*(column.name for column in model.inputs), *model.targets]
    types = {column["name"]: column["type"] for column in dataset.columns or []}
    if errors := [
        _dataset_error(dataset.id, f"has no column '{name}'", "unknown_column") for name in needed if name not in types
    ]:
        raise ProblemError("invalid", f"The dataset {errors[0].detail}.", errors=errors)
    max_rows = min(MAX_ROWS, MAX_CELLS // max(model.net.inputs, len(needed)))
    if any(column.feature_net for column in model.inputs):
        max_rows = min(max_rows, MAX_FEATURE_ROWS)
    frame, warnings = _load_frame(context, model, dataset, max_rows)
    try:
        data = encode_labelled_rows(frame, model.targets, model.encoding)
    except LearningError as unfit:
        error = _dataset_error(
            dataset.id, f"does not fit the model. {unfit.detail} {unfit.advice}".strip(), "unfit_column"
        )
        raise ProblemError("invalid", f"The dataset {error.detail}", errors=[error]) from None
    if not len(data):
        error = _dataset_error(
            dataset.id, f"has no row whose {quote_names(model.targets)} the model could have said", "no_target"
        )
        raise ProblemError("invalid", f"The dataset {error.detail}.", errors=[error])
    if (rows := dataset.rows or 0) > frame.rows:
        warnings.append(f"These are the first {frame.rows:,} rows of {rows:,}.")
    if left := frame.rows - len(data):
        which = "1 row was" if left == 1 else f"{left:,} rows were"
        lack = "is missing, or is no class of the model" if model.classes else "is missing"
        name = f"the target {quote_names(model.targets)}" if len(model.targets) == 1 else "one of the targets"
        warnings.append(f"{which} left out: {name} {lack}.")
    return draw_sample(model.net, "test", data), warnings


def _load_frame(context: Context, model: Model, dataset: DatasetRow, max_rows: int) -> tuple[Frame, list[str]]:
    """The model's columns of a dataset, and warnings of cells that cannot be read as the model reads.

    Where the dataset's file was read otherwise, it is read again.

    Raises:
        ProblemError: `invalid`, if most cells of a column cannot be read so.
    """
    profile, files = dataset.columns or [], context.services.files
    needed = [*(column.name for column in model.inputs), *model.targets]
    learned = [*model.inputs, *(target_as_learned(column, profile) for column in model.header.target_columns)]
    try:
        plan = make_read_plan(profile, learned, dataset.types, dataset.read_options or {})
        if plan is None:
            with files.local_copy(table_key(dataset.id)) as path:
                return load_frame(path, needed, profile, max_rows, image_readers(model.inputs)), []
        scratch = context.services.settings.data_dir / "scratch"
        scratch.mkdir(exist_ok=True)
        with (
            files.local_copy(original_key(dataset.id)) as source,
            TemporaryDirectory(dir=scratch, prefix="read-") as folder,
        ):
            path, form = Path(folder) / "table.parquet", cast("FileFormat", dataset.format)
            table = context.services.ingest(source, form, path, plan.types, options=plan.options)
            warnings = [sentence for _, sentence in check_read_plan(plan, profile, dataset.rows or 0, table)]
            columns = [asdict(column) for column in table.columns]
            return load_frame(path, needed, columns, max_rows, image_readers(model.inputs)), warnings
    except (LearningError, UnreadableFile) as unfit:
        detail = f"does not fit the model. {unfit.detail} {unfit.advice}".strip()
    except IngestTimeout:
        detail = "takes too long to be read again as the model reads it; upload a part of it."
    error = _dataset_error(dataset.id, detail, "unfit_column")
    raise ProblemError("invalid", f"The dataset {detail}", errors=[error])


def _dataset_error(dataset_id: str, detail: str, code: str) -> FieldError:
    return FieldError(pointer="#/dataset_id", detail=detail, code=code, given=dataset_id)
