"""Write the fingerprints of licence texts that ``licenses/texts.py`` compares with.

The texts are those of scancode-toolkit's licence data (see ``knowledge/NOTICE.md``); what is written are hashes of runs of
words, from which no text can be read. Texts that it lacks are given by licence: a file, or a file in a wheel after ``!``.

Usage: ``python scripts/make_license_texts.py scancode_toolkit-VERSION.whl creativeml-openrail-m=invokeai-VERSION.whl!FILE ...``
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import yaml

from filiation.licenses.catalog import catalog
from filiation.licenses.shingles import NAME, Shingles

OUT = Path(__file__).parent.parent / "src/filiation/knowledge/license_texts.npz"
FOLDER = "licensedcode/data/licenses/"
KEPT_OF_OURS = 512
KEPT_OF_OTHERS = 320
MIN_RUNS = 40
SAME = {
    "gemma-tou-2024-04-01": "gemma",
    "gemma-pup-2024-02-21": "gemma",
    "etalab-2.0-en": "etalab-2.0",
    "etalab-2.0-fr": "etalab-2.0",
    "llama-4-license-2025": "llama4",
}
"""Further texts of licences that we know by another key."""


def main() -> None:
    """Read the wheel that is named on the command line, and write the fingerprints."""
    rows = sorted([*texts(Path(sys.argv[1])), *(given(argument) for argument in sys.argv[2:])])
    kept, owners, sizes, counts = [], [], [], []
    for number, (_, ours, text) in enumerate(rows):
        hashes = np.unique(Shingles(text).hashes)
        lowest = hashes[: KEPT_OF_OURS if ours else KEPT_OF_OTHERS]
        kept.append(lowest)
        owners.append(np.full(len(lowest), number, np.uint16))
        sizes.append(len(hashes))
        counts.append(len(lowest))
    hashes, owner = np.concatenate(kept), np.concatenate(owners)
    order = np.argsort(hashes, kind="stable")
    np.savez_compressed(
        OUT,
        name=np.array(NAME),
        ids=np.array([identity for identity, _, _ in rows]),
        size=np.array(sizes, np.uint32),
        kept=np.array(counts, np.uint16),
        hashes=hashes[order],
        owner=owner[order],
    )
    print(f"{len(rows)} texts, {len(hashes)} hashes, {OUT.stat().st_size / 1e6:.2f} MB")


def texts(wheel: Path) -> list[tuple[str, bool, str]]:
    """Return (licence, whether it is in the catalogue, text): ours by id, of the others those with an SPDX id, by that."""
    ours = {item.scancode: item.id for item in catalog().licenses.values() if item.scancode} | SAME
    result = []
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            if path.startswith(FOLDER) and path.endswith(".LICENSE"):
                _, header, text = re.split(r"^---[ \t]*$", archive.read(path).decode(), maxsplit=2, flags=re.MULTILINE)
                meta = yaml.safe_load(header)
                name = ours.get(meta["key"]) or _spdx(meta)
                long = name in catalog().licenses or len(Shingles(text).hashes) >= MIN_RUNS
                if name and long and not meta.get("is_exception"):
                    result.append((name, meta["key"] in ours, text))
    return result


def given(argument: str) -> tuple[str, bool, str]:
    """Return the row for ``licence=file`` or ``licence=wheel!file``."""
    name, _, where = argument.partition("=")
    path, _, member = where.partition("!")
    if not member:
        return catalog().licenses[name].id, True, Path(path).read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        return catalog().licenses[name].id, True, archive.read(member).decode()


def _spdx(meta: dict[str, str]) -> str | None:
    key = meta.get("spdx_license_key") or ""
    return None if not key or key.startswith("LicenseRef") or key.endswith("-or-later") else key


if __name__ == "__main__":
    main()
