"""What open weights add to the risk of misuse, in six steps for each way of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from filiation.cli.assessing import Asking, assessment_options
from filiation.cli.console import save

if TYPE_CHECKING:
    from filiation.governance.risk.file import Purpose

ANSWER = "filiation.governance.risk.assessing:RiskAssessment"


@click.command("risk")
@click.argument("ref", required=False)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="What was worked out, as --new lays it out.")
@click.option("--new", is_flag=True, help="Print a file to fill in, and stop.")
@click.option("--vector", "vectors", multiple=True, metavar="ID", help="With --new: a way of misuse; may be repeated.")
@click.option("--for", "purpose", type=click.Choice(["release", "adoption"]), help="What is decided on (default: the file's).")
@click.option("--against", metavar="FILE|VERSION", help="With --file: tell what changed since this version.")
@click.option("--submit", is_flag=True, help="With --file: keep it in the atlas as the next version, to be reviewed.")
@assessment_options
def command(
    ref: str | None,
    file: Path | None,
    vectors: tuple[str, ...],
    purpose: Purpose | None,
    against: str | None,
    *,
    new: bool,
    submit: bool,
    **options: Any,
) -> None:
    """What do open weights add to the risk of misuse? Six steps for each way of it, checked, beside published examples.

    Then the checklist of a release or an adoption, and who carries which duty. Without --file, the version that the atlas
    keeps. Exits with 1 where a step is skipped, the baselines are mixed, or the uncertainty is not stated.
    """
    from filiation.cli import risking
    from filiation.cli.assessing import show
    from filiation.core.errors import FiliationError

    asking = Asking(**options)
    if new:
        text = risking.new_file(ref, purpose or "release", vectors, "ja" if asking.lang == "ja" else "en")
        _put(text, asking.output)
        return
    if file is None and (against or submit):
        raise FiliationError("--against and --submit are about a file: name it with --file.")
    made = risking.of_file(file, ref, purpose, against, asking) if file else risking.of_kept(ref, purpose, asking)
    if submit and file:
        risking.submit(file, made.ref, asking)
    show(made, asking)
    if not risking.is_valid(made):
        raise SystemExit(1)


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    save(text, output)
    click.echo(str(output))
