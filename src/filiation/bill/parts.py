"""The parts of a component that one node's records tell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from filiation.bill.bill import Energy, Fact, File, Link, Metric, Said
from filiation.bill.rows import ClaimRow, RecordRow
from filiation.core.claim import Basis
from filiation.core.ref import Kind
from filiation.knowledge import load

MAX_FILES = 500
MAX_METRICS = 500
MAX_FACTS = 200
MAX_VALUE = 1_000
MAX_URL = 2_000
"""Most of each that a bill holds; the longest value, in characters."""
HUB_URL = "https://huggingface.co"
FIELD = 0.95
"""How far we trust a field of the registry's own record, as the witness `hub` is trusted."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_URL = re.compile(r"(https?)://([A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::\d{1,5})?)((?:[/?#].*)?)", re.DOTALL)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_INTENSITY = re.compile(r"(\d{1,4}(?:\.\d{1,3})?) ?g ?(?:co2|co₂)(?:[ -]?eq\w{0,8}|e)?(?:/| per )kwh", re.IGNORECASE)
_ACTIVITIES = {"pre-training": "training", "pretraining": "training", "training": "training", "fine-tuning": "fine-tuning"}


def said_of(row: ClaimRow) -> Said:
    """Return who says what a claim says."""
    return Said(row.basis, row.confidence, row.witness, row.locator)


