"""How far the sections of real cards are filled, beside published figures, and how that agrees with a person who read them.

``python bench/sections.py --shared ../shared``. The cards are the 16,241 of the Hub in February 2022; 60 of them were read by
a person, at most three of each generator (``bench/labels/card_sections.csv``: states only, no text).
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import numpy as np

from filiation.cards.blocks import Card, read
from filiation.cards.sections import SectionState, sections
from filiation.cards.template import STATES, points, template
from filiation.core.record import ReadOptions, Skipped
from filiation.registry.hub_tar import SOURCE

ARCHIVE = "data/hub-2022-02/repos.tar.gz"
LABELS = Path(__file__).parent / "labels" / "card_sections.csv"
PUBLISHED = {
    "training_details": "74.3 %",
    "bias_risks_limitations": "17.4 %",
    "environmental_impact": "2 %",
    "evaluation": "15.4 % (from memory)",
    "uses": "",
    "get_started": "",
    "citation": "",
}
"""Liang et al. 2024: share of the 32,111 cards of September 2022 with the section."""
GENERATORS = {
    "huggingtweets": "huggingtweets/",
    "huggingartists": "huggingartists/",
    "OPUS-MT": "Helsinki-NLP/",
    "SetFit": "SetFit/",
}


class Repository(msgspec.Struct):
    """What is asked of a repository."""

    name: str
    downloads: int
    card: str | None


def repositories(archive: Path) -> list[Repository]:
    """Return all models of the archive."""
    found = []
    for batch in SOURCE.read(archive, ReadOptions()):
        if isinstance(batch, Skipped):
            continue
        for row in batch.table.to_pylist():
            body = msgspec.json.decode(row["body"])
            beside = msgspec.json.decode(row["files"]) if row["files"] else {}
            found.append(Repository(body["id"], body.get("downloads") or 0, beside.get("README.md")))
    return found


def generator(name: str, card: str) -> str:
    """Return what wrote a card."""
    for title, owner in GENERATORS.items():
        if name.startswith(owner):
            return title
    if "generated automatically according to the information" in card:
        return "Trainer"
    return "AutoNLP" if "Trained Using AutoNLP" in card else "people"


def coverage(found: list[Repository]) -> None:
    """Print how many models have a card, and what share of the downloads these carry."""
    have = np.array([item.card is not None for item in found])
    downloads = np.array([item.downloads for item in found])
    carried = downloads[have].sum() / downloads.sum()
    print(f"models {len(found):,}; with a card {have.sum():,} = {have.mean():.1%}, carrying {carried:.1%} of the downloads")
    print("  (published: 42.7 % of dated models, 90.5 %)")
    order = np.argsort(-downloads, kind="stable")
    for least, most in ((0, 100), (100, 1000), (1000, 10_000), (10_000, len(found))):
        part = order[least:most]
        print(f"  rank {least + 1:,} to {most:,} by downloads: {have[part].mean():.1%} have a card")


def fill(
    states: dict[str, tuple[SectionState, ...]], by_heading: dict[str, tuple[SectionState, ...]], who: dict[str, str]
) -> None:
    """Print the share of cards in each state for the seven sections that Liang et al. analysed."""
    print(f"\n{'section':24s} present  thin  blank | any text | under a heading | heading at all | published")
    for name, published in PUBLISHED.items():
        counts = Counter(item.state for card in states.values() for item in card if item.section == name)
        headed = Counter(item.state for card in by_heading.values() for item in card if item.section == name)
        n = len(states)
        told, under = counts["present"] + counts["thin"], headed["present"] + headed["thin"]
        print(
            f"{name:24s} {counts['present'] / n:7.1%} {counts['thin'] / n:5.1%} {counts['placeholder'] / n:6.1%}"
            f" | {told / n:8.1%} | {under / n:15.1%} | {(under + headed['placeholder']) / n:14.1%} | {published}"
        )
    print("\nany text, by what wrote the card:")
    groups = Counter(who.values())
    print(f"{'':24s} " + " ".join(f"{title} ({count:,})".rjust(22) for title, count in groups.most_common()))
    for name in PUBLISHED:
        told = Counter(
            who[model]
            for model, card in states.items()
            for item in card
            if item.section == name and item.state in ("present", "thin")
        )
        print(f"{name:24s} " + " ".join(f"{told[title] / count:22.1%}" for title, count in groups.most_common()))


def leaves(states: dict[str, tuple[SectionState, ...]]) -> None:
    """Print the states of all sections, and the distribution of the score that they come to."""
    print("\nall sections: present, thin, placeholder")
    counts: dict[str, Counter] = defaultdict(Counter)
    for card in states.values():
        for item in card:
            counts[item.section][item.state] += 1
    for name, count in counts.items():
        print(f"  {name:26s}" + "".join(f"{count[state] / len(states):8.1%}" for state in ("present", "thin", "placeholder")))
    worth, weight = points(), {section.id: section.weight for section in template().sections}
    score = [sum(worth[item.state] * weight[item.section] for item in card) / 100 for card in states.values()]
    print(
        "score of the card alone, deciles: " + " ".join(f"{value:.2f}" for value in np.quantile(score, np.linspace(0, 1, 11)))
    )


def agreement(states: dict[str, tuple[SectionState, ...]]) -> None:
    """Print how the states agree with those of a person who read 60 cards."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print(f"\nread by a person: {len(rows)} cards")
    total: Counter[tuple[str, str]] = Counter()
    for name in list(rows[0])[1:]:
        pairs = [(row[name], next(item.state for item in states[row["model"]] if item.section == name)) for row in rows]
        total.update(pairs)
        print_agreement(name, Counter(pairs))
    print_agreement("all", total)
    print("person \\ program   " + "".join(f"{state:>12s}" for state in STATES))
    for state in STATES:
        print(f"  {state:16s} " + "".join(f"{total[state, other]:12d}" for other in STATES))


