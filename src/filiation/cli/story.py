"""What the demo tells: the largest families, one ancestry, one blast radius."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from filiation.cli.charting import Charted
from filiation.cli.console import heading, line, table
from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import critical, impact, reach, trace

SNAPSHOT_DATE = datetime(2026, 10, 31)  # noqa: DTZ001  # the atlas keeps naive UTC
FAMILIES = 8


def snapshot_folder() -> Path:
    """Return where the bundled snapshot lies."""
    return Path(str(files("filiation") / "snapshot"))


def tell(charted: Charted, atlas: Path) -> None:
    """Print the story; every figure in it is asked of the atlas."""
    lineage = Lineage.load(atlas)
    heading(f"{charted.models:,} models and {charted.datasets:,} datasets, charted in {charted.seconds:.1f} s into {atlas}")
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
    deepest = _deepest(lineage)
    ancestry = trace(lineage, deepest)
    heading(f"Where {ancestry.ref} comes from")
    for edge in sorted(ancestry.edges, key=lambda edge: _depth(ancestry.nodes, edge.parent))[:8]:
        line(f"  {edge.child} <- {edge.parent}: {edge.relation} ({edge.relation_basis}, {edge.relation_confidence:.2f})")
    line()
    blast = impact(lineage, lineage.find(_ref(models[0].ref)), top=5)
    heading(f"If {blast.ref} went away or changed its terms")
    relations = ", ".join(f"{count:,} {name}" for name, count in blast.by_relation.items())
    licenses = ", ".join(f"{name} {count:,}" for name, count in list(blast.licenses.items())[:5])
    line(f"  {blast.descendants:,} models stand on it ({relations}), with {blast.downloads:,} downloads.")
    line(f"  Their licenses: {licenses}.")
    line(f"  Most used among them: {', '.join(item.ref.removeprefix('model:') for item in blast.top)}.")
    line()
    heading("Try next")
    option = "" if str(atlas) == "filiation.atlas" else f" --atlas {atlas}"
    for command, why in (
        (f"show {models[0].ref.removeprefix('model:')}", "every claim about it, with its source"),
        (f"trace {ancestry.ref.removeprefix('model:')}", "its ancestors"),
        (f"impact {models[1].ref.removeprefix('model:')}", "another blast radius"),
        ("critical --by dominated", "single points of failure"),
        ("find qwen coder gguf", "names by words"),
    ):
        line(f"  filiation {command}{option}    # {why}")


def _deepest(lineage: Lineage) -> int:
    """Return the present model with the longest nearest line to a root, of equals the one with most downloads."""
    import numpy as np

    leaves = np.unique(lineage.child[lineage.is_model(lineage.parent)])
    depths = np.array([int(reach(lineage, int(node), "up").depth.max(initial=0)) for node in leaves])
    best = np.lexsort((leaves, -lineage.downloads[leaves], -depths))
    return int(leaves[best[0]])


def _depth(nodes: list, ref: str) -> int:
    return next((node.depth for node in nodes if node.ref == ref), 0)


def _ref(text: str):
    from filiation.core.ref import Ref

    return Ref.parse(text)
