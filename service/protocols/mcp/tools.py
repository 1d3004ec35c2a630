"""The tools that agents are offered: from a table to a model that predicts, and what is wrong on the way.

Nothing here deletes anything.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contract.responses import FieldError
from service.datasets import routes as datasets
from service.generate import routes as generate
from service.http.routing import Route, Routes
from service.http.validation_errors import invalid_fields
from service.insight import diagnostics, evaluation, explanations, hard_examples
from service.jobs import epochs
from service.jobs import routes as jobs
from service.models import comparison
from service.models import routes as models
from service.predict import routes as predict
from service.protocols.mcp.tool import RequestBody, Tool, encode_json
from service.recommend import routes as recommend

MODEL: Final = {"model": "ref"}
JOB: Final = {"job_id": "job_id"}
DATASET: Final = {"dataset_id": "dataset_id"}
ROWS: Final = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object"},
    "description": "Rows as objects, {column: value}. null, or a column left out, is missing; a picture is a data: "
    "address.",
}


def _find(routes: Routes, handler: Callable[..., Any]) -> Route:
    return next(route for route in routes if route.handler is handler)


def _encode_table(arguments: Mapping[str, Any]) -> RequestBody:
    """A table as CSV, or as rows of JSON."""
    csv, has_csv, has_rows = arguments.get("csv"), "csv" in arguments, "rows" in arguments
    if has_csv == has_rows or not isinstance(csv, str | None):
        pointer, detail = ("#/csv", "must be text, and is instead of rows") if has_csv else ("#", "needs csv or rows")
        raise invalid_fields([FieldError(pointer=pointer, detail=detail, code="one_of")])
    if csv is None:
        return encode_json(arguments)
    return RequestBody(csv.encode(), "text/csv", {name: arguments[name] for name in arguments if name != "csv"})


TOOLS: Final = (
    Tool(
        "list_datasets",
        "List datasets",
        "The tables that were uploaded, newest first.",
        _find(datasets.routes, datasets.index),
        query=("limit", "after", "name"),
    ),
    Tool(
        "upload_dataset",
        "Upload a table",
        "Upload a table as CSV text or as rows. The answer has the dataset's id and a profile of each column; while it "
        "is processing, call describe_dataset with wait. Then train.",
        _find(datasets.routes, datasets.upload),
        described={
            "csv": {"type": "string", "description": "The table as CSV with a header; this or rows."},
            "rows": ROWS,
            "name": {"type": "string", "description": "The dataset's name, such as houses.csv."},
        },
        encode=_encode_table,
        read_only=False,
    ),
    Tool(
        "describe_dataset",
        "Describe a dataset",
        "A dataset with the type, the missing values and the distribution of each column.",
        _find(datasets.routes, datasets.one),
        path=DATASET,
        waits=True,
    ),
    Tool(
        "dataset_issues",
        "Faults of a file",
        "What was wrong with an uploaded file: line, column, value, and what was done about it.",
        _find(datasets.routes, datasets.issues),
        path=DATASET,
        query=("limit", "after"),
    ),
    Tool(
        "validate_job",
        "Would this job work?",
        "Validate the settings of a training without training: each fault with its place, and an estimate of time and "
        "memory. Takes what train takes.",
        _find(jobs.routes, jobs.validate),
        described={"dataset_id": {"type": "string"}, "target": {"type": "string"}},
        shown=("dataset_id",),
        required=("dataset_id",),
    ),
    Tool(
        "train",
        "Train a net",
        "Train a net on a dataset. dataset_id and target suffice: everything else is chosen, and the job says why. "
        "Other settings of POST /v1/jobs may be given too, such as layers, optimizer, early_stopping or split. The "
        "answer has the job's id; call get_job with wait until its status is succeeded, then diagnose_job.",
        _find(jobs.routes, jobs.submit),
        shown=(
            *("dataset_id", "target", "model_name", "task", "features", "epochs", "preset", "nets", "seed"),
            *("user", "item", "text", "time_limit_seconds", "start_from"),
        ),
        required=("dataset_id",),
        read_only=False,
    ),
    Tool(
        "list_jobs",
        "List jobs",
        "Trainings, newest first, with their state and metrics.",
        _find(jobs.routes, jobs.index),
        query=("limit", "after", "dataset_id"),
    ),
    Tool(
        "get_job",
        "One job",
        "A training: its status, progress, losses and metrics, its whole spec, and the model's id once it has "
        "succeeded. With wait the answer comes when the status changes.",
        _find(jobs.routes, jobs.one),
        path=JOB,
        waits=True,
    ),
    Tool(
        "metric_history",
        "Losses and metrics by epoch",
        "Every epoch of a training: losses, metrics, learning rate and gradient norm.",
        _find(epochs.routes, epochs.epochs),
        path=JOB,
        query=("after_epoch", "limit"),
    ),
    Tool(
        "diagnose_job",
        "Diagnose a job",
        "Overfitting and other problems of a training, also while it runs, each with evidence and advice. A "
        "suggested_patch is a JSON merge patch: apply it to the spec that get_job shows, and train with the result.",
        _find(diagnostics.routes, diagnostics.diagnostics),
        path=JOB,
    ),
    Tool(
        "finish_job",
        "Finish a job",
        "End a running training now, with the model of its best epoch so far.",
        _find(jobs.routes, jobs.finish),
        path=JOB,
        read_only=False,
    ),
    Tool(
        "cancel_job",
        "Cancel a job",
        "End a training without a model.",
        _find(jobs.routes, jobs.cancel),
        path=JOB,
        read_only=False,
        destructive=True,
    ),
    Tool(
        "list_models",
        "List models",
        "Trained models, newest first, with their metrics. A model is named by its id, its name (the newest version), "
        "name:3 or name@alias.",
        _find(models.routes, models.index),
        query=("limit", "after", "name"),
    ),
    Tool(
        "model_schema",
        "What a row looks like",
        "The JSON Schema of a row that a model predicts from, with an example.",
        _find(models.routes, models.schema),
        path=MODEL,
    ),
    Tool(
        "predict",
        "Predict",
        "Predictions for rows, and warnings of what is unlike the training rows. With interval, numbers have an "
        "interval and classes a set that hold what comes true as often as that.",
        _find(predict.routes, predict.predict),
        path=MODEL,
        query=("interval",),
        described={"rows": ROWS},
        required=("rows",),
    ),
    Tool(
        "explain",
        "Explain predictions",
        "What moved the predictions for up to 100 rows: the contribution of each column.",
        _find(explanations.routes, explanations.explain),
        path=MODEL,
        described={"rows": ROWS, "label": {"type": "string", "description": "The class to explain."}},
        required=("rows",),
    ),
    Tool(
        "feature_importance",
        "Feature importance",
        "Which columns a model depends on: how much its loss grows when a column is shuffled.",
        _find(explanations.routes, explanations.importance),
        path=MODEL,
    ),
    Tool(
        "evaluate",
        "Evaluate a model",
        "How good a model is on rows that it did not learn from, beside baselines: metrics, and the confusion matrix "
        "or the residuals.",
        _find(evaluation.routes, evaluation.evaluation),
        path=MODEL,
        query=("split",),
    ),
    Tool(
        "evaluate_on",
        "Evaluate a model on a dataset",
        "How good a model is on another dataset, which has its inputs and its target.",
        _find(evaluation.routes, evaluation.evaluate),
        path=MODEL,
        shown=("dataset_id",),
        required=("dataset_id",),
    ),
    Tool(
        "compare",
        "Compare two models",
        "Which of two models is better on the rows that neither learned from, pair by pair, and whether chance alone "
        "would make such a difference. After training again, compare the new model against the one before.",
        _find(comparison.routes, comparison.one),
        path=MODEL,
        query=("against",),
        required=("against",),
    ),
    Tool(
        "mistakes",
        "Mistakes",
        "Rows that a model gets most wrong, with their lines in the file; with kind suspect_label those whose label "
        "may be wrong.",
        _find(hard_examples.routes, hard_examples.index),
        path=MODEL,
        query=("kind", "split", "limit"),
    ),
    Tool(
        "recommend",
        "Recommend",
        "Items for a user, or for somebody who liked some, of a model that was trained with user and item.",
        _find(recommend.routes, recommend.recommend),
        path=MODEL,
        shown=("user", "limit", "exclude_seen"),
        described={"liked": {"type": "array", "items": {"type": "string"}, "description": "Items that are liked."}},
    ),
    Tool(
        "write",
        "Write",
        "Write on after a prompt, of a model that was trained with text.",
        _find(generate.routes, generate.generate),
        path=MODEL,
        described={
            "prompt": {"type": "string"},
            "max_tokens": {"type": "integer", "minimum": 1},
            "temperature": {"type": "number", "minimum": 0},
            "seed": {"type": "integer", "minimum": 0},
        },
    ),
)
"""In the order in which agents read them."""

TOOLS_BY_NAME: Final = {tool.name: tool for tool in TOOLS}


def describe_tools(scopes: list[str]) -> list[dict[str, Any]]:
    """The tools that a key with these scopes may call, as agents read them."""
    return [tool.describe() for tool in TOOLS if tool.is_for(scopes)]
