"""A bill of materials as SPDX 3."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option
from filiation.cli.options_of_bills import bill_options

ANSWER = "filiation.cli.billing:SPDX"


@click.command("spdx")
@bill_options
@atlas_option
@ledger_option
@json_option
def command(
    refs: tuple[str, ...], lists: tuple[Path, ...], tree: Path | None, top: int | None, name: str | None, at: str | None,
    out: Path | None, into: Path | None, atlas_path: Path, ledger: str | None, *, scored: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write a bill of materials as SPDX 3.0.1, with its profiles for AI and for datasets.

    One bill of all that is named, or with --into one of each; with --uses the bill of an application.
    """
    from filiation.cli.billing import SPDX, Asked, Where, bills, made_at, run
    from filiation.export.spdx import SPEC, spdx

    skipped: list[str] = []
    asked = Asked(refs, lists, tree, top, name)
    made = bills(atlas_path, asked, made_at(at), ledger, apart=into is not None, skipped=skipped)
    where = Where(out, into, ".spdx.json")
    run(made, spdx, where, lambda written: SPDX(SPEC, written, skipped), skipped, as_json=as_json, scored=scored)
