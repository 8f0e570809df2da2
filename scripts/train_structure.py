"""Learn structures and write what the package ships of them.

    PYTHONPATH=src structures/bin/python scripts/collect_structures.py bench/out/structures     # some 20 minutes; see there
    python scripts/train_structure.py bench/out/structures --popular ../shared/data/hub-2026-10/llmfit_models.jsonl.gz

Seeds are fixed. How sure answers are is fitted on types and structures that were held out, fold by fold; the models that are
shipped are then learned from everything. `bench/identify.py` measures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from structure_learning import cached, families, learn, structures, write
from structure_trials import SPREAD, TABLES, VIEWS, Trial, covering, judge, trials, weights

from filiation.structure.features import RECIPE
from filiation.structure.identity import body
from filiation.structure.model import Kept
from filiation.structure.ranking import chance
from filiation.structure.rows import signature

OUT = Path(__file__).parent.parent / "src/filiation/knowledge/structures.npz"
JUDGED = ("family", "type", "architecture", "task", "head task")
TRIED = 250
PASSED = 0.15
LEAST_TOKENS = 4_001


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--popular", type=Path, help="a list of current models (JSON Lines with `architecture`)")
    arguments = parser.parse_args()
    start = time.process_time()
    found = cached(arguments.folder)
    family = families(found)
    popular = popularity(arguments.popular, family)
    print(f"{len(found):,} examples of {len(family):,} model types, {time.process_time() - start:.0f} s")
    tried = trials(found, family, popular, TRIED)
    judges = {f"{what} {view}": judged(tried, what, view) for what in JUDGED for view in VIEWS}
    least = {view: threshold(tried, judges, view) for view in VIEWS}
    print(f"{len(tried):,} trials, {time.process_time() - start:.0f} s; thresholds {least}")
    tables = {name: learn(found, family, name) for name in TABLES}
    told = Kept(
        RECIPE, {name: table.told for name, table in tables.items()},
        {f"{table} {view}": tuple(weights(table, view).tolist()) for table in TABLES for view in VIEWS},
        SPREAD, judges, covered(tried), least, popular, vocabularies(current(arguments.popular), family),
        exact(arguments.folder),
    )  # fmt: skip
    size = write(OUT, tables, told)
    counts = ", ".join(f"{len(table.told):,} {name}" for name, table in tables.items())
    print(f"{counts}; {size:,} bytes, {time.process_time() - start:.0f} s of processor time")


def popularity(path: Path | None, family: dict[str, int]) -> dict[str, int]:
    """Return how many models of each type a list has."""
    counts = Counter(str(one.get("architecture")) for one in current(path))
    return {name: count for name, count in sorted(counts.items()) if name in family}


def current(path: Path | None) -> Iterator[dict]:
    """Yield the models of a list; none where there is no list."""
    if path is not None and path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def vocabularies(models: Iterable[dict], family: dict[str, int]) -> dict[int, dict[str, int]]:
    """Return how many of the models of each type have so many tokens, the largest number first; no type that has no kin."""
    kin = Counter(family.values())
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one in models:
        name, tokens = str(one.get("architecture")), one.get("vocab_size")
        if kin[family.get(name, -1)] > 1 and type(tokens) is int and tokens >= LEAST_TOKENS:
            counts[tokens][name] += 1
    return {tokens: dict(sorted(counts[tokens].items())) for tokens in sorted(counts, reverse=True)}


def judged(tried: Sequence[Trial], what: str, view: str) -> tuple[float, ...]:
    """Return a judge of one answer; of those that are only given of known structures, by these alone."""
    own = [one for one in tried if one.view == view]
    if what in {"architecture", "task"}:
        own = [one for one in own if one.known and (one.example.architecture if what == "architecture" else one.example.task)]
    if what == "type":
        own = [one for one in own if one.known]
    if what == "head task":
        own = [one for one in own if one.example.task]
    return judge(own, what)


def covered(tried: Sequence[Trial]) -> dict[str, float]:
    """Return how much share answers must have together, by what is asked and seen."""
    found = {}
    for view in VIEWS:
        for what in ("type", "architecture", "task"):
            found[f"{what} {view}"] = covering(of_known(tried, what, view), what)
    return found


def of_known(tried: Sequence[Trial], what: str, view: str) -> list[Trial]:
    """Return the trials of known types in a view that have an answer to `what`."""
    return [one for one in tried if one.view == view and one.known and (what == "type" or getattr(one.example, what))]


def threshold(tried: Sequence[Trial], judges: dict[str, tuple[float, ...]], view: str) -> float:
    """Return the least confidence at which no more than `PASSED` of the structures of strange types are called known."""
    own = [one for one in tried if one.view == view and not one.known]
    strange = sorted(chance(judges[f"family {view}"], one.signs["family"]) for one in own)
    return round(min(0.95, strange[int((1 - PASSED) * (len(strange) - 1))] + 0.005), 3)


def exact(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the names of timm's architectures by the signature of their bodies."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for item in structures(folder):
        if item["library"] == "timm":
            named[signature(body(item["rows"]))].add(item["variant"])
    return {key: tuple(sorted(names)[:12]) for key, names in sorted(named.items())}


if __name__ == "__main__":
    main()
