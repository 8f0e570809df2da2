"""How well a licence is identified, on data that others labelled.

``python bench/licenses.py --shared ../shared [--scancode scancode_toolkit-VERSION.whl] [--calibrate]``. Models and cards are
split in halves by the digest of their owner's name: rules were written while looking at the first half only. The texts of
``--scancode`` are its detection rules that hold a whole licence, none of which went into the fingerprints; they are split by
the digest of their names.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import tarfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import UnreadableError
from filiation.extract.front_matter import front_matter
from filiation.licenses.catalog import catalog, kind_of, license_of
from filiation.licenses.declared import declared, named
from filiation.licenses.expression import ids
from filiation.licenses.identify import identify
from filiation.licenses.prose import statements
from filiation.licenses.texts import match_text

HALVES = ("written on", "held out")
TRUTH = {"llama-2-community-license": "llama2", "llama-license": "llama"}
"""The names that the people who suggested licences used, in ours."""
NOT_SAID = {"Unspecified", "No License", "Request Form", "Open Access", "Various"}
"""Labels of datasets that name no licence."""
SURE = (0, 0.8)
"""From which confidence on a text counts as named."""


def half(name: str) -> int:
    """Return the half in which `name` falls: 0 or 1."""
    return sha256(name.lower().encode()).digest()[0] & 1


def rows_of(path: Path) -> Iterator[dict]:
    """Yield the JSON objects of a compressed file of lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def tags_of(path: Path, wanted: set[str]) -> dict[str, list[str]]:
    """Return the licence tags of the repositories in `wanted`, by lower-case id, None of those that are not there."""
    found = {}
    for row in rows_of(path):
        if row["id"].lower() in wanted:
            tags = [tag.removeprefix("license:") for tag in row.get("tags") or [] if tag.startswith("license:")]
            found[row["id"].lower()] = tags
    return found


def share(part: int, whole: int) -> str:
    """Return a share with its counts."""
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "0/0"


def suggested(shared: Path) -> None:
    """Print how the models with ``other`` or without a licence come out."""
    tags: dict[str, list[str]] = {}
    tables = {}
    for name in ("model_license_other_dev", "model_no_license_dev"):
        with (shared / f"data/licenses/{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = [row | {"id": row["model_id"].split("]")[0][1:]} for row in csv.DictReader(file)]
    wanted = {row["id"].lower() for rows in tables.values() for row in rows}
    tags = tags_of(shared / "data/hub-2024-07/models.jsonl.gz", wanted)
    for name, rows in tables.items():
        field = ["other"] if "other" in name else []
        print(f"\n{name}: {len(rows)} models; the suggested name and link as such")
        with_truth = [row for row in rows if row["suggested_license_name"]]
        by_name = sum(named(row["suggested_license_name"], None) == TRUTH[row["suggested_license_name"]] for row in with_truth)
        outside = [row for row in with_truth if row["id"].lower() not in row["suggested_license_link"].lower()]
        by_link = sum(named(None, row["suggested_license_link"]) == TRUTH[row["suggested_license_name"]] for row in outside)
        print(f"  license_name understood {share(by_name, len(with_truth))}; link elsewhere {share(by_link, len(outside))}")
        for side, words in enumerate(HALVES):
            part = [row for row in rows if half(row["id"].split("/")[0]) == side]
            print_guesses(f"{words}: the name of the model only", part, lambda row, field=field: guess(row["id"], field))
            later = [row for row in part if tags.get(row["id"].lower())]
            print_guesses(f"{words}: the tag of July 2024", later, lambda row: first(tags[row["id"].lower()]))


def guess(name: str, field: list[str]) -> str | None:
    """Return the surest licence of a model of which only its name and its declared state are known."""
    claims = [Claim(Predicate.LICENSE, value, Basis.DECLARED, 1.0, Locator("tags", "/0")) for value in field]
    found = identify(claims, name=name).readings
    return found[0].license if found else None


def first(values: list[str]) -> str | None:
    """Return the licence that tags declare; None for ``other``, ``unknown`` and nothing."""
    expression = declared(values).expression
    return None if expression is None else next(ids(expression)).key


