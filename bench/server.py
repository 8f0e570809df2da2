"""Load the server with wrk on loopback: ``python bench/server.py --atlas bench/out/hub.atlas`` (apt-get install wrk).

Prints, for each kind of question at 100 connections, requests a second, the median, the 99th percentile, errors, and the
server's processor time for one request, which hardly depends on what else runs here. The addresses are drawn with a fixed
seed: tiles as far down as the map goes, nodes half at random and half among parents, words from names. "first" asks each
address about once, so that nothing is kept from an earlier request; "again" asks a few hundred that were asked before. wrk runs
on the same machine and takes its share of the processor; its percentiles count a pause once for every request that was not sent
meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from filiation.lineage.arrays import Lineage

COMMAND = Path(sys.executable).parent / "filiation"
SEED = 7
FEW, MANY = 300, 60_000
LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local at = 0
local thread_count = 0
function setup(thread) thread:set("offset", thread_count); thread_count = thread_count + 1 end
function init(args) at = offset * math.floor(#paths / 2) end
function request()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at], {["Accept-Encoding"] = "gzip"})
end
"""


def serve(atlas: Path) -> tuple[subprocess.Popen[str], str, float]:
    """Start the server; return the process, its address, and the seconds until it listened."""
    start = time.perf_counter()
    words = [COMMAND, "serve", "--atlas", atlas, "--port", "0"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    line = process.stdout.readline() if process.stdout else ""
    return process, re.findall(r"http://\S+?(?=/ )", line)[0], time.perf_counter() - start


def get(address: str) -> bytes:
    """Return what is at `address`."""
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310  # our own server
        return answer.read()


def addresses(lineage: Lineage, base: str) -> dict[str, list[str]]:
    """Return what is asked, by kind."""
    drawn = random.Random(SEED)
    parents = np.flatnonzero(lineage.descendants > 0).tolist()
    nodes = [drawn.choice(parents) if drawn.random() < 0.5 else drawn.randrange(lineage.size) for _ in range(MANY)]
    refs = [quote(ref, safe="/:") for ref in lineage.refs(nodes)]
    words = [" ".join(re.findall(r"[A-Za-z0-9]+", lineage.name(node).split("/")[-1])[:2]) for node in nodes]
    found = {
        "show": [f"/api/v1/show/{ref}" for ref in refs],
        "impact": [f"/api/v1/impact/{ref}" for ref in refs],
        "trace": [f"/api/v1/trace/{ref}" for ref in refs],
        "find": [f"/api/v1/find?q={quote(text)}" for text in words if text],
        "place": [f"/api/v1/place/{ref}" for ref in refs],
        "reach": [f"/api/v1/reach/{node}.arrow?direction=down" for node in nodes],
    }
    try:
        manifest = json.loads(get(f"{base}/map/manifest.json"))
    except OSError:
        return found
    tiles = [f"/map/tiles/{level}/{x}/{y}.arrow?t={manifest['token']}" for level, x, y, *_ in manifest["tiles"]]
    return {"tile": drawn.choices(tiles, k=MANY), **found}


def load(base: str, paths: list[str], connections: int, seconds: int) -> dict[str, Any]:
    """Load the server with `paths` in turn."""
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "ask.lua"
        listed.write_text("\n".join(paths) + "\n")
        script.write_text(LUA % listed)
        words = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", script, base]
        told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    errors = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", told))
    errors += sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", told))
    return {
        "requests": int(re.findall(r"(\d+) requests in", told)[0]),
        "rate": float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0]),
        "p50": re.findall(r"^\s+50%\s+(\S+)", told, re.MULTILINE)[0],
        "p99": re.findall(r"^\s+99%\s+(\S+)", told, re.MULTILINE)[0],
        "errors": errors,
    }


def rss_bytes(process: int) -> int:
    """Return the resident memory of a process, where the system tells."""
    status = Path(f"/proc/{process}/status")
    return int(re.findall(r"VmRSS:\s+(\d+)", status.read_text())[0]) * 1024 if status.exists() else 0


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has used, where the system tells."""
    fields = Path(f"/proc/{process}/stat")
    if not fields.exists():
        return 0.0
    user, system = fields.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def wait_until_warm(base: str) -> float:
    """Ask for what is expensive until it is there; return the seconds that took."""
    start = time.perf_counter()
    for path in ("trends", "overview", "stats"):
        get(f"{base}/api/v1/{path}")
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path, default=Path(__file__).parent / "out" / "hub.atlas")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not here: apt-get install wrk")
    lineage = Lineage.load(options.atlas)
    process, base, started = serve(options.atlas)
    try:
        warm = wait_until_warm(base)
        print(f"{lineage.size:,} nodes; listens after {started:.1f} s, warm {warm:.1f} s later")
        head = f"{'question':<16}{'requests/s':>12}{'p50':>12}{'p99':>12}{'errors':>8}{'CPU ms each':>13}"
        print(f"{head}   ({options.connections} connections)")
        for name, paths in addresses(lineage, base).items():
            for label, chosen in (("first", paths), ("again", paths[:FEW])):
                if label == "again":
                    load(base, chosen, options.connections, 1)
                before = cpu_seconds(process.pid)
                told = load(base, chosen, options.connections, options.seconds)
                each = (cpu_seconds(process.pid) - before) / max(told["requests"], 1) * 1e3
                figures = f"{told['rate']:>12,.0f}{told['p50']:>12}{told['p99']:>12}{told['errors']:>8}{each:>13.2f}"
                print(f"{name + ', ' + label:<16}{figures}")
        print(f"{rss_bytes(process.pid) / 1e9:.2f} GB resident at the end")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


if __name__ == "__main__":
    main()
