"""Commands about a training run: its diagnosis, and its report."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import AsJson, format_count, print_json

COLOUR_BY_SEVERITY = {"error": "red", "warning": "yellow", "info": "blue"}

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


def diagnose(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Diagnose a training run: overfitting and other problems.

    Each comes with the settings to train again with.
    """
    with open_client(ctx) as client:
        found = client.jobs.get(job)
        diagnosis = found.diagnostics()
    if as_json:
        print_json(diagnosis)
        return
    if found.answer.verdict is not None:
        typer.echo(found.answer.verdict)
    if not diagnosis.findings:
        typer.echo(f"No problems found after {format_count(diagnosis.epoch, 'epoch')}.")
    for finding in diagnosis.findings:
        typer.echo()
        typer.secho(f"{finding.severity}: ", fg=COLOUR_BY_SEVERITY[finding.severity], nl=False)
        typer.secho(finding.title, bold=True)
        typer.echo(finding.detail)
        typer.echo(finding.advice)
        if finding.suggested_patch is not None:
            typer.secho("train again with: ", fg="green", nl=False)
            typer.echo(json.dumps(finding.suggested_patch, ensure_ascii=False))


def report(
    ctx: typer.Context,
    job: JobId,
    *,
    out: Annotated[Path | None, typer.Option(help="File to write, FILE.html or FILE.md.")] = None,
) -> None:
    """Print or write a report on a training run.

    It is Markdown; with --out FILE.html, HTML.
    """
    if out is not None and out.suffix not in {".html", ".md"}:
        raise UsageError(f"--out {out}: use a name that ends in .html or .md.")
    with open_client(ctx) as client:
        text = client.jobs.get(job).report("html" if out is not None and out.suffix == ".html" else "markdown")
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"{out}: the report of {job}")
