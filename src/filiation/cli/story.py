"""What the demo tells: the largest families, one ancestry, one blast radius."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

import numpy as np

from filiation.audit.audit import Auditor
from filiation.audit.rank import ranking
from filiation.audit.report import reasons
from filiation.audit.words import words_of
from filiation.cli.charting import Charted
from filiation.cli.console import heading, line, table
from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction.answer import prediction
from filiation.lineage.questions import critical, impact, reach, trace
from filiation.policy.load import load
from filiation.store.atlas import Atlas

SNAPSHOT_DATE = datetime(2026, 10, 31)  # noqa: DTZ001  # the atlas keeps naive UTC
FAMILIES = 8
STEPS = 8
REASONS = 2
LOOKED_AT = 4
SURE = 0.9
"""From which confidence on the demo shows a prediction."""


def snapshot_folder() -> Path:
    """Return where the bundled snapshot lies."""
    return Path(str(files("filiation") / "snapshot"))


def tell(charted: Charted, atlas: Path) -> None:
    """Print the story; every figure in it is asked of the atlas."""
    lineage = Lineage.load(atlas)
    heading(f"{charted.models:,} models, charted in {charted.seconds:.1f} s into {atlas}")
    line(
        f"{charted.edges:,} edges of descent join them into {charted.components:,} families. Nobody wrote these down in one"
        " place: they come from five registries that Python packages publish."
    )
    line()
    heading("The models that most others stand on")
    models = [node for node in critical(lineage, "descendants", 200).nodes if node.ref.startswith("model:")][:FAMILIES]
    table(
        ["model", "descendants", "only through it", "downloads below"],
        [(node.ref, node.descendants, node.dominated, node.downloads) for node in models],
    )
    line()
    ancestry = trace(lineage, _deepest(lineage))
    depth = {node.ref: node.depth for node in ancestry.nodes}
    heading(f"Where {ancestry.ref} comes from")
    steps = [edge for edge in ancestry.edges if edge.parent.startswith("model:")]
    for edge in sorted(steps, key=lambda edge: (depth[edge.parent], edge.child, edge.parent))[:STEPS]:
        how = f"{edge.relation}, {edge.relation_basis} {edge.relation_confidence:.2f}"
        line(f"  {_bare(edge.child)} <- {_bare(edge.parent)}: {how}")
    datasets = sum(1 for ref in depth if ref.startswith("dataset:"))
    if datasets:
        line(f"  and {datasets} datasets on the way.")
    line()
    blast = impact(lineage, lineage.find(Ref.parse(models[0].ref)), top=5)
    heading(f"If {blast.ref} went away or changed its terms")
    relations = ", ".join(f"{count:,} {name}" for name, count in blast.by_relation.items())
    licenses = ", ".join(f"{name} {count:,}" for name, count in list(blast.licenses.items())[:5])
    line(f"  {blast.descendants:,} models stand on it ({relations}), with {blast.downloads or 0:,} downloads.")
    line(f"  Their licenses: {licenses}.")
    line(f"  Most used among them: {', '.join(_bare(item.ref) for item in blast.top)}.")
    line()
    _tell_audits(lineage, atlas, models[0].ref)
    line()
    predicted = _tell_prediction(lineage, atlas)
    heading("Try next")
    option = "" if str(atlas) == "filiation.atlas" else f" --atlas {atlas}"
    for command, why in (
        (f"audit {_bare(blast.top[0].ref)} --policy product", "may we build on it, and why not"),
        (f"show {_bare(models[0].ref)}", "every claim about it, with its source"),
        (f"trace {_bare(ancestry.ref)}", "its ancestors"),
        (f"impact {_bare(models[1].ref)}", "another blast radius"),
        ("critical --by dominated", "single points of failure"),
        ("find qwen coder gguf", "names by words"),
        ("find arch:qwen2 params:7b adapt:gguf", "names by what they say"),
        *(((f"name {predicted}", "what its name says, and whether that holds"),) if predicted else ()),
        *(((f"predict {predicted}", "all that its neighbors tell of it"),) if predicted else ()),
        (f"assess openness {_bare(models[0].ref)}", "what is released, by four frameworks, and what a person must answer"),
    ):
        line(f"  filiation {command}{option}    # {why}")
    line(f"And look at it as a map: filiation serve --open{option}")


def _tell_audits(lineage: Lineage, atlas: Path, root: str) -> None:
    """Print where to look first, and the answer about the root of a family and the worst of the registry."""
    policy, words = load("internal"), words_of("en")
    with Atlas.open(atlas) as opened:
        worst = ranking(opened.con, lineage, limit=LOOKED_AT).risks
        heading("Where to look first: how bad, times how much stands on it")
        for item in worst:
            line(f"  {_bare(item.ref)}: {', '.join(item.worst)}; {item.dependents - 1:,} stand on it")
        line()
        heading("May we build on them? Under the policy 'internal', as far as these registries tell")
        auditor = Auditor(opened.con, lineage, policy, SNAPSHOT_DATE)
        for ref in (root, worst[0].ref):
            target = auditor.target(lineage.find(Ref.parse(ref)))
            line(f"  {_bare(ref)}: {words[target.verdict].lower()}")
            for reason in reasons(target, words)[:REASONS]:
                line(f"    {reason}")


def _tell_prediction(lineage: Lineage, atlas: Path) -> str | None:
    """Print what the neighbors of a much used model tell of a license that nobody declared, and return its name."""
    with Atlas.open(atlas) as opened:
        found = opened.con.execute(_PREDICTED, [SURE]).fetchone()
        if found is None:
            return None
        ref = lineage.ref(found[0])
        told = prediction(opened.con, ref, found[0]).attributes["license"]
    heading("What nobody declared, told by the neighbors: kept apart, and no evidence for a policy")
    line(f"  {_bare(ref)}: license {told.value}, predicted {told.confidence:.2f}")
    for reason in told.because:
        line(f"    {reason.text()}")
    line()
    return _bare(ref)


def _deepest(lineage: Lineage) -> int:
    """Return the model with the longest nearest line to a root model, of equals the one with most downloads."""
    leaves = np.unique(lineage.child[lineage.is_model(lineage.parent)])
    depths = []
    for leaf in leaves.tolist():
        above = reach(lineage, leaf, "up")
        depths.append(int(above.depth[lineage.is_model(above.nodes)].max(initial=0)))
    best = np.lexsort((leaves, -lineage.downloads[leaves], -np.array(depths)))
    return int(leaves[best[0]])


def _bare(ref: str) -> str:
    return ref.removeprefix("model:")


_PREDICTED = """
SELECT node_id FROM prediction JOIN node USING (node_id)
WHERE attribute = 'license' AND confidence >= ? AND len(because) > 0 ORDER BY downloads DESC NULLS LAST, name LIMIT 1
"""
