"""What the Python API and the server for assistants cost: ``python bench/python_api.py --atlas hub.atlas``.

Each question is asked in Python, as a command of its own, and, where there is a tool for it, over the Model Context Protocol;
beside it stands what it takes to get its rows into columns. Medians of wall times: say how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import anyio
import pyarrow as pa

import filiation as fl

COMMAND = Path(sys.executable).parent / "filiation"
RUNS = 5


def milliseconds(ask: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median wall time of a call, after one that does not count."""
    ask()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        ask()
        times.append((time.perf_counter() - start) * 1e3)
    return median(times)


def process(*words: str) -> float:
    """Return the median wall time of a program as a whole."""
    return milliseconds(lambda: subprocess.run(words, check=False, capture_output=True), 3)


def assistant(atlas: Path, calls: dict[str, tuple[str, dict[str, object]]]) -> dict[str, tuple[float, int]]:
    """Return the median time and the bytes of each call, by the protocol's own client over standard streams."""
    import mcp

    async def asked() -> dict[str, tuple[float, int]]:
        told = {}
        server = mcp.StdioServerParameters(command=str(COMMAND), args=["mcp", "--atlas", str(atlas)])
        async with mcp.Client(mcp.stdio_client(server)) as client:
            for name, (tool, words) in calls.items():
                times, size = [], 0
                for _ in range(RUNS + 1):
                    start = time.perf_counter()
                    answer = await client.call_tool(tool, words)
                    times.append((time.perf_counter() - start) * 1e3)
                    size = len(json.dumps(answer.structured_content))
                told[name] = median(times[1:]), size
        return told

    return anyio.run(asked)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, required=True)
    parser.add_argument("--ref", default="google-bert/bert-base-uncased")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    bare = process(sys.executable, "-c", "pass")
    print(f"import filiation      {process(sys.executable, '-c', 'import filiation') - bare:8.1f} ms beyond Python's own start")
    print(f"open                  {milliseconds(lambda: fl.open(given.atlas)):8.1f} ms")
    atlas, ref = fl.open(given.atlas), given.ref
    for name, ask in (("nodes", atlas.nodes), ("edges", atlas.edges)):
        print(f"{name:<21} {milliseconds(ask):8.1f} ms   {len(ask()):,} rows as Arrow")
    questions: dict[str, tuple[Callable[[], object], list[str]]] = {
        "find": (lambda: atlas.find("japanese bert"), ["find", "japanese", "bert"]),
        "show": (lambda: atlas.show(ref), ["show", ref]),
        "trace up": (lambda: atlas.trace(ref), ["trace", ref]),
        "trace down": (lambda: atlas.trace(ref, down=True), ["trace", ref, "--down"]),
        "impact": (lambda: atlas.impact(ref), ["impact", ref]),
        "license": (lambda: atlas.license(ref, "commercial product"), ["license", ref, "--for", "commercial product"]),
        "audit": (lambda: atlas.audit(ref), ["audit", ref]),
    }
    tools = {
        "find": ("find", {"text": "japanese bert"}),
        "trace up": ("trace", {"ref": ref}),
        "trace down": ("trace", {"ref": ref, "direction": "down"}),
        "impact": ("impact", {"ref": ref}),
        "audit": ("audit", {"refs": [ref]}),
    }
    told = assistant(given.atlas, tools)
    print(
        f"\n{'question':<12}{'rows':>9}{'Python ms':>12}{'to Arrow ms':>13}{'command ms':>12}{'assistant ms':>14}{'bytes':>9}"
    )
    for name, (ask, words) in questions.items():
        rows = pa.table(ask()).num_rows
        both = milliseconds(lambda ask=ask: pa.table(ask()))
        alone = milliseconds(ask)
        shell = process(str(COMMAND), *words, "--json", "--atlas", str(given.atlas))
        mcp_ms, size = told.get(name, (float("nan"), 0))
        print(f"{name:<12}{rows:>9,}{alone:>12.1f}{both - alone:>13.1f}{shell:>12.0f}{mcp_ms:>14.1f}{size:>9,}")


if __name__ == "__main__":
    main()
