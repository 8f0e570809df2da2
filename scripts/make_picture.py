"""Draw a family of the bundled snapshot as it is charted: docs/picture.svg.

    python scripts/make_picture.py [owner/name]

The picture carries its own background and both palettes, so that it can be read on a light page and on a dark one.
"""

from __future__ import annotations

import sys
import tempfile
from html import escape
from pathlib import Path

from filiation.cli.charting import chart
from filiation.cli.story import SNAPSHOT_DATE, snapshot_folder
from filiation.core.ref import Ref
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.questions import Trace, TraceEdge, impact, trace

PICTURE = Path(__file__).parent.parent / "docs" / "picture.svg"
FAMILY = "Qwen/Qwen3-0.6B"
WIDTH, BOX, HEIGHT, ROW, COLUMN, TOP, LEFT = 1000, 248, 38, 46, 352, 74, 24
COLOURS = {
    "finetune": ("#1f6feb", "#6cb0ff"),
    "quantized": ("#b3470b", "#ff9a57"),
    "converted": ("#0f7b5f", "#4fd1a5"),
    "adapter": ("#8a3ea8", "#d59aee"),
    "merge": ("#a8324a", "#ff8fa3"),
}
STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: var(--ink); }
svg { --page: #ffffff; --rim: #d5dae1; --box: #f4f6f9; --ink: #1c2430; --faint: #5b6675; --warn: #b0124f; LIGHT }
@media (prefers-color-scheme: dark) {
  svg { --page: #12161c; --rim: #343c47; --box: #1d232c; --ink: #e8ecf1; --faint: #9ba6b4; --warn: #ff8fb3; DARK }
}
.page { fill: var(--page); stroke: var(--rim); }
.box { fill: var(--box); stroke: var(--rim); }
.root { stroke: var(--ink); stroke-width: 1.6; }
.title { font-size: 17px; font-weight: 600; }
.name { font-size: 12.5px; font-weight: 600; }
.faint { font-size: 11.5px; fill: var(--faint); }
.differs { fill: var(--warn); font-weight: 600; }
.edge { fill: none; stroke-width: 2; }
.inferred { stroke-dasharray: 5 4; }
"""


def main() -> None:
    """Chart the snapshot in a folder that goes away again, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        atlas = Path(folder) / "atlas"
        chart(atlas, [snapshot_folder()], SNAPSHOT_DATE, None, lambda _stage, _rows: None)
        lineage = Lineage.load(atlas)
        root = lineage.find(Ref.parse(sys.argv[1] if len(sys.argv) > 1 else FAMILY))
        PICTURE.write_text(_picture(lineage, root), encoding="utf-8")
    print(PICTURE)


def _picture(lineage: Lineage, root: int) -> str:
    family, blast = trace(lineage, root, "down"), impact(lineage, root)
    places = _places(family)
    licenses = {ref: _license(lineage, ref) for ref in places}
    height = TOP + ROW * (max(row for _, row in places.values()) + 1) + 58
    used = [relation for relation in COLOURS if any(edge.relation == relation for edge in family.edges)]
    style = STYLE.replace("LIGHT", _palette(used, 0)).replace("DARK", _palette(used, 1))
    style += "".join(f".{name} {{ stroke: var(--{name}); }}\n" for name in used)
    title = f"What stands on {_short(family.ref)}: {family.total} models, {blast.downloads:,} known downloads"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">',
        f"<style>{style}</style>",
        f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="10"/>',
        f'<text class="title" x="{LEFT}" y="36">{escape(title)}</text>',
        *(_edge(edge, places) for edge in family.edges),
        *(_box(ref, place, licenses[ref], licenses[family.ref]) for ref, place in places.items()),
        _legend(used, height - 26),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _palette(used: list[str], shade: int) -> str:
    return " ".join(f"--{name}: {COLOURS[name][shade]};" for name in used)


def _places(family: Trace) -> dict[str, tuple[int, float]]:
    """Return column and row of each node: leaves stand one below the other, a parent amid its children."""
    children: dict[str, list[str]] = {}
    depth = {family.ref: 0} | {node.ref: node.depth for node in family.nodes}
    for edge in family.edges:
        if depth[edge.child] == depth[edge.parent] + 1:
            children.setdefault(edge.parent, []).append(edge.child)
    places: dict[str, tuple[int, float]] = {}
    rows = 0

    def place(ref: str) -> float:
        nonlocal rows
        below = [place(child) for child in children.get(ref, []) if child not in places]
        if not below:
            rows += 1
        places[ref] = depth[ref], (below[0] + below[-1]) / 2 if below else rows - 1
        return places[ref][1]

    place(family.ref)
    return places


def _license(lineage: Lineage, ref: str) -> str:
    code = int(lineage.license[lineage.find(Ref.parse(ref))])
    return "no license declared" if code == NULL else lineage.licenses[code]


def _corner(place: tuple[int, float]) -> tuple[float, float]:
    column, row = place
    return LEFT + column * COLUMN, TOP + row * ROW


def _edge(edge: TraceEdge, places: dict[str, tuple[int, float]]) -> str:
    (x1, y1), (x2, y2) = _corner(places[edge.parent]), _corner(places[edge.child])
    x1, y1, y2 = x1 + BOX, y1 + HEIGHT / 2, y2 + HEIGHT / 2
    kind = f"edge {edge.relation}" + (" inferred" if edge.relation_basis == "inferred" else "")
    bend = (x1 + x2) / 2
    return f'<path class="{kind}" d="M{x1:.0f} {y1:.1f}C{bend:.0f} {y1:.1f} {bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"/>'


def _box(ref: str, place: tuple[int, float], declared: str, of_root: str) -> str:
    x, y = _corner(place)
    owner, _, name = _short(ref).rpartition("/")
    shape = "box root" if place[0] == 0 else "box"
    license_class = "differs" if declared not in (of_root, "no license declared") else ""
    return (
        f'<rect class="{shape}" x="{x:.0f}" y="{y:.1f}" width="{BOX}" height="{HEIGHT}" rx="6"/>'
        f'<text class="name" x="{x + 10:.0f}" y="{y + 16:.1f}">{escape(name)}</text>'
        f'<text class="faint" x="{x + 10:.0f}" y="{y + 31:.1f}">{escape(owner)} · '
        f'<tspan class="{license_class}">{escape(declared)}</tspan></text>'
    )


def _legend(used: list[str], y: float) -> str:
    parts, x = [], LEFT
    for name in used:
        parts.append(f'<path class="edge {name}" d="M{x} {y - 4:.0f}h28"/>')
        parts.append(f'<text class="faint" x="{x + 36}" y="{y:.0f}">{name}</text>')
        x += 104
    parts.append(f'<path class="edge {used[0]} inferred" d="M{x} {y - 4:.0f}h28"/>')
    parts.append(f'<text class="faint" x="{x + 36}" y="{y:.0f}">dashed: we inferred the relation</text>')
    parts.append(f'<text class="faint" x="{x + 232}" y="{y:.0f}">solid: somebody wrote it down</text>')
    parts.append(f'<text class="faint differs" x="{x + 418}" y="{y:.0f}">license differs from the root\'s</text>')
    return "".join(parts)


def _short(ref: str) -> str:
    return ref.removeprefix("model:")


if __name__ == "__main__":
    main()
