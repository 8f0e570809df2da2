"""How well parents, datasets and licences are read from the prose of cards.

``python bench/card_prose.py --shared ../shared [--labels bench/labels/card_parents_judged.jsonl] [--draw SEED]``. Cards are
split in halves by the digest of their template: the most common long sentence of the card, names and figures left out, where at
least `COMMON` cards have it, else the owner. Rules were written and scores set while looking at
the first half; "held out" was only counted. ``--draw`` prints the sample that was judged,
``--rules`` only what is counted of each rule on the first half.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from filiation.cards.blocks import read, sentences
from filiation.cards.datasets import datasets
from filiation.cards.mask import mask
from filiation.cards.parents import candidates, parents, scores
from filiation.core.extractor import UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract.card_prose import extract
from filiation.extract.front_matter import front_matter
from filiation.knowledge import load
from filiation.licenses.declared import declared
from filiation.licenses.expression import ids
from filiation.licenses.prose import statements

HALVES = ("written on", "held out")
SALT = 1
"""Makes the halves about equal in number of cards; chosen before anything was measured."""
COMMON, LONG = 8, 25
OF_ONE_TEMPLATE = 3
CHUNK, LOOP = 500, 100_000
IN_FULL = 0.9
"""From which share of its rule's score on a name is counted for the rule: it is written in full and stands alone."""
EDGE = 0.5
"""From which confidence on a stated parent becomes an edge."""
_NAMES = re.compile(r"\S*[/\d_]\S*|[^a-z ]+")
_TAG = re.compile(r"^base_model:(?:(adapter|finetune|merge|quantized):)?")


class Item(NamedTuple):
    """A card of a model, and in which half it is."""

    id: str
    card: str
    info: dict
    half: int
    template: str


