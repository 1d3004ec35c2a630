"""Commands for models: list, show, export, alias; and `delete`, which takes ids of any kind."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import (
    Columns,
    format_metric_name,
    format_moments,
    format_number,
    format_size,
    format_time,
    print_items,
    print_json,
    print_list,
    print_next,
    print_text,
)
from gradus.cli.references import ask_model
from gradus.cli.results import describe_use
from gradus.errors import NotFound
from process.printable import escape_unprintable

if TYPE_CHECKING:
    from contract.responses import ModelInput, ModelResponse
    from gradus.client import Client
    from gradus.model_methods import ExportFormat

ENDINGS: Final[dict["ExportFormat", str]] = {
    "python": ".py",
    "onnx": ".onnx",
    "mlflow": ".mlflow.zip",
    "npz": ".npz",
    "safetensors": ".safetensors",
}
"""What the names of exported files end in, by their format."""
WEIGHTS: Final = frozenset({"npz", "safetensors"})
"""The formats that have the weights alone."""


def list_models(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the models."""
    with open_client(ctx) as client:
        found = [model.answer for model in client.models.list()]
    following = "gradus train FILE --target COLUMN"
    print_list(found, MODEL_COLUMNS, as_json=as_json, if_empty="There are no models yet.", following=following)


def model(ctx: typer.Context, model: ModelRef, as_json: AsJson = False) -> None:
    """Show a model: its target, inputs and metrics."""
    with open_client(ctx) as client:
        found = ask_model(client, model, client.models.get).answer
    if as_json:
        print_json(found)
        return
    print_items([found], MODEL_COLUMNS)
    print_items(found.inputs, INPUT_COLUMNS)
    print_next(describe_use(model if model.startswith(found.name) else found.name, found))


def export(
    ctx: typer.Context,
    model: ModelRef,
    *,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(ENDINGS)}; by default that of the ending of --out, or else python.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write; by default NAME-VERSION with the ending of the format.")
    ] = None,
) -> None:
    """Export a model as a file that works without Gradus.

    `gradus export houses` writes one Python file that predicts: `python houses-1.py rows.csv`. It needs nothing but
    Python, of a model that sees pictures or writes NumPy too. `onnx` is a graph for other runtimes, `mlflow` a folder
    that MLflow loads, as ZIP; `npz` and `safetensors` have the weights alone.
    """
    chosen = _choose_format(format_, out)
    with open_client(ctx) as client:
        found = ask_model(client, model, client.models.get).answer
        path = out or Path(f"{found.name}-{found.version}{ENDINGS[chosen]}")
        content = client.models.export(found.id, format=chosen)
    path.write_bytes(content)
    what = "the weights of " if chosen in WEIGHTS else ""
    print_text(f"{path}: {what}{found.name}:{found.version} as {chosen}, {format_size(len(content))}")


def _choose_format(given: str | None, out: Path | None) -> "ExportFormat":
    """The format that was named, or that of the ending of a file."""
    if given is None and out is None:
        return "python"
    for name, ending in ENDINGS.items():
        if given == name or (given is None and out is not None and out.name.endswith(ending)):
            return name
    if given is None:
        raise UsageError(f"--out {out}: use a name that ends in {', '.join(ENDINGS.values())}, or --format.")
    raise UsageError(f"--format {given}: use {', '.join(ENDINGS)}.")


def alias(
    ctx: typer.Context,
    model: ModelRef,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Such as live.")],
    *,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the alias; the version that it names stays.")
    ] = False,
    if_better: Annotated[
        bool, typer.Option("--if-better", help="Only if it is better than the version that has the alias.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Point an alias to a version of a model, or move it there.

    `gradus alias houses:3 live`: from then on houses@live is version 3. Without a version, the newest. With --if-better
    both are compared on the rows that neither learned from.
    """
    with open_client(ctx) as client:
        found = ask_model(client, model, client.models.get).answer
        if remove:
            client.models.remove_alias(found.name, alias)
            print_text(f"{found.name}@{alias} is removed.")
            return
        answer = client.models.set_alias(found.name, alias, found.version, only_if_better=if_better)
    if as_json:
        print_json(answer)
        return
    print_text(f"{answer.name}@{answer.alias} is {answer.name}:{answer.version} now.")
    print_next(describe_use(f"{answer.name}@{answer.alias}", found))


def delete(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="The id of a dataset, job or model, or a model's name:version.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a dataset, the record of a job, or a version of a model.

    Of a name alone, its newest version. On a terminal it asks first.
    """
    if not yes and sys.stdin.isatty() and not typer.confirm(f"Delete {escape_unprintable(ref)}?"):
        raise typer.Exit(1)
    outcome = f"{ref} is deleted."
    with open_client(ctx) as client:
        if ref.startswith("ds_"):
            client.datasets.delete(ref)
        elif ref.startswith("job_"):
            client.jobs.get(ref).delete()
        else:
            outcome = _delete_version(client, ref)
    print_text(outcome)


def _delete_version(client: "Client", ref: str) -> str:
    """Delete the version of a model that a reference means; returns what is deleted, and what is left."""
    model = client.models.get(ref)
    client.models.delete(model.id)
    deleted = f"{model.name}:{model.version} is deleted"
    try:
        newest = client.models.get(model.name)
    except NotFound:
        return f"{deleted}; no version of {model.name} is left."
    return f"{deleted}; {newest.name}:{newest.version} is the newest now."


def _format_metrics(model: "ModelResponse") -> str:
    metrics = model.metrics.get("validation") or model.metrics.get("train") or {}
    return ", ".join(f"{format_metric_name(name)} {format_number(value)}" for name, value in list(metrics.items())[:2])


def _format_values(column: "ModelInput") -> str:
    if column.categories:
        return ", ".join(column.categories)
    if column.type == "boolean":
        return "false, true"
    if column.minimum is None or column.maximum is None:
        return "-"
    if column.type == "datetime":
        return format_moments(column.minimum, column.maximum)
    return f"{format_number(column.minimum)} to {format_number(column.maximum)}"


MODEL_COLUMNS: "Columns[ModelResponse]" = {
    "model": lambda model: f"{model.name}:{model.version}",
    "aliases": lambda model: ", ".join(model.aliases),
    "target": lambda model: ", ".join(model.targets) or model.target or "",
    "task": lambda model: model.task,
    "validation": _format_metrics,
    "created": lambda model: format_time(model.created_at),
    "id": lambda model: model.id,
}
INPUT_COLUMNS: "Columns[ModelInput]" = {
    "input": lambda column: column.name,
    "type": lambda column: column.type,
    "values in training": _format_values,
}
