"""How often names tell whose a signer is: ``python bench/signers.py --shared ../shared``.

Signed models are too few to count on, so mail addresses in cards and descriptions stand in for signers: whose address stands in
a repository is mostly its owner's. Each pair of an owner and a domain counts once. The rule was made on cards of 2022 and 2025;
the descriptions of datasets of 2024 were held out. Beside ours the plain rule, by which every other domain is another's.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from filiation.signing.identity import is_owner

MAIL = re.compile(r"[A-Za-z0-9][\w.+-]{0,40}@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{2,20}){1,3}\b")
MAX_CARD_BYTES = 200_000
FOR_ALL = ("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "163.com", "qq.com", "googlegroups.com")
"""Domains that belong to everybody, which the plain rule leaves open too."""


def main() -> None:
    """Print what the rules say of each set of pairs, and the pairs that ours calls somebody's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    data = parser.parse_args().shared / "data"
    for name, texts in (("cards of 2022 and 2025", cards(data)), ("held out: datasets of 2024", descriptions(data))):
        pairs: dict[tuple[str, str], str] = {}
        for repository, text in texts:
            for mail in MAIL.findall(text):
                pairs.setdefault((repository.partition("/")[0], mail.lower().partition("@")[2]), mail.lower())
        told = {(owner, mail): is_owner(owner, mail) for (owner, _), mail in pairs.items()}
        ours = Counter(told.values())
        plain = sum(said is not True and not mail.endswith(FOR_ALL) for (_, mail), said in told.items())
        print(f"{name}: {len(told)} pairs; the owner's {ours[True]}, another's {ours[False]}, left open {ours[None]}")
        print(f"  by the plain rule another's: {plain}")
        for what, said in (("the owner's", True), ("another's", False)):
            print(f"  {what}: {'; '.join(f'{owner} {mail}' for (owner, mail), value in told.items() if value is said)}")


def cards(data: Path) -> Iterator[tuple[str, str]]:
    """Yield repositories with their cards."""
    with gzip.open(data / "trees-2025-04" / "models.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "/" in row["id"]:
                yield row["id"], row.get("card") or ""
    with tarfile.open(data / "hub-2022-02" / "repos.tar.gz") as archive:
        for member in archive:
            parts = member.name.split("/")
            if parts[-1] == "README.md" and len(parts) > 2 and member.size < MAX_CARD_BYTES:
                file = archive.extractfile(member)
                yield "/".join(parts[-3:-1]), file.read().decode("utf-8", "replace") if file else ""


def descriptions(data: Path) -> Iterator[tuple[str, str]]:
    """Yield datasets with what their listing says."""
    with gzip.open(data / "hub-2024-07" / "datasets.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line) if "@" in line else {}
            if "/" in row.get("id", ""):
                yield row["id"], f"{row.get('description') or ''} {row.get('citation') or ''}"


if __name__ == "__main__":
    main()
