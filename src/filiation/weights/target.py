"""A checkpoint by what people call it: a path, or ``model:owner/name`` on the Hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.core.ref import Kind, Ref
from filiation.registry.byte_ranges import Link
from filiation.registry.hub_files import hub_repository
from filiation.weights.checkpoint import Checkpoint, open_checkpoint

SCHEME = f"{Kind.MODEL}:"
"""What is on this machine needs no network: a model of the Hub is asked for only where it is called so."""


def is_remote(target: str) -> bool:
    """Return whether a target is a model of the Hub."""
    return target.startswith(SCHEME)


@contextmanager
def checkpoint_at(target: str) -> Iterator[Checkpoint]:
    """Open the checkpoint that `target` names, its files read in parts, and close it in the end.

    The Hub is the one that the Hub's own client is set to, with its token.

    Args:
        target: A path; or ``model:owner/name``, with ``@revision`` where another than ``main`` is meant.

    Raises:
        FiliationError: If the name is none.
        WeightsError: If there is none, or it cannot be read.
    """
    if not is_remote(target):
        path = Path(target)
        if not path.exists():
            raise WeightsError(f"there is nothing at {target}; a model of the Hub is written model:owner/name")
        with open_checkpoint(path) as checkpoint:
            yield checkpoint
        return
    from huggingface_hub import constants, get_token  # noqa: PLC0415  # half a second

    ref = Ref.parse(target)
    with Link(constants.ENDPOINT, get_token() or "") as link:
        repository = hub_repository(link, ref.name, ref.revision or "main")
        if not repository.files:
            raise WeightsError(f"{target} has no files")
        with open_checkpoint(repository.files) as checkpoint:
            yield checkpoint
