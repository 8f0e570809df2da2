"""What the Python API and the server for assistants cost: ``python bench/python_api.py --atlas demo.atlas --whole hub.atlas``.

Each question is asked in Python, as a command of its own, and, where there is a tool for it, over the Model Context Protocol;
beside it stands what it takes to get its rows into columns. Medians of processor time; the assistant's is what it waits. Of the
atlas of a whole registry only the lineage is asked, which any version reads.
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
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import anyio
import pyarrow as pa

import filiation as fl

COMMAND = Path(sys.executable).parent / "filiation"
RUNS = 5
USE = "commercial product"
Question = tuple[Callable[[], object], list[str], tuple[str, dict[str, object]] | None]


def milliseconds(ask: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median processor time of a call, after one that does not count."""
    ask()
    times = []
    for _ in range(runs):
        start = time.process_time()
        ask()
        times.append((time.process_time() - start) * 1e3)
    return median(times)


def process(*words: str) -> float:
    """Return the median processor time of a program as a whole."""
    times = []
    for _ in range(3):
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(words, check=False, capture_output=True)
        after = getrusage(RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3)
    return median(times)


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


def whole(path: Path) -> None:
    """Print what the lineage of a whole registry takes."""
    atlas = fl.open(path)
    top = atlas.critical(top=1).nodes[0].ref
    below = atlas.trace(top, down=True)
    print(f"\n{path.name}: {len(atlas):,} nodes; most stand on {top}: {below.answer.total:,}")
    print(f"open {milliseconds(lambda: fl.open(path)):.1f} ms")
    print(f"nodes() {milliseconds(atlas.nodes):.1f} ms, edges() {milliseconds(atlas.edges):.1f} ms for {len(atlas.edges()):,}")
    print(f"trace down {milliseconds(lambda: atlas.trace(top, down=True)):.0f} ms as objects", end="")
    print(f", {milliseconds(lambda: (pa.table(below.nodes), pa.table(below.edges))):.0f} ms more as two tables")
    print(f"impact {milliseconds(lambda: atlas.impact(top)):.0f} ms")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, required=True)
    parser.add_argument("--whole", type=Path)
    parser.add_argument("--ref", default="Qwen/Qwen3-0.6B")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    bare = process(sys.executable, "-c", "pass")
    print(f"import filiation      {process(sys.executable, '-c', 'import filiation') - bare:8.1f} ms beyond Python's own start")
    print(f"open                  {milliseconds(lambda: fl.open(given.atlas)):8.1f} ms")
    questions = asked(fl.open(given.atlas), given.ref)
    told = assistant(given.atlas, {name: tool for name, (_, _, tool) in questions.items() if tool})
    print(
        f"\n{'question':<12}{'rows':>6}{'Python ms':>12}{'to Arrow ms':>13}{'command ms':>12}{'assistant ms':>14}{'bytes':>9}"
    )
    for name, (ask, words, _) in questions.items():
        answer = ask()
        arrow = milliseconds(lambda answer=answer: pa.table(answer))
        shell = process(str(COMMAND), *words, "--json", "--atlas", str(given.atlas))
        waits, size = told.get(name, (float("nan"), 0))
        rows = pa.table(answer).num_rows
        print(f"{name:<12}{rows:>6,}{milliseconds(ask):>12.1f}{arrow:>13.1f}{shell:>12.0f}{waits:>14.1f}{size:>9,}")
    if given.whole:
        whole(given.whole)


def asked(atlas: fl.Atlas, ref: str) -> dict[str, Question]:
    """Return each question as it is asked in Python, as a command, and of the tool, None where there is none."""
    return {
        "find": (lambda: atlas.find("bert"), ["find", "bert"], ("find", {"text": "bert"})),
        "show": (lambda: atlas.show(ref), ["show", ref], None),
        "trace up": (lambda: atlas.trace(ref), ["trace", ref], ("trace", {"ref": ref})),
        "trace down": (
            lambda: atlas.trace(ref, down=True),
            ["trace", ref, "--down"],
            ("trace", {"ref": ref, "direction": "down"}),
        ),
        "impact": (lambda: atlas.impact(ref), ["impact", ref], ("impact", {"ref": ref})),
        "license": (lambda: atlas.license(ref, USE), ["license", ref, "--for", USE], None),
        "audit": (lambda: atlas.audit(ref), ["audit", ref], ("audit", {"refs": [ref]})),
    }


if __name__ == "__main__":
    main()
