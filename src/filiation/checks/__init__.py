"""What may be wrong with a model or dataset: one file per check, found by name; outside packages add theirs by entry point."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import msgspec

from filiation.core.check import Check
from filiation.core.recipe import recipe

GROUP = "filiation.checks"


@cache
def checks() -> tuple[Check, ...]:
    """Return every check, ours and those that outside packages add, by name."""
    ours = [module.CHECK for module in _modules()]
    return tuple(sorted([*ours, *_added()], key=lambda check: check.name))


@cache
def named() -> dict[str, Check]:
    """Return the same by their names."""
    return {check.name: check for check in checks()}


@cache
def find(name: str) -> Check | None:
    """Return the check of that name, None where there is none; of ours only its own file is read, which takes no time."""
    stem = name.replace("-", "_")
    if any(info.name == stem for info in iter_modules(__path__)):
        return getattr(import_module(f"{__name__}.{stem}"), "CHECK", None)
    return next((check for check in _added() if check.name == name), None)


def pages() -> dict[str, str]:
    """Return each check's page of documentation, the docstring of its module, by name; empty where a package gives none."""
    found = {module.CHECK.name: module.__doc__ or "" for module in _modules()}
    found |= {entry.load().name: import_module(entry.module).__doc__ or "" for entry in entry_points(group=GROUP)}
    return {name: found[name].strip() for name in sorted(found)}


@cache
def version() -> str:
    """Return a digest of everything that decides what is found; findings of another version are made again."""
    here = Path(__file__).parent
    queries = here.parent / "core" / "check_queries.py"
    ours = recipe(
        [
            *here.glob("*.py"),
            *here.glob("*.sql"),
            queries,
            *here.parent.glob("names/*.*"),
            *here.parent.glob("scores/*.py"),
            *(here.parent / "knowledge").glob("*.toml"),
        ]
    )
    if not _added():
        return ours
    return f"{ours}-{sha256(msgspec.json.encode(_added())).hexdigest()[:12]}"


@cache
def _modules() -> tuple[ModuleType, ...]:
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    return tuple(module for module in modules if hasattr(module, "CHECK"))


@cache
def _added() -> tuple[Check, ...]:
    return tuple(entry.load() for entry in entry_points(group=GROUP))
