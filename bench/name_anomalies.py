"""How well a name that lies is found: contradictions planted in real models, and alarms on models left as they are.

``python bench/name_anomalies.py --shared ../shared [--planted N] [--alarms FILE]``. Owners are halved by the MD5 of their
names, as in ``knowledge/name_exceptions.toml``: rules and exceptions were written on the even half, every figure here is of the
odd one. Planted: in N known-good models per kind (seed 7), whose names confirm the matter, the word is swapped for another of
its kind. Beside it the plain alternative: every disagreement between the two sides is an alarm, without exceptions. Alarms are
judged in ``bench/labels/name_alarms.csv``; ``--alarms`` writes those of the half that are not judged yet.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.extract.run import extract
from filiation.lineage.build import build_tables
from filiation.names.build import build_names
from filiation.names.judging import judge
from filiation.names.statements import prepare_statements
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

LABELS = Path(__file__).parent / "labels" / "name_alarms.csv"
SEED = 7
LEAST = 0.6
"""Confidence from which on an element counts, as in the package."""
ELEMENT = {
    "architecture": "architecture",
    "parameters": "parameters",
    "base-size": "parameters",
    "base": "architecture",
    "quantization": "adaptation",
    "casing": "dataset-characteristic",
    "version": "version",
    "task": "task",
    "language": "language",
    "dataset": "dataset",
}
"""The element of a name that each topic asks about."""
OTHERS = {
    "architecture": ["bert", "gpt2", "llama", "mistral", "t5", "whisper", "vit", "wav2vec2", "gemma", "falcon"],
    "parameters": ["1b", "3b", "7b", "13b", "70b"],
    "adaptation": ["gguf", "gptq", "awq", "exl2"],
    "dataset-characteristic": ["cased", "uncased"],
    "version": ["2", "3"],
    "task": ["ner", "qa", "summarization", "translation", "asr", "tts", "text-to-image"],
    "language": ["german", "japanese", "korean", "finnish", "hindi", "portuguese"],
    "dataset": ["squad", "imdb", "conll2003", "xsum", "eurosat", "cifar10"],
}
"""Words to plant; one that means the same as the word it replaces is drawn again."""


class Seen(NamedTuple):
    """A statement about a model: what the name says, what is known, the judgement."""

    name: str
    topic: str
    said: str
    known: str
    judgement: str


def main() -> None:
    """Print recall by kind of contradiction, and alarms per thousand models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--planted", type=int, default=60, help="models per kind")
    parser.add_argument("--alarms", type=Path, help="write the alarms that nobody judged")
    given = parser.parse_args()
    clock = time.process_time()
    records = list(full_records(given.shared))
    plain = [item for item in statements(records) if is_held_out(item.name)]
    print(f"{len(records):,} records, {sum(is_held_out(item.id) for item in records):,} of held-out owners")
    planted(records, plain, given.planted)
    alarms(records, plain, given.alarms)
    architectures(given.shared)
    print(f"{time.process_time() - clock:.0f} s of processor time")


def is_held_out(name: str) -> bool:
    """Return whether a model is of the half of the owners that no rule was written on."""
    return md5(name.partition("/")[0].encode()).digest()[0] % 2 == 1  # noqa: S324  # a halving, not a secret


def full_records(shared: Path) -> Iterator[Record]:
    """Yield the models of which the registry's whole answer is known."""
    with gzip.open(shared / "data" / "hub-2024-07" / "models_full_8650.jsonl.gz") as lines:
        for line in lines:
            body = json.loads(line)
            yield Record(Kind.MODEL, body["id"], body)


