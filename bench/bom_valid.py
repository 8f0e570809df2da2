"""Bills drawn by a hash: valid, no reference dangles, read back? ``python bench/bom_valid.py --atlas DIR [--models 300]``.

Every document is held against the schemas of CycloneDX 1.6 and 1.7 that cyclonedx-python-lib bundles, with their formats, and
against the shapes of SPDX 3.0.1 as spdx-python-model has them; each is read back and compared with the bill that it came from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from filiation.bill.making import Maker
from filiation.export.cyclonedx import SPECS, cyclonedx
from filiation.export.cyclonedx_read import read_cyclonedx
from filiation.export.spdx import spdx
from filiation.export.spdx_read import read_spdx
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "export"))
from schemas_of_bills import check_cyclonedx, check_spdx

AT = datetime(2024, 7, 11)  # noqa: DTZ001  # bills keep naive UTC


def main() -> None:
    """Draw, write, check, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, required=True)
    parser.add_argument("--models", type=int, default=300)
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    with Atlas.open(given.atlas) as atlas:
        rows = atlas.con.execute(
            "SELECT node_id FROM node WHERE kind = 'model' AND state = 'present' ORDER BY hash(name), name LIMIT ?",
            [given.models],
        ).fetchall()
        for bill in Maker(atlas.con, Lineage.load(given.atlas), AT).each([node for (node,) in rows]):
            counts["bills"] += 1
            for spec in SPECS:
                document = json.loads(json.dumps(cyclonedx(bill, spec)))
                counts[f"valid as CycloneDX {spec}"] += holds(check_cyclonedx, document)
                counts[f"read back from CycloneDX {spec}"] += read_cyclonedx(document) == bill
            document = json.loads(json.dumps(spdx(bill)))
            counts["valid as SPDX 3.0.1"] += holds(check_spdx, document)
            counts["read back from SPDX 3.0.1"] += read_spdx(document) == bill
            counts["claim the AI profile"] += any("ai" in item.get("profileConformance", ()) for item in document["@graph"])
    for name, count in counts.items():
        print(f"{count:>6,} {name}")


def holds(check: Callable[[dict], None], document: dict) -> bool:
    """Return whether a check passes; say of one that does not which it was."""
    try:
        check(document)
    except AssertionError as error:
        print(str(error)[:300])
        return False
    return True


if __name__ == "__main__":
    main()
