"""Bills of materials beside cdxgen's: ``python bench/bom.py --shared ../shared [--cdxgen aibom] [--atlas DIR]``.

1. Five models, field by field: of those in the shared records that name a base model, datasets and results, the five most
   downloaded, of five owners. cdxgen is installed by ``npm install @cyclonedx/cdxgen``; it asks a Hub on this machine that
   answers with the same records (`bom_hub`), and is not changed. The fields are those that the OWASP AIBOM Generator maps
   (docs/aibom-field-mapping of its repository); "could" is in how many of the five the record says it at all.
   Then five models with their cards, chosen likewise from the lineage trees: we read an archive of them, cdxgen their folders
   (README.md and config.json), for it asks the Hub for no cards.
2. Whether each document is valid by the schemas that cyclonedx-python-lib bundles, and how many references in it lead nowhere.
3. Seconds, of the processor and on the clock, for each model in a process of its own.
4. A thousand bills from one atlas, in one process: with `--atlas` of that atlas, else of the shared records.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bom_cards import archive, cards
from bom_fields import FIELDS, OURS_TOO, could, results_of
from bom_hub import served

OURS = (sys.executable, "-c", "from filiation.cli import main; main()")
HOW_MANY = 5


def main() -> None:
    """Chart the records, make the bills, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--cdxgen", help="the command aibom of cdxgen")
    parser.add_argument("--atlas", type=Path, help="for the thousand bills")
    parser.add_argument("--charted", type=Path, help="the atlas of the shared records, where there is one already")
    given = parser.parse_args()
    source = given.shared / "data" / "hub-2024-07" / "models_full_8650.jsonl.gz"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        atlas = given.charted or folder / "full.atlas"
        if given.charted is None:
            ran([*OURS, "chart", str(source), "--at", "2024-07-11", "--atlas", str(atlas), "--without", "search"], {})
        models = chosen(source)
        made = {"filiation": ours(models, atlas, folder)}
        if given.cdxgen:
            made["cdxgen"] = theirs(models, given.cdxgen, folder)
        print("By the registry's records:", ", ".join(models))
        compare(models, made, could)
        rich = cards(given.shared / "data" / "trees-2025-04" / "models.jsonl.gz", HOW_MANY)
        carded = folder / "cards.atlas"
        ran([*OURS, "chart", str(archive(rich, folder)), "--atlas", str(carded), "--without", "search"], {})
        made = {"filiation": ours(rich, carded, folder)}
        if given.cdxgen:
            made["cdxgen"] = by_folder(rich, given.cdxgen, folder)
        print("\nWith their cards:", ", ".join(rich))
        compare(rich, made, None)
        thousand(given.atlas or atlas, folder)


def chosen(source: Path) -> dict[str, dict[str, Any]]:
    """Return the records of the five models by name."""
    found: dict[str, dict[str, Any]] = {}
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        records = [record for line in lines if is_rich(record := json.loads(line))]
    for record in sorted(records, key=lambda item: (-item["downloads"], item["id"])):
        if len(found) < HOW_MANY and record["author"] not in {item["author"] for item in found.values()}:
            found[record["id"]] = record
    return found


def is_rich(record: dict[str, Any]) -> bool:
    """Return whether a record names a base model, datasets and a result."""
    card = record.get("cardData") or {}
    return bool(card.get("base_model") and card.get("datasets") and results_of(record))


Made = dict[str, tuple[dict[str, Any], float, float]]
"""Document, seconds of the processor and on the clock, by model."""


def ran(words: list[str], more: dict[str, str], cwd: Path | None = None) -> tuple[float, float]:
    """Run a command; return the seconds of the processor and on the clock."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, env=os.environ | more, cwd=cwd, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, time.perf_counter() - begun


def ours(models: dict[str, dict[str, Any]], atlas: Path, folder: Path) -> Made:
    """Return our documents."""
    made = {}
    for name in models:
        out = folder / "ours.json"
        seconds = ran([*OURS, "export", "cyclonedx", name, "--out", str(out), "--atlas", str(atlas)], {})
        made[name] = (json.loads(out.read_text(encoding="utf-8")), *seconds)
    return made


def theirs(models: dict[str, dict[str, Any]], command: str, folder: Path) -> Made:
    """Return cdxgen's documents; it asks the Hub on this machine for what it wants to know of parents and datasets too."""
    made = {}
    with served(models, folder) as environment:
        for name in models:
            out = folder / "theirs.json"
            words = [*command.split(), f"pkg:huggingface/{name}", "-o", str(out), "--no-install-deps"]
            seconds = ran(words, environment, folder)
            made[name] = (json.loads(out.read_text(encoding="utf-8")), *seconds)
    return made


