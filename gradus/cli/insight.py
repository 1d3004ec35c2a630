"""Commands about what a job has learned: what is wrong with it, and what to try instead."""

import json
from typing import Annotated

import typer

from gradus.cli.caller import client_of
from gradus.cli.output import AsJson, count, print_json

COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


def diagnose(ctx: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Say what is wrong with a job's training, and what to ask for instead."""
    with client_of(ctx) as client:
        found = client.jobs.get(job)
        diagnosis = found.diagnostics()
    if as_json:
        print_json(diagnosis)
        return
    if found.answer.verdict is not None:
        typer.echo(found.answer.verdict)
    if not diagnosis.findings:
        typer.echo(f"Nothing is known to be wrong after {count(diagnosis.epoch, 'epoch')}.")
    for finding in diagnosis.findings:
        typer.echo()
        typer.secho(f"{finding.severity}: ", fg=COLOURS[finding.severity], nl=False)
        typer.secho(finding.title, bold=True)
        typer.echo(finding.detail)
        typer.echo(finding.advice)
        if finding.suggested_patch is not None:
            typer.secho("instead: ", fg="green", nl=False)
            typer.echo(json.dumps(finding.suggested_patch, ensure_ascii=False))
