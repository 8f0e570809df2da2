"""What a live Hub costs: 30,000 real records over a Hub that throttles, fails and cuts, the process killed ten times.

    python bench/live.py --shared ../shared

Prints whether the atlas is the one that an undisturbed run makes, and the requests beside the fewest that there could be. A
page holds 100 records, so that there are enough of them to go wrong. Each run is a process of its own that asks a Hub in this
one; a kill is SIGKILL, at a moment drawn from a seed.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import itertools
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from replayed_hub import Faults, replayed
from replayed_hub import Hub as Replayed

from filiation.store.atlas import Atlas

RECORDS, PAGE, KILLS, SEED = 30_000, 100, 10, 7
THROTTLED, FAILED, CUT_EVERY = 0.05, 0.01, 1_000
STAGES_LEFT = ("--without", "names", "--without", "predict", "--without", "audit", "--without", "search")
RUN = "from filiation.cli import main; main()"
print = functools.partial(print, flush=True)  # noqa: A001  # each figure as soon as it is there
SAME = {
    "records": "SELECT registry, kind, id, source, repo_id, body, files FROM record WHERE source = 'hub' ORDER BY ALL",
    "nodes": "SELECT node_id, registry, kind, name, state, downloads, likes, library, license FROM node ORDER BY ALL",
    "edges": "SELECT child, parent, relation, basis, confidence FROM edge ORDER BY ALL",
    "claims": "SELECT id, predicate, value, basis::VARCHAR, claim.source FROM claim JOIN record USING (record_id) ORDER BY ALL",
}


def main() -> None:
    """Serve, sync in both ways, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--details", type=int, default=400)
    given = parser.parse_args()
    records = _records(given.shared / "data/hub-2024-07/models.jsonl.gz", given.records)
    least = math.ceil(len(records) / PAGE) + 1  # a listing of no data sets is one more
    print(f"{len(records):,} models, {PAGE} to a page; {given.details} of each kind looked into; a busy machine")
    with tempfile.TemporaryDirectory() as folder:
        calm = _calm(records, Path(folder) / "calm.atlas", given.details)
        rough = _rough(records, Path(folder) / "rough.atlas", given.details, KILLS)
        looks = 2 * given.details  # models, and data sets, of which only names are known
        print(f"fewest requests that list and look once: {least + looks:,} ({least} pages, {looks} looks)")
        print(f"calm : {calm}")
        print(f"rough: {rough}")
        for name, query in SAME.items():
            one, other = (_rows(Path(folder) / f"{way}.atlas", query) for way in ("calm", "rough"))
            differ = len(set(one) ^ set(other))
            print(f"{name}: {len(one):,} and {len(other):,} rows, {f'{differ} DIFFERENT' if differ else 'the same'}")
        _later(records, Path(folder) / "calm.atlas")


def _records(path: Path, most: int) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        found = [json.loads(line) for line in itertools.islice(lines, most)]
    chance = random.Random(SEED)
    for one in found:
        one["sha"] = f"{chance.getrandbits(160):040x}"
        one["lastModified"] = one.get("createdAt", "2022-03-02T23:29:04.000Z")
    return found


def _calm(records: list[dict], atlas: Path, details: int) -> str:
    held = Replayed(records, page=PAGE)
    with replayed(held) as url:
        clock = time.perf_counter()
        subprocess.run(_words(url, atlas, details), check=True, capture_output=True)
        seconds = time.perf_counter() - clock
    return f"{len(held.seen):,} requests, {seconds:.0f} s with the stages extract, lineage, licenses"


def _rough(records: list[dict], atlas: Path, details: int, kills: int) -> str:
    """Sync with faults, the process killed at moments drawn from a seed, until a run comes to its end."""
    held = Replayed(records, page=PAGE)
    held.faults = Faults(THROTTLED, FAILED, CUT_EVERY, seed=SEED)
    chance, killed, runs = random.Random(SEED), 0, 0
    clock = time.perf_counter()
    total = math.ceil(len(records) / PAGE) + details
    with replayed(held) as url:
        while True:
            runs += 1
            process = subprocess.Popen(_words(url, atlas, details), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if killed < kills:
                target = len(held.seen) + chance.randint(total // 30, total // 12)
                killed += _killed(process, held, target)
                continue
            _, said = process.communicate()
            if process.returncode == 0:
                break
            if process.returncode != 1:
                raise SystemExit(said.decode())
    seconds, given = time.perf_counter() - clock, held.faults.given
    told = f"{len(held.seen):,} requests ({given['throttled']} throttled, {given['failed']} failed, {given['cut']} cut)"
    return f"{told}, {killed} kills in {runs} runs, {seconds:.0f} s"


def _killed(process: subprocess.Popen, held: Replayed, target: int) -> bool:
    """Kill the process once the Hub has seen so many requests; return whether that came before its end."""
    while process.poll() is None:
        if len(held.seen) >= target:
            process.kill()
            process.wait()
            return True
        time.sleep(0.005)
    process.communicate()
    return False


def _later(records: list[dict], atlas: Path) -> None:
    """Change some records, and sync again: what changed is all that is asked for."""
    held = Replayed(records, page=PAGE)
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 60))
    for one in records[:250]:
        held.put("models", one | {"lastModified": now, "sha": "f" * 40})
    spool = next((atlas / "live").iterdir())
    with replayed(held) as url:
        spool.rename(spool.with_name(f"hf-127.0.0.1_{url.rpartition(':')[2]}"))
        clock = time.perf_counter()
        done = subprocess.run(_words(url, atlas, 0), check=True, capture_output=True)
        seconds = time.perf_counter() - clock
    answer = json.loads(done.stdout)
    print(
        f"250 changed of {len(records):,}: {len(held.seen)} requests, {answer['listed']:,} records listed,"
        f" {answer['added']:,} new; {seconds:.0f} s"
    )


def _words(url: str, atlas: Path, details: int) -> list[str]:
    words = ["sync", "--endpoint", url, "--atlas", str(atlas), "--details", str(details), "--json", *STAGES_LEFT]
    return [sys.executable, "-c", RUN, *words]


def _rows(atlas: Path, query: str) -> list[tuple]:
    with Atlas.open(atlas) as opened:
        return opened.con.execute(query).fetchall()


if __name__ == "__main__":
    main()