def rows_of(path: Path) -> list[dict]:
    """Return the JSON objects of a compressed file of lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def skeletons(card: str) -> set[str]:
    """Return the long sentences of a card without names and figures."""
    found = set()
    for block in read(card).blocks:
        if block.kind in ("paragraph", "item", "html", "quote"):
            for sentence in sentences(block):
                bones = " ".join(_NAMES.sub(" ", sentence.text.lower()).split())
                if len(bones) >= LONG:
                    found.add(bones)
    return found


def halved(cards: list[tuple[str, str, dict]]) -> list[Item]:
    """Return the cards (id, text, fields) with their halves."""
    bones = {name: skeletons(card) for name, card, _ in cards}
    counts = Counter(line for lines in bones.values() for line in lines)
    items = []
    for name, card, info in cards:
        best = max(bones[name], key=lambda line: (counts[line], line), default=None)
        key = best if best and counts[best] >= COMMON else f"owner:{name.split('/')[0]}"
        items.append(Item(name, card, info, sha256(f"{SALT} {key}".encode()).digest()[0] & 1, key))
    return items


def trees(shared: Path) -> list[Item]:
    """Return the models of April 2025 that have a card."""
    rows = rows_of(shared / "data/trees-2025-04/models.jsonl.gz")
    return halved([(row["id"], row["card"], row.get("info") or {}) for row in rows if row.get("card")])


def hub_2022(shared: Path) -> list[Item]:
    """Return the cards of February 2022; those that are an error message or blank are none."""
    cards = []
    with tarfile.open(shared / "data/hub-2022-02/repos.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith("README.md") else None
            content = file.read() if file else b""
            utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
            text = content.decode("utf-16" if utf16 else "utf-8-sig", "replace")
            if text.strip() and not text.startswith("Error: the path"):
                cards.append((member.name.removeprefix("models/").removesuffix("/README.md"), text, {}))
    return halved(cards)


def declared_parents(info: dict) -> dict[str, str]:
    """Return the parents that the tags declare, in lower case, with the relation that they say or ""."""
    found: dict[str, str] = {}
    for tag in info.get("tags") or []:
        if match := _TAG.match(tag):
            name = tag[match.end() :].lower()
            found[name] = found.get(name) or match[1] or ""
    return found


def is_same(said: str, truth: str) -> bool:
    """Return whether two names agree, in full or behind the slash."""
    said, truth = said.lower(), truth.lower()
    return said == truth or said.rpartition("/")[2] == truth.rpartition("/")[2]


def share(part: int, whole: int) -> str:
    """Return a share with its counts."""
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "0/0"


def of_trees(items: list[Item]) -> None:
    """Print how declared parents are found, by half and relation."""
    declaring = [(item, declared_parents(item.info)) for item in items]
    total = sum(len(truth) for _, truth in declaring)
    named = {item.id: names_in_body(item, truth) for item, truth in declaring}
    print(f"trees-2025-04: {len(items)} cards, {total} declared parents, body names {sum(map(len, named.values()))}")
    for half, words in enumerate(HALVES):
        part = [(item, truth) for item, truth in declaring if item.half == half and truth]
        right = wrong = found = 0
        unsure: Counter = Counter()
        relations: dict[str, Counter] = defaultdict(Counter)
        for item, truth in part:
            said = parents(read(item.card), item.id)
            found += sum(any(is_same(one.value, name) for one in said if one.confidence >= EDGE) for name in named[item.id])
            for one in said:
                name = next((name for name in truth if is_same(one.value, name)), None)
                unsure[name is not None] += one.confidence < EDGE
                if one.confidence >= EDGE:
                    right, wrong = right + (name is not None), wrong + (name is None)
                    relations[one.relation or "not said"]["right" if name is not None else "wrong"] += 1
                    if name is not None and one.relation and truth[name]:
                        relations[one.relation]["agrees" if truth[name] == one.relation else "differs"] += 1
        whole = sum(len(named[item.id]) for item, _ in part)
        print(f"  {words}: {len(part)} cards, precision {share(right, right + wrong)}, recall {share(found, whole)}")
        print(f"    below {EDGE}, no edge: right {share(unsure[True], unsure.total())}")
        for name, count in sorted(relations.items()):
            print(f"    {name}: {dict(sorted(count.items()))}")


def of_rules(items: list[Item]) -> None:
    """Print how many of the names in full to which each rule leads are declared, on the half that rules were written on.

    A name counts once for a card and rule, and a template at most `OF_ONE_TEMPLATE` times for a rule.
    """
    sure = scores()
    taken: Counter = Counter()
    right: Counter = Counter()
    seen: Counter = Counter()
    for item in items:
        truth = declared_parents(item.info)
        if item.half != 0 or not truth:
            continue
        said = {
            (one.rule, one.value.lower())
            for one in candidates(read(item.card), item.id)
            if one.confidence >= IN_FULL * sure[one.rule or ""]
        }
        for rule, name in sorted(said):
            taken[rule, item.template] += 1
            if taken[rule, item.template] <= OF_ONE_TEMPLATE:
                seen[rule] += 1
                right[rule] += any(is_same(name, one) for one in truth)
    print(f"rules, trees-2025-04, {HALVES[0]}, at most {OF_ONE_TEMPLATE} names of one template:")
    for rule, score in sure.items():
        print(f"  {rule}: right {right[rule]}/{seen[rule]}, score {score:.3f}")


def names_in_body(item: Item, truth: Iterable[str]) -> list[str]:
    """Return the declared parents whose name stands in the card below its front matter."""
    body = mask(item.card).text.lower() + item.card.lower()[_matter_end(item.card) :]
    return [name for name in truth if name in body or name.rpartition("/")[2] in body]


def _matter_end(card: str) -> int:
    found = re.match(r"\A\ufeff?\s*---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", card, re.DOTALL)
    return found.end() if found else 0


def front(card: str) -> dict:
    """Return the front matter of a card, empty where it cannot be read."""
    try:
        return json.loads(front_matter(card) or "{}")
    except (UnreadableError, ValueError):
        return {}


def listed(value: object) -> list[str]:
    """Return the texts of a field that may be one or several."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def of_datasets(name: str, items: list[Item]) -> None:
    """Print how the datasets that front matter declares are found in the body."""
    names = load("names")
    nothing = {*names["placeholders"], *names["loaders"]}
    old = {key.lower(): new.lower() for key, new in load("aliases")["dataset"].items()}

    def key(text: str) -> str:
        low = text.lower()
        return old.get(low, low).rpartition("/")[2].replace("-", "_")

    for half, words in enumerate(HALVES):
        right = wrong = found = whole = 0
        for item in items:
            truth = {key(text) for text in listed(front(item.card).get("datasets")) if text.lower() not in nothing}
            if item.half != half or not truth:
                continue
            body = mask(item.card).text.lower().replace("-", "_")
            said = {key(one.value) for one in datasets(read(item.card), item.id) if one.confidence >= EDGE}
            right, wrong = right + len(said & truth), wrong + len(said - truth)
            named = {text for text in truth if text in body}
            found, whole = found + len(said & named), whole + len(named)
        print(
            f"  datasets, {name}, {words}: precision {share(right, right + wrong)}, recall of the named {share(found, whole)}"
        )


