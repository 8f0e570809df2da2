"""A bill of materials as CycloneDX."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option
from filiation.cli.options_of_bills import bill_options

ANSWER = "filiation.cli.billing:CycloneDX"


@click.command("cyclonedx")
@bill_options
@click.option("--spec", type=click.Choice(["1.6", "1.7"]), default="1.7", show_default=True, help="Which version to write.")
@atlas_option
@ledger_option
@json_option
def command(
    refs: tuple[str, ...], lists: tuple[Path, ...], tree: Path | None, top: int | None, name: str | None, at: str | None,
    out: Path | None, into: Path | None, spec: str, atlas_path: Path, ledger: str | None, *, scored: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write a bill of materials as CycloneDX: model card, pedigree, data, licenses, files, with the evidence for each.

    One bill of all that is named, or with --into one of each; with --uses the bill of an application.
    """
    from filiation.cli.billing import Asked, CycloneDX, Where, bills, made_at, run
    from filiation.export.cyclonedx import SPECS, cyclonedx

    version = SPECS[SPECS.index(spec)]
    skipped: list[str] = []
    asked = Asked(refs, lists, tree, top, name)
    made = bills(atlas_path, asked, made_at(at), ledger, apart=into is not None, skipped=skipped)
    where = Where(out, into, ".cdx.json")
    run(
        made, lambda bill: cyclonedx(bill, version), where, lambda written: CycloneDX(version, written, skipped), skipped,
        as_json=as_json, scored=scored,
    )  # fmt: skip