def print_guesses(title: str, rows: list[dict], answer) -> None:
    """Print how `answer` fares on `rows`: right among named, named among those that have a truth, named where none is."""
    truth = [TRUTH.get(row["suggested_license_name"]) for row in rows]
    answers = [answer(row) for row in rows]
    both = list(zip(truth, answers, strict=True))
    right = sum(t is not None and t == a for t, a in both)
    said = sum(t is not None and a is not None for t, a in both)
    known = sum(t is not None for t in truth)
    astray = Counter(a for t, a in both if t is None and a is not None)
    line = f"precision {share(right, said)}, recall {share(right, known)}"
    print(
        f"  {title:48s} {line}; named where people named none {share(sum(astray.values()), len(rows) - known)} {dict(astray)}"
    )


def people(shared: Path) -> None:
    """Print how the Hub's tag of a dataset, as we read it, agrees with what people found, by the people's class."""
    rows = list(rows_of(shared / "data/licenses/dataset_licenses_human_3719.jsonl.gz"))
    labels = Counter(entry["License"] for row in rows for entry in row["licenses"])
    known = {label for label in labels if license_of(label)}
    print(f"\npeople: {len(rows)} datasets, {len(labels)} labels; understood {share(len(known), len(labels))} labels,", end=" ")
    print(f"{share(sum(labels[label] for label in known), labels.total())} mentions; the rest:")
    print("  " + ", ".join(f"{label[:40]} {count}" for label, count in labels.most_common() if label not in known))
    of_row = [(row["hf_url"].split("/datasets/")[-1].strip("/").lower(), row) for row in rows if row["hf_url"]]
    tags = tags_of(shared / "data/hub-2024-07/datasets.jsonl.gz", {name for name, _ in of_row})
    counts: dict[str, Counter] = defaultdict(Counter)
    for name, row in of_row:
        theirs = {found.id for entry in row["licenses"] if (found := license_of(entry["License"]))}
        label = kind_of(next(iter(theirs))) if len(theirs) == 1 else "several" if theirs else "none named"
        counts[label]["all"] += 1
        if name in tags:
            ours = first(tags[name])
            counts[label]["in dump"] += 1
            counts[label]["tagged"] += ours is not None
            counts[label]["same"] += ours in theirs
            counts[label]["same kind"] += ours is not None and kind_of(ours) in {kind_of(one) for one in theirs}
    print("  class of the people   all  in dump  tagged  same licence      same kind")
    for label, count in sorted(counts.items(), key=lambda item: -item[1]["all"]):
        same, kind = share(count["same"], count["tagged"]), share(count["same kind"], count["tagged"])
        print(f"  {label:18s} {count['all']:6d} {count['in dump']:8d} {count['tagged']:7d}  {same:16s}  {kind}")


