"""Commands about models: list them, look at one; and the one that deletes things of any kind."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import client_of
from gradus.cli.output import AsJson, moment, number, print_json, print_json_list, print_next, print_table
from gradus.cli.train import example

if TYPE_CHECKING:
    from contract.responses import ModelResponse

Ref = Annotated[str, typer.Argument(metavar="MODEL", help="An id, a name, name:3, or name@alias.")]


def list_models(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the models."""
    with client_of(ctx) as client:
        found = list(client.models.list())
    if as_json:
        print_json_list(found)
    elif found:
        print_table(
            ["model", "aliases", "predicts", "task", "validation", "id", "made"], [_row(model) for model in found]
        )
    else:
        typer.echo("There are no models yet.")
        print_next("gradus train FILE --target COLUMN")


def model(ctx: typer.Context, model: Ref, as_json: AsJson = False) -> None:
    """Show a model: what it predicts, from what, and how well."""
    with client_of(ctx) as client:
        found = client.models.get(model)
    if as_json:
        print_json(found)
        return
    print_table(["model", "aliases", "predicts", "task", "validation", "id", "made"], [_row(found)])
    print_table(
        ["from", "type", "known values"],
        [
            [c.name, c.type, ", ".join(c.categories) if c.categories else f"{number(c.minimum)} to {number(c.maximum)}"]
            for c in found.inputs
        ],
    )
    print_next(f"gradus predict {model} --row {example(found.inputs)}")


def delete(
    ctx: typer.Context,
    thing: Annotated[str, typer.Argument(help="The id of a dataset, job or model, or a model's name:version.")],
) -> None:
    """Delete a dataset, a job's record, or a version of a model."""
    with client_of(ctx) as client:
        if thing.startswith("ds_"):
            client.datasets.delete(thing)
        elif thing.startswith("job_"):
            client.jobs.get(thing).delete()
        else:
            client.models.delete(thing)
    typer.echo(f"{thing} is deleted.")


def _row(model: "ModelResponse") -> list[str]:
    metrics = model.metrics.get("validation") or model.metrics.get("train") or {}
    how_well = ", ".join(f"{name} {number(value)}" for name, value in list(metrics.items())[:2])
    named = f"{model.name}:{model.version}"
    return [named, ", ".join(model.aliases), model.target, model.task, how_well, model.id, moment(model.created_at)]
