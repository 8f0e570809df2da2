"""What `filiation uses` finds in three real source trees, beside two plain searches, judged by hand.

``python bench/uses.py --trees DIR [--sample FILE]``. DIR holds the unpacked source distributions of sentence-transformers,
mteb and langchain-community (``pip download --no-deps --no-binary :all: PACKAGE==VERSION``, then ``tar xzf``; `TREES` has the
versions). Files are halved by the MD5 of their path: rules and words were written on the even half, every figure that is
judged is of the odd one. Two samples of 100, as even as may be over the trees, were judged by reading the source: of the
places that we list, whether what is written there is loaded, or a service asked to run it (right or wrong); and of the places
where a plain search sees a text ``"owner/name"`` outside of comments and docstrings, whether that is such a name (loads or
not). Judgements with reasons stand in ``bench/labels/uses_judged.csv``; ``--sample`` writes what is not judged yet.
"""

from __future__ import annotations

import argparse
import ast
import csv
import re
import sys
import time
from collections.abc import Iterator
from hashlib import md5
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from filiation.uses import find

TREES = {"sentence_transformers": "6.2.0", "mteb": "2.26.24", "langchain_community": "0.4.2"}
LABELS = Path(__file__).parent / "labels" / "uses_judged.csv"
COLUMNS = ["sample", "tree", "version", "file", "line", "ref", "how", "confidence", "verdict", "why"]
SEED = 8
SIZE = 100
MEDIA = {"application", "text", "image", "audio", "video", "multipart"}
SUFFIXES = {".py", ".ipynb", ".yaml", ".yml", ".toml", ".json", ".sh", ".md"}
PLAIN = re.compile(r"""["']([A-Za-z0-9][\w.-]{1,60}/[A-Za-z0-9][\w.-]{1,90})["']""")
"""What a plain search looks for: a text in quotation marks with one slash."""
LITERAL = re.compile(
    r"""(?:from_pretrained|pipeline|load_dataset|hf_hub_download|snapshot_download|SentenceTransformer|CrossEncoder)\(\s*"""
    r"""(?:\w+\s*=\s*)?["']([A-Za-z0-9][\w.-]{1,60}/[A-Za-z0-9][\w.-]{1,90})["']"""
)
"""What a better search looks for: such a text where one of the best known calls begins."""


class Place(NamedTuple):
    """A place in a tree: a ref that we list, or a name that a plain search sees."""

    tree: str
    file: str
    line: int
    ref: str
    how: str
    confidence: float


def main() -> None:
    """Print what was found, and how much of it is right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trees", type=Path, required=True)
    parser.add_argument("--sample", type=Path)
    asked = parser.parse_args()
    listed, seen, literal = [], [], set()
    print("tree                    files     s CPU   places  resolved  pinned    names   half to report")
    for name, version in TREES.items():
        root = asked.trees / f"{name}-{version}"
        if not root.is_dir():
            sys.exit(f"{root} is not there: unpack the source distribution of {name} {version} there.")
        clock = time.process_time()
        found = find(root)
        seconds = time.process_time() - clock
        uses = [Place(name, use.file, use.line, use.ref or f"? {use.written}", use.how, use.confidence) for use in found.uses]
        half = [place for place in uses if is_reported(name, place.file)]
        listed += half
        names = {use.ref for use in found.uses if use.ref}
        resolved = sum(use.ref is not None for use in found.uses)
        pinned = sum(use.is_pinned for use in found.uses)
        row = f"{found.files:7,} {seconds:9.1f} {len(uses):8,} {resolved:9,} {pinned:7,} {len(names):8,} {len(half):16,}"
        print(f"{name:22} {row}")
        for place, is_literal in hits(root, name):
            seen.append(place)
            literal |= {place} if is_literal else set()
    if asked.sample:
        write_sample(asked.sample, listed, seen)
        return
    report(listed, seen, literal)


def is_reported(tree: str, file: str) -> bool:
    """Return whether a file is of the half on which nothing was tried."""
    return int(md5(f"{tree}-{TREES[tree]}/{file}".encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def hits(root: Path, tree: str) -> Iterator[tuple[Place, bool]]:
    """Yield what the plain search sees in the half to report, and whether the better one sees it too."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix not in SUFFIXES or not path.is_file() or not is_reported(tree, name) or path.stat().st_size > 2 << 20:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        prose = docstrings(text) if path.suffix == ".py" else set()
        for number, line in enumerate(text.splitlines(), 1):
            if number in prose or line.lstrip().startswith("#"):
                continue
            better = {match[1] for match in LITERAL.finditer(line)}
            for match in PLAIN.finditer(line):
                if match[1].partition("/")[0] in MEDIA:
                    continue
                yield Place(tree, name, number, match[1], "text", 0.0), match[1] in better


