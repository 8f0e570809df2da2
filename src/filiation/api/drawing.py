"""A region of the map as SVG, for where no widget lives: files, printed notebooks, pages that run no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from filiation.api.region import NO_RELATION
from filiation.core.relation import RELATIONS
from filiation.knowledge import load

if TYPE_CHECKING:
    from filiation.api.region import Region

LABEL_CHARS = 28
FACING = 0.06
"""Names of circles narrower than this part of the drawing are left out, but for the marked one's."""
HOLDS, HEAD = 0.15, 0.035
"""A wider circle may hold others, and bears its name so far below its top."""


def drawing(region: Region, width: int) -> str:
    """Return the drawing: lands, circles in the colour of their relation, names where there is room, and what the colours mean.

    Every name is escaped, for strangers wrote it.

    Args:
        region: What is looked at.
        width: In pixels; the drawing is square, and a line of words below it.
    """
    ink = load("map_ink")
    circles = region.circles()
    refs = region.refs(circles.node)
    words = [*_lands(region, width, ink), *_circles(region, width, ink, refs), *_names(region, width, ink, refs)]
    body = "".join(words)
    legend = _legend(sorted({*circles.relation.tolist()}), width, ink)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{width + 24}" viewBox="0 0 {width} {width + 24}"'
        f' font-family="sans-serif"><clipPath id="view"><rect width="{width}" height="{width}"/></clipPath>'
        f'<rect width="{width}" height="{width + 24}" fill="{ink["sea"]}"/><g clip-path="url(#view)">{body}</g>{legend}</svg>'
    )


def colour_of(relation: int, ink: dict[str, str]) -> str:
    """Return the colour of a circle that descends by a relation, by its code."""
    return ink["root"] if relation == NO_RELATION else ink[str(RELATIONS[relation])]


def _lands(region: Region, width: int, ink: dict[str, str]) -> Iterator[str]:
    for name, x, y, r in region.lands():
        yield _circle(x, y, r, width, f'fill="{ink["land"]}" stroke="{ink["shore"]}"', name)
        if region.view.width > 0.3 and r > FACING:
            yield _text(name, x, y - r * 0.85, width, 13, ink["land_name"])


def _circles(region: Region, width: int, ink: dict[str, str], refs: list[str]) -> Iterator[str]:
    shown = region.circles()
    rows = zip(
        shown.node.tolist(), shown.x.tolist(), shown.y.tolist(), shown.r.tolist(), shown.relation.tolist(), refs, strict=True
    )
    for node, x, y, r, relation, ref in rows:
        colour = colour_of(relation, ink)
        stroke = f'stroke="{ink["mark"]}" stroke-width="3"' if node == region.marked else f'stroke="{colour}"'
        yield _circle(x, y, r, width, f'fill="{colour}" fill-opacity="0.3" {stroke}', ref)


def _names(region: Region, width: int, ink: dict[str, str], refs: list[str]) -> Iterator[str]:
    shown = region.circles()
    for at, ref in enumerate(refs):
        marked = int(shown.node[at]) == region.marked
        if marked or (shown.named[at] and shown.r[at] > FACING / 2):
            name = ref.partition(":")[2].rpartition("/")[2]
            r = float(shown.r[at])
            y = float(shown.y[at]) - (r - HEAD if r > HOLDS else 0)
            yield _text(name, float(shown.x[at]), y, width, 11, ink["mark"] if marked else ink["text"])


def _legend(relations: list[int], width: int, ink: dict[str, str]) -> str:
    words, left = [], 8
    for relation in relations:
        name = "root" if relation == NO_RELATION else str(RELATIONS[relation])
        words.append(
            f'<circle cx="{left + 5}" cy="{width + 12}" r="5" fill="{colour_of(relation, ink)}"/>'
            f'<text x="{left + 14}" y="{width + 16}" font-size="11" fill="{ink["text"]}">{name}</text>'
        )
        left += 26 + 7 * len(name)
    return "".join(words)


def _circle(x: float, y: float, r: float, width: int, style: str, title: str) -> str:
    return (
        f'<circle cx="{x * width:.1f}" cy="{y * width:.1f}" r="{r * width:.1f}" {style}><title>{escape(_plain(title))}</title>'
        "</circle>"
    )


def _text(text: str, x: float, y: float, width: int, size: int, colour: str) -> str:
    short = text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"
    return (
        f'<text x="{x * width:.1f}" y="{y * width:.1f}" font-size="{size}" text-anchor="middle" fill="{colour}"'
        f' paint-order="stroke" stroke="#ffffff" stroke-opacity="0.7" stroke-width="3">{escape(_plain(short))}</text>'
    )


def _plain(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
