"""What the checks found, as SARIF."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from filiation.cli.exporting import out_option, refs_argument
from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

ANSWER = "filiation.export.findings:SarifFile"


@click.command("sarif")
@refs_argument
@click.option("--check", "only", multiple=True, metavar="NAME", help="Only what this check found; may be repeated.")
@click.option(
    "--severity",
    type=click.Choice(["info", "low", "medium", "high", "critical"]),
    default="info",
    show_default=True,
    help="Only findings as bad as this, and worse.",
)
@lang_option
@out_option
@atlas_option
@ledger_option
@json_option
def command(
    refs: tuple[str, ...],
    only: tuple[str, ...],
    severity: str,
    lang: Literal["en", "ja"],
    out: Path | None,
    atlas_path: Path,
    ledger: str | None,
    *,
    as_json: bool,
) -> None:
    """Write the findings of the atlas, or of each REF, as a SARIF log; what people waived is in it, suppressed.

    'audit --format sarif' adds what a policy objects to.
    """
    import numpy as np

    from filiation.cli.deciding import decisions
    from filiation.cli.exporting import check_out, chosen, tell
    from filiation.core.finding import Severity
    from filiation.export.findings import SarifFile, chosen_findings, write_sarif
    from filiation.export.sink import written
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    check_out(out, as_json=as_json)
    lineage = Lineage.load(atlas_path)
    nodes = np.unique(np.array(chosen(lineage, refs, atlas_path), np.int32)) if refs else None
    with Atlas.open(atlas_path) as atlas:
        found = chosen_findings(atlas.con, lineage, nodes, only, Severity(severity))
    waivers = decisions(atlas_path, ledger).waivers
    with written(out) as sink:
        write_sarif(found, waivers, lang, sink)
    if out:
        told = len({finding.subject for finding in found})
        tell(SarifFile(path=str(out), nodes=told, edges=0, bytes=out.stat().st_size, findings=len(found)), as_json=as_json)
