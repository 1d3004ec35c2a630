"""The command `train`: upload a table if need be, submit a job and watch the training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from gradus.cli.completion import complete_columns, complete_data, complete_presets
from gradus.cli.context import AsJson, open_client
from gradus.cli.datasets import LABEL, describe_problems, has_labels, open_input, upload_file
from gradus.cli.errors import UsageError
from gradus.cli.folds import print_submitted, watch_folds
from gradus.cli.job_options import (
    choose_fold,
    make_layers,
    make_optimizer,
    merge_part,
    parse_bins,
    parse_quantiles,
    read_spec,
)
from gradus.cli.output import format_count, print_json, print_next, print_text
from gradus.cli.references import find_dataset
from gradus.cli.results import TASK_WORDS, describe_task, print_reasons, print_reproduction, print_result
from gradus.cli.upload_options import UploadFlags, list_typed_options, with_upload_options
from gradus.errors import JobCancelled, JobFailed

if TYPE_CHECKING:
    from contract.responses import DatasetResponse
    from gradus.client import Client
    from gradus.job_options import JobOptions
    from gradus.jobs import Job

EXIT_INTERRUPTED = 130

ARCHIVE_ENDINGS = frozenset({".zip", ".tar", ".tgz", ".gz"})
TEXT_ENDINGS = frozenset({".txt", ".md"})
TEXT_COLUMN = "text"
NO_FOLDERS = "The pictures lie in no folders, which would be their classes: put those of each class into a folder."
NO_TARGET = "--target: name the column to predict, as --target COLUMN, or several as --targets A,B."


@with_upload_options
def train(
    ctx: typer.Context,
    data: Annotated[
        str,
        typer.Argument(
            metavar="FILE|DATASET", help="A file or a folder of pictures, or a dataset.", autocompletion=complete_data
        ),
    ],
    *,
    target: Annotated[str | None, typer.Option(help="The column to predict.", autocompletion=complete_columns)] = None,
    targets: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Instead: several columns of numbers, between commas.",
            autocompletion=complete_columns,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Recommend: the column that says who; --target is that of ratings, if any.",
            autocompletion=complete_columns,
        ),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Recommend: the column that says what.", autocompletion=complete_columns),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model; by default that of the table.")] = None,
    preset: Annotated[str | None, typer.Option(help="See below.", autocompletion=complete_presets)] = None,
    epochs: Annotated[int | None, typer.Option()] = None,
    batch_size: Annotated[int | None, typer.Option()] = None,
    layers: Annotated[
        str | None,
        typer.Option(
            help="Hidden layers: the number of neurons in each, such as 64,64, or 64,norm,residual(64,64); for "
            "pictures conv(16),pool,64; 0: none, a linear model."
        ),
    ] = None,
    activation: Annotated[str | None, typer.Option(help="See below.")] = None,
    dropout: Annotated[float | None, typer.Option(help="After each hidden layer.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="See below.")] = None,
    learning_rate: Annotated[float | None, typer.Option()] = None,
    schedule: Annotated[str | None, typer.Option(help="See below.")] = None,
    loss: Annotated[str | None, typer.Option(help="See below.")] = None,
    quantiles: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Of the loss quantile: between commas, such as 0.1,0.5,0.9.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK",
            help="classification or class; regression or number; recommendation; language; auto, the default.",
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="Features: the columns to predict from, between commas; by default all but the target.",
            autocompletion=complete_columns,
        ),
    ] = None,
    pretrained: Annotated[
        bool,
        typer.Option(
            "--pretrained",
            help="Few photographs: learn from features that a net makes of them, which others trained on millions.",
        ),
    ] = False,
    embedding_min_categories: Annotated[int | None, typer.Option(metavar="VALUES")] = None,
    embedding_dimensions: Annotated[int | None, typer.Option(metavar="NUMBERS")] = None,
    bins: Annotated[str | None, typer.Option(metavar="NUMBER")] = None,
    validation: Annotated[float | None, typer.Option(help="As a share of all rows.")] = None,
    test: Annotated[float | None, typer.Option(help="As a share of all rows.")] = None,
    group_by: Annotated[str | None, typer.Option(metavar="COLUMN", autocompletion=complete_columns)] = None,
    order_by: Annotated[str | None, typer.Option(metavar="COLUMN", autocompletion=complete_columns)] = None,
    folds: Annotated[int | None, typer.Option(help="Trains a net on each, unless --fold chooses one.")] = None,
    fold: Annotated[int | None, typer.Option()] = None,
    nets: Annotated[int | None, typer.Option(help="Nets that become one model, each validated on one fold.")] = None,
    weight_column: Annotated[str | None, typer.Option(metavar="COLUMN", autocompletion=complete_columns)] = None,
    patience: Annotated[int | None, typer.Option(help="0: no early stopping.")] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Time limit: end training after this time, with the best epoch so far."),
    ] = None,
    weight_decay: Annotated[float | None, typer.Option()] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Warm start: a model, or a job with one, whose weights to begin with.")
    ] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    spec: Annotated[
        Path | None, typer.Option(help="A JSON file with any fields of a job; options override it.")
    ] = None,
    flags: UploadFlags,
    detach: Annotated[bool, typer.Option("--detach", help="Submit the job and do not wait for its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a neural net on a table.

    Only the table and --target (or --targets) are required, or --user and --item to recommend; of pictures the folder
    that has a folder a class; of a text the file, or --task language and the column as --target. Ctrl-C
    stops watching; the job goes on.
    """
    options = read_spec(spec)
    typed_options: dict[str, Any] = {
        "target": target,
        "targets": targets.split(",") if targets else None,
        "user": user,
        "item": item,
        "model_name": name,
        "preset": preset,
        "epochs": epochs,
        "batch_size": batch_size,
        "layers": make_layers(layers, activation, dropout),
        "optimizer": make_optimizer(optimizer, learning_rate, options.get("optimizer")),
        "schedule": {"type": schedule} if schedule else None,
        "loss": loss,
        "quantiles": parse_quantiles(quantiles),
        "task": "recommendation" if task is None and user and item else TASK_WORDS.get(task or "", task),
        "features": features.split(",") if features else None,
        "embedding": merge_part(
            options.get("embedding"), min_categories=embedding_min_categories, dimensions=embedding_dimensions
        ),
        "numeric": merge_part(options.get("numeric"), bins=parse_bins(bins)),
        "image": merge_part(options.get("image"), features="pretrained" if pretrained else None),
        "split": merge_part(
            options.get("split"),
            validation=validation,
            test=test,
            group_by=group_by,
            order_by=order_by,
            folds=folds,
            fold=fold,
        ),
        "nets": nets,
        "weight_column": weight_column,
        "early_stopping": {"patience": patience} if patience else None,
        "time_limit_seconds": time_limit,
        "weight_decay": weight_decay,
        "start_from": {"job_id" if start.startswith("job_") else "model": start} if start else None,
        "seed": seed,
    }
    options |= {field: value for field, value in typed_options.items() if value is not None}
    if patience == 0:
        options["early_stopping"] = None
    has_target = (options.get("target") is None) != (options.get("targets") is None)
    if not has_target and options.get("task") is None and Path(data).suffix.lower() in TEXT_ENDINGS:
        flags["format"] = "text"
    if flags.get("format") == "text" and not has_target:
        options = {"task": "language", "text": TEXT_COLUMN} | options
    elif options.get("task") == "language" and options.get("target") is not None:
        options["text"] = options.pop("target")
    needs_target = not has_target and options.get("task") not in {"recommendation", "language"}
    if needs_target and not _may_be_pictures(data):
        raise UsageError(NO_TARGET)
    options.pop("dataset_id", None)
    with open_client(ctx) as client:
        dataset = find_or_upload(client, data, flags, quiet=as_json)
        if needs_target:
            options["target"] = _find_label(dataset)
        numbers = [fold] if folds is None or fold is not None else range(max(folds, 1))
        job, *others = [
            client.jobs.create(dataset=dataset, **cast("JobOptions", choose_fold(options, number)))
            for number in numbers
        ]
        if not as_json:
            print_text(describe_task(job.answer), err=True)
        if others:
            (print_submitted if detach else watch_folds)([job, *others], as_json=as_json)
        elif detach:
            print_action(job, as_json=as_json, tells_epoch=False, following="watch")
        else:
            watch_job(job, as_json=as_json)


