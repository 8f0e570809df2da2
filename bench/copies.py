"""What it costs to find copies by told digests: a made listing in the shape of the Hub's API with ``blobs=true``.

    python bench/copies.py [--models 50000] [--seed 0]

Of the models 4 % have the files of an earlier one, 10 % share one file with all others of these, and 4 % hold one and the same
file. Printed are seconds of processors.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from filiation.checks.run import run
from filiation.lineage.arrays import Lineage
from filiation.lineage.copies import copies, copies_query
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

SEEN = datetime(2026, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC
YEARS, OWNERS = 15, 5_000


def made(many: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield `many` models, the first of them originals."""
    chance = random.Random(seed)
    for number in range(many):
        source = chance.randrange(number) if number and chance.random() < 0.04 else number
        files = [_digest(f"{source} {part}") for part in range(3)] + ([_digest("shared")] if number % 10 == 0 else [])
        if number % 25 == 1:
            files = [_digest("the same")]
        large = [{"rfilename": f"{n:05}.safetensors", "lfs": {"sha256": sha256}} for n, sha256 in enumerate(files)]
        created = f"{2010 + number % YEARS}-01-01T00:00:00.000Z"
        yield {"id": f"o{number % OWNERS}/m{number}", "tags": [], "gated": False, "createdAt": created, "siblings": large}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Chart the listing, then time the questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        listing, atlas_path = Path(folder, "models.jsonl"), Path(folder, "atlas")
        listing.write_text("".join(json.dumps(model) + "\n" for model in made(given.models, given.seed)), encoding="utf-8")
        with Atlas.open(atlas_path, "create") as atlas:
            observe(atlas, [listing], SEEN, None, lambda *_: None)
            build(atlas, lambda *_: None, without=("predict", "search", "audit"))
            count = atlas.con.execute("SELECT count(*) FROM claim WHERE predicate = 'weights_sha256'").fetchall()[0][0]
            print(f"{given.models:,} models, {count:,} digests told")
            clock = time.process_time()
            rows = atlas.con.execute(copies_query()).fetchall()
            print(f"all copies of all: {len(rows):,} rows, {time.process_time() - clock:.1f} s")
            clock = time.process_time()
            print(f"of one model: {len(copies(atlas.con, rows[0][0]))}, {time.process_time() - clock:.1f} s")
            with atlas.transaction() as con:
                lineage = Lineage.load(atlas_path)
                run(con, lineage, ["weights-missing"])
                clock = time.process_time()
                run(con, lineage, ["weights-duplicate"])
                found = con.execute("SELECT count(*) FROM finding WHERE check_name = 'weights-duplicate'").fetchall()[0][0]
                print(
                    f"weights-duplicate: {found:,} findings, {time.process_time() - clock:.1f} s with the preparation of checks"
                )


if __name__ == "__main__":
    main()