def clean(text: str) -> str:
    """Return `text` without half characters, at most `MAX_VALUE` long."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def address(text: object) -> str | None:
    """Return `text` as an address of the web that every reader takes; None where it is none."""
    found = _URL.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= MAX_URL else None
    if found is None:
        return None
    path, mark, place = found[3].encode("utf-8", "replace").decode().partition("#")
    safe = "/?:@!$&'()*+,;=~%-._"
    rest = quote(_LONE_PERCENT.sub("%25", path), safe=safe) + mark + quote(_LONE_PERCENT.sub("%25", place), safe=safe)
    return f"{found[1]}://{found[2]}{rest}"


def facts(claims: Iterable[ClaimRow], records: Iterable[RecordRow], *, brief: bool) -> Iterator[Fact]:
    """Yield the facts that claims and records tell, each value of a name once; `brief` only those that ancestors get."""
    known = load("bill")
    seen: set[tuple[str, str]] = set()
    counts: dict[str, int] = {}
    for name, value, said in [*_claimed(claims, known["facts"], brief=brief), *_fields(records, known["fields"], brief=brief)]:
        key = (name, value.casefold())
        if key not in seen and counts.get(name, 0) < MAX_FACTS:
            seen.add(key)
            counts[name] = counts.get(name, 0) + 1
            yield Fact(name, clean(value), said)


def _claimed(claims: Iterable[ClaimRow], table: dict[str, Any], *, brief: bool) -> Iterator[tuple[str, str, Said]]:
    for row in claims:
        entry = table.get(row.predicate)
        if entry and (entry.get("brief") or not brief):
            yield entry["name"], row.value, said_of(row)


def _fields(records: Iterable[RecordRow], table: dict[str, Any], *, brief: bool) -> Iterator[tuple[str, str, Said]]:
    for record in records:
        for field, entry in table.items():
            value = record.body.get(field)
            if (entry.get("brief") or not brief) and isinstance(value, (int, str)) and value is not False:
                yield entry["name"], str(value), Said(Basis.DECLARED, FIELD, record.witness, field)
        tensors = record.body.get("safetensors")
        if isinstance(tensors, dict):
            said = Said(Basis.MEASURED, FIELD, record.witness, "safetensors")
            if isinstance(tensors.get("total"), int):
                yield "parameters", str(tensors["total"]), said
            kinds = tensors.get("parameters")
            yield from (("dtype", str(name), said) for name in (kinds if isinstance(kinds, dict) else ()))


def metrics(claims: Iterable[ClaimRow]) -> Iterator[Metric]:
    """Yield the results that claims tell, at most `MAX_METRICS`."""
    told = 0
    for row in claims:
        if row.predicate != "metric" or told >= MAX_METRICS:
            continue
        try:
            about = msgspec.json.decode(row.value)
        except msgspec.DecodeError:
            continue
        if isinstance(about, dict) and about.get("metric") is not None and about.get("value") is not None:
            told += 1
            task, dataset, config, split = (_text(about.get(name)) for name in ("task", "dataset", "config", "split"))
            verified = about.get("verified")
            yield Metric(
                clean(str(about["metric"])), _text(about["value"]) or "", task, dataset, config, split,
                verified if isinstance(verified, bool) else None, said_of(row),
            )  # fmt: skip


def _text(value: object) -> str | None:
    """Return a value of JSON as text; None stays None."""
    if value is None or isinstance(value, str):
        return None if value is None else clean(value)
    return clean(msgspec.json.encode(value).decode())


def files(records: Iterable[RecordRow]) -> tuple[tuple[File, ...], int]:
    """Return the files that records list, each path once, and how many more there are than `MAX_FILES`.

    Where two witnesses list a file, what either knows of it is joined under the first.
    """
    found: dict[str, File] = {}
    for record in records:
        siblings = record.body.get("siblings")
        for item in siblings if isinstance(siblings, list) else ():
            path = item.get("rfilename") if isinstance(item, dict) else None
            path = clean(path) if isinstance(path, str) else ""
            if path and (path not in found or (found[path].sha256 is None and _digest(item))):
                found[path] = _file(path, item, record.witness)
    kept = list(found.values())[:MAX_FILES]
    return tuple(kept), len(found) - len(kept)


def _digest(item: dict[str, Any]) -> str | None:
    large = item.get("lfs")
    digest = large.get("sha256") if isinstance(large, dict) else None
    return digest if isinstance(digest, str) and _SHA256.fullmatch(digest) else None


def _file(path: str, item: dict[str, Any], witness: str) -> File:
    size, blob, digest = item.get("size"), item.get("blobId"), _digest(item)
    is_blob = isinstance(blob, str) and _SHA1.fullmatch(blob) and not item.get("lfs")
    said = Said(Basis.DECLARED, FIELD, witness, "siblings")
    return File(path, size if isinstance(size, int) and size >= 0 else None, digest, blob if is_blob else None, said)


def energies(records: Iterable[RecordRow]) -> Iterator[Energy]:
    """Yield what the card's field for emissions says, which the Hub's documentation has in grams of CO2 equivalent.

    Energy follows from it only where the field names the carbon intensity of the current: ``~40 gCO2eq/kWh``.
    """
    for record in records:
        card = record.body.get("cardData")
        told = card.get("co2_eq_emissions") if isinstance(card, dict) else None
        about = told if isinstance(told, dict) else {"emissions": told}
        grams = _grams(about.get("emissions"))
        if grams is None:
            continue
        text = "; ".join(f"{name}: {value}" for name, value in about.items() if isinstance(value, (str, int, float)))
        intensity = _INTENSITY.search(text)
        rate = float(intensity[1]) if intensity else 0.0
        activity = _ACTIVITIES.get(str(about.get("training_type", "training")).lower(), "training")
        said = Said(Basis.STATED, FIELD, record.witness, "cardData#/co2_eq_emissions")
        yield Energy(activity, round(grams / rate, 3) if rate else None, grams, clean(text), said)


def _grams(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def links(
    kind: str, name: str, revision: str | None, paths: set[str], claims: Iterable[ClaimRow], witness: str, *, on_hub: bool
) -> Iterator[Link]:
    """Yield the addresses of a repository: its own pages, which follow from its name on the Hub, and those that claims name."""
    if on_hub:
        page = f"{HUB_URL}/{'datasets/' if kind == Kind.DATASET else ''}{quote(name)}"
        said = Said(Basis.INFERRED, 1.0, witness, "id")
        yield Link("website", page, None, said)
        if revision:
            yield Link("distribution", f"{page}/tree/{revision}", None, said)
        if "README.md" in paths:
            yield Link("model-card", f"{page}/blob/{revision or 'main'}/README.md", None, said)
    seen = set()
    for row in claims:
        if row.predicate == "arxiv":
            kind_, url, comment = "documentation", address(f"https://arxiv.org/abs/{row.value.strip()}"), "paper"
        elif row.predicate == "repository":
            url = address(row.value if "://" in row.value else f"https://{row.value}")
            kind_, comment = "vcs", "source code that the card names"
        else:
            continue
        if url and url not in seen:
            seen.add(url)
            yield Link(kind_, url, comment, said_of(row))
