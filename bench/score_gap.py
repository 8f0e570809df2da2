"""The study's question put to figures that are there: how many are off by more than a point, and how many can be compared.

    python bench/score_gap.py --shared ../shared [--widths]

Measured: the Open LLM Leaderboard of 2024-06 to 2025-03 (its table), and that of before as it was written into cards. Claimed:
what vendors announced, by the address or the name of the model; fields, tables and prose of the cards of the lineage trees
(April 2025); fields of 8,650 models (July 2024). A copy of the measured figure in a model's own card is told apart.
With `--widths`: how far a figure moves for another precision of the same revision, which `score_tolerance.toml` has.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
from msgspec import structs

from filiation.core.claim import Basis, Locator
from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind, is_name
from filiation.core.score import Score
from filiation.extract.run import extract
from filiation.scores.answer import claimed_by_model
from filiation.scores.claimed import score_of
from filiation.scores.compare import Row, compare
from filiation.scores.pipeline_effect import pipeline_effects, with_pipeline
from filiation.scores.results import read_results
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

BOARD = "scores/open_llm_leaderboard_v2.csv.gz"
VENDORS = "scores/vendor_announced.csv.gz"
LINK = re.compile(r"huggingface\.co/(?!blog|spaces|collections|papers|datasets|docs)([\w.-]+/[\w.-]+)")
COLUMNS = {"MMLU": "MMLU", "MMLU\n-Pro": "MMLU-Pro", "GPQA": "GPQA"}
POINT = 0.01


def main() -> None:
    """Print who joins, what could be compared, what was off, and why the rest could not be compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--widths", action="store_true")
    arguments = parser.parse_args()
    data = arguments.shared / "data"
    if arguments.widths:
        _widths(data / BOARD)
        return
    clock = time.process_time()
    measured = _measured(data / BOARD)
    cards = _claimed(data)
    vendors = _announced(data / VENDORS, set(measured), set(cards))
    own = {name: [score for score in scores if "leaderboard" not in score.by.lower()] for name, scores in cards.items()}
    board = {name: [score for score in scores if "leaderboard" in score.by.lower()] for name, scores in cards.items()}
    told, copied = sum(map(bool, own.values())), sum(map(bool, board.values()))
    print(f"{len(measured):,} models measured by the leaderboard; {told:,} with claims in cards or fields,")
    print(f"{copied:,} with figures that the leaderboard wrote into them; {len(vendors):,} announced by vendors.")
    _report("Announced by vendors, against the leaderboard's table", vendors, measured)
    _report("Claimed in cards and fields, against the leaderboard's table", own, measured)
    _report("Copied from the leaderboard into cards, against its table", board, measured)
    before = {name: [structs.replace(score, basis=Basis.MEASURED) for score in scores] for name, scores in board.items()}
    _report("Announced by vendors, against what the leaderboard wrote into cards", vendors, before)
    _report("Claimed in cards and fields, against what the leaderboard wrote into the same cards", own, before)
    print(f"\n{time.process_time() - clock:.0f} s of processor time")


def _report(title: str, claims: dict[str, list[Score]], results: dict[str, list[Score]]) -> None:
    """Print one table: by metric and dataset, then why not, then what the pipeline does."""
    joined = sorted(name for name in claims if claims[name] and results.get(name))
    found = {name: compare(claims[name], results[name]) for name in joined}
    every = [row for comparison in found.values() for row in comparison.rows]
    rows = [row for comparison in found.values() for row in with_pipeline(comparison.rows, every)]
    unmeasured = sum(len(comparison.unmeasured) for comparison in found.values())
    print(f"\n# {title}: {len(joined)} models join, {len(rows)} claims meet a measurement, {unmeasured} are of other data")
    if not rows:
        return
    _table(rows)
    reasons = Counter(reason for row in rows if row.verdict == "not_comparable" for reason in _reasons(row))
    if reasons:
        print("why not comparable: " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))
    for effect in pipeline_effects(rows):
        shared = effect.shared
        print(
            f"pipeline: {effect.metric} on {effect.dataset}: {shared.same_direction} of {shared.models} models"
            f" {'worse' if effect.worse else 'better'} than claimed, {shared.median * 100:+.1f} points in the middle"
            f" ({shared.low * 100:+.1f} to {shared.high * 100:+.1f}), chance {shared.chance:.3f}"
        )


def _table(rows: list[Row]) -> None:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.metric, row.dataset or "?"].append(row)
    print(f"{'metric and data':44} {'met':>4} {'> 1 point':>9} {'comparable':>11}", end=" ")
    print(f"{'> 1 point':>9} {'lower':>6} {'higher':>6} {'contradicted':>13}")
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    for (metric, dataset), group in [*ordered[:12], (("all", "all"), rows)]:
        fit = [row for row in group if row.verdict != "not_comparable"]
        counts = Counter(row.verdict for row in fit)
        print(
            f"{f'{metric} on {dataset}'[:44]:44} {len(group):>4} {_off(group):>9} {len(fit):>11} {_off(fit):>9}"
            f" {counts['lower']:>6} {counts['higher']:>6} {sum(row.contradicted for row in group):>13}"
        )