def cards_of_2022(shared: Path) -> Iterator[tuple[str, str]]:
    """Yield (owner, card)."""
    with tarfile.open(shared / "data/hub-2022-02/repos.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith("README.md") else None
            if file is not None:
                yield member.name.split("/")[-3], file.read().decode("utf-8", "replace")


def cards_of_2025(shared: Path) -> Iterator[tuple[str, str]]:
    """Yield (owner, card); these were never looked at."""
    for row in rows_of(shared / "data/trees-2025-04/models.jsonl.gz"):
        if row.get("card"):
            yield row["id"].split("/")[0], row["card"]


def prose(name: str, cards: Iterable[tuple[str, str]], calibrate: bool) -> None:
    """Print how the licences that cards speak of agree with their front matter, one owner counting once for each answer."""
    counts = [Counter(), Counter()]
    votes: dict[str, set[tuple[str, str, bool]]] = defaultdict(set)
    seconds, total = 0.0, 0
    for owner, card in cards:
        start = time.process_time()
        said = statements(card)
        seconds += time.process_time() - start
        total += 1
        own = front_licenses(card)
        counts[half(owner)].update(answers(said, own))
        votes_of(votes, owner, said, own)
    print(f"\n{name}: {total} cards, {seconds / max(total, 1) * 1000:.2f} ms of processor time each")
    for side, words in enumerate(HALVES):
        count = counts[side]
        both = count["agree"] + count["other"]
        print(f"  {words}: a licence named of the model and a tag {both}, agreeing {share(count['agree'], both)};", end=" ")
        print(f"same family {share(count['agree'] + count['family'], both)}; named and no tag {count['no tag']};", end=" ")
        print(f"of data, code or another model {count['aside']}; restrictions without a licence {count['statement']}")
    if calibrate:
        for key, given in sorted(votes.items()):
            right = sum(agrees for _, _, agrees in given)
            print(f"  {key:18s} ({right} + 1) / ({len(given)} + 2) = {(right + 1) / (len(given) + 2):.3f}")


def front_licenses(card: str) -> set[str]:
    """Return the licences that the front matter declares."""
    try:
        matter = json.loads(front_matter(card) or "{}")
    except UnreadableError:
        return set()
    values = matter.get("license")
    values = [values] if isinstance(values, str) else [value for value in values or [] if isinstance(value, str)]
    expression = declared(values, matter.get("license_name"), matter.get("license_link")).expression
    return {one.key for one in ids(expression)} if expression else set()


def answers(said: Iterable, own: set[str]) -> Iterator[str]:
    """Yield what becomes of each statement."""
    for one in said:
        if one.subject not in {"model", "unstated"}:
            yield "aside"
        elif one.license.startswith("stated-"):
            yield "statement"
        elif not own:
            yield "no tag"
        else:
            yield "agree" if one.license in own else "other"
            families = {catalog().licenses[key].family for key in own if key in catalog().licenses} - {None}
            if one.license not in own and catalog().licenses[one.license].family in families:
                yield "family"


def votes_of(votes: dict, owner: str, said: Iterable, own: set[str]) -> None:
    """Count, for the calibration, one vote of an owner for each place, licence and answer; the first half only."""
    if half(owner) == 0 and own:
        for one in said:
            if not one.license.startswith("stated-"):
                votes[f"{one.confidence:.2f} {one.subject}"].add((owner, one.license, one.license in own))


def texts(wheel: Path) -> None:
    """Print how whole texts come out that went into no fingerprint."""
    ours = {item.scancode: item.id for item in catalog().licenses.values() if item.scancode}
    counts = {(side, sure): Counter() for side in (0, 1) for sure in SURE}
    start = time.perf_counter()
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            if path.startswith("licensedcode/data/rules/") and path.endswith(".RULE"):
                pieces = re.split(r"^---[ \t]*$", archive.read(path).decode(), maxsplit=2, flags=re.MULTILINE)
                key = re.search(r"^license_expression: (\S+)$", pieces[1], re.MULTILINE) if len(pieces) == 3 else None
                if key and "is_license_text: yes" in pieces[1]:
                    known = license_of(key[1])
                    truth = ours.get(key[1]) or (known.id if known and key[1].endswith("-plus") else None)
                    found = match_text(pieces[2])
                    for sure in SURE:
                        got = [one.license for one in found if one.confidence >= sure]
                        counts[side_of(path), sure].update(outcome(truth, got))
    print(f"\ntexts of {wheel.name}: {time.perf_counter() - start:.1f} s for {sum(counts[side, 0]['all'] for side in (0, 1))}")
    for (side, sure), count in counts.items():
        named_ = count["right"] + count["wrong"]
        print(f"  {HALVES[side]}, confidence from {sure}: recall {share(count['right'], named_ + count['missed'])},", end=" ")
        print(f"precision among texts of the catalogue {share(count['right'], named_)};", end=" ")
        print(f"others taken for one of them {share(count['taken'], count['others'])}")


def side_of(path: str) -> int:
    """Return the half of a rule: that of its file's name as it stands."""
    return sha256(path.rpartition("/")[2].encode()).digest()[0] & 1


def outcome(truth: str | None, got: list[str]) -> Iterator[str]:
    """Yield what becomes of a text."""
    yield "all"
    if truth is None:
        yield "others"
        if any(one in catalog().licenses for one in got):
            yield "taken"
    else:
        yield "right" if got == [truth] else "wrong" if got else "missed"


def main() -> None:
    """Print every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--scancode", type=Path)
    parser.add_argument("--calibrate", action="store_true")
    options = parser.parse_args()
    suggested(options.shared)
    people(options.shared)
    prose("hub-2022-02", cards_of_2022(options.shared), options.calibrate)
    prose("trees-2025-04", cards_of_2025(options.shared), calibrate=False)
    if options.scancode:
        texts(options.scancode)


if __name__ == "__main__":
    main()
