"""A record becomes claims. One file per kind of evidence, found by name; outside packages add theirs by entry point."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from filiation.core.extractor import RecordExtractor, SetExtractor
from filiation.core.recipe import recipe
from filiation.knowledge import paths

KNOWLEDGE = (
    "aliases",
    "benchmarks",
    "card_prose",
    "card_scores",
    "card_sections",
    "languages",
    "leaderboard",
    "metrics",
    "mteb_tasks",
    "names",
    "signing",
    "structures",
    "tensor_roles",
    "weight_formats",
    "witnesses",
)
"""What the extractors and the readers of cards go by."""

ROOMS = ("cards", "scores", "scores/results", "signing", "structure")
"""Where the readers are that the extractors call."""


@cache
def extractors() -> tuple[SetExtractor | RecordExtractor, ...]:
    """Return every extractor, ours and those that outside packages add, by name."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    ours = [module.EXTRACTOR for module in modules if hasattr(module, "EXTRACTOR")]
    added = [entry.load() for entry in entry_points(group="filiation.extractors")]
    return tuple(sorted([*ours, *added], key=lambda extractor: extractor.name))


@cache
def version() -> str:
    """Return a digest of everything that decides which claims come out; claims of another version are made again."""
    here = Path(__file__).parent
    rooms = [path for room in ROOMS for path in (here.parent / room).glob("*.py")]
    rooms.append(here.parent / "knowledge" / "structures.npz")
    return recipe([*here.glob("*.*"), *rooms, *paths(KNOWLEDGE)])
