"""What nobody declared of a model, from its neighbourhood."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ref_argument

ANSWER = "filiation.lineage.prediction.answer:Prediction"


@click.command("predict")
@ref_argument
@atlas_option
@json_option
def command(ref: str, *, atlas_path: Path, as_json: bool) -> None:
    """What is missing of a model and what it probably is, each with confidence and reasons.

    Parents, siblings, children, the owner, words of the name and the model's other fields tell of it. A prediction is no
    statement of the publisher: it is kept apart from what is declared, and no policy takes it for evidence.
    """
    from filiation.cli.console import heading, line, print_json
    from filiation.cli.lookup import find_node
    from filiation.core.errors import FiliationError
    from filiation.core.ref import Kind, Ref
    from filiation.lineage.arrays import Lineage
    from filiation.lineage.prediction.answer import prediction, require_predictions
    from filiation.store.atlas import Atlas

    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    name = lineage.ref(node)
    if Ref.parse(name).kind != Kind.MODEL:
        raise FiliationError(f"{name} is no model: attributes are predicted of models alone.")
    with Atlas.open(atlas_path) as atlas:
        require_predictions(atlas.con, atlas_path)
        answer = prediction(atlas.con, name, node)
    if as_json:
        print_json(answer)
        return
    heading(name)
    for attribute, found in answer.attributes.items():
        span = "" if found.low is None else f" between {found.low:.4g} and {found.high:.4g}"
        line(f"  {attribute}: {found.value}  predicted {found.confidence:.2f}{span}")
        for reason in found.because:
            line(f"      {reason.text()}")
    for words, which in (("declared, so not predicted", answer.declared), ("nothing to go by", answer.abstained)):
        if which:
            line(f"  {words}: {', '.join(which)}")
