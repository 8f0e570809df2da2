"""What a model is, by the names and shapes of its tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.structure.answers import Identified

ANSWER = "filiation.structure.answers:Identified"


@click.command("identify")
@click.argument("model", metavar="PATH")
@json_option
def command(model: str, *, as_json: bool) -> int:
    """Say which model type, architecture and task the tensors of a model tell.

    PATH is a file of weights, a model's folder, or model:owner/name on the Hub, of which only headers are asked for. A
    structure that was never learned is called unknown. Where a config.json is beside the weights, or a GGUF file names its
    architecture, it decides between types whose tensors have the same names, and it is said where they disagree.
    """
    from filiation.cli.console import print_json
    from filiation.structure.answers import identified
    from filiation.weights.target import checkpoint_at

    with checkpoint_at(model) as checkpoint:
        answer = identified(checkpoint)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: Identified) -> None:
    from filiation.cli.console import heading, line, note, table

    heading(answer.name)
    rows = []
    for what in ("model_type", "architecture", "task"):
        found = getattr(answer, what)
        others = ", ".join(f"{other.value} {other.confidence:.2f}" for other in answer.alternatives.get(what, ()))
        rows.append((what.replace("_", " "), found.value or "unknown", found.confidence if found.value else None, others))
    table(["", "by its structure", "confidence", "or else"], rows)
    if answer.abstained:
        line(f"No model type is named: {answer.abstained}.")
    for what, among in answer.among.items():
        if len(among) > 1:
            line(f"The {what.replace('_', ' ')} is not told for sure: nine of ten times it is one of {', '.join(among)}.")
    if answer.by_statement:
        line("The stated model type decides between those whose tensors have the same names.")
    if answer.same_names:
        line(f"Tensors of the same names: {', '.join(answer.same_names)}.")
    if answer.exact:
        line(f"Exactly the tensors of {', '.join(answer.exact)}.")
    line(_sizes(answer))
    if answer.stated:
        table(
            ["stated", "value", "by its structure", ""],
            [(one.attribute, one.stated, one.seen or None, one.verdict) for one in answer.stated],
        )
    line(f"{answer.tensors:,} tensors, {answer.format}; read {answer.bytes_read:,} bytes in {answer.requests:,} requests.")
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")


def _sizes(answer: Identified) -> str:
    told = [f"{answer.sizes.parameters:,} parameters"]
    for what, words in (("layers", "layers"), ("width", "wide"), ("vocabulary", "tokens"), ("experts", "experts")):
        value = getattr(answer.sizes, what)
        told += [f"{value:,} {words}"] if value else []
    return ", ".join(told) + "."
