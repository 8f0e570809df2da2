"""House rules for names as expressions of a policy; `names.rules.broken` is their slow twin."""

from __future__ import annotations

import json
from itertools import combinations

from filiation.names.rules import Condition, unwanted, whole_word


def expression_of(rule: Condition) -> str:
    """Return the expression that holds where a model's name breaks `rule`."""
    broken = f"kind == 'model' && {_broken(rule)}"
    return f"{broken} && {_has(rule.has)}" if rule.has else broken


def _broken(rule: Condition) -> str:
    asked = rule.asked
    matched = {"separators": unwanted(asked), "case": "[A-Z]", "word": whole_word(asked)}
    if rule.kind in matched:
        return f"name.matches({json.dumps(matched[rule.kind])})"
    if rule.kind == "length":
        return f"size(name) > {asked}"
    if rule.kind == "order":
        pairs = combinations(asked.split(), 2)
        wrong = "|".join(f"{later}( .*)? {earlier}" for earlier, later in pairs)
        return f"shape.matches({json.dumps(f'(^| )({wrong})( |$)')})"
    return f"!{_has(asked)}" if rule.kind == "require" else _has(asked)


def _has(spec: str) -> str:
    """Return the expression that holds where a name has one of the elements in `spec`."""
    found = [f"s == {json.dumps(one)}" if ":" in one else f"s.startsWith({json.dumps(one + ':')})" for one in spec.split("|")]
    return f"says.exists(s, {' || '.join(found)})"
