"""What a name that a pickle imports is known for."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from filiation.formats.pickle_notes import Global
from filiation.knowledge import load

_CLASS = re.compile(r"_{0,2}[A-Z]\w*")
_TYPE = re.compile(r"q?u?(?:int|float|bfloat|complex)\d{1,3}(?:_\w{1,12})?|bool|strided|\w{1,12}_format", re.ASCII)


class Known(StrEnum):
    """What is known of a global."""

    DANGEROUS = "dangerous"
    BY_ARGUMENTS = "by arguments"
    ALLOWED = "allowed"
    LIBRARY_CLASS = "a library's class"
    LIBRARY_MAKER = "a library's maker"
    LIBRARY = "a library's"
    STANDARD = "of Python's library"
    UNKNOWN = "unknown"


@lru_cache(1 << 16)
def known(module: str, name: str) -> Known:
    """Return what is known of ``module.name``; a name with dots is what its worst part is."""
    table = _table()
    module = table["same_as"].get(module, module)
    if is_odd(module, name) or _is_dangerous(table, module, name):
        return Known.DANGEROUS
    if f"{module}.{name}" in table["by_arguments"]:
        return Known.BY_ARGUMENTS
    if name in table["allowed"].get(module, ()) or (module == "builtins" and _is_exception(name)) or _is_storage(module, name):
        return Known.ALLOWED
    top = module.partition(".")[0]
    last = name.rpartition(".")[2]
    if top in table["libraries"]["names"]:
        if last.startswith(tuple(table["libraries"]["makers"])):
            return Known.LIBRARY_MAKER
        return Known.LIBRARY_CLASS if _CLASS.fullmatch(last) else Known.LIBRARY
    return Known.STANDARD if top in sys.stdlib_module_names or top in {"__builtin__", "copy_reg"} else Known.UNKNOWN


def how_judged(found: Global) -> str:
    """Return which arguments of a call decide; empty where none do."""
    table = _table()
    module = table["same_as"].get(found.module, found.module)
    return table["by_arguments"].get(f"{module}.{found.name}", "")


def is_odd(module: str, name: str) -> bool:
    """Return whether a name goes through what no saved object goes through: a module within a module, ``__globals__``."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in (*module.split("."), *parts)):
        return True
    if any(part in _table()["reaches_out"]["modules"] for part in parts):
        return True
    dunders = [part for part in parts if part.startswith("__") and part.endswith("__") and len(part) > 4]
    return bool(dunders) and dunders[-1] not in {"__newobj__", "__newobj_ex__", "__setstate__", "__dict__"}


def verbs() -> frozenset[str]:
    """Return names that do more than make data."""
    return frozenset(_table()["reaches_out"]["verbs"])


def reaching() -> frozenset[str]:
    """Return the names that code mentions which reaches out."""
    return frozenset(_table()["reaches_out"]["names"])


def _is_dangerous(table: dict[str, Any], module: str, name: str) -> bool:
    parts = module.split(".")
    if any(".".join(parts[:count]) in table["dangerous_modules"] for count in range(1, len(parts) + 1)):
        return True
    whole = [*parts, *name.split(".")]  # ``a`` of ``b.c`` is the same as ``b.a`` of ``c``
    for count in range(1, len(whole)):
        listed = table["dangerous"].get(".".join(whole[:count]), ())
        if ".".join(whole[count:]) in listed or whole[count] in listed:
            return not (module in table["allowed"] and name in table["allowed"][module])
    return False


def _is_exception(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Warning")) and name.isidentifier()


def _is_storage(module: str, name: str) -> bool:
    """Return whether it is a type of torch's: a storage, or of values such as ``torch.float32``."""
    return module in {"torch", "torch.storage", "torch.cuda"} and (
        name.endswith("Storage") or _TYPE.fullmatch(name) is not None
    )


@cache
def _table() -> dict[str, Any]:
    found = dict(load("scan_globals"))
    found["dangerous_modules"] = frozenset(found["dangerous_modules"])
    found["libraries"] = found["libraries"] | {"names": frozenset(found["libraries"]["names"])}
    return found
