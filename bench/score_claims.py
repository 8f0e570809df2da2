"""How well scores are read from the text of cards: front matter is hidden, and its ``model-index`` is what should be found.

``python bench/score_claims.py --shared ../shared [--trees] [--labels FILE]``; ``--help`` names what else it shows.
Cards of the Hub of February 2022 with a figure in their ``model-index``; with ``--trees`` those of April 2025. Halves by owner:
rules were written while looking at the first, "held out" was only counted.

A figure of the front matter is *named* where the text of the card has it, rounded or as per cent. A found score *meets* a
figure of the front matter that is equal to the digits of the shorter one. Of those that meet, each field is right where it
says what the front matter says. What meets none may still be right, since a card tells more than its front matter:
``--labels`` counts what a person judged.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tarfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from filiation.cards.blocks import read
from filiation.cards.scores import scores
from filiation.core.claim import Basis, Locator
from filiation.core.extractor import UnreadableError
from filiation.core.score import Score
from filiation.extract.front_matter import front_matter
from filiation.scores.canonical import key, number
from filiation.scores.claimed import score_of

HALVES = ("written on", "held out")
OF_A_RULE = 20
"""So many of each way of writing are judged."""
FIELDS = ("metric", "dataset", "config", "split", "shots", "variant")
_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIGURE = re.compile(r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,20})?")


class Item(NamedTuple):
    """A card: what its front matter declares, its text without front matter, and its half."""

    id: str
    body: str
    declared: list[Score]
    half: int


def of_2022(path: Path) -> Iterator[tuple[str, str]]:
    """Yield names and cards of the archive of repositories."""
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith("/README.md"):
                name = member.name.removeprefix("models/").removesuffix("/README.md")
                yield name, archive.extractfile(member).read().decode("utf-8", "replace")


def of_2025(path: Path) -> Iterator[tuple[str, str]]:
    """Yield names and cards of the lineage trees."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["id"], row.get("card") or ""


def items(cards: Iterable[tuple[str, str]]) -> tuple[list[Item], Counter[str]]:
    """Return the cards with a figure in their ``model-index``, and what became of the others."""
    found, other = [], Counter()
    for name, card in cards:
        try:
            matter = json.loads(front_matter(card) or "{}")
        except (UnreadableError, ValueError):
            other["front matter that cannot be read"] += "model-index" in card
            continue
        if not isinstance(matter, dict) or not matter.get("model-index"):
            continue
        other["cards with a model-index"] += 1
        declared = [one for about in abouts(matter) if (one := score_of(name, about, Basis.DECLARED, Locator("", "")))]
        if not declared:
            other["no figure in the model-index"] += 1
            continue
        front = _FRONT.match(card)
        body = " " * front.end() + card[front.end() :] if front else card
        owner = name.partition("/")[0]
        found.append(Item(name, body, declared, int(sha256(f"score:{owner}".encode()).hexdigest(), 16) % 2))
    return found, other


