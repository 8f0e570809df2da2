"""Put what the source trees of applications use into an atlas."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from filiation.core.record import Skipped
from filiation.pipeline import Progress, Stage
from filiation.registry.application import application, name_of
from filiation.store.atlas import Atlas
from filiation.store.ingest import Ingested, ingest
from filiation.uses import find
from filiation.uses.requirements import pinned


def named_tree(text: str) -> tuple[str, Path]:
    """Return the name and the folder of an application given as ``NAME=TREE``, or as the tree alone, which names it."""
    name, equals, tree = text.partition("=")
    path = Path(tree if equals and not Path(text).exists() else text)
    return (name_of(name) if path != Path(text) else name_of(str(path.resolve()))), path


def observe_applications(
    atlas: Atlas, trees: Sequence[str], at: datetime, progress: Progress
) -> tuple[list[Ingested], list[Stage]]:
    """Look through each source tree and add what it uses to the observations, each in a transaction of its own.

    Raises:
        SourceError: If one of them is not there.
    """
    done: list[Ingested] = []
    clock = time.perf_counter()
    for text in trees:
        name, path = named_tree(text)
        progress(f"uses {name}", 0)
        found = find(path)
        fixed = msgspec.to_builtins(pinned(path))
        batches = application(name, msgspec.to_builtins(found.uses), str(path), run=found.run is not None, packages=fixed)
        looked = (Skipped(f"{path}/{item.file}", item.line, item.reason) for item in found.skipped)
        done.append(ingest(atlas, path, [*batches, *looked], at, lambda rows, name=name: progress(f"uses {name}", rows)))
    added = sum(item.added for item in done)
    return done, [Stage("uses", added, time.perf_counter() - clock)] if trees else []