def by_folder(models: dict[str, dict[str, Any]], command: str, folder: Path) -> Made:
    """Return cdxgen's documents of folders that hold what a clone without weights does."""
    made = {}
    for name, record in models.items():
        place = folder / "folders" / name
        place.mkdir(parents=True)
        (place / "README.md").write_text(record["card"], encoding="utf-8")
        if record["config"]:
            (place / "config.json").write_text(json.dumps(record["config"]), encoding="utf-8")
        out = folder / "theirs.json"
        seconds = ran([*command.split(), "-t", "ai", ".", "-o", str(out), "--no-install-deps"], {}, place)
        made[name] = (json.loads(out.read_text(encoding="utf-8")), *seconds)
    return made


def compare(
    models: dict[str, dict[str, Any]], made: dict[str, Made], says: Callable[[str, dict[str, Any]], bool] | None
) -> None:
    """Print the tables; `says` is whether a record says a field at all, None where that is not known."""
    tools = list(made)
    print(f"\n{'field':32} {'could':>6}", *(f"{tool:>10}" for tool in tools))
    for name, filled in (FIELDS | OURS_TOO).items():
        counts = [sum(bool(filled(subject(document, model))) for model, (document, *_) in made[tool].items()) for tool in tools]
        known = sum(says(name, record) for record in models.values()) if says and name in FIELDS else "-"
        print(f"{name:32} {known:>6}", *(f"{count:>10}" for count in counts))
    print()
    for tool in tools:
        documents = [document for document, *_ in made[tool].values()]
        errors, dangling = [len(list(invalid(item))) for item in documents], [len(dangles(item)) for item in documents]
        cpu, wall = (sum(times[at] for _, *times in made[tool].values()) / HOW_MANY for at in (0, 1))
        print(f"{tool:10} errors of schema {errors}, dangling references {dangling}")
        print(f"{'':10} a model: {cpu:.2f} s of the processor, {wall:.2f} s on the clock")


def subject(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the component of the model, with the document's other parts beside it; empty where there is none."""
    components = [document["metadata"].get("component", {}), *document.get("components", [])]
    owner, _, own = name.partition("/")
    named = [item for item in components if item.get("name") == own and item.get("type") == "machine-learning-model"]
    found = next((item for item in named if item.get("group") == owner), named[0] if named else {})
    return found | {"_document": document}


def invalid(document: dict[str, Any]) -> Iterator[str]:
    """Yield what the schema objects to."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "export"))
    from schemas_of_bills import validator

    for error in validator(document["specVersion"]).iter_errors(document):
        yield error.message


def dangles(document: dict[str, Any]) -> list[str]:
    """Return the references that lead to nothing in the document."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "export"))
    from schemas_of_bills import walked

    own = {item["bom-ref"] for item in walked(document) if "bom-ref" in item}
    named = [ref for item in document.get("dependencies", []) for ref in (item["ref"], *item.get("dependsOn", ()))]
    named += [ref for item in document.get("annotations", []) for ref in item["subjects"]]
    named += [
        ref for item in document.get("compositions", []) for key in ("assemblies", "dependencies") for ref in item.get(key, [])
    ]
    named += [
        entry["ref"]
        for item in walked(document)
        for entry in item.get("modelParameters", {}).get("datasets", ())
        if "ref" in entry
    ]
    return [ref for ref in named if ref not in own]


def thousand(atlas: Path, folder: Path) -> None:
    """Print how long a thousand bills take."""
    for form in ("cyclonedx", "spdx"):
        into = folder / form
        cpu, wall = ran([*OURS, "export", form, "--top", "1000", "--into", str(into), "--atlas", str(atlas)], {})
        sizes = Counter(path.suffix for path in into.rglob("*") if path.is_file())
        total = sum(path.stat().st_size for path in into.rglob("*") if path.is_file()) / 1e6
        print(f"{sizes.total():,} bills as {form}: {cpu:.1f} s of the processor, {wall:.1f} s on the clock, {total:.1f} MB")


if __name__ == "__main__":
    main()
