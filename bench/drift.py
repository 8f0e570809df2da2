"""What two days changed on the real Hub: ``python bench/drift.py --shared ../shared``.

The listing of 9 July 2024 is that of 11 July with the 860 records that differ as they were, less what was created in between.
Both are charted into one atlas, the later as a whole listing; then it is asked what changed, and whom that touches. A second
reading of the two files by a few lines of Python, which knows nothing of the atlas, counts the same.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from filiation.audit.audit import Auditor
from filiation.core.portfolio import Portfolio
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.pipeline import build, observe
from filiation.policy.load import load
from filiation.store.atlas import Atlas
from filiation.watch.look import Thresholds, look
from filiation.watch.observed import Seen, Window, events
from filiation.watch.pocket import pocket, upstream
from filiation.watch.reaudit import Rules, worsening
from filiation.watch.touching import Touching

OUT = Path(__file__).parent / "out"
FOLDER = Path("data") / "hub-2024-07"
FIRST, SECOND = datetime(2024, 7, 9, 12), datetime(2024, 7, 11, 18)  # noqa: DTZ001  # the atlas keeps naive UTC
LATER = ("names", "predict", "audit", "search")
Body = dict[str, Any]


def records(path: Path) -> Iterator[tuple[bytes, Body]]:
    """Yield the lines of a dump, and what they say."""
    with gzip.open(path, "rb") as stream:
        yield from ((line, json.loads(line)) for line in stream)


def earlier_listing(shared: Path, out: Path) -> tuple[dict[str, Body], dict[str, Body], int]:
    """Write the listing of 9 July.

    Returns:
        The records that changed as they were, those of the later listing with their number or name, both by number, and how
        many records the later listing has that were made in between.
    """
    earlier = list(records(shared / FOLDER / "models_2024-07-09_changed.jsonl.gz"))
    then = {body["_id"]: body for _, body in earlier}
    end = max(body["createdAt"] for body in then.values())
    names = {body["id"] for body in then.values()}
    now: dict[str, Body] = {}
    born = 0
    with gzip.open(out, "wb", compresslevel=1) as stream:
        for line, body in records(shared / FOLDER / "models.jsonl.gz"):
            if body["_id"] in then or body["id"] in names:
                now[body["_id"]] = body
            elif body["createdAt"] <= end:
                stream.write(line)
            else:
                born += 1
        stream.writelines(line for line, _ in earlier)
    return then, now, born


def expected(then: dict[str, Body], now: dict[str, Body], born: int) -> Counter[str]:
    """Return how many changes of each kind the two files show, read by themselves."""
    count = Counter(added=born)
    names = {body["id"]: number for number, body in now.items()}
    held = {body["id"] for body in then.values()}
    count["added"] += sum(number not in then and body["id"] not in held for number, body in now.items())
    for number, before in then.items():
        after = now.get(number)
        other = names.get(before["id"])
        count["replaced"] += other is not None and other != number
        if after is None:
            count["gone"] += other is None
            after = now.get(other or "")
        elif after["id"] != before["id"]:
            count["renamed"] += 1
        if after is not None:
            count.update(_fields(before, after))
            if (
                number in now and other not in {None, number} and other not in then
            ):  # what stands under the old name now is another one's
                count.update(_fields(before, now[other or ""]))
    return +count


def _fields(before: Body, after: Body) -> Iterator[str]:
    def said(body: Body, prefix: str) -> set[str]:
        words = ("adapter:", "finetune:", "merge:", "quantized:")
        values = [tag[len(prefix) :] for tag in body["tags"] if tag.startswith(prefix)]
        return {next((value[len(word) :] for word in words if value.startswith(word)), value) for value in values}

    for change, prefix in (("license", "license:"), ("parent", "base_model:"), ("dataset", "dataset:")):
        if said(before, prefix) != said(after, prefix):
            yield change
    idle = ("region:", "license:", "base_model:", "dataset:")
    tags = [{tag for tag in body["tags"] if not tag.startswith(idle)} for body in (before, after)]
    if tags[0] != tags[1]:
        yield "tag"
    for change, field in (("task", "pipeline_tag"), ("library", "library_name")):
        if before.get(field) != after.get(field):
            yield change


def charted(shared: Path, atlas: Path, earlier: Path) -> None:
    """Chart both listings."""
    with Atlas.open(atlas, "create") as opened:
        for moment, path in ((FIRST, earlier), (SECOND, shared / FOLDER / "models.jsonl.gz")):
            clock = time.process_time()
            done, _ = observe(opened, [path], moment, None, lambda *_: None, whole=True)
            counts = f"{done[0].added:>9,} new {done[0].gone:>6,} gone"
            print(f"ingest {path.name:<28}{counts} {time.process_time() - clock:>7.1f} s of processor")
            clock = time.process_time()
            build(opened, lambda *_: None, without=LATER)
            print(f"stages but names, predict, audit, search {time.process_time() - clock:>24.1f} s of processor")


def main() -> None:
    """Print what changed, beside what the files show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=OUT / "drift")
    parser.add_argument("--keep", action="store_true", help="Use the atlas of the last run where there is one.")
    parser.add_argument(
        "--verdicts", type=int, default=0, help="Hold so many verdicts of small atlases against the whole one's."
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    atlas, earlier = options.out / "drift.atlas", options.out / "models_2024-07-09.jsonl.gz"
    then, now, born = earlier_listing(options.shared, earlier)
    if not (options.keep and atlas.exists()):
        shutil.rmtree(atlas, ignore_errors=True)
        charted(options.shared, atlas, earlier)
    wanted = expected(then, now, born)
    with Atlas.open(atlas) as opened:
        with timed("events"):
            found = events(opened.con, Window(SECOND, FIRST))
        table(found, wanted)
        touched(Lineage.load(atlas), found)
        adopted(opened, found)
    if options.verdicts:
        agreement(atlas, options.verdicts)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    wall, clock = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.process_time() - clock:.2f} s of processor, {time.perf_counter() - wall:.2f} s (machine busy)")


