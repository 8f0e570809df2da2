"""The atlas and auditor of model registries: lineage and audit in one."""

__version__ = "0.1.0"
__all__ = ["Atlas", "FiliationError", "Rows", "Table", "__version__", "open"]
_PLACES = dict.fromkeys(("Atlas", "Rows", "Table", "open"), "filiation.api") | {"FiliationError": "filiation.core.errors"}


def __getattr__(name: str) -> object:
    """Return what the Python API offers, imported when it is first named: importing us alone costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'filiation' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # no floor is known here by name: all of them import this file

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
