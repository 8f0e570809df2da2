"""Time a day's change beside a rebuild: ``python bench/increment.py --shared ../shared [--atlas CHARTED] [--part 8]``.

An atlas of the whole Hub is copied, 50,000 records that differ are observed, and every stage runs; then all is made again of
the same observations, and the two atlases are compared row for row. The change is made by real drift: the records that the
Hub changed within two days tell what changes together (downloads, tags, bases, licences, tasks), and each of the 50,000
undergoes what happened to one of them; 3,300, a day's growth, are new. ``--part 8`` does it with every eighth model and an
eighth of the change. Seconds are wall time; processor seconds stand beside them, of this process and the processes that it
started. The rebuild predicts by the fit that stands; at the end all is learned anew, and the share of predictions that then
differ is printed.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from filiation.pipeline import Stage, build, observe
from filiation.store.atlas import DATABASE, Atlas

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from same_atlas import differences  # lies beside the tests

OUT = Path(__file__).parent / "out"
NEW = 3_300
LATER = datetime(2024, 7, 12, 23, 59, 59)  # noqa: DTZ001  # the atlas keeps naive UTC
FIELDS = ("pipeline_tag", "library_name")


def drifted(shared: Path) -> tuple[list[tuple[dict, dict]], list[dict]]:
    """Return pairs of what real records were and became, and records that the later listing does not have."""
    before = {record["id"]: record for record in records(shared / "models_2024-07-09_changed.jsonl.gz")}
    pairs = [(before.pop(record["id"]), record) for record in records(shared / "models.jsonl.gz") if record["id"] in before]
    return pairs, list(before.values())


def records(path: Path) -> Iterator[dict]:
    """Yield the records of a dump."""
    decode = msgspec.json.Decoder(dict).decode
    with gzip.open(path) as lines:
        yield from map(decode, lines)


def increment(shared: Path, size: int, path: Path, part: int, seed: int = 10) -> None:
    """Write a dump of `size` records that a day could bring to an atlas of every `part`-th model."""
    choose = random.Random(seed)
    pairs, new = drifted(shared)
    count = sum(1 for _ in records(shared / "models.jsonl.gz"))
    fresh = min(NEW, size // 10)
    chosen = set(choose.sample(range(0, count, part), size - len(new[:fresh])))
    copied = set(choose.sample(sorted(chosen), max(fresh - len(new), 0)))
    with path.open("wb") as target:
        for record in new[:fresh]:
            target.write(msgspec.json.encode(record) + b"\n")
        for number, record in enumerate(records(shared / "models.jsonl.gz")):
            if number not in chosen:
                continue
            changed = after(record, *choose.choice(pairs))
            if number in copied:
                name, own = f"{record['id']}-{choose.randrange(100)}", f"{choose.getrandbits(96):024x}"
                changed |= {"id": name, "_id": own, "downloads": 0}
            target.write(msgspec.json.encode(changed) + b"\n")


def after(record: dict, was: dict, became: dict) -> dict:
    """Return what `record` is once what happened to another has happened to it."""
    result = dict(record)
    for field in ("downloads", "likes"):
        result[field] = max(record.get(field, 0) + became.get(field, 0) - was.get(field, 0), 0)
    for field in FIELDS:
        if was.get(field) != became.get(field):
            result[field] = became.get(field)
    gone, come = (set(a.get("tags", ())) - set(b.get("tags", ())) for a, b in ((was, became), (became, was)))
    kept = [tag for tag in record.get("tags", ()) if tag not in gone]
    result["tags"] = [*kept, *sorted(come - set(kept))]
    if was["_id"] != became["_id"]:
        result |= {"_id": became["_id"][:8] + record["_id"][8:], "createdAt": became["createdAt"]}
    result["filiation:bench"] = 1  # a listing has more fields than the dump: what changed may be none that any stage reads
    return result


class Clock:
    """Measure wall and processor seconds of each stage, from when it begins until the next does."""

    def __init__(self) -> None:
        self.spent: dict[str, tuple[float, float]] = {}
        self._since: tuple[str, float, float] | None = None

    def __call__(self, stage: str, rows: int) -> None:
        """Take note that `stage` is at work."""
        if rows == 0 or self._since is None or self._since[0] != stage:
            self.stop()
            self._since = stage, time.perf_counter(), _processor()

    def stop(self) -> None:
        """End the stage that runs."""
        if self._since is not None:
            name, wall, processor = self._since
            before = self.spent.get(name.split()[0], (0.0, 0.0))
            self.spent[name.split()[0]] = before[0] + time.perf_counter() - wall, before[1] + _processor() - processor
        self._since = None


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def brought(atlas_path: Path, dump: Path | None) -> tuple[Clock, list[Stage]]:
    """Observe `dump` and build; return what each stage took."""
    clock = Clock()
    with Atlas.open(atlas_path, "write") as atlas:
        if dump:
            observe(atlas, [dump], LATER, None, clock)
        stages = build(atlas, clock)
        clock("closing", 0)
    clock.stop()
    return clock, stages


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--atlas", type=Path, help="a charted atlas, which is copied; charted here where none is given")
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--part", type=int, default=1, help="take every so many models only, and so much less change")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only-increment", action="store_true", help="do not make all again and compare")
    parser.add_argument("--keep", action="store_true", help="leave the atlases where they are")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    folder = options.shared / "data" / "hub-2024-07"
    grown, rebuilt = options.out / "increment.atlas", options.out / "rebuilt.atlas"
    for path in (grown, rebuilt):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(options.atlas or charted(folder, options.out, options.part), grown)
    brought(grown, None)  # what stands was made by this version
    dump = options.out / f"increment-{options.part}.jsonl"
    if not dump.exists():
        increment(folder, options.size // options.part, dump, options.part)
    small, stages = brought(grown, dump)
    if options.only_increment:
        report(small, Clock(), stages)
        return
    shutil.copytree(grown, rebuilt)
    forget_all(rebuilt)
    whole, _ = brought(rebuilt, None)
    report(small, whole, stages)
    found = differences(grown, rebuilt)
    print(json.dumps(found, indent=1) if found else "increment and rebuild are the same, row for row")
    relearned(grown, rebuilt)
    for path in () if options.keep else (grown, rebuilt):
        shutil.rmtree(path, ignore_errors=True)
    sys.exit(bool(found))


def charted(folder: Path, out: Path, part: int) -> Path:
    """Return an atlas of every `part`-th model of the dump and all datasets, with a map; charted unless it is there."""
    atlas, models = out / f"base-{part}.atlas", out / f"models-{part}.jsonl"
    if not atlas.exists():
        with models.open("wb") as target:
            for record in itertools.islice(records(folder / "models.jsonl.gz"), 0, None, part):
                target.write(msgspec.json.encode(record) + b"\n")
        with Atlas.open(atlas, "create") as made:
            observe(made, [models, folder / "datasets.jsonl.gz"], datetime(2024, 7, 11), None, lambda *_: None)  # noqa: DTZ001
            build(made, lambda *_: None, draw=True)
        models.unlink()
    return atlas


def forget_all(atlas: Path) -> None:
    """Leave an atlas its observations, and the fit by which predictions are told, so that all is made again."""
    with Atlas.open(atlas, "write") as opened:
        opened.con.execute("DELETE FROM made_from")
        opened.con.execute("UPDATE stage_run SET version = '' WHERE stage <> 'predict'")
        opened.con.execute("UPDATE stage_run SET input = '' WHERE stage = 'predict'")


def relearned(grown: Path, rebuilt: Path) -> None:
    """Print how far predictions by the fit that stands are from those by a new one."""
    with Atlas.open(rebuilt, "write") as opened:
        con = opened.con
        build(opened, lambda *_: None, "predict", without=("audit", "search"))
        con.execute(f"ATTACH '{grown / DATABASE}' AS grown (READ_ONLY)")
        differ, off, total = con.execute(
            "SELECT count(*) FILTER (one.value IS DISTINCT FROM other.value),"
            " avg(abs(one.confidence - other.confidence)) FILTER (one.value = other.value), count(*)"
            " FROM grown.prediction AS one FULL JOIN prediction AS other USING (node_id, attribute)"
        ).fetchall()[0]
    share = differ / max(total, 1)
    print(
        f"learned anew: {differ:,} of {total:,} predictions differ ({share:.2%}), confidence by {off:.4f} on average elsewhere"
    )


def report(small: Clock, whole: Clock, stages: list[Stage]) -> None:
    """Print what each stage took."""
    rows = {stage.name: stage.rows for stage in stages}
    print(f"{'stage':<12}{'increment s':>12}{'processor s':>13}{'rebuild s':>11}{'processor s':>13}{'rows':>12}")
    for name, (wall, processor) in small.spent.items():
        again = whole.spent.get(name)
        more = f"{again[0]:>11.1f}{again[1]:>13.1f}" if again else f"{'':>24}"
        print(f"{name:<12}{wall:>12.1f}{processor:>13.1f}{more}{rows.get(name, 0):>12,}")
    sums = [sum(one[i] for one in clock.spent.values()) for clock in (small, whole) for i in (0, 1)]
    print(f"{'all':<12}{sums[0]:>12.1f}{sums[1]:>13.1f}{sums[2]:>11.1f}{sums[3]:>13.1f}")


if __name__ == "__main__":
    main()
