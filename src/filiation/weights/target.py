"""A checkpoint by what people call it: a path, or ``model:owner/name`` on the Hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.core.ref import Kind, Ref
from filiation.core.tensor import Bytes
from filiation.registry.byte_ranges import Link
from filiation.registry.hub_files import HubRepository, hub_repository
from filiation.weights.checkpoint import Checkpoint, open_checkpoint
from filiation.weights.sketch_file import SUFFIX

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
        with _opened(target, path) as checkpoint:
            yield checkpoint
        return
    with repository_at(target) as repository, _opened(target, repository.files) as checkpoint:
        yield checkpoint


@contextmanager
def repository_at(target: str) -> Iterator[HubRepository]:
    """Ask the Hub for the files of ``model:owner/name``, as `checkpoint_at` takes it; they can be read until the end.

    Raises:
        FiliationError: If the name is none.
        WeightsError: If there is none, it has no files, or the listing cannot be had.
    """
    from huggingface_hub import constants, get_token  # noqa: PLC0415  # half a second

    ref = Ref.parse(target)
    with Link(constants.ENDPOINT, get_token() or "") as link:
        repository = hub_repository(link, ref.name, ref.revision or "main")
        if not repository.files:
            raise WeightsError(f"{target} has no files")
        yield repository


def _opened(target: str, files: Path | Sequence[Bytes]) -> Checkpoint:
    if target.endswith(SUFFIX):
        raise WeightsError(f"{target} is a sketch, which keeps no values; name the files that it was made of")
    try:
        return open_checkpoint(files)
    except WeightsError as error:
        raise WeightsError(f"{target} cannot be read: {error}; fetch it again, or name another file") from error