def print_agreement(name: str, pairs: Counter[tuple[str, str]]) -> None:
    """Print the share of equal states, of equal answers to whether anything is said, and Cohen's kappa of the latter."""
    n = pairs.total()
    says = Counter({(True, True): 0})
    for (mine, its), count in pairs.items():
        says[mine in ("present", "thin"), its in ("present", "thin")] += count
    same = says[True, True] + says[False, False]
    mine, its = (says[True, True] + says[True, False]) / n, (says[True, True] + says[False, True]) / n
    chance = mine * its + (1 - mine) * (1 - its)
    kappa = (same / n - chance) / (1 - chance) if chance < 1 else 1.0
    said = says[True, True] + says[False, True]
    precision = f"{says[True, True] / said:.2f}" if said else "-"
    recall = f"{says[True, True] / (says[True, True] + says[True, False]):.2f}" if mine else "-"
    print(
        f"  {name:24s} state {sum(pairs[state, state] for state in STATES) / n:6.1%}  says something {same / n:6.1%}"
        f"  kappa {kappa:5.2f}  precision {precision}  recall {recall}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    found = repositories(parser.parse_args().shared / ARCHIVE)
    coverage(found)
    texts = {item.name: item.card for item in found if item.card is not None}
    clock = time.process_time()
    cards: dict[str, Card] = {name: read(text) for name, text in texts.items()}
    reading = time.process_time() - clock
    clock = time.process_time()
    states = {name: sections(card) for name, card in cards.items()}
    telling = time.process_time() - clock
    n = len(cards)
    print(f"{n:,} cards: blocks {reading / n * 1e3:.2f} ms, sections {telling / n * 1e3:.2f} ms of processor time a card")
    by_heading = {name: sections(card, headings_only=True) for name, card in cards.items()}
    fill(states, by_heading, {name: generator(name, text) for name, text in texts.items()})
    leaves(states)
    agreement(states)


if __name__ == "__main__":
    main()