def abouts(matter: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the results of a ``model-index`` as the extractor has them."""
    index = matter["model-index"]
    for entry in index if isinstance(index, list) else []:
        results = entry.get("results") if isinstance(entry, dict) else None
        for result in results if isinstance(results, list) else []:
            data = result.get("dataset") if isinstance(result, dict) else None
            data = data if isinstance(data, dict) else {}
            metrics = result.get("metrics") if isinstance(result, dict) else None
            for metric in metrics if isinstance(metrics, list) else []:
                if isinstance(metric, dict):
                    said = {name: data.get(name) for name in ("config", "split", "args")}
                    said |= {"dataset": data.get("type"), "dataset_name": data.get("name")}
                    said |= {"metric": metric.get("type") or metric.get("name"), "metric_name": metric.get("name")}
                    yield said | {"value": metric.get("value"), "by": (result.get("source") or {}).get("name")}


def told(item: Item) -> list[tuple[Score, str]]:
    """Return the scores that the text tells, as `filiation.scores.claimed` reads the claims, and by which rule."""
    statements = scores(read(item.body), item.id)
    said = [(msgspec.json.decode(one.value), one) for one in statements]
    among: dict[str, list[float]] = {}
    for about, _ in said:
        if figure := number(about["value"]):
            among.setdefault(str(about["metric"]).lower(), []).append(figure[0])
    found = []
    for about, one in said:
        others = among.get(str(about["metric"]).lower(), [])
        score = score_of(
            item.id, about, Basis.STATED, Locator("README.md", f"char={one.start},{one.stop}"), one.confidence, others
        )
        if score:
            found.append((score, one.rule or ""))
    return found


def digits(written: str) -> float:
    """Return half a unit of the last digit of a figure."""
    bare = written.strip().rstrip("% ").replace(",", ".")
    mantissa = bare.lower().partition("e")[0]
    return 0.5 * 10 ** -len(mantissa.partition(".")[2])


def is_equal(a: str, b: str) -> bool:
    """Return whether two written figures are one, to the digits of the shorter, each a ratio or per cent."""
    first, second = number(a), number(b)
    if first is None or second is None:
        return False
    for scale_a, scale_b in ((1, 1), (100, 1), (1, 100)):
        room = max(digits(a) * scale_a, digits(b) * scale_b) * 1.02
        if abs(first[0] * scale_a - second[0] * scale_b) <= room < max(abs(first[0] * scale_a), 1e-9) * 0.02 + 1e-12:
            return True
    return first[0] == second[0]


def is_named(declared: Score, body: str) -> bool:
    """Return whether the text has the figure."""
    return any(is_equal(found[0], declared.value_written) for found in _FIGURE.finditer(body))


def is_told(declared: Score, field: str, body: str) -> bool:
    """Return whether the text has the word that the front matter has, anywhere; of a metric and a variant always."""
    if field in ("metric", "variant"):
        return True
    words = key(declared.dataset_written if field == "dataset" else str(getattr(declared.protocol, field)))
    of_id = key((declared.dataset or "").rpartition("/")[2]) if field == "dataset" else words
    text = f" {key(body)} "
    return f" {words} " in text or f" {of_id} " in text


def said(score: Score, field: str) -> str | None:
    """Return what a score says of a field, for comparison."""
    value = getattr(score, field) if field in ("metric", "dataset") else getattr(score.protocol, field)
    return None if value is None else re.sub(r"[\W_]+", " ", str(value).rpartition("/")[2].lower()).strip()


def met(item: Item, found: list[tuple[Score, str]]) -> list[tuple[Score, Score | None, str]]:
    """Return each found score with the figure of the front matter that it meets: of those that are equal, the most alike."""
    pairs = []
    for score, rule in found:
        alike = [one for one in item.declared if is_equal(score.value_written, one.value_written)]
        best = max(alike, key=lambda one: sum(said(one, field) == said(score, field) for field in FIELDS), default=None)
        pairs.append((score, best, rule))
    return pairs


def share(part: int, whole: int) -> str:
    """Return a share as text."""
    return f"{part:,}/{whole:,} = {part / whole:.3f}" if whole else "-"


class Counted:
    """What is counted of one half."""

    def __init__(self) -> None:
        self.cards = 0
        self.counts: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()

    def add(self, item: Item, pairs: list[tuple[Score, Score | None, str]]) -> None:
        """Count one card."""
        self.cards += 1
        count = self.counts
        reached = {id(one) for _, one, _ in pairs if one is not None}
        right = {id(one) for score, one, _ in pairs if one is not None and said(score, "metric") == said(one, "metric")}
        for one in item.declared:
            named = is_named(one, item.body)
            count["declared"] += 1
            count["named"] += named
            count["named, reached"] += named and id(one) in reached
            count["named, right"] += named and id(one) in right
        metrics = {said(one, "metric") for one in item.declared}
        for score, one, rule in pairs:
            count["found"] += 1
            kind = (
                "met"
                if one is not None
                else "of a declared metric"
                if said(score, "metric") in metrics
                else "of another metric"
            )
            count[kind] += 1
            self.rules[rule, kind] += 1
            if one is not None:
                for field in FIELDS:
                    mine, theirs = said(score, field), said(one, field)
                    count[f"{field} declared"] += theirs is not None
                    count[f"{field} said"] += mine is not None and theirs is not None
                    count[f"{field} right"] += mine is not None and mine == theirs
                    count[f"{field} named"] += theirs is not None and is_told(one, field, item.body)
                    count[f"{field} named, right"] += theirs is not None and mine == theirs and is_told(one, field, item.body)
                if one.dataset and score.dataset and one.dataset.startswith(f"{score.dataset}/"):
                    count["dataset coarser"] += 1


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--trees", action="store_true", help="cards of the lineage trees of April 2025 instead")
    parser.add_argument("--misses", type=int, default=0, help="so many named figures of the first half that were not found")
    parser.add_argument("--wrong", type=int, default=0, help="so many found ones of the first half that meet none")
    parser.add_argument("--fields", type=int, default=0, help="so many fields of the first half that are wrong")
    parser.add_argument("--draw", type=int, help="print the held-out sample for judging, with this seed")
    parser.add_argument("--labels", type=Path, help="count what a person judged")
    chosen = parser.parse_args()
    data = chosen.shared / "data"
    trees = of_2025(data / "trees-2025-04" / "models.jsonl.gz")
    cards, other = items(trees if chosen.trees else of_2022(data / "hub-2022-02" / "repos.tar.gz"))
    print(", ".join(f"{count:,} {what}" for what, count in other.items()), f"; {len(cards):,} cards with figures")
    halves = (Counted(), Counted())
    started = time.process_time()
    read_all = [(item, met(item, told(item))) for item in cards]
    print(f"{len(cards) / (time.process_time() - started):,.0f} cards a second of processor time, reading and joining")
    for item, pairs in read_all:
        halves[item.half].add(item, pairs)
    for name, half in zip(HALVES, halves, strict=True):
        report(name, half)
    first = [(item, pairs) for item, pairs in read_all if item.half == 0]
    if chosen.misses:
        show_misses(first, chosen.misses)
    if chosen.wrong:
        show_wrong(first, chosen.wrong, 1)
    if chosen.fields:
        for item, pairs in first:
            for score, one, rule in pairs:
                for field in FIELDS:
                    if one and said(one, field) and said(score, field) != said(one, field) and chosen.fields > 0:
                        print("FIELD", item.id, rule, field, said(score, field), "not", said(one, field), one.metric_written)
                        chosen.fields -= 1
    if chosen.draw is not None:
        show_wrong([(item, pairs) for item, pairs in read_all if item.half == 1], OF_A_RULE, chosen.draw)
    if chosen.labels:
        labelled = [json.loads(line) for line in chosen.labels.read_text(encoding="utf-8").splitlines()]
        for rule in ("all", *sorted({one["rule"] for one in labelled})):
            those = [one for one in labelled if rule in ("all", one["rule"])]
            print(f"judged, {rule}: {share(sum(one['right'] for one in those), len(those))}")


def report(name: str, half: Counted) -> None:
    """Print what was counted of one half."""
    count = half.counts
    print(
        f"\n{name}: {half.cards:,} cards, {count['declared']:,} figures declared, {count['named']:,} of them named in the text"
    )
    print(f"  recall of named figures, with the right metric: {share(count['named, right'], count['named'])}")
    others = (
        f"{count['of a declared metric']:,} are other figures of a declared metric, {count['of another metric']:,} of another"
    )
    print(f"  found {count['found']:,}: {count['met']:,} meet a declared figure, {others}")
    for field in FIELDS:
        right, named = count[f"{field} right"], share(count[f"{field} named, right"], count[f"{field} named"])
        print(f"  {field:8} precision {share(right, count[f'{field} said'])}, recall {named} of those that the text names, "
              f"{share(right, count[f'{field} declared'])} of all")  # fmt: skip
    print(f"  of the datasets that are wrong {count['dataset coarser']:,} are only coarser: glue for glue/cola")
    for rule in sorted({rule for rule, _ in half.rules}):
        kinds = {kind: half.rules[rule, kind] for kind in ("met", "of a declared metric", "of another metric")}
        print(
            f"  {rule:9} {kinds}, met of declared metrics {share(kinds['met'], kinds['met'] + kinds['of a declared metric'])}"
        )


def show_misses(those: list[tuple[Item, list[tuple[Score, Score | None, str]]]], count: int) -> None:
    """Print named figures that were not found, at most two of an owner."""
    random.Random(1).shuffle(those)
    owners: Counter[str] = Counter()
    for item, pairs in those:
        reached = {id(one) for score, one, _ in pairs if one is not None and said(score, "metric") == said(one, "metric")}
        for one in item.declared:
            owner = item.id.partition("/")[0]
            if id(one) in reached or owners[owner] >= 2 or not is_named(one, item.body):
                continue
            owners[owner] += 1
            place = next(found for found in _FIGURE.finditer(item.body) if is_equal(found[0], one.value_written))
            context = item.body[max(0, place.start() - 90) : place.end() + 40].replace("\n", " / ")
            print(f"MISS {item.id}: {one.metric} {one.dataset} {one.value_written}: {context!r}")
            count -= 1
            if not count:
                return


def show_wrong(those: list[tuple[Item, list[tuple[Score, Score | None, str]]]], count: int, seed: int) -> None:
    """Print found scores that meet no declared figure: of each rule so many, one of an owner, with the text around them."""
    random.Random(seed).shuffle(those)
    owners: Counter[tuple[str, str]] = Counter()
    rules: Counter[str] = Counter()
    for item, pairs in those:
        owner = item.id.partition("/")[0]
        for score, one, rule in random.Random(seed).sample(pairs, len(pairs)):
            if one is not None or owners[owner, rule] or rules[rule] >= count:
                continue
            owners[owner, rule] += 1
            rules[rule] += 1
            start, stop = map(int, score.source.pointer.removeprefix("char=").split(","))
            fields = {field: said(score, field) for field in FIELDS if said(score, field)}
            text = item.body[max(0, start - 300) : stop + 20].strip()
            row = {"id": item.id, "rule": rule, "said": fields, "value": score.value_written, "text": text}
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
