"""What changed since, and whom it touches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment

if TYPE_CHECKING:
    from filiation.watch.answer import WatchAnswer

ANSWER = "filiation.watch.answer:WatchAnswer"
SEVERITIES = ("info", "low", "medium", "high", "critical")
_file = click.Path(path_type=Path, dir_okay=False)


@click.command("watch")
@click.option("--since", metavar="DATE", help="Tell of what was observed after it (default: since the last look).")
@click.option("--until", metavar="DATE", help="With --since: tell of nothing observed later (default: all).")
@click.option("--config", type=_file, metavar="FILE", help="Portfolios, thresholds, quiet hours and where to deliver, in TOML.")
@click.option("--portfolio", type=_file, metavar="FILE", help="Adopted models with their owners, in TOML.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Tell of changes from this on (default: low).")
@click.option(
    "--change", "changes", multiple=True, metavar="KIND", help="Only changes of this kind, such as license; repeatable."
)
@click.option("--touches", type=click.IntRange(min=0), help="So many must stand on what changed, or an adopted model.")
@click.option("--policy", metavar="NAME|FILE", help="Audit adopted models under it (default: internal).")
@click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of the sentences (default: en).")
@click.option("--cursor", default="default", show_default=True, metavar="NAME", help="Whose last look counts.")
@click.option("--peek", is_flag=True, help="Leave the last look as it was, and deliver nothing.")
@click.option(
    "--fail-on",
    type=click.Choice(["worse", "change", "never"]),
    default="worse",
    show_default=True,
    help="Exit with 1 where an adopted model's verdict got worse, or where anything is told of.",
)
@atlas_option
@ledger_option
@json_option
def command(
    since: str | None,
    until: str | None,
    config: Path | None,
    portfolio: Path | None,
    severity: str | None,
    changes: tuple[str, ...],
    touches: int | None,
    policy: str | None,
    lang: str | None,
    cursor: str,
    fail_on: str,
    atlas_path: Path,
    ledger: str | None,
    *,
    peek: bool,
    as_json: bool,
) -> int:
    """What changed in the registry since the last look, and whom it touches.

    Licences, cards, weights, revisions, parents, access, names, deletions and scores, of whatever was observed again. Adopted
    models that stand on what changed are audited as they stood before and as they stand now.
    """
    from filiation.cli.console import note, print_json
    from filiation.cli.watching import Asked, told_worse, watch
    from filiation.watch.settings import settings

    if until and not since:
        raise click.UsageError("--until needs --since: a look from the last one on goes to the end.")
    given = {"severity": severity, "changes": changes or None, "touches": touches}
    chosen = settings(config, portfolio, policy, lang, {name: value for name, value in given.items() if value is not None})
    asked = Asked(moment(since) if since else None, moment(until) if until else None, cursor, peek)
    answer, delivered = watch(atlas_path, ledger, chosen, asked)
    print_json(answer) if as_json else _print(answer)
    for sentence in delivered:
        note(sentence)
    return int((fail_on == "worse" and told_worse(answer)) or (fail_on == "change" and bool(answer.changes)))


def _print(answer: WatchAnswer) -> None:
    from filiation.cli.console import heading, line
    from filiation.watch.words import lines

    for is_heading, text in lines(answer):
        heading(text) if is_heading else line(text)
