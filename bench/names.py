"""What names say, beside GPT-4's labels, beside two raters and beside a person who judged where GPT-4 and we differ.

``python bench/names.py --shared ../shared``. The 14,178 names are split by owner: one half was looked at while words and rules
were written, the other was not. GPT-4 gave each name a set of elements without places, so sets are compared. Forms that a model
is handed on in (GGUF, int4, sharded, merged ...) are an adaptation here and "other" in the study, and are counted as the study
does. ``bench/labels/names_judged.csv`` holds 200 disagreements of the half that was not looked at, drawn at random.
``--draw 200`` prints such a draw.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from filiation.names import Name, parse
from filiation.names.name import KINDS

LETTERS = dict(zip(KINDS, "ASDCVFLTRNHPO", strict=True))
ELEMENTS = "data/naming/elements_gpt4_14178.json.gz"
RATED = "data/naming/conventions_two_raters_dev.csv"
DUMP = "data/hub-2024-07/models.jsonl.gz"
JUDGED = Path(__file__).parent / "labels" / "names_judged.csv"
FORMS = frozenset({
    "quantized", "gguf", "ggml", "gptq", "awq", "exl2", "exl3", "hqq", "aqlm", "bnb", "nf4", "fp4", "fp8", "fp16", "fp32",
    "bf16", "onnx", "openvino", "tensorrt", "ct2", "mlx", "coreml", "tflite", "safetensors", "sharded", "mlc", "converted",
    "merged", "imatrix", "optimized", "uncensored", "adapter",
})  # fmt: skip
"""Adaptations that the study has no letter for."""
SEED = 20241122
MANY = 60_000


def is_held_out(name: str) -> bool:
    """Return whether the owner's names were not looked at."""
    return hashlib.sha256(name.partition("/")[0].encode()).digest()[0] % 2 == 1


def letters(name: Name) -> set[str]:
    """Return the elements of a name as the study writes them."""
    return {"O" if _is_form(item.kind, item.value) else LETTERS[item.kind] for item in name.elements}


def _is_form(kind: str, value: str) -> bool:
    return kind == "adaptation" and (value in FORMS or value.startswith(("int", "q", "iq", "group")) or value.endswith("bpw"))