def of_licenses(name: str, items: list[Item]) -> None:
    """Print how the licence that the body states agrees with front matter."""
    for half, words in enumerate(HALVES):
        right = wrong = stating = 0
        for item in items:
            expression = declared(listed(front(item.card).get("license"))).expression
            if item.half != half or expression is None:
                continue
            truth = {one.key for one in ids(expression)}
            said = {
                one.license for one in statements(item.card) if one.subject in ("model", "unstated") and one.confidence >= 0.7
            }
            stating += bool(said)
            right, wrong = right + bool(said & truth), wrong + bool(said and not said & truth)
        print(f"  licences, {name}, {words}: {stating} cards state one, agrees with front matter {share(right, right + wrong)}")


def of_2022(items: list[Item], shared: Path) -> None:
    """Print how many edges the cards of 2022 give, and how they agree with what the same models declared in 2024."""
    said = {item.id.lower(): (item, parents(read(item.card), item.id)) for item in items}
    kept = [one for _, found in said.values() for one in found if one.confidence >= EDGE]
    with_parent = sum(any(one.confidence >= EDGE for one in found) for _, found in said.values())
    print(f"hub-2022-02: {len(items)} cards, {len(kept)} stated parents of {with_parent} models;", end=" ")
    print(f"below {EDGE}: {sum(len(found) for _, found in said.values()) - len(kept)}")
    print(f"  relation {dict(Counter(one.relation or 'not said' for one in kept).most_common())}")
    found = missed = other = silent = 0
    for row in rows_of(shared / "data/hub-2024-07/models.jsonl.gz"):
        truth = declared_parents(row) if row["id"].lower() in said else {}
        if not truth:
            continue
        names = [one.value for one in said[row["id"].lower()][1] if one.confidence >= EDGE]
        same = any(is_same(name, one) for name in names for one in truth)
        body = names_in_body(said[row["id"].lower()][0], truth)
        found, other = found + same, other + (bool(names) and not same)
        missed, silent = missed + (not names and bool(body)), silent + (not names and not body)
    print(
        f"  of {found + missed + other + silent} models that declare a parent in 2024: the same was read in 2022 {found},",
        end=" ",
    )
    print(f"another {other}, none though the card has the name {missed}, none and the card is silent {silent}")


