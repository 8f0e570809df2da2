"""Name the models that a whole family stands on, and what their families declare as licenses.

    filiation demo --atlas demo.atlas
    python examples/single_points.py demo.atlas

The arrays are mapped into memory: even the atlas of a whole registry opens at once.
"""

# ruff: noqa: T201  # an example talks to the person who runs it

from __future__ import annotations

import sys
from pathlib import Path

from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import critical, impact, trace


def main(atlas: Path) -> None:
    """Ask three questions: what is critical, what stands on it, where does one model come from."""
    lineage = Lineage.load(atlas)
    for node in critical(lineage, by="dominated", top=40).nodes:
        if node.ref.startswith("dataset:") or node.dominated < 9:
            continue
        blast = impact(lineage, lineage.find(Ref.parse(node.ref)))
        known = "" if node.state == "present" else f" ({node.state}: only its children name it)"
        print(f"{node.ref}{known}: all lines of {node.dominated} models pass through it")
        print(f"  licenses below: {', '.join(f'{name} {count}' for name, count in blast.licenses.items())}")
    youngest = lineage.find(Ref.parse("jinaai/jina-embeddings-v5-omni-small"))
    for edge in trace(lineage, youngest).edges:
        print(f"{edge.child} is a {edge.relation} of {edge.parent} ({edge.relation_basis}, {edge.relation_confidence})")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo.atlas"))
