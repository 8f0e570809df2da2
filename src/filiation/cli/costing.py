"""The answer of `assess cost`."""

from __future__ import annotations

from pathlib import Path

from filiation.assess.cost import CostAssessment, assess, standing
from filiation.assess.cost_model import defaults, read_inputs
from filiation.assess.formula import Language
from filiation.assess.tornado import tornado_svg
from filiation.cli.console import save
from filiation.cli.lookup import find_node
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


def assessed(atlas_path: Path, ref: str, inputs: Path | None, lang: Language, draws: int, seed: int) -> CostAssessment:
    """Return what building on the model that `ref` names may cost, by the values in `inputs`, else by our own.

    Raises:
        FiliationError: If there is no such node, or the values are none.
    """
    model = defaults() if inputs is None else read_inputs(inputs)
    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    with Atlas.open(atlas_path) as atlas:
        stands = standing(atlas.con, lineage, node, model)
    return assess(lineage.ref(node), model, stands, lang, draws, seed)


def save_tornado(answer: CostAssessment, path: Path) -> None:
    """Write the tornado plot of `answer` to `path`."""
    save(tornado_svg(answer, defaults().words(answer.lang)["moves"]), path)
