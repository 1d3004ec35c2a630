"""Commands for models: list, show; and `delete`, which takes ids of any kind."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.output import AsJson, format_number, format_time, print_json, print_json_list, print_next, print_table
from gradus.cli.train import example_row

if TYPE_CHECKING:
    from contract.responses import ModelResponse

Ref = Annotated[str, typer.Argument(metavar="MODEL", help="An id, a name, name:3, or name@alias.")]


def list_models(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the models."""
    with open_client(ctx) as client:
        found = list(client.models.list())
    if as_json:
        print_json_list(found)
    elif found:
        print_table(
            ["model", "aliases", "target", "task", "validation", "id", "created"],
            [_model_row(model) for model in found],
        )
    else:
        typer.echo("There are no models yet.")
        print_next("gradus train FILE --target COLUMN")


def model(ctx: typer.Context, model: Ref, as_json: AsJson = False) -> None:
    """Show a model: its target, inputs and metrics."""
    with open_client(ctx) as client:
        found = client.models.get(model)
    if as_json:
        print_json(found)
        return
    print_table(["model", "aliases", "target", "task", "validation", "id", "created"], [_model_row(found)])
    print_table(
        ["input", "type", "values in training"],
        [
            [
                c.name,
                c.type,
                ", ".join(c.categories)
                if c.categories
                else f"{format_number(c.minimum)} to {format_number(c.maximum)}",
            ]
            for c in found.inputs
        ],
    )
    print_next(f"gradus predict {model} --row {example_row(found.inputs)}")


def delete(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="The id of a dataset, job or model, or a model's name:version.")],
) -> None:
    """Delete a dataset, the record of a job, or a version of a model."""
    with open_client(ctx) as client:
        if ref.startswith("ds_"):
            client.datasets.delete(ref)
        elif ref.startswith("job_"):
            client.jobs.get(ref).delete()
        else:
            client.models.delete(ref)
    typer.echo(f"{ref} is deleted.")


def _model_row(model: "ModelResponse") -> list[str]:
    metrics = model.metrics.get("validation") or model.metrics.get("train") or {}
    how_well = ", ".join(f"{name} {format_number(value)}" for name, value in list(metrics.items())[:2])
    named = f"{model.name}:{model.version}"
    return [
        named,
        ", ".join(model.aliases),
        model.target,
        model.task,
        how_well,
        model.id,
        format_time(model.created_at),
    ]
