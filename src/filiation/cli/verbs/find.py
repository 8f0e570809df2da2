"""Names and cards by words."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.api.finding:Found"


@click.command("find")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1, max=1000), default=20, show_default=True, help="How many to show.")
@atlas_option
@json_option
def command(words: tuple[str, ...], limit: int, atlas_path: Path, as_json: bool) -> None:
    """Find models and datasets by words of their names and cards, or models by what their names say.

    Of the last word the beginning is enough. What names say is asked for as arch:bert, task:ner, lang:ja; also size, data,
    char, version, adapt, train, layers, heads, params.
    """
    from filiation.api.finding import find
    from filiation.cli.console import line, print_json, table

    answer = find(atlas_path, " ".join(words), limit)
    if as_json:
        print_json(answer)
    elif answer.hits:
        table(["found", "downloads", "score"], [(hit.ref, hit.downloads, hit.score) for hit in answer.hits])
    else:
        line("Nothing has all of these words.")