def _off(rows: list[Row]) -> int:
    return sum(abs(row.delta) > POINT for row in rows)


def _reasons(row: Row) -> Iterator[str]:
    if row.tolerance is None:
        yield from (f"{item.field} differs" for item in row.differs if item.field not in ("precision", "harness_version"))
    else:
        yield "unsaid: " + " and ".join(sorted(row.unsaid))


def _measured(path: Path) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = {}
    for item in read_results(path):
        if isinstance(item, tuple):
            found[item[0].model] = item[1]
    return found


def _claimed(data: Path) -> dict[str, list[Score]]:
    """Return what cards and fields claim, by the stages that `chart` runs."""
    with duckdb.connect() as memory:
        memory.execute(files("filiation.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        atlas = Atlas(data, memory)
        for at, source in ((datetime(2024, 7, 11), _fields(data)), (datetime(2025, 4, 1), _cards(data))):  # noqa: DTZ001  # the atlas keeps naive UTC
            held = {sighting.record.id: sighting for sighting in source}
            ingest(atlas, Path("bench"), batches_of(held.values(), "bench"), at, lambda _: None)
        with atlas.transaction() as con:
            extract(con, -1)
        names = [name for (name,) in memory.execute("SELECT DISTINCT id FROM record").fetchall()]
        return claimed_by_model(memory, names)


def _fields(data: Path) -> Iterator[Sighting]:
    with gzip.open(data / "hub-2024-07/models_full_8650.jsonl.gz", "rt") as lines:
        for number, line in enumerate(lines, 1):
            about = json.loads(line)
            yield Sighting(number, Record(Kind.MODEL, about["id"], about), "hub")


def _cards(data: Path) -> Iterator[Sighting]:
    with gzip.open(data / "trees-2025-04/models.jsonl.gz", "rt") as lines:
        for number, line in enumerate(lines, 1):
            about = json.loads(line)
            name, card = about["id"], about.get("card")
            if is_name(name) and isinstance(card, str):
                yield Sighting(number, Record(Kind.MODEL, name, {"id": name}, {"README.md": card}), "hub")


def _announced(path: Path, measured: set[str], carded: set[str]) -> dict[str, list[Score]]:
    """Return what vendors announced, by the address of the model or else by its name where one official model bears it."""
    low = {name.lower(): name for name in measured | carded}
    bare: dict[str, list[str]] = defaultdict(list)
    for name in low.values():
        bare[_bare(name.split("/")[-1])].append(name)
    found: dict[str, list[Score]] = {}
    with gzip.open(path) as stream:
        for number, row in enumerate(csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8")), 2):
            said = {data: row[column] for column, data in COLUMNS.items() if row[column]}
            links = LINK.findall(" ".join(row[column] or "" for column in ("Playground", "Paper / Repo", "Notes")))
            names = [low[link.lower()] for link in links if link.lower() in low] or bare.get(_bare(row["Model"] or ""), [])
            if said and (links or len(names) == 1):
                for name in names[:1]:
                    about = [{"dataset": data, "metric": "", "value": value, "by": row["Lab"]} for data, value in said.items()]
                    scores = [
                        score_of(f"model:{name}", one, Basis.STATED, Locator(path.name, f"line={number}")) for one in about
                    ]
                    found.setdefault(name, []).extend(score for score in scores if score)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())


def _widths(path: Path) -> None:
    """Print how far the figures of one revision are apart at two precisions: on half of the owners, held against the rest."""
    gaps: dict[int, list[float]] = {0: [], 1: []}
    by_data: dict[str, list[float]] = defaultdict(list)
    for name, scores in _measured(path).items():
        lines: dict[tuple[object, ...], dict[str, float]] = defaultdict(dict)
        for score in scores:
            if score.protocol.variant is None:
                lines[score.ref, score.metric, score.dataset, score.protocol.prompt][score.protocol.precision or ""] = (
                    score.value
                )
        half = zlib.crc32(name.split("/")[0].encode()) % 2
        for (_, _, dataset, _), values in lines.items():
            ordered = list(values.values())
            apart = [abs(one - two) * 100 for at, one in enumerate(ordered) for two in ordered[:at]]
            gaps[half] += apart
            by_data[str(dataset)] += apart
    for dataset, apart in by_data.items():
        off = sum(gap > 1 for gap in apart)
        print(f"{dataset:14} {off} of {len(apart)} pairs are more than a point apart, at most {max(apart):.1f}")
    width = float(np.quantile(gaps[0], 0.95))
    held = np.array(gaps[1])
    print(f"precision: 95 of 100 of {len(gaps[0])} pairs are within {width:.2f} points;", end=" ")
    print(f"of {len(held)} pairs of other owners {np.mean(held <= width):.1%} are (within one point {np.mean(held <= 1):.1%})")


if __name__ == "__main__":
    main()
