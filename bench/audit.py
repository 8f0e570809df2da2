"""How long an audit takes: of one model from the shell, and of every model of a registry.

    python bench/audit.py --shared ../shared [--atlas DIR] [--policy product]

Charts the whole Hub of July 2024 unless an atlas of it is given; prints the seconds of its audit stage (scores and checks), of
ten audits of one model in a process of its own (by the clock and of processors), and of the verdict on all.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODELS = (
    "stabilityai/stable-diffusion-xl-base-1.0",
    "mistralai/Mistral-7B-v0.1",
    "google-bert/bert-base-uncased",
    "FacebookAI/roberta-base",
    "meta-llama/Meta-Llama-3-8B",
    "openai-community/gpt2",
    "distilbert/distilgpt2",
    "TheBloke/Llama-2-7B-GGUF",
    "mlabonne/NeuralBeagle14-7B",
    "sentence-transformers/all-MiniLM-L6-v2",
)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--atlas", type=Path)
    parser.add_argument("--policy", default="product")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        atlas = given.atlas or _charted(given.shared / "data" / "hub-2024-07", Path(place) / "hub.atlas")
        _one(atlas, given.policy)
        _all(atlas, given.policy)


def _charted(dump: Path, atlas: Path) -> Path:
    done = _run("chart", dump / "models.jsonl.gz", dump / "datasets.jsonl.gz", "--atlas", atlas, "--json")
    stages = {stage["name"]: stage for stage in json.loads(done.stdout)["stages"]}
    print(f"stage audit: {stages['audit']['rows']:,} findings in {stages['audit']['seconds']:.1f} s")
    return atlas


def _one(atlas: Path, policy: str) -> None:
    seconds, busy = [], []
    for name in MODELS:
        clock, processor = time.perf_counter(), _processor()
        done = _run("audit", name, "--policy", policy, "--atlas", atlas, "--json", "--fail-on", "never")
        seconds.append(time.perf_counter() - clock)
        busy.append(_processor() - processor)
        target = json.loads(done.stdout)["targets"][0]
        told = f"{target['verdict']:6}  {len(target['findings']):3} findings  {target['ref']}"
        print(f"{seconds[-1]:.2f} s  {busy[-1]:.2f} s  {told}")
    print(f"one model from the shell: median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s;", end=" ")
    print(f"of processors median {statistics.median(busy):.2f} s, slowest {max(busy):.2f} s")


def _processor() -> float:
    """Return the seconds of processors that the programs which were run have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _all(atlas: Path, policy: str) -> None:
    for words in ((), ("--policy", policy)):
        clock = time.perf_counter()
        done = _run("risk", *words, "--atlas", atlas, "--json")
        told = json.loads(done.stdout)
        what = f"verdict on all: {told['verdicts']}" if words else f"ranking of {told['total']:,}"
        print(f"{what}: {time.perf_counter() - clock:.1f} s")


def _run(*words: object) -> subprocess.CompletedProcess[str]:
    program = "from filiation.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done


if __name__ == "__main__":
    main()
