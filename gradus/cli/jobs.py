"""Commands for jobs: list, show, control, diagnose, report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gradus.cli.completion import complete_jobs
from gradus.cli.context import AsJson, JobRef, open_client
from gradus.cli.errors import UsageError, print_problem
from gradus.cli.output import (
    Columns,
    format_count,
    format_number,
    format_time,
    print_file,
    print_items,
    print_json,
    print_list,
    print_next,
    print_text,
)
from gradus.cli.references import find_job
from gradus.cli.results import print_reasons, print_reproduction, print_result
from process.printable import escape_unprintable_json

if TYPE_CHECKING:
    from contract.responses import JobResponse
    from gradus.jobs import Job

COLOUR_BY_SEVERITY = {"error": "red", "warning": "yellow", "info": "blue"}


def list_jobs(
    ctx: typer.Context,
    *,
    status: Annotated[str | None, typer.Option(help="Only jobs in these states, such as running,queued.")] = None,
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only with these words in their names, tags or note.")
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only with this tag: a name, or name=value.")] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="ORDER", help="score (the best first), name or status; -name downwards.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the jobs."""
    with open_client(ctx) as client:
        found = [job.answer for job in client.jobs.list(status=status, q=search, tag=tag, sort=sort)]
    if_empty = "There are no jobs yet." if status is None else f"There are no {status} jobs."
    if search or tag:
        if_empty = "No job was found."
    following = "gradus train FILE --target COLUMN"
    print_list(found, JOB_COLUMNS, as_json=as_json, if_empty=if_empty, following=following)


def job(ctx: typer.Context, job: JobRef, as_json: AsJson = False) -> None:
    """Show a job: its progress, and its result."""
    with open_client(ctx) as client:
        found = find_job(client, job)
        if as_json:
            print_json(found.answer)
            return
        print_items([found.answer], JOB_COLUMNS)
        for warning in found.warnings:
            print_text(f"note: {warning}", colour="yellow")
        print_reasons(found.answer)
        if found.error is not None:
            print_problem(found.error)
        elif found.answer.reproduces is not None and found.over:
            print_reproduction(found.answer)
        elif found.answer.model_id is not None:
            print_result(found.answer, found.model.answer)
        elif not found.over:
            print_next(f"gradus watch {found.id}")


def make_job_command(action: Callable[["Job"], "Job"], show: Callable[..., None]) -> Callable[..., None]:
    """A command that takes an action on a job, and shows the job that comes of it."""

    def command(ctx: typer.Context, job: JobRef, as_json: AsJson = False) -> None:
        with open_client(ctx) as client:
            show(action(find_job(client, job)), as_json=as_json)

    return command


def diagnose(ctx: typer.Context, job: JobRef, as_json: AsJson = False) -> None:
    """Diagnose a training run: overfitting and other problems.

    Each comes with the settings to train again with.
    """
    with open_client(ctx) as client:
        found = find_job(client, job)
        diagnosis = found.diagnostics()
    if as_json:
        print_json(diagnosis)
        return
    if found.answer.verdict is not None:
        print_text(found.answer.verdict)
    if not diagnosis.findings:
        print_text(f"No problems found after {format_count(diagnosis.epoch, 'epoch')}.")
    for finding in diagnosis.findings:
        print_text()
        print_text(f"{finding.severity}: ", colour=COLOUR_BY_SEVERITY[finding.severity], nl=False)
        print_text(finding.title, bold=True)
        print_text(finding.detail)
        print_text(finding.advice)
        if finding.suggested_patch is not None:
            print_text("train again with: ", colour="green", nl=False)
            print_text(escape_unprintable_json(json.dumps(finding.suggested_patch, ensure_ascii=False)))


def report(
    ctx: typer.Context,
    job: JobRef,
    *,
    out: Annotated[Path | None, typer.Option(help="File to write, FILE.html or FILE.md.")] = None,
) -> None:
    """Print or write a report on a training run.

    It is Markdown; with --out FILE.html, HTML.
    """
    if out is not None and out.suffix not in {".html", ".md"}:
        raise UsageError(f"--out {out}: use a name that ends in .html or .md.")
    with open_client(ctx) as client:
        text = find_job(client, job).report("html" if out is not None and out.suffix == ".html" else "markdown")
    if out is None:
        print_file(text.encode())
    else:
        out.write_text(text, encoding="utf-8")
        print_text(f"{out}: the report of {job}")


def split(
    ctx: typer.Context,
    job: JobRef,
    *,
    part: Annotated[
        Literal["train", "validation", "test", "left_out"] | None,
        typer.Option(help="Print only rows of this part."),
    ] = None,
) -> None:
    """Print the split of a job as CSV: of each row its number, its line in the file, its part, and its fold if any."""
    with open_client(ctx) as client:
        found = find_job(client, job)
        has_folds = found.spec.split.folds is not None
        lines = [f"row,line,part{',fold' * has_folds}\n"]
        for row in found.split(part):
            fold = f",{'' if row.fold is None else row.fold}" * has_folds
            lines.append(f"{row.row},{row.line or ''},{row.part}{fold}\n")
        print_file("".join(lines).encode())


def open_page(
    ctx: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="JOB", autocompletion=complete_jobs, help="Which; without it, the start page.")
    ] = "",
) -> None:
    """Open the page of a job in a browser."""
    with open_client(ctx) as client:
        url = f"{client.url}/#/jobs/{find_job(client, ref).id}" if ref else f"{client.url}/"
    print_text(url)
    typer.launch(url)


def _best_loss(job: "JobResponse") -> float | None:
    best = job.best
    return None if best is None else best.train_loss if best.validation_loss is None else best.validation_loss


JOB_COLUMNS: "Columns[JobResponse]" = {
    "model": lambda job: job.spec.model_name or "-",
    "target": lambda job: ", ".join(job.spec.target_names),
    "status": lambda job: job.status,
    "epoch": lambda job: f"{job.progress.epoch}/{job.progress.epochs}",
    "best loss": lambda job: format_number(_best_loss(job)),
    "created": lambda job: format_time(job.created_at),
    "job": lambda job: job.id,
}
