"""What of a model is released, under which licenses, and what that makes it."""

from __future__ import annotations

from typing import Any

import click

from filiation.cli.assessing import Asking, assessment_options
from filiation.cli.options import ref_argument

ANSWER = "filiation.governance.openness.kind:OpennessAssessment"


@click.command("openness")
@ref_argument
@assessment_options
def command(ref: str, **options: Any) -> None:
    """How open is this model? Its class by the Model Openness Framework, the Open Source AI Definition, and two indexes.

    What the atlas shows is filled in with where it was read; what it does not is asked of a person, whose answers are kept.
    """
    from filiation.cli.assessing import assessed, show

    asking = Asking(**options)
    show(assessed("openness", ref, asking), asking)
