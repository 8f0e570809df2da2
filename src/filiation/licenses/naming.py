"""Clauses on names: "Llama 3" at the beginning of the name of whatever is made with it."""

from __future__ import annotations

import re

import numpy as np

from filiation.licenses.catalog import license_of
from filiation.licenses.expression import Expression, ids
from filiation.licenses.node_terms import NodeTerms
from filiation.lineage.arrays import NULL, Lineage

DERIVATIVE = 0
_SIGNS = re.compile(r"[\W_]+")


def unnamed(lineage: Lineage, terms_by_node: NodeTerms, way: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return bool[k]: whose names do not begin as the licences of what they are made from ask.

    Of several prefixes that come by different lines one is enough: nobody can begin a name twice.

    Args:
        lineage: Who descends from whom.
        terms_by_node: Terms of every node.
        way: uint8[m]; what each edge carries terms along.
        nodes: int32[k].
    """
    wanted = _wanted(lineage, terms_by_node, way, nodes)
    fails = [bool(words) and not begins(lineage.name(node), words) for node, words in zip(nodes, wanted, strict=True)]
    return np.array(fails, bool)


def begins(name: str, prefixes: frozenset[str]) -> bool:
    """Return whether a repository's own name begins with one of `prefixes`, whatever the case and the signs between."""
    own = _letters(name.rpartition("/")[2])
    return any(own.startswith(_letters(prefix)) for prefix in prefixes)


def _letters(text: str) -> str:
    return _SIGNS.sub("", text).casefold()


def _wanted(lineage: Lineage, terms_by_node: NodeTerms, way: np.ndarray, nodes: np.ndarray) -> list[frozenset[str]]:
    """Return the prefixes that reach each node by derivation; each node above is looked at once."""
    asks = [_prefixes(item.expression) for item in terms_by_node.texts]
    known: dict[int, frozenset[str]] = {}

    def parents(node: int) -> list[int]:
        first, last = int(lineage.parent_start[node]), int(lineage.parent_start[node + 1])
        return [int(lineage.parent[edge]) for edge in range(first, last) if way[edge] == DERIVATIVE]

    for start in nodes.tolist():
        stack = [start]
        while stack:
            node = stack[-1]
            waiting = [above for above in parents(node) if above not in known]
            if node in known or not waiting:
                stack.pop()
                of_parents = [
                    known[above] | (asks[code] if (code := int(terms_by_node.code[above])) != NULL else frozenset())
                    for above in parents(node)
                ]
                known[node] = frozenset().union(*of_parents)
            else:
                stack += waiting
    return [known[node] for node in nodes.tolist()]


def _prefixes(expression: Expression | None) -> frozenset[str]:
    named = [license_of(item.key) for item in ids(expression)] if expression else []
    return frozenset(clause.text for item in named if item for clause in item.naming if clause.kind == "prefix")