def statements(records: list[Record]) -> list[Seen]:
    """Return what the names of `records` say beside what else is known, through the real stages."""
    with duckdb.connect() as memory:
        memory.execute(files("filiation.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        atlas = Atlas(Path(), memory)
        seen = [Sighting(line, record, "hub") for line, record in enumerate(records, 1)]
        at = datetime(2024, 7, 11, tzinfo=UTC).replace(tzinfo=None)
        ingest(atlas, Path("bench"), batches_of(seen, "bench"), at, lambda _: None)
        with atlas.transaction() as con:
            extract(con, -1)
            build_tables(con, at.replace(year=9999))
        with atlas.transaction() as con:
            build_names(con)
            prepare_statements(con)
            rows = con.execute(
                "SELECT name, topic, said, known, judgement FROM name_statement JOIN node USING (node_id) ORDER BY ALL"
            ).fetchall()
    return [Seen(*row) for row in rows]


def planted(records: list[Record], plain: list[Seen], count: int) -> None:
    """Print how many planted contradictions are found, by topic, beside what a plain comparison finds."""
    draw = random.Random(SEED)  # a draw, not a secret
    bodies = {record.id: record for record in records}
    good: dict[str, list[Seen]] = defaultdict(list)
    for item in plain:
        if item.judgement == "confirmed" and item.topic in ELEMENT and "," not in item.said:
            good[item.topic].append(item)
    changed: dict[str, tuple[str, str]] = {}
    for topic, items in sorted(good.items()):
        for item in draw.sample(items, min(count, len(items))):
            name = swapped(item, topic, draw)
            if name and name not in bodies and name not in changed:
                changed[name] = (item.name, topic)
    copies = [
        Record(Kind.MODEL, name, bodies[old].body | {"_id": f"planted-{i}", "id": name, "modelId": name})
        for i, (name, (old, _)) in enumerate(changed.items())
    ]
    found = {(item.name, item.topic) for item in statements([*records, *copies]) if item.judgement == "contradicted"}
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for name, (old, topic) in changed.items():
        if topic == "task" and bodies[old].body.get("pipeline_tag") != "text-generation":
            told["of which not text-generation"]["planted"] += 1
            told["of which not text-generation"]["found"] += (name, topic) in found
            told["of which not text-generation"]["found at all"] += any(other == name for other, _ in found)
        told[topic]["planted"] += 1
        told[topic]["found"] += (name, topic) in found
        told[topic]["found at all"] += any(other == name for other, _ in found)
    print("\nplanted in models whose names are confirmed: found by the check that asks for it, by any")
    for topic, counts in told.items():
        n = counts["planted"]
        print(f"  {topic:28} {n:4}  {counts['found'] / n:.2f}  {counts['found at all'] / n:.2f}")
    total = Counter[str]()
    for topic, counts in told.items():
        total.update({} if topic.startswith("of which") else counts)
    n = total["planted"]
    print(f"  {'all':28} {n:4}  {total['found'] / n:.2f}  {total['found at all'] / n:.2f}")


def swapped(item: Seen, topic: str, draw: random.Random) -> str | None:
    """Return the model's name with another word in the place of the one that `topic` asks about; None where that is unclear."""
    from filiation.names import parse

    owner, _, text = item.name.partition("/")
    kind = ELEMENT[topic]
    elements = [element for element in parse(text).elements if element.kind == kind]
    value = item.said.rpartition(" ")[2] if topic == "version" else item.said
    elements = [element for element in elements if element.value == value]
    if len(elements) != 1:
        return None
    element = elements[0]
    words = [word for word in OTHERS[kind] if word != element.text.lower()]
    word = draw.choice([word for word in words if judge_differs(topic, word, element.value, item.known)] or words)
    return f"{owner}/{text[: element.start]}{word}{text[element.start + len(element.text) :]}"


def judge_differs(topic: str, word: str, value: str, known: str) -> bool:
    """Return whether `word` means something else than the name said and than what is known, however the judgement goes."""
    from filiation.names.asking import asked

    if topic in {"parameters", "base-size"}:
        return _ratio(word, value) > 2
    prefix = {"task": "task", "language": "lang", "dataset": "data"}.get(topic)
    meant = set(asked(f"{prefix}:{word}").elements[0].values) if prefix else {word}
    return value not in {*meant, word} and meant.isdisjoint(known.split(", ")) and word not in known.lower()


def _ratio(a: str, b: str) -> float:
    x, y = (float(re.sub(r"[^\d.]", "", text) or 0) for text in (a, b))
    return max(x / y, y / x) if x and y else 0.0


def alarms(records: list[Record], plain: list[Seen], path: Path | None) -> None:
    """Print alarms on models as they are, how many of them are judged false, and what a plain comparison would raise."""
    models = sum(is_held_out(record.id) for record in records)
    raised = [item for item in plain if item.judgement == "contradicted"]
    crude = {item.name for item in plain if item.judgement != "confirmed" and item.topic != "size"}
    with LABELS.open(encoding="utf-8") as file:
        judged = {(row["name"], row["topic"]): row["verdict"] for row in csv.DictReader(file)}
    counts = Counter((item.topic, judged.get((item.name, item.topic), "not judged")) for item in raised)
    print(f"\nalarms on {models:,} models as they are")
    for topic in sorted({topic for topic, _ in counts}):
        told = ", ".join(f"{verdict} {n}" for (of, verdict), n in sorted(counts.items()) if of == topic)
        print(f"  {topic:14} {told}")
    false = {item.name for item in raised if judged.get((item.name, item.topic)) == "false"}
    alarmed = {item.name for item in raised}
    print(f"  {1000 * len(alarmed) / models:.1f} models per thousand, {1000 * len(false) / models:.1f} judged false")
    print(f"  a comparison without exceptions: {1000 * len(crude) / models:.1f} per thousand")
    if path:
        with path.open("w", encoding="utf-8") as out:
            for item in raised:
                if (item.name, item.topic) not in judged:
                    out.write(json.dumps(item._asdict(), ensure_ascii=False) + "\n")


def architectures(shared: Path) -> None:
    """Print alarms on 8,744 names with the class that loads them, whose owners are held out."""
    from filiation.knowledge import load
    from filiation.names import parse

    with gzip.open(shared / "data" / "naming" / "name_to_architecture_8744.json.gz") as file:
        classes: dict[str, Any] = json.load(file)
    types = {re.sub(r"[^a-z0-9]", "", key): key for key in load("name_architectures")["architecture"]}
    told = Counter[str]()
    for name, class_ in classes.items():
        if not is_held_out(name):
            continue
        base = re.split(r"For|Model|LMHead|With|Double", class_)[0].lower()
        known = types.get(re.sub(r"[^a-z0-9]", "", base), "")
        read = [element for element in parse(name).elements if element.kind == "architecture"]
        said = tuple(element.value for element in read if element.confidence >= LEAST)
        told["names"] += 1
        told[judge("architecture", said, (known,)) if said and known else "not asked"] += 1
        told["plain"] += bool(said and known and known not in said)
        if said and known and judge("architecture", said, (known,)) == "contradicted":
            print(f"    {name}: says {', '.join(said)}; loaded by {class_}")
    n = told["names"]
    print(
        f"\n{n:,} names with their classes: {dict(told)}; {1000 * told['contradicted'] / n:.1f} alarms per thousand,"
        f" {1000 * told['plain'] / n:.1f} without exceptions"
    )


if __name__ == "__main__":
    main()
