"""Write the tables of ``docs/attributes.md`` and ``docs/cost.md``: ``python scripts/make_assess_docs.py``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from filiation.assess.cost_model import Products, defaults
from filiation.assess.formula import Sign, formula
from filiation.assess.usage import rules

DOCS = Path(__file__).parent.parent / "docs"


def attribute_table() -> str:
    """Return the formula of the three attributes, a row for each part."""
    lines = []
    for attribute in formula().attribute:
        lines += ["", f"### {attribute.en} ({attribute.points:g} points)", attribute.about_en, ""]
        lines += ["| factor | points | part | looked for in | shown by |", "|---|--:|---|---|---|"]
        for factor in attribute.factor:
            for part in factor.part:
                shown = ", ".join(dict.fromkeys(map(_sign, part.signs)))
                looked = ", ".join(part.looked)
                lines.append(f"| {factor.en} | {part.points:g} | {part.en} (`{part.id}`) | {looked} | {shown} |")
    return "\n".join(lines[1:])


def _sign(sign: Sign) -> str:
    """Return a sign in words."""
    if sign.kind in ("parent", "child"):
        relations = [str(relation) for relation in sign.parent or sign.child]
        words = "weights" if len(relations) > 3 else " or ".join(relations)
        return f"{sign.kind} ({words}{', held' if sign.held else ''})"
    if sign.kind == "card":
        return "a card"
    value = getattr(sign, sign.kind)
    words = " or ".join(value) if isinstance(value, tuple) else str(value)
    plain = words.replace("|", "\\|")
    narrowed = " with a certain value" if sign.like else " in prose" if sign.pointer == "char=" else ""
    return f"{sign.kind} `{plain}`{narrowed}"


def place_table() -> str:
    """Return the places that a sign may stand in."""
    rows = ["| place | is |", "|---|---|"]
    return "\n".join([*rows, *(f"| {place.id} | {place.en} |" for place in formula().place)])


def usage_table() -> str:
    """Return the formula of popularity and upkeep."""
    rows = ["| score | points | factor |", "|---|--:|---|"]
    rows += [f"| {rule.en} | {factor.points:g} | {factor.en} |" for rule in rules() for factor in rule.factor]
    return "\n".join(rows)


def risk_table() -> str:
    """Return the risks and what upkeep there is."""
    model = defaults()
    rows = ["| risk | chance a year | damage | findings that move it |", "|---|---|---|---|"]
    for risk in model.risk:
        each = ", for each repository that it needs" if risk.each else ""
        found = ", ".join(f"`{name}`" for name in risk.findings)
        rows.append(f"| {risk.en} | `{risk.likelihood}`{each} | {_sum(risk.damage)} | {found} |")
    rows += ["", "| upkeep | costs a year | takes off |", "|---|---|---|"]
    for kind in model.upkeep:
        avoided = "; ".join(f"{risk}: `{share}`" for risk, share in kind.avoids.items())
        rows.append(f"| {kind.en} | {_sum(kind.cost)} | {avoided} |")
    return "\n".join(rows)


def _sum(products: Products) -> str:
    return " + ".join(" x ".join(f"`{name}`" for name in names) for names in products)


def value_table() -> str:
    """Return the values with their defaults and sources."""
    rows = ["| value | unit | low | likely | high | what it is | source |", "|---|---|--:|--:|--:|---|---|"]
    for value in defaults().value:
        likely = "lognormal" if value.likely is None else f"{value.likely:g}"
        rows.append(
            f"| `{value.id}` | {value.unit} | {value.low:g} | {likely} | {value.high:g} | {value.en} | {value.source} |"
        )
    return "\n".join(rows)


PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "attributes.md": {"places": place_table, "formula": attribute_table, "usage": usage_table},
    "cost.md": {"risks": risk_table, "values": value_table},
}


def written(name: str, page: str) -> str:
    """Return the page of that name with its tables as they should be."""
    for mark, table in PAGES[name].items():
        marks = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        text = f"{marks[0]}\n{table()}\n{marks[1]}"
        page = re.sub(f"{marks[0]}\n.*?{marks[1]}", lambda _, text=text: text, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    for name in PAGES:
        path = DOCS / name
        path.write_text(written(name, path.read_text(encoding="utf-8")), encoding="utf-8")