def docstrings(text: str) -> set[int]:
    """Return the lines of texts that stand by themselves."""
    try:
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    except SyntaxError:
        return set()
    held = [node for node in nodes if isinstance(node.value, ast.Constant)]
    return {line for node in held for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def drawn(places: list[Place]) -> list[Place]:
    """Return `SIZE` of the places, as even as may be over the trees; by a hash, so that a changed rule changes few of them."""
    by_tree = {tree: sorted({place for place in places if place.tree == tree}) for tree in TREES}
    chosen: list[Place] = []
    for left, tree in zip(range(len(by_tree), 0, -1), sorted(by_tree, key=lambda tree: len(by_tree[tree])), strict=True):
        share = min(len(by_tree[tree]), (SIZE - len(chosen)) // left)
        chosen += sorted(by_tree[tree], key=_mark)[:share]
    return chosen


def _mark(place: Place) -> str:
    return md5(f"{SEED} {place.tree} {place.file} {place.line} {place.ref}".encode(), usedforsecurity=False).hexdigest()


def judged() -> dict[tuple[str, str, str, int, str], dict[str, str]]:
    """Return the judgements by sample and place."""
    with LABELS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["sample"], row["tree"], row["file"], int(row["line"]), row["ref"]): row for row in rows}


def write_sample(path: Path, listed: list[Place], seen: list[Place]) -> None:
    """Write the places of both samples that nobody has judged yet."""
    known = judged() if LABELS.exists() else {}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for sample, places in (("listed", drawn(listed)), ("seen", drawn(seen))):
            for place in places:
                if (sample, place.tree, place.file, place.line, place.ref) not in known:
                    writer.writerow([sample, place.tree, TREES[place.tree], *place[1:], "", ""])


def report(listed: list[Place], seen: list[Place], literal: set[Place]) -> None:
    """Print precision, recall and calibration from the judgements."""
    known = judged()
    ours = {(place.tree, place.file, place.ref.partition(":")[2].lower()) for place in listed}
    rows = [(place, known.get(("listed", place.tree, place.file, place.line, place.ref))) for place in drawn(listed)]
    told = [(place, row["verdict"]) for place, row in rows if row]
    print(f"\nplaces that we list, judged {len(told)} of {len(rows)}         right  of      share (95 %)")
    named = [(place, verdict) for place, verdict in told if not place.ref.startswith("? ")]
    for title, kept in [
        ("all", told), ("with a name", named), ("not resolved", [item for item in told if item not in named]),
        *((f"surer than {least}", [item for item in named if item[0].confidence >= least]) for least in (0.6, 0.75, 0.9)),
        *((tree, [item for item in told if item[0].tree == tree]) for tree in TREES),
    ]:  # fmt: skip
        print(f"  {title:40} {share(sum(verdict == 'right' for _, verdict in kept), len(kept))}")
    mean = sum(place.confidence for place, _ in named) / max(len(named), 1)
    print(f"  mean confidence of those with a name: {mean:.2f}")
    rows = [(place, known.get(("seen", place.tree, place.file, place.line, place.ref))) for place in drawn(seen)]
    hit = [(place, row["verdict"]) for place, row in rows if row]
    loads = [place for place, verdict in hit if verdict == "loads"]
    print(f"\ntexts like owner/name, judged {len(hit)} of {len(rows)}; {len(loads)} of them name what is loaded")
    in_ours = sum((place.tree, place.file, place.ref.lower()) in ours for place in loads)
    print(f"  {'filiation uses lists the name in that file':42} {share(in_ours, len(loads))}")
    print(f"  {'plain search, in the call itself':42} {share(sum(place in literal for place in loads), len(loads))}")
    print(f"  {'plain search, any such text: right':42} {share(len(loads), len(hit))}")
    for tree in TREES:
        mine = [place for place in loads if place.tree == tree]
        print(f"  {'of ' + tree:42} {share(sum((p.tree, p.file, p.ref.lower()) in ours for p in mine), len(mine))}")
    for place in loads:
        if (place.tree, place.file, place.ref.lower()) not in ours:
            print(f"    missed: {place.ref} at {place.tree}/{place.file}:{place.line}")


def share(right: int, of: int) -> str:
    """Return a share with Wilson's interval."""
    if not of:
        return "    0    0          -"
    p, z = right / of, 1.96
    middle, spread = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)
    return f"{right:5} {of:4}   {p:6.1%} ({low:.0%}-{high:.0%})"


if __name__ == "__main__":
    main()