def _may_be_pictures(data: str) -> bool:
    """Whether data may be pictures, whose folders are the target."""
    path = Path(data)
    return path.is_dir() or path.suffix.lower() in ARCHIVE_ENDINGS or not path.exists()


def _find_label(dataset: "DatasetResponse") -> str:
    """The column of the folders that pictures lie in."""
    columns = dataset.columns or []
    if not has_labels(dataset):
        raise UsageError(NO_FOLDERS if [column.type for column in columns] == ["image"] else NO_TARGET)
    (label,) = (column for column in columns if column.name == LABEL)
    if label.distinct == 1 and label.top:
        raise UsageError(
            f"All pictures are of the class '{label.top[0].value}': add a folder with those of another one."
        )
    return LABEL


def print_action(job: "Job", *, as_json: bool, tells_epoch: bool = True, following: str | None = None) -> None:
    """Print a job after an action on it, and the command to type next."""
    if as_json:
        print_json(job.answer)
        return
    after = f" after {format_count(job.progress.epoch, 'epoch')}" if tells_epoch else ""
    print_text(f"{job.id}  {job.status}{after}")
    if following:
        print_next(f"gradus {following} {job.id}")


def watch_job(job: "Job", *, as_json: bool) -> None:
    """Watch a job until it is over, and print its result, or raise JobFailed or JobCancelled; Ctrl-C stops watching."""
    from gradus.cli.progress import watch_training

    for warning in job.warnings:
        print_text(f"note: {warning}", colour="yellow", err=True)
    print_reasons(job.answer)
    try:
        if as_json:
            for _ in job.follow():
                pass
        else:
            watch_training(job)
    except KeyboardInterrupt as interrupt:
        print_text(f"\n{job.id} goes on. Watch it again: gradus watch {job.id}", err=True)
        print_text(f"Stop it:{' ' * (len(job.id) + 2)}gradus cancel {job.id}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from interrupt
    if as_json:
        print_json(job.answer)
    if job.status == "failed":
        raise JobFailed(job.answer)
    if job.status == "cancelled":
        raise JobCancelled(job.answer)
    if not as_json and job.answer.reproduces is not None:
        print_reproduction(job.answer)
    elif not as_json:
        print_result(job.answer, job.model.answer)


def find_or_upload(client: "Client", data: str, flags: UploadFlags, *, quiet: bool) -> "DatasetResponse":
    """The dataset of an id, a file (which the server keeps once, by name and flags), or a name."""
    path = Path(data)
    if data.startswith("ds_") or (data != "-" and not path.exists()):
        if path.suffix and "/" in data:
            raise UsageError(f"There is no file {path}.")
        if flags:
            raise UsageError(f"{data} is no file here, and only a file is uploaded with {list_typed_options(flags)}.")
        return find_dataset(client, data, kind="file or dataset")
    with open_input(path) as file:
        dataset = upload_file(client, file, flags)
    if not quiet:
        print_text(f"{data}  {dataset.id}  {format_count(dataset.rows or 0, 'row')}", err=True)
        if found := describe_problems(dataset):
            print_text(f"{found}; see: gradus dataset {dataset.id}", err=True)
    return dataset
