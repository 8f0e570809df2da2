"""Bring an atlas up to date with a live registry."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, map_option, without_option

ANSWER = "filiation.cli.syncing:SyncAnswer"
KINDS = {"model": ("model",), "dataset": ("dataset",), "both": ("model", "dataset")}


@click.command("sync")
@click.option(
    "--of",
    "what",
    type=click.Choice(["hub", "mlflow", "ollama"]),
    default="hub",
    show_default=True,
    help="What stands at the endpoint.",
)
@click.option(
    "--endpoint", metavar="URL", default="", help="Where it stands (default: HF_ENDPOINT, MLFLOW_TRACKING_URI, OLLAMA_HOST)."
)
@click.option("--registry", metavar="NAME", help="Under which name its repositories stand (default: hf, mlflow, ollama).")
@click.option("--kind", type=click.Choice(list(KINDS)), default="both", show_default=True, help="What a Hub is asked for.")
@click.option("--full", is_flag=True, help="List everything even where the changes would do: finds what is gone.")
@click.option(
    "--details",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    metavar="N",
    help="Look into so many repositories of each kind: cards, file lists, headers of weights; those first that most stands on.",
)
@click.option(
    "--unseen",
    type=click.IntRange(min=0),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Ask for so many of those that a full listing lacked.",
)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Begin no request after so long; run it again to go on."
)
@click.option(
    "--portfolio",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Adopted models in TOML, as for 'filiation watch': looked into first.",
)
@map_option
@without_option
@atlas_option
@ledger_option
@json_option
def command(
    what: str,
    endpoint: str,
    registry: str | None,
    kind: str,
    details: int,
    unseen: int,
    minutes: float | None,
    portfolio: Path | None,
    without: tuple[str, ...],
    atlas_path: Path,
    ledger: str | None,
    *,
    full: bool,
    draw: bool,
    as_json: bool,
) -> None:
    """Bring the atlas up to date with a live registry, and run the stages.

    The first run lists everything, the later ones what changed. A run that is ended anywhere goes on where it stopped when the
    same command is given again. The Hub's token is the one that its own client keeps. Exits with 1 where the registry could not
    be asked to the end.
    """
    from filiation.cli.console import print_json, progress
    from filiation.cli.syncing import print_synced, synced
    from filiation.core.ref import Kind
    from filiation.live.sync import Wish
    from filiation.watch.portfolios import load_portfolios

    adopted = load_portfolios(portfolio) if portfolio else []
    wish = Wish(
        tuple(Kind(item) for item in KINDS[kind]),
        registry or ("hf" if what == "hub" else what),
        full,
        details,
        unseen,
        60 * (minutes or 0),
        tuple(model for item in adopted for model in item.models),
    )
    with progress() as show:
        answer = synced(atlas_path, what, endpoint, wish, show, draw=draw, ledger=ledger, without=without)
    if as_json:
        print_json(answer)
    else:
        print_synced(answer)
    if answer.stopped:
        raise SystemExit(1)
