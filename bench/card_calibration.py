"""Whether 0.9 means nine in ten: how the confidence of parents in prose is fitted, and how well it holds.

``python bench/card_calibration.py --shared ../shared [--held-out]``. Fitted on the half of the cards that rules were written
on (the halves of ``bench/card_prose.py``): what tags declare in 2025, and ``bench/labels/card_parents_written_on.jsonl``, 351
names in cards of 2022 that one person judged. At most `OF_ONE_TEMPLATE` names of a template count. The form was chosen by ten
folds inside that half, templates kept whole. ``--held-out`` adds the other half.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from card_prose import EDGE, OF_ONE_TEMPLATE, Item, declared_parents, hub_2022, is_same, trees

from filiation.cards.blocks import read
from filiation.cards.confidence import Evidence, confidence, features
from filiation.cards.parents import surest

LABELS = Path(__file__).parent / "labels"
BANDS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.94, 1.001)
RIDGE = 1.0
"""Pulls each weight but the intercept to 0."""
FOLDS = 10
Z = 1.96


class Seen(NamedTuple):
    """A name that a card's prose leads to, and whether it is a parent."""

    evidence: Evidence
    right: bool
    template: str


def declared(items: list[Item], half: int) -> Iterator[Seen]:
    """Yield the names from the edge on in a half of the cards whose tags declare a parent; right is what they declare."""
    for item in items:
        truth = declared_parents(item.info)
        if item.half == half and truth:
            for said, evidence in surest(read(item.card), item.id):
                if evidence.score >= EDGE:
                    yield Seen(evidence, any(is_same(said.value, name) for name in truth), item.template)


def judged(items: list[Item], half: int, path: Path) -> Iterator[Seen]:
    """Yield the names that a person judged, as the cards of that half are read now."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    verdicts = {(row["id"], row["parent"]): row["verdict"] for row in rows if row["parent"]}
    wanted = {name for name, _ in verdicts}
    for item in items:
        for said, evidence in surest(read(item.card), item.id) if item.half == half and item.id in wanted else ():
            if (item.id, said.value) in verdicts and evidence.score >= EDGE:
                yield Seen(evidence, verdicts[item.id, said.value] == "right", item.template)


def thinned(seen: list[Seen]) -> list[Seen]:
    """Return at most `OF_ONE_TEMPLATE` names of each template."""
    taken: Counter = Counter()
    kept = []
    for one in seen:
        taken[one.template] += 1
        if taken[one.template] <= OF_ONE_TEMPLATE:
            kept.append(one)
    return kept


def table(seen: list[Seen], without: Sequence[str] = ()) -> tuple[list[str], np.ndarray]:
    """Return the names of the columns, the intercept first, and a row for each name: float64[n, k]."""
    rows = [{"intercept": 1.0, **features(one.evidence)} for one in seen]
    names = [name for name in rows[0] if name not in without]
    return names, np.array([[row[name] for name in names] for row in rows])


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic model, by Newton's method."""
    pull = np.full(x.shape[1], RIDGE)
    pull[0] = 0.0
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(pull), x.T @ (p - y) + pull * weights)
    return weights


def across(seen: list[Seen], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the confidence of each name by a model that was fitted without its fold of templates."""
    folds = np.array([int(sha256(one.template.encode()).hexdigest(), 16) % FOLDS for one in seen])
    p = np.zeros(len(y))
    for fold in range(FOLDS):
        p[folds == fold] = 1 / (1 + np.exp(-x[folds == fold] @ fitted(x[folds != fold], y[folds != fold])))
    return np.maximum(p, EDGE)


def error(p: np.ndarray, y: np.ndarray) -> float:
    """Return the expected calibration error over the bands: how far a band's mean is from its share, weighed by names."""
    places = np.digitize(p, BANDS)
    return sum(abs(p[places == n].sum() - y[places == n].sum()) for n in set(places)) / len(y)


def line(title: str, p: np.ndarray, y: np.ndarray) -> None:
    """Print the loss, Brier score and calibration error of some confidences."""
    loss = -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    print(f"  {title:24s} log loss {loss:.4f}, Brier {np.mean((p - y) ** 2):.4f}, calibration error {error(p, y):.3f}")


def choose(seen: list[Seen]) -> None:
    """Print how forms fare on folds that they were not fitted on, then the weights with what was counted of each."""
    y = np.array([one.right for one in seen], float)
    print(f"written on: {len(seen)} names, right {int(y.sum())}; {FOLDS} folds")
    line("score of the words", np.array([one.evidence.score for one in seen]), y)
    names, x = table(seen)
    line("all weights", across(seen, x, y), y)
    line("intercept alone", across(seen, x[:, :1], y), y)
    for name in names[1:]:
        line(f"without {name}", across(seen, table(seen, [name])[1], y), y)
    for name, weight, column in zip(names, fitted(x, y), x.T, strict=True):
        print(f"  {name}: weight = {weight:.2f}, right = {int(y[column > 0].sum())}, seen = {int((column > 0).sum())}")


def wilson(right: int, whole: int) -> tuple[float, float]:
    """Return the interval in which a share lies with 95 %, by Wilson's score."""
    share, middle = right / whole, Z * Z / (2 * whole)
    width = Z * sqrt(share * (1 - share) / whole + (Z / (2 * whole)) ** 2)
    return (share + middle - width) / (1 + 2 * middle), (share + middle + width) / (1 + 2 * middle)


def reliability(title: str, seen: list[Seen]) -> None:
    """Print, before and after, what is right in each band beside what is said there."""
    y = np.array([one.right for one in seen], float)
    print(f"{title}: {len(seen)} names, right {int(y.sum())}")
    scores, sure = ([f(one.evidence) for one in seen] for f in (lambda one: one.score, confidence))
    for words, p in (("score of the words", np.array(scores)), ("confidence", np.array(sure))):
        line(words, p, y)
        for low, high in pairwise(BANDS):
            part = (p >= low) & (p < high)
            if part.any():
                right, whole, said = int(y[part].sum()), int(part.sum()), p[part].mean()
                least, most = wilson(right, whole)
                holds = "holds" if least <= said <= most else "too high" if said > most else "too low"
                share = f"{right}/{whole} = {right / whole:.3f}"
                print(f"    {low:.2f}-{min(high, 1):.2f}: says {said:.3f}, right {share} [{least:.3f}, {most:.3f}], {holds}")


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    grown, old = trees(options.shared), hub_2022(options.shared)
    names = list(declared(grown, 0))
    judgements = list(judged(old, 0, LABELS / "card_parents_written_on.jsonl"))
    choose(thinned(names) + judgements)
    reliability("written on, tags of 2025", names)
    reliability("written on, judged in 2022", judgements)
    if options.held_out:
        names = list(declared(grown, 1))
        reliability("held out, tags of 2025", names)
        reliability(f"the same, at most {OF_ONE_TEMPLATE} of a template", thinned(names))
        reliability("held out, judged in 2022", list(judged(old, 1, LABELS / "card_parents_judged.jsonl")))


if __name__ == "__main__":
    main()
