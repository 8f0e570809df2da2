"""How far public cards answer what regulation asks, item by item, and whether a card's mention of a risk speaks of that risk.

    python bench/regulation.py --shared ../shared

400 models of the lineage trees of April 2025 with their cards, the most downloaded that name a base model and a dataset, no
two of one owner. The mentions of the first 200 were read while the reader was made; of the others they were judged by hand, in
``labels/nist_mentions.csv``. On those the reader was right in 17 of 35 at first; that labels with nothing behind them (``Carbon
Emitted: [More Information Needed]``) say nothing was learnt from them, so what is printed is not held out any more.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from time import process_time

from bom_cards import archive, cards

from filiation.governance.answers import known
from filiation.governance.regulation.items import NIST
from filiation.governance.regulation.kind import assessment
from filiation.governance.subject import subject
from filiation.lineage.arrays import Lineage
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

MODELS, SEEN = 400, 200
NOW = datetime(2026, 11, 22)  # noqa: DTZ001  # as the atlas keeps time
LABELS = Path(__file__).parent / "labels" / "nist_mentions.csv"
VALUES = ("yes", "partial", "no", "unknown")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--mentions", type=Path, help="Write every mention to this file, to be judged.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = charted(asked.shared / "data" / "trees-2025-04" / "models.jsonl.gz", Path(folder))
        start = process_time()
        told = list(assessed(made))
        seconds = process_time() - start
    print(f"{len(told)} models with cards, {seconds / len(told):.3f} s of processor time each\n")
    shares(told)
    statuses = Counter(next(item.value for item in made.results if item.id == "eu.exemption") for made in told)
    print("\nexemption without anybody's answer:", dict(statuses))
    found = list(mentions(told))
    print(f"mentions of a risk: {len(found)}, in {len({name for name, *_ in found})} cards")
    if asked.mentions:
        with asked.mentions.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([("model", "risk", "where", "text"), *found])
    judged(found)


def charted(source: Path, folder: Path) -> Path:
    """Return an atlas of the models that are held out."""
    atlas = folder / "a"
    seen = cards(source, SEEN)
    held = {name: record for name, record in cards(source, MODELS).items() if name not in seen}
    with Atlas.open(atlas, "create") as made:
        observe(made, [archive(held, folder)], NOW, None, lambda *_: None)
        build(made, lambda *_: None, without=("predict",))
    return atlas


def assessed(atlas: Path):
    """Yield the assessment of every model that has a card."""
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas) as opened:
        rows = opened.con.execute(
            "SELECT node_id FROM node WHERE state = 'present' AND kind = 'model' ORDER BY name"
        ).fetchall()
        for (node,) in rows:
            held = subject(opened.con, lineage, node, "en")
            if held.card:
                yield assessment(held, known((), NOW), NOW)


def shares(told: list) -> None:
    """Print the share of each answer by item."""
    counts: dict[str, Counter[str]] = {}
    for made in told:
        for group in made.groups:
            for question in group.questions:
                counts.setdefault(question.id, Counter())[question.value] += 1
    print(f"{'item':32}" + "".join(f"{value:>9}" for value in VALUES))
    for name, values in counts.items():
        print(f"{name:32}" + "".join(f"{values[value] / len(told):9.0%}" for value in VALUES))


def mentions(told: list):
    """Yield model, risk, place and text of what cards say of risks, by words."""
    for made in told:
        for group in made.groups:
            for question in group.questions if group.id == NIST else ():
                for piece in question.evidence:
                    if piece.where.startswith("README.md#char") and piece.confidence == 0.6:
                        yield made.ref, question.id, piece.where, piece.text


def judged(found: list[tuple[str, str, str, str]]) -> None:
    """Print how many of the mentions that were judged speak of their risk."""
    if not LABELS.exists():
        return
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = {(row["model"], row["risk"], row["where"]): row["speaks"] for row in csv.DictReader(file)}
    said = [told for name, risk, where, _ in found if (told := labels.get((name, risk, where)))]
    if said:
        print(f"{said.count('yes')} of {len(said)} judged mentions speak of the risk ({said.count('yes') / len(said):.0%})")


if __name__ == "__main__":
    main()
