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
from datetime import datetime
from pathlib import Path
from typing import Any

from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas
from filiation.watch.observed import Seen, Window, events

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
            if other not in {None, number} and other not in then:  # what stands under the old name now is another one's
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
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    atlas, earlier = options.out / "drift.atlas", options.out / "models_2024-07-09.jsonl.gz"
    then, now, born = earlier_listing(options.shared, earlier)
    if not (options.keep and atlas.exists()):
        shutil.rmtree(atlas, ignore_errors=True)
        charted(options.shared, atlas, earlier)
    wanted = expected(then, now, born)
    with Atlas.open(atlas) as opened:
        wall, clock = time.perf_counter(), time.process_time()
        found = events(opened.con, Window(SECOND, FIRST))
        print(f"\nevents {time.process_time() - clock:.2f} s of processor, {time.perf_counter() - wall:.2f} s (machine busy)")
    table(found, wanted)


def table(found: list[Seen], wanted: Counter[str]) -> None:
    """Print what was found of each kind beside what the files show."""
    got = Counter(str(item.event.change) for item in found)
    print(f"{'change':<12}{'found':>8}{'in the files':>14}")
    for change in sorted(got | wanted):
        print(f"{change:<12}{got[change]:>8,}{wanted[change]:>14,}{'' if got[change] == wanted[change] else '   DIFFERS'}")


if __name__ == "__main__":
    main()
