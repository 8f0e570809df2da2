"""The made families charted as a user charts them: ``filiation chart FOLDER --weights``, its measured edges against the truth.

``python bench/family_chart.py --out bench/out/family`` after ``bench/made_family.py``: once as folders without dates, once as a
Hub's cache beside a listing that dates them. Models go by numbers instead of names. Copies of one digest count as one model;
the figures are those of the families that nothing was fitted on.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from filiation.weights.sketch_folder import SketchFolder

FITTED_ON = ("ash", "cedar")
COMMAND = Path(sys.executable).parent / "filiation"
Edges = set[tuple[str, str]]


def rows_of(family: Path) -> list[dict]:
    """Return what is known of each checkpoint, in order."""
    return [json.loads(line) for path in sorted(family.glob("*.jsonl")) for line in path.read_text().splitlines()]


def as_folders(family: Path, rows: list[dict], into: Path) -> list[Path]:
    """Lay the models out as folders under numbers."""
    for number, row in enumerate(rows):
        _linked(family / row["name"], into / f"{number:04}")
    return [into]


def as_cache(family: Path, rows: list[dict], into: Path) -> list[Path]:
    """Lay the models out as a Hub's cache, with a listing beside it that says when each was published."""
    lines = []
    for number, row in enumerate(rows):
        model = into / "hub" / f"models--made--{number:04}"
        _linked(family / row["name"], model / "snapshots" / f"{number:040x}")
        (model / "refs").mkdir()
        (model / "refs" / "main").write_text(f"{number:040x}")
        made = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=row["time"])
        lines.append(json.dumps({"id": f"made/{number:04}", "createdAt": made.isoformat()}))
    (into / "listing.jsonl").write_text("\n".join(lines) + "\n")
    return [into / "listing.jsonl", into / "hub"]


def _linked(model: Path, into: Path) -> None:
    """Link a model's files, so that they are not held twice."""
    into.mkdir(parents=True)
    for path in model.iterdir():
        os.link(path, into / path.name)


def charted(sources: list[Path], atlas: Path) -> tuple[dict, float]:
    """Chart in a process of its own; return its answer and how many seconds of processors it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [COMMAND, "chart", *sources, "--kind", "model", "--weights", "--atlas", atlas, "--json"],
        check=True,
        stdout=subprocess.PIPE,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def score(atlas: Path, rows: list[dict], what: str) -> None:
    """Print how the measured edges of an atlas fare."""
    place = {row["name"]: number for number, row in enumerate(rows)}
    digest = {
        int(line.ref.rpartition("/")[2].rpartition(":")[2]): line.digest for line in SketchFolder(atlas / "sketches").lines()
    }
    first = {value: number for number, value in sorted(digest.items(), reverse=True)}
    one = [first[digest[number]] for number in range(len(rows))]
    with duckdb.connect(str(atlas / "atlas.duckdb"), read_only=True) as con:
        named = con.execute(
            "SELECT r.id, c.value FROM claim c JOIN record r USING (record_id)"
            " WHERE c.basis = 'measured' AND c.predicate = 'base_model'"
        ).fetchall()
    found = {(one[int(child.rpartition("/")[2])], one[int(parent.rpartition("/")[2])]) for child, parent in named}
    true = {(one[place[row["name"]]], one[place[parent]]) for row in rows for parent in row["parents"]}
    held = [number for number, row in enumerate(rows) if row["name"].split("-")[0] not in FITTED_ON]
    strange = sum(rows[child]["name"].split("-")[0] != rows[parent]["name"].split("-")[0] for child, parent in found)
    found, true = ({(c, p) for c, p in edges if c != p and c in set(held)} for edges in (found, true))
    right = len(found & true)
    children = {child for child, _ in true}
    whole = sum({p for c, p in found if c == child} == {p for c, p in true if c == child} for child in children)
    print(
        f"| {what} | {right / max(1, len(found)):.3f} | {right / len(true):.3f} | {2 * right / (len(found) + len(true)):.3f} |"
        f" {whole / len(children):.3f} | {strange} |",
        flush=True,
    )


def main() -> None:
    """Chart and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--only", choices=("folders", "cache"))
    parser.add_argument("--kept", type=Path, help="keep the atlases here")
    options = parser.parse_args()
    rows = rows_of(options.out)
    took = []
    print("| | P | R | F1 | all parents right | strangers |\n|---|--:|--:|--:|--:|--:|")
    for what, laid in (("folders, no dates", as_folders), ("cache and listing, dates", as_cache)):
        if options.only and not laid.__name__.endswith(options.only):
            continue
        with tempfile.TemporaryDirectory(dir=options.out.parent) as scratch:
            atlas = Path(scratch) / "family.atlas"
            answer, seconds = charted(laid(options.out, rows, Path(scratch) / "models"), atlas)
            score(atlas, rows, what)
            if options.kept:
                shutil.copytree(atlas, options.kept / laid.__name__, dirs_exist_ok=True)
        stages = {stage["name"]: stage["seconds"] for stage in answer["stages"]}
        took.append(
            f"{what}: {answer['models']} models, {answer['edges']} edges, {answer['cycles']} cycles; {seconds:.0f} s of"
            f" processors, {answer['seconds']:.0f} s wall ({stages['weights']:.0f} of them weights),"
            f" peak {answer['peak_rss_bytes'] / 1e9:.2f} GB"
        )
    print("\n".join(("", *took)))


if __name__ == "__main__":
    main()