def compare(labels: dict[str, list[str]]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Return by element how often both say it, only we do, and only the labels do."""
    both, ours, theirs = Counter[str](), Counter[str](), Counter[str]()
    for name, said in labels.items():
        mine, other = letters(parse(name)), set(said)
        both.update(mine & other)
        ours.update(mine - other)
        theirs.update(other - mine)
    return both, ours, theirs


def report(title: str, labels: dict[str, list[str]]) -> None:
    """Print precision, recall and F1 against the labels."""
    both, ours, theirs = compare(labels)
    print(f"\n{title}: {len(labels):,} names")
    print(f"{'element':<24}{'labelled':>9}{'precision':>11}{'recall':>8}{'F1':>7}")
    for kind, letter in LETTERS.items():
        print(f"{kind:<24}{both[letter] + theirs[letter]:>9}{_scores(both[letter], ours[letter], theirs[letter])}")
    print(f"{'all':<24}{both.total() + theirs.total():>9}{_scores(both.total(), ours.total(), theirs.total())}")


def _scores(both: int, ours: int, theirs: int) -> str:
    precision, recall = both / max(1, both + ours), both / max(1, both + theirs)
    return f"{precision:>11.3f}{recall:>8.3f}{2 * precision * recall / max(1e-9, precision + recall):>7.3f}"


def differences(labels: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """Return (name, element, who says it) wherever we and the labels differ, in a fixed order."""
    found = []
    for name, said in sorted(labels.items()):
        mine, other = letters(parse(name)), set(said)
        found += [(name, letter, "ours") for letter in sorted(mine - other)]
        found += [(name, letter, "gpt4") for letter in sorted(other - mine)]
    return found


def draw(labels: dict[str, list[str]], count: int) -> None:
    """Print `count` disagreements drawn at random, with both readings."""
    for name, letter, who in random.Random(SEED).sample(differences(labels), count):
        mine = " ".join(f"{item.text}:{LETTERS[item.kind]}" for item in parse(name).elements)
        print(f"{name},{letter},{who} | {''.join(sorted(labels[name]))} | {mine}")


def judged(held_out: dict[str, list[str]]) -> None:
    """Print who was right where we and GPT-4 differ, and how good either is by that."""
    rows = list(csv.DictReader(JUDGED.open(encoding="utf-8")))
    still = [row for row in rows if (row["said_by"] == "ours") == (row["element"] in letters(parse(row["name"])))]
    right = Counter(row["right"] for row in rows)
    print(f"\n{len(rows)} disagreements judged: {dict(right)}; {len(still)} of them as they were when judged")
    both, ours, theirs = (counter.total() for counter in compare(held_out))
    share = {who: _share(rows, who) for who in ("ours", "gpt4")}
    for who, (said, kept) in share.items():
        print(f"said by {who} alone: {said} judged, {kept:.0%} of them are there")
    true = both + ours * share["ours"][1] + theirs * share["gpt4"][1]
    for who, alone, part in (("ours", ours, share["ours"][1]), ("gpt4", theirs, share["gpt4"][1])):
        precision, recall = (both + alone * part) / (both + alone), (both + alone * part) / true
        print(f"by that, where both agree taken as right: {who} precision {precision:.3f}, recall {recall:.3f}")


def _share(rows: Iterable[dict[str, str]], who: str) -> tuple[int, float]:
    said = [row["right"] for row in rows if row["said_by"] == who]
    return len(said), sum((right == who) + 0.5 * (right == "open") for right in said) / max(1, len(said))


def confidence(held_out: dict[str, list[str]]) -> None:
    """Print how often elements of each confidence are right: labelled so, or, where not, as often as judged."""
    kept = _share(csv.DictReader(JUDGED.open(encoding="utf-8")), "ours")[1]
    seen, same = Counter[int](), Counter[int]()
    for name, said in held_out.items():
        for item in parse(name).elements:
            letter = "O" if _is_form(item.kind, item.value) else LETTERS[item.kind]
            seen[int(item.confidence * 10)] += 1
            same[int(item.confidence * 10)] += letter in said
    print("\nconfidence   elements   as labelled   right, as judged")
    for step in sorted(seen):
        share = same[step] / seen[step]
        print(f"{step / 10:.1f} to {step / 10 + 0.1:.1f}{seen[step]:>11,}{share:>14.3f}{share + (1 - share) * kept:>19.3f}")


def is_convention_held_out(name: str) -> bool:
    """Return whether a name was left out while conventions were studied: owners as above, less a quarter of those by name.

    Of the 112 names 37 have owners that were looked at: too few to learn from.
    """
    return is_held_out(name) and hashlib.sha256(name.encode()).digest()[0] % 4 != 0


def coarse(convention: str) -> str:
    """Return the four categories of the study, which does not tell IA from IT."""
    return "IAT" if convention in {"IA", "IT"} else convention


def conventions(path: Path, labels: dict[str, list[str]]) -> None:
    """Print how often we give a name the convention that raters give it, whose A and T are our AT."""
    rows = [
        {key: "AT" if value in {"A", "T"} else value for key, value in row.items()}
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    agree = [row["rater_1"] == row["rater_2"] for row in rows]
    four = [coarse(row["rater_1"]) == coarse(row["rater_2"]) for row in rows]
    print(f"\nconventions of {len(rows)} names; the raters agree on {_part(agree)}, in four categories on {_part(four)}")
    print("names               as both who agree  in four categories  as either        GPT-4's elements, in four")
    for title, wanted in (("looked at", {False}), ("held out", {True}), ("all", {False, True})):
        part = [row for row in rows if is_convention_held_out(row["name"]) in wanted]
        same = [(row, parse(row["name"]).convention) for row in part if row["rater_1"] == row["rater_2"]]
        told = [
            _part([said == row["rater_1"] for row, said in same]),
            _part([coarse(said) == coarse(row["rater_1"]) for row, said in same]),
            _part([parse(row["name"]).convention in {row["rater_1"], row["rater_2"]} for row in part]),
            _part([_by_letters(labels[row["name"]]) == coarse(row["rater_1"]) for row, _ in same if row["name"] in labels]),
        ]
        print(f"{title:<12}{len(part):>4}    {'    '.join(told)}")
    pairs = Counter(
        (row["rater_1"], parse(row["name"]).convention)
        for row in rows
        if not is_convention_held_out(row["name"]) and row["rater_1"] == row["rater_2"] != parse(row["name"]).convention
    )
    print("looked at, they and we:", ", ".join(f"{theirs} {ours} {count}" for (theirs, ours), count in pairs.most_common()))


def _by_letters(said: list[str]) -> str:
    """Return the category that the study's definitions give to elements as GPT-4 labelled them."""
    use = bool({"T", "L"} & set(said))
    return ("IAT" if use else "I") if "A" in said else ("AT" if use else "O")


def _part(values: list[bool]) -> str:
    return f"{sum(values)}/{len(values)} = {sum(values) / max(1, len(values)):.1%}"


def speed(path: Path) -> None:
    """Print names per second of processor time, each name once, beside what the processor does else."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        names = [json.loads(line)["id"] for line, _ in zip(lines, range(MANY), strict=False)]
    spent = added = 0.0
    for start in range(0, len(names), 2000):
        clock = time.process_time()
        for name in names[start : start + 2000]:
            parse(name)
        spent += time.process_time() - clock
        clock, total = time.process_time(), 0
        for i in range(200_000):
            total += i
        added += time.process_time() - clock
    each = spent / len(names) / (added / (len(names) / 2000 * 200_000))
    print(f"\n{len(names):,} names of the Hub, none seen before: {len(names) / spent:,.0f} per second of one core")
    rate = len(names) / 2000 * 200_000 / added / 1e6
    print(f"between them, {rate:.0f} million additions in Python a second: a name costs as much as {each:,.0f} of these")


def main() -> None:
    """Print all figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--draw", type=int)
    chosen = options.parse_args()
    with gzip.open(chosen.shared / ELEMENTS, "rt", encoding="utf-8") as file:
        labels: dict[str, list[str]] = json.load(file)
    held_out = {name: said for name, said in labels.items() if is_held_out(name)}
    if chosen.draw:
        draw(held_out, chosen.draw)
        return
    report("Looked at", {name: said for name, said in labels.items() if name not in held_out})
    report("Held out", held_out)
    if JUDGED.exists():
        judged(held_out)
        confidence(held_out)
    conventions(chosen.shared / RATED, labels)
    speed(chosen.shared / DUMP)


if __name__ == "__main__":
    main()
