"""How far answers hang on the numbers of ``knowledge/kinship.toml`` that no fit gave: each halved and doubled in turn.

``python bench/kinship_sensitivity.py`` on ash and cedar, times known: how many answers differ from those of the number as is,
the edge F1 with the parents there, and how many that are said with 0.9 or more are wrong, with and without them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from kinship_absent import asked
from kinship_family import FIT, Member, compared_once, family

from filiation.knowledge import load

BY_EYE = {
    "kin": ("unlike", "recipe", "sure", "body_slack", "least_covered", "part", "part_size", "recipe_spread"),
    "training": ("most_distance", "least_same_share", "least_covered"),
    "direction": ("least", "time_weight"),
    "merging": (
        "exact",
        "curve",
        "most_growth",
        "base_growth",
        "base_slack",
        "sparse_most",
        "sparse_tries",
        "sparse_least",
        "sparse_residual",
        "sparse_rank",
        "sparse_more",
    ),
    "parents": (
        "exact",
        "same",
        "shrunk",
        "overgrown",
        "origins",
        "origin_growth",
        "pruned",
        "unmatched",
        "other_shape",
        "rotated",
        "rounded",
        "coarse",
        "thinned",
        "least_cost",
    ),
    "absent": ("others",),
}
BOUNDED = {"sure": 0.95, "least": 0.95, "sparse_residual": 1.0, "sparse_rank": 4.0}
"""Numbers that doubling makes meaningless, and how far they go."""
Answer = tuple[str, tuple[int, ...]]


def answers(families: dict[str, list[Member]], *, withheld: bool) -> tuple[list[Answer], float, int]:
    """Return all answers, the edge F1 where parents are there (merges count as one), and how many sure ones are wrong."""
    said: list[Answer] = []
    counts: Counter[str] = Counter()
    for members in families.values():
        for one in asked(members, withheld=withheld):
            told = one.said if one.said.confidence >= load("kinship")["parents"]["least"] else None
            parents = tuple(sorted(parent.candidate for parent in told.parents)) if told else ()
            said.append((str(told.relation) if told else "", parents))
            counts["present"] += one.present
            counts["named"] += one.present and bool(parents)
            counts["right"] += one.present and bool(parents) and one.right
            counts["sure"] += bool(one.said.parents) and one.said.confidence >= 0.9 and not one.right
    return said, 2 * counts["right"] / max(counts["present"] + counts["named"], 1), counts["sure"]


def main() -> None:
    """Print one line for each number, halved and doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--family", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--only", nargs="+", help="names of numbers")
    parser.add_argument("--there", action="store_true", help="ask only with the parents there, in half of the time")
    given = parser.parse_args()
    began = time.process_time()
    families = {root: family(given.family, root) for root in FIT}
    with compared_once():
        base, f1, wrong = answers(families, withheld=not given.there)
        print(f"as they are: {len(base)} answers, F1 of children {f1:.3f}, wrong at 0.9 or more {wrong}", flush=True)
        for table, names in BY_EYE.items():
            for name in names:
                if given.only and name not in given.only:
                    continue
                print(
                    f"{table}.{name:20} {_varied(families, load('kinship')[table], name, base, withheld=not given.there)}",
                    flush=True,
                )
    print(f"\n{time.process_time() - began:.0f} s of processor time")


def _varied(families: dict[str, list[Member]], table: dict, name: str, base: list[Answer], *, withheld: bool) -> str:
    held = table[name]
    line = f"{held:<8g}"
    for factor in (0.5, 2.0):
        value = min(held * factor, BOUNDED.get(name, float("inf"))) if factor > 1 else held * factor
        if name == "base_slack":
            value = 1 + (held - 1) * factor
        table[name] = int(value) if isinstance(held, int) else value
        found, f1, wrong = answers(families, withheld=withheld)
        differ = sum(one != other for one, other in zip(base, found, strict=True))
        line += f"  x{factor:g}: {differ:3} differ, F1 {f1:.3f}, wrong {wrong}"
    table[name] = held
    return line


if __name__ == "__main__":
    main()
