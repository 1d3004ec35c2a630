"""The command `generate`: a model that writes goes on from a prompt, and what it writes is printed as it comes."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.output import print_file, print_json, print_text
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from contract.responses import GenerationResponse


def generate(
    ctx: typer.Context,
    model: ModelRef,
    prompt: Annotated[str, typer.Argument(help="What is there already; - for stdin.")] = "",
    *,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="The most tokens to write; 200.")] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Below 1 probable tokens become more so, above 1 less; 0.8. 0: the first.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(min=1, help="Draw from so many of the most probable tokens.")] = None,
    top_p: Annotated[
        float | None, typer.Option(help="Draw from the most probable tokens that together have this probability.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed writes the same text; 0.")] = None,
    stop: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="Stop before this text. Repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Have a model write on after a prompt: `gradus generate plays "ROMEO:"`."""
    text = sys.stdin.read() if prompt == "-" else prompt
    with open_client(ctx) as client:

        def write(ref: str) -> "GenerationResponse":
            stream = client.models.generate(
                ref,
                text,
                max_tokens=max_tokens,
                temperature=temperature,
                top_k=top_k,
                top_p=top_p,
                seed=seed,
                stop=stop,
            )
            for piece in () if as_json else stream:
                print_file(piece.encode())
            return stream.wait()

        answer = ask_model(client, model, write)
    if as_json:
        print_json(answer)
        return
    print_text()
    if answer.finish_reason == "time":
        print_text("note: the time for one text was over", colour="yellow", err=True)
