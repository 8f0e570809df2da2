"""Two hundred users, an atlas swapped and a worker killed among them: ``python bench/load.py`` (apt-get install wrk).

    python bench/load.py --atlas bench/out/hub.atlas --changed ../shared/data/hub-2024-07/models_2024-07-09_changed.jsonl.gz

Each user asks, waits about a second, and asks again: tiles, models, traces, blast radii, searches, places and audits by turns,
addresses drawn with a fixed seed. A backup of a copy of the atlas, into which `--changed` was charted, is restored over the
served one after a third of the time; a worker is killed (SIGKILL) after two thirds. Prints answers by status, what failed on
its connection, the median and the 99th percentile, and the longest second without an answer. wrk and the restoring run on the
same machine and take their share of the processor. Tiles are asked for without the map's token: under the old one they are gone
with the old map, which a page that is open then loads anew.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server import COMMAND, SEED, addresses, get, wait_until_warm

from filiation.lineage.arrays import Lineage

PARTS = {"tile": 40, "show": 25, "trace": 10, "impact": 10, "find": 9, "place": 4, "audit": 2}
"""Of a hundred questions."""
SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local threads, count = {}, 0
function setup(thread) thread:set("offset", count); count = count + 1; threads[count] = thread end
function init(args) at = offset * math.floor(#paths / 2); told = ""; math.randomseed(offset + 7) end
function delay() return math.random(500, 1500) end
function request()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at], {["Accept-Encoding"] = "gzip"})
end
function response(status) told = told .. status .. " " end
function done(summary, latency)
  local seen = {}
  for _, thread in ipairs(threads) do
    for status in thread:get("told"):gmatch("%%d+") do seen[status] = (seen[status] or 0) + 1 end
  end
  for status, number in pairs(seen) do print("status " .. status .. " " .. number) end
  local e = summary.errors
  print("connect " .. e.connect .. " read " .. e.read .. " write " .. e.write .. " timeout " .. e.timeout)
  local p50, p99, longest = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3
  print(string.format("p50 %%.1f ms, p99 %%.1f ms, longest %%.1f ms", p50, p99, longest))
end
"""


def prepared(atlas: Path, changed: Path | None, folder: Path) -> tuple[Path, Path]:
    """Return a copy of the atlas to serve, and a backup of another copy, charted further."""
    served, other, backup = folder / "served.atlas", folder / "other.atlas", folder / "other.tar.zst"
    shutil.copytree(atlas.resolve(), served)
    shutil.copytree(atlas.resolve(), other)
    words = [COMMAND, "build", "--from", "lineage"] if changed is None else [COMMAND, "chart", changed]
    subprocess.run([*words, "--atlas", other], check=True, capture_output=True)
    subprocess.run([COMMAND, "backup", backup, "--atlas", other], check=True, capture_output=True)
    shutil.rmtree(other)
    return served, backup


def mixed(lineage: Lineage, base: str) -> list[str]:
    """Return what is asked, in the order in which it is."""
    drawn = random.Random(SEED)
    kinds = addresses(lineage, base)
    kinds["tile"] = [path.partition("?")[0] for path in kinds.get("tile", [])]  # under the map's token they end with the map
    kinds["audit"] = [path.replace("/show/", "/audit/") for path in kinds["show"]]
    chosen = drawn.choices(list(PARTS), list(PARTS.values()), k=40_000)
    return [drawn.choice(kinds[kind]) for kind in chosen if kinds.get(kind)]


def serve(atlas: Path, workers: int) -> tuple[subprocess.Popen[str], str]:
    """Start the server; return the process and its address."""
    words = [COMMAND, "serve", "--atlas", atlas, "--port", "0", "--workers", str(workers)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    line = process.stdout.readline() if process.stdout else ""
    return process, re.findall(r"http://\S+?(?=/ )", line)[0]


def a_worker(parent: int) -> int:
    """Return the process of a worker."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], check=True, capture_output=True, text=True
    ).stdout
    return int(next(row.split()[0] for row in listed.splitlines() if "spawn_main" in row))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path, default=Path(__file__).parent / "out" / "hub.atlas")
    parser.add_argument("--changed", type=Path, help="charted into the atlas that is swapped in (default: built anew)")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not here: apt-get install wrk")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        served, backup = prepared(options.atlas, options.changed, folder)
        lineage = Lineage.load(served)
        process, base = serve(served, options.workers)
        try:
            for _ in range(options.workers * 3):  # whichever worker answers
                wait_until_warm(base)
            measure(options, folder, served, backup, mixed(lineage, base), process.pid, base)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def measure(
    options: argparse.Namespace, folder: Path, served: Path, backup: Path, paths: list[str], server: int, base: str
) -> None:
    """Ask, swap the atlas, kill a worker, and print what came of it."""
    (folder / "paths").write_text("\n".join(paths) + "\n")
    (folder / "ask.lua").write_text(SCRIPT % (folder / "paths"))
    words = ["wrk", "-t2", f"-c{options.users}", f"-d{options.seconds}s", "--timeout", "30s", "-s", folder / "ask.lua", base]
    before = get(f"{base}/map/manifest.json")
    asking = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    start = time.perf_counter()
    time.sleep(options.seconds / 3)
    swapping = time.perf_counter()
    subprocess.run([COMMAND, "restore", backup, "--replace", "--atlas", served], check=True, capture_output=True)
    swapped = time.perf_counter() - swapping
    time.sleep(max(0.0, options.seconds * 2 / 3 - (time.perf_counter() - start)))
    os.kill(a_worker(server), signal.SIGKILL)
    told, _ = asking.communicate()
    print(
        f"{options.users} users, {options.workers} workers, {options.seconds} s; load of the machine {os.getloadavg()[1]:.1f}"
    )
    is_other = get(f"{base}/map/manifest.json") != before
    print(f"atlas restored over the served one in {swapped:.1f} s; the map is another: {is_other}")
    print("\n".join(line for line in told.splitlines() if line.startswith(("status", "connect", "p50"))))


if __name__ == "__main__":
    main()
