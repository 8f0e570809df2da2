"""How much of an assessment of openness an atlas answers by itself, and whether classes are those of the framework's evaluator.

``python bench/openness.py --shared ../shared [--models 300]``. Draws models with a card from ``hub-2022-02`` (of each owner the
first by the digest of its name, so that no publisher counts twice), charts them, and assesses each as the registry serves it;
in the same run again as a list of the Hub shows them, without card and files. Then the twelve models of
``tests/governance/mof_entries.toml``, entered from their public entries, beside what the framework's own evaluator makes of
them.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import tomli

from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.governance.assessment import Assessment
from filiation.governance.kind import Asked
from filiation.governance.openness.kind import assess
from filiation.governance.openness.mof import classify, covering, framework, progress, standing
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

MAX_BYTES = 16 << 20
SEEN = datetime(2022, 2, 21)  # noqa: DTZ001  # as atlases keep time
FRAMEWORKS = {"mof": "Model Openness Framework", "osaid": "Open Source AI Definition", "eu": "European index", "fmti": "FMTI"}
ENTRIES = Path(__file__).parents[1] / "tests" / "governance" / "mof_entries.toml"


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--models", type=int, default=300)
    options = parser.parse_args()
    chosen = drawn(options.shared / "data" / "hub-2022-02" / "repos.tar.gz", options.models)
    with tempfile.TemporaryDirectory() as folder:
        full = assessed(Path(folder) / "full", [record(info, card) for info, card in chosen])
        listed = assessed(Path(folder) / "listed", [record(without(info), None) for info, _ in chosen])
    coverage(full, listed)
    entries()


def drawn(path: Path, count: int) -> list[tuple[dict[str, Any], str]]:
    """Return API records with their cards, one of each owner, in the order of their digests."""
    best: dict[str, tuple[str, dict[str, Any], str]] = {}
    for info, card in cards(path):
        owner = info["modelId"].partition("/")[0]
        key = sha256(info["modelId"].encode()).hexdigest()
        if owner not in best or key < best[owner][0]:
            best[owner] = (key, info, card)
    return [(info, card) for _, info, card in sorted(best.values(), key=lambda item: item[0])[:count]]


def cards(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each repository that has both an API record and a card."""
    held: dict[str, dict[str, Any]] = {}
    with tarfile.open(path, "r|gz") as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            if name not in ("infos.json", "README.md") or not member.isfile():
                continue
            file = tar.extractfile(member)
            if file is None:
                continue
            held.setdefault(folder, {})[name] = file.read(MAX_BYTES)
            if len(held[folder]) == len(("infos.json", "README.md")):
                both = held.pop(folder)
                yield json.loads(both["infos.json"]), both["README.md"].decode("utf-8", "replace")


def record(info: dict[str, Any], card: str | None) -> Record:
    """Return a repository as the registry serves it."""
    return Record(Kind.MODEL, info["modelId"], {"id": info["modelId"], **info}, {} if card is None else {"README.md": card})


def without(info: dict[str, Any]) -> dict[str, Any]:
    """Return what a list of the Hub shows of a repository."""
    kept = ("modelId", "tags", "pipeline_tag", "library_name", "downloads", "createdAt", "lastModified")
    return {name: value for name, value in info.items() if name in kept}


def assessed(path: Path, records: list[Record]) -> tuple[list[Assessment], float]:
    """Return the assessments of `records`, and how many milliseconds of a processor each took."""
    with Atlas.open(path, "create") as atlas:
        sightings = [Sighting(line, item, "hub") for line, item in enumerate(records, 1)]
        ingest(atlas, Path("repos"), batches_of(sightings, "hub"), SEEN, lambda _: None)
        build(atlas, lambda *_: None, without=("names", "predict", "search"))
    lineage = Lineage.load(path)
    found, start = [], time.process_time()
    with Atlas.open(path) as atlas:
        for item in records:
            node = locate(lineage, item.id).node
            if node != NULL:
                found.append(assess(Asked(atlas.con, lineage, node, "en", SEEN)))
    return found, 1000 * (time.process_time() - start) / max(len(found), 1)


def coverage(full: tuple[list[Assessment], float], listed: tuple[list[Assessment], float]) -> None:
    """Print which share of the questions is answered without a person, with cards and files and without."""
    print(f"{len(full[0])} models, one of each owner: questions answered without a person, share")
    print(f"{'framework':28} {'questions':>9} {'card+files':>11} {'list only':>10}")
    for group, name in FRAMEWORKS.items():
        shares = [share(found, group) for found, _ in (full, listed)]
        asked = sum(question.id.startswith(f"{group}.") for part in full[0][0].groups for question in part.questions)
        print(f"{name:28} {asked:9} {shares[0]:11.1%} {shares[1]:10.1%}")
    print(f"{'processor, ms each':28} {'':9} {full[1]:11.1f} {listed[1]:10.1f}")
    for title, (found, _) in {"card+files": full, "list only": listed}.items():
        classes = Counter(result.value for item in found for result in item.results if result.id == "mof.class")
        osaid = Counter(result.value for item in found for result in item.results if result.id == "osaid")
        print(f"{title}: class reached {dict(sorted(classes.items()))}, OSAID {dict(sorted(osaid.items()))}")
    answered = Counter(
        question.id for item in full[0] for part in item.groups for question in part.questions if question.value != "unknown"
    )
    print("components, share of models that show them:")
    for component in framework().components:
        print(f"  {component.id:26} {answered[f'mof.{component.id}'] / len(full[0]):6.1%}")


def share(found: list[Assessment], group: str) -> float:
    """Return which share of the questions of a framework is answered."""
    asked = [q for item in found for part in item.groups for q in part.questions if q.id.startswith(f"{group}.")]
    return sum(question.value != "unknown" for question in asked) / max(len(asked), 1)


def entries() -> None:
    """Print the classes of the entered models, theirs and ours."""
    print(f"\n{'model':34} {'theirs: class, to III II I':>28} {'ours':>18}")
    same = 0
    read = tomli.loads(ENTRIES.read_text(encoding="utf-8"))["model"]
    for entry in read:
        general = {"distribution": entry["distribution"]}
        stands = {
            item.id: standing(
                "yes" if item.id in entry["components"] else "no",
                covering(entry["components"].get(item.id, ""), item.type_, general),
                item.type_,
            )
            for item in framework().components
        }
        ours = classify(stands).reached, [round(progress(stands, class_)) for class_ in (3, 2, 1)]
        theirs = entry["theirs"]["class"], entry["theirs"]["progress"]
        same += ours[0] == theirs[0]
        print(f"{entry['name']:34} {theirs[0]:>10} {theirs[1]!s:>17} {ours[0]:>4} {ours[1]!s:>17}")
    print(f"the same class: {same} of {len(read)}")


if __name__ == "__main__":
    main()
