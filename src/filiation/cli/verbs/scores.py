"""Scores of one model, claimed against measured."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ref_argument

ANSWER = "filiation.scores.answer:ScoresAnswer"


@click.command("scores")
@ref_argument
@click.option(
    "--results",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Results that a harness wrote, besides those in the atlas: lm-evaluation-harness, lighteval, MTEB, HELM, Inspect, the"
    " Open LLM Leaderboard's table, Every Eval Ever, 'filiation measure'; may be repeated.",
)
@click.option("--as", "named", multiple=True, metavar="NAME", help="What the model is called in these, where not by its name.")
@atlas_option
@json_option
def command(ref: str, files: tuple[Path, ...], named: tuple[str, ...], atlas_path: Path, *, as_json: bool) -> int:
    """What a model is claimed to score against what was measured, with protocol and tolerance.

    Only the same metric on the same data by the same protocol is compared; else it says what differs. Where several models are
    off in one direction, it says so before it doubts a claim. Exits with 1 where a claim is contradicted.
    """
    from filiation.cli.console import print_json
    from filiation.cli.scoring import print_scores, scored

    answer = scored(atlas_path, ref, files, named)
    if as_json:
        print_json(answer)
    else:
        print_scores(answer)
    return int(answer.contradicted > 0)
