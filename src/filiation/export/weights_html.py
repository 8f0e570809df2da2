"""What was changed between two models as one HTML file with a heat map; it loads and runs nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from filiation.weights.difference import Difference, TensorChange

if TYPE_CHECKING:
    from jinja2 import Template

COLORS = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""From no change to the most; ColorBrewer's blues."""
UNKNOWN = "#d9d9d9"


class Heat(NamedTuple):
    """Change by role and layer.

    Attributes:
        layers: Numbers of the layers; None stands for what is in none.
        roles: Kinds of tensors, by name.
        values: For each role, for each layer: the norm of the change over the norm before; None where nothing was compared.
        most: The greatest of them, at least a tiny number.
    """

    layers: list[int | None]
    roles: list[str]
    values: list[list[float | None]]
    most: float


def heat(answer: Difference) -> Heat:
    """Return the change by role and layer; of several tensors in one place the greatest counts."""
    cells: dict[tuple[str, int | None], list[TensorChange]] = {}
    for item in answer.tensors:
        cells.setdefault((item.role, item.layer), []).append(item)
    layers = sorted({layer for _, layer in cells}, key=lambda layer: -1 if layer is None else layer)
    roles = sorted({role for role, _ in cells})
    values = [[_greatest(cells.get((role, layer), [])) for layer in layers] for role in roles]
    most = max((value for row in values for value in row if value is not None), default=0.0)
    return Heat(layers, roles, values, max(most, 1e-9))


def _greatest(items: list[TensorChange]) -> float | None:
    return max((item.rel_l2 for item in items if item.rel_l2 is not None), default=None)


def html(answer: Difference) -> str:
    """Return the difference as a whole document. Everything in it is escaped."""
    grid = heat(answer)
    return _template().render(answer=answer, grid=grid, color=lambda value: _color(value, grid.most), colors=COLORS)


def _color(value: float | None, most: float) -> str:
    if value is None:
        return UNKNOWN
    return COLORS[0] if not value else COLORS[max(1, min(len(COLORS) - 1, round(value / most * (len(COLORS) - 1))))]


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only who asks for HTML pays for it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files("filiation.export").joinpath("weights.html.jinja").read_text(encoding="utf-8"))
