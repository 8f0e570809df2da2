"""Whether two models are kin by their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.weights.answers import Compared

ANSWER = "filiation.weights.answers:Compared"
LISTED = 8


@click.command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    help="Read only about this part of the bytes of each. Without: all, but 0.005 where one is on the Hub.",
)
@json_option
def command(first: str, second: str, share: float | None, *, as_json: bool) -> int:
    """Say whether two models are kin, how, and which came first, with the evidence.

    A and B are files of weights, models' folders, sketches, or model:owner/name on the Hub. What cannot be told is said to
    be unknown.
    """
    from filiation.cli.console import print_json
    from filiation.weights.answers import compared
    from filiation.weights.budget import SHARE
    from filiation.weights.file_digests import same_files, told_digests
    from filiation.weights.kinship import kinship
    from filiation.weights.sketching import sketch_of
    from filiation.weights.target import is_remote

    share = share or (SHARE if is_remote(first) or is_remote(second) else None)
    told = same_files(first, second, told_digests(first), told_digests(second))
    answer = compared(first, second, told or kinship(sketch_of(first, share), sketch_of(second, share)))
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: Compared) -> None:
    from filiation.cli.console import heading, line, table

    heading(f"{answer.first} and {answer.second}: {answer.relation}, confidence {answer.confidence:.2f}")
    if answer.parent is not None:
        line(f"  {answer.child} comes from {answer.parent}, confidence {answer.direction_confidence:.2f}")
    for name, value in answer.details.items():
        line(f"  {name}: {_listed(value) if isinstance(value, list) else value}")
    table(["signal", "value", "says"], [(item.signal, f"{item.value:.4g}", item.says) for item in answer.evidence])


def _listed(values: list[object]) -> str:
    """Return the first of many, and how many more there are."""
    more = f" and {len(values) - LISTED:,} more" if len(values) > LISTED else ""
    return ", ".join(map(str, values[:LISTED])) + more
