"""Where a model stands on its way into use, and what it needs next."""

from __future__ import annotations

from typing import Any

import click

from filiation.cli.assessing import Asking, assessment_options
from filiation.cli.options import ref_argument

ANSWER = "filiation.governance.pilot.kind:PilotAssessment"


@click.command("pilot")
@ref_argument
@assessment_options
def command(ref: str, **options: Any) -> None:
    """Where does this model stand between selection and use, and what does every stage ask before it goes on?

    What the atlas and the ledger show is filled in; the rest is asked of people. What was learnt before is quoted.
    """
    from filiation.cli.assessing import assessed, show

    asking = Asking(**options)
    show(assessed("pilot", ref, asking), asking)