def of_labels(path: Path) -> None:
    """Print what the people who read the sample found."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    given = [row for row in rows if row["parent"]]
    none = [row for row in rows if not row["parent"]]
    print(
        f"judged: {len(given)} found parents, right {share(sum(row['verdict'] == 'right' for row in given), len(given))};",
        end=" ",
    )
    print(f"{len(none)} cards without, a parent overlooked {share(sum(row['verdict'] == 'missed' for row in none), len(none))}")
    sure = sum(row["confidence"] for row in given) / max(len(given), 1)
    print(f"  mean confidence of the found {sure:.3f}; verdicts {dict(Counter(row['verdict'] for row in rows))}")
    for name, some in (
        ("template", [row for row in given if row["confidence"] >= 0.94]),
        ("other words", [row for row in given if row["confidence"] < 0.94]),
    ):
        print(f"  {name}: right {share(sum(row['verdict'] == 'right' for row in some), len(some))}, mean confidence", end=" ")
        print(f"{sum(row['confidence'] for row in some) / max(len(some), 1):.3f}")


def draw(items: list[Item], seed: int) -> None:
    """Print 200 found parents and 200 cards without one, with what there is to read.

    They are of the held-out half, at random, but at most `OF_ONE_TEMPLATE` of one template: bots would fill the sample else.
    """
    random.seed(seed)
    held = [item for item in items if item.half == 1]
    random.shuffle(held)
    found, without = [], []
    taken: Counter = Counter()
    for item in held:
        said = [one for one in parents(read(item.card), item.id) if one.confidence >= EDGE]
        taken[item.template, bool(said)] += 1
        if taken[item.template, bool(said)] <= OF_ONE_TEMPLATE:
            (found if said else without).append((item, random.choice(said) if said else None))
    for item, one in found[:200]:
        text = " ".join(item.card[max(0, one.start - 60) : one.stop + 30].split())
        print(
            json.dumps([item.id, one.value, one.relation, one.confidence, one.start, one.stop, text[:420]], ensure_ascii=False)
        )
    for item, _ in without[:200]:
        print(json.dumps([item.id, " ".join(mask(item.card).text.split())[:700]], ensure_ascii=False))


def speed(items: list[Item]) -> None:
    """Print how many cards a second of processor time are read, with what this bench judges and with all claims of prose.

    What it judges are parents, datasets and licences; all claims are those, facts and scores, no sections. A plain loop, timed
    between the cards, says how fast the machine was meanwhile.
    """
    of = {
        "blocks, parents, datasets, licences": _named,
        "blocks and all claims of prose": lambda item: extract(Record(Kind.MODEL, item.id, {}, {"README.md": item.card})),
    }
    for what, reading in of.items():
        sum(1 for item in items[:50] for _ in reading(item))
        count, seconds, loops = 0, 0.0, []
        for begin in range(0, len(items), CHUNK):
            began = time.process_time()
            for _ in range(LOOP):
                pass
            loops.append(time.process_time() - began)
            began = time.process_time()
            count += sum(1 for item in items[begin : begin + CHUNK] for _ in reading(item))
            seconds += time.process_time() - began
        print(f"speed, {what}: {len(items)} cards, {count} claims, {len(items) / seconds:.0f} cards per second of")
        print(f"  processor time; meanwhile a loop of {LOOP} took {1000 * sum(loops) / len(loops):.2f} ms")


def _named(item: Item) -> Iterator[Any]:
    card = read(item.card)
    yield from parents(card, item.id)
    yield from datasets(card, item.id)
    yield from statements(item.card)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--labels", type=Path, default=Path(__file__).parent / "labels/card_parents_judged.jsonl")
    parser.add_argument("--draw", type=int, metavar="SEED")
    parser.add_argument("--rules", action="store_true")
    options = parser.parse_args()
    if options.rules:
        of_rules(trees(options.shared))
        return
    cards = hub_2022(options.shared)
    if options.draw is not None:
        draw(cards, options.draw)
        return
    grown = trees(options.shared)
    of_trees(grown)
    of_rules(grown)
    for name, items in (("trees-2025-04", grown), ("hub-2022-02", cards)):
        of_datasets(name, items)
        of_licenses(name, items)
    of_2022(cards, options.shared)
    if options.labels.exists():
        of_labels(options.labels)
    speed(cards)


if __name__ == "__main__":
    main()