def table(found: list[Seen], wanted: Counter[str]) -> None:
    """Print what was found of each kind beside what the files show, and how much of it under an unchanged name."""
    got = Counter(str(item.event.change) for item in found)
    moved = {item.event.ref for item in found if item.event.change == "renamed"}
    stayed = Counter(str(item.event.change) for item in found if item.event.ref not in moved)
    print(f"{'change':<12}{'found':>8}{'in the files':>14}{'under the same name':>21}")
    for change in sorted(got | wanted):
        remark = "" if got[change] == wanted[change] else "   DIFFERS"
        print(f"{change:<12}{got[change]:>8,}{wanted[change]:>14,}{stayed[change]:>21,}{remark}")


def touched(lineage: Lineage, found: list[Seen]) -> None:
    """Name what stands on what changed, for every event; a plain walk over the edges counts the same."""
    told = [item for item in found if item.event.change != "added"]
    with timed(f"whom {len(told):,} events touch"):
        touching = Touching(lineage)
        answers = {item.node: touching.of(item.node) for item in told if item.node is not None}
    children: dict[int, list[int]] = {}
    for child, parent in zip(lineage.child.tolist(), lineage.parent.tolist(), strict=True):
        children.setdefault(parent, []).append(child)
    wrong = sum(len(below(children, node)) != answer.descendants for node, answer in answers.items())
    some = [answer for answer in answers.values() if answer.descendants]
    total = sum(answer.descendants for answer in some)
    print(f"{len(some):,} of {len(answers):,} repositories have {total:,} models on them; a plain walk differs for {wrong}")
    for node, answer in sorted(answers.items(), key=lambda item: -item[1].descendants)[:3]:
        changes = ", ".join(sorted({str(item.event.change) for item in told if item.node == node}))
        print(f"  {lineage.ref(node)} ({changes}): {answer.descendants:,}, first {', '.join(answer.models[:3])}")


def below(children: dict[int, list[int]], node: int) -> set[int]:
    """Return what stands on a node, walked plainly."""
    seen, waiting = set(), [node]
    while waiting:
        fresh = [child for child in children.get(waiting.pop(), ()) if child not in seen]
        seen.update(fresh)
        waiting += fresh
    return seen - {node}


def adopted(atlas: Atlas, found: list[Seen]) -> None:
    """Look for somebody who adopted a hundred models, half of them on something that changed."""
    lineage = Lineage.load(atlas.path)
    changed = [item.node for item in found if item.node is not None and item.event.change in {"license", "gone", "parent"}]
    standing = [ref for node in changed if lineage.descendants[node] for ref in Touching(lineage).of(node).models][:50]
    others = lineage.refs(np.argsort(-lineage.downloads)[:50].tolist())
    portfolio = Portfolio("hundred", tuple(dict.fromkeys([*standing, *others])))
    with timed(f"a look for a portfolio of {len(portfolio.models)} models, with audits before and after"):
        answer = look(
            atlas, Window(SECOND, FIRST), [portfolio], Thresholds(portfolios_only=True), Rules(load("internal"), SECOND)
        )
    worse = sum(worsening(item) > 0 for item in answer.reaudited)
    better = sum(worsening(item) < 0 for item in answer.reaudited)
    came = Counter(said.check for item in answer.reaudited for said in item.came)
    print(f"{len(answer.changes)} changes told, {len(answer.reaudited)} models audited again: {worse} worse, {better} better")
    print("findings that came:", ", ".join(f"{check} {count}" for check, count in came.most_common(6)) or "none")


def agreement(path: Path, count: int) -> None:
    """Hold verdicts of a small atlas of some models and their ancestors against those of the whole atlas."""
    with Atlas.open(path, "write") as atlas:
        build(atlas, lambda *_: None, without=("predict", "search"))
    lineage = Lineage.load(path)
    nodes = np.random.default_rng(7).choice(np.unique(lineage.child), count, replace=False).tolist()
    rules = Rules(load("internal"), SECOND)
    with Atlas.open(path) as atlas:
        whole = Auditor(atlas.con, lineage, rules.policy, rules.at)
        wanted = {lineage.ref(node): whole.target(node) for node in nodes}
        with pocket(atlas.con, upstream(lineage, nodes), Window(SECOND, since=SECOND)) as (small, view):
            auditor = Auditor(small.con, view, rules.policy, rules.at)
            got = {ref: auditor.target(locate(view, ref).node) for ref in wanted}
    same = sum(got[ref].verdict == wanted[ref].verdict for ref in wanted)
    differs: Counter[str] = Counter()
    for ref, target in wanted.items():
        differs.update({item.check for item in got[ref].findings} ^ {item.check for item in target.findings})
    print(f"verdicts of {count} models that descend from something: {same} the same in a small atlas as in the whole one")
    print(
        "verdicts:", ", ".join(f"{word} {times}" for word, times in Counter(item.verdict for item in wanted.values()).items())
    )
    print("checks that differ:", ", ".join(f"{check} {times}" for check, times in differs.most_common(8)) or "none")


if __name__ == "__main__":
    main()
