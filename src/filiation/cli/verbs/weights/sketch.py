"""Small sketches of models' weights."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import json_option

ANSWER = "filiation.weights.answers:Sketches"


@click.command("sketch")
@click.argument("targets", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Keep the sketches in this folder."
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    help="Read only about this part of the bytes; such sketches compare only with one another. "
    "Without: all of what is on this machine, 0.005 of a model on the Hub.",
)
@json_option
def command(targets: tuple[str, ...], into: Path | None, share: float | None, *, as_json: bool) -> int:
    """Sketch tensors: at most 100 kB tell a model's weights from all others, and what became of them.

    MODEL is a file of weights, a model's folder, a folder of models, or model:owner/name on the Hub, of which only parts
    are fetched. Exits with 1 where one could not be read.
    """
    from filiation.cli.console import line, note, print_json, progress, table
    from filiation.weights.sketching import sketch_all

    with progress() as show:
        answer = sketch_all(targets, into, share, show)
    if as_json:
        print_json(answer)
    else:
        rows = [
            (item.path, item.tensors, item.parameters, item.bytes_read, item.bytes_kept, item.digest[:12])
            for item in answer.sketches
        ]
        if rows:
            table(["checkpoint", "tensors", "parameters", "bytes read", "sketch", "digest"], rows)
        line(f"{len(answer.sketches):,} sketched" + (f" into {into}." if into else "; --into DIR keeps them."))
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")
    return int(bool(answer.skipped))
