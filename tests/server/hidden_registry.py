"""A registry with something to hide: the word `WORD` stands in all of it and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from filiation.core.adoption import Stage
from filiation.ledger.drafts import Reply
from filiation.ledger.person import Role
from filiation.ledger.store import open_ledger

WORD = "zyxw"
SECRET = f"acme/{WORD}-7b"
RULES = f"""
[groups]
lab = ["ann"]
board = ["eve"]

[[private]]
refs = ["acme/*"]
groups = ["lab"]

[[portfolio]]
name = "{WORD}-plans"
models = ["{SECRET}", "o/chat"]
groups = ["lab"]

[[portfolio]]
name = "ours"
models = ["o/chat", "dataset:o/data", "not/there", ".."]
"""


def morning() -> datetime:
    """A clock that stands still."""
    return datetime(2024, 7, 12, 9)  # noqa: DTZ001  # the ledger keeps naive UTC


def hidden() -> list[dict]:
    """Return records to hide: a root above and below what everybody sees, one that names it, an application, odd counts."""
    first = {"createdAt": "2019-01-02T10:00:00.000Z", "library_name": f"{WORD}lib", "pipeline_tag": f"{WORD}-task"}
    return [
        {"id": SECRET, "downloads": 5_000_000, "likes": 77, "tags": ["base_model:o/base", f"license:{WORD}-only"]} | first,
        {"id": f"{SECRET}-GGUF", "downloads": 3, "tags": [f"base_model:quantized:{SECRET}", "gguf"]} | first,
        {"id": f"acme/{WORD}-twin", "tags": ["base_model:acme/nowhere-charted", "dataset:o/data"]} | first,
        {"id": "many/names-it", "downloads": 11, "tags": [f"base_model:{SECRET.upper()}"]} | first,
    ]


def write_about(path: Path, clock, *, secrets: bool) -> dict[str, str]:
    """Make a ledger about what everybody sees, and with `secrets` about what is hidden too; return tokens by name."""
    ledger = open_ledger(path, create=True, clock=clock)
    boss = ("root", Role.ADMINISTRATOR)
    tokens = {name: ledger.add_token(name, role, *boss) for name, role in (("ann", "reviewer"), ("eve", "reviewer"))}
    seen = ledger.open_item("model:o/orphan", "namespace-vacant", *boss, message="Nobody is there.", severity="high")
    ledger.comment(seen.id, "one of us looks", *boss)
    if secrets:
        told = f"better than {SECRET}"
        mine = ledger.open_item(f"model:{SECRET}", "license-missing", *boss, message=told, owner=f"{WORD}-owner")
        ledger.decide(mine.id, "waive", *boss, told, clock() + timedelta(days=9))
        ledger.comment(seen.id, told, *boss)
        ledger.open_item("model:o/chat", "license-missing", *boss, message=told)
        ledger.override("model:acme/zyxw-twin", "license", "mit", *boss, told)
        ledger.adopt(f"model:{SECRET}", *boss, told, owner="ann")
        ledger.learn(f"model:{SECRET}", "failure", told, *boss)
        ledger.answer(f"model:{SECRET}", "openness", [Reply("weights", "yes", told)], *boss)
        ledger.answer("model:o/chat", "openness", [Reply("weights", "yes", told)], *boss)
    ledger.adopt("model:o/chat", *boss, "for the desk", stage=Stage.SELECT)
    ledger.learn("model:o/chat", "failure", "it was slow", *boss)
    return tokens
