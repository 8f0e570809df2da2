"""Copies by the SHA-256 of their files, as the Hub tells it: nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.formats.blob_name import blob_sha256
from filiation.formats.file_digest import sha256_of
from filiation.weights.choosing import Chosen, siblings
from filiation.weights.files import Files
from filiation.weights.opening import parts_of
from filiation.weights.relation import Direction, Evidence, Kinship, Relation
from filiation.weights.target import is_remote, repository_at

ENTIRE = (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".npz", ".tflite")
"""Endings of files that hold their tensors themselves; an ONNX file may be a graph over files beside it."""
SAYS = "every file of weights has the SHA-256 of one of the other's, as the Hub tells it and files on this machine have it"

Told = Mapping[str, str]
"""The SHA-256 of all files of a checkpoint, 64 hex digits each, by their paths; empty if one is not told."""


def told_digests(target: str) -> Told:
    """Return what is told of a checkpoint's files; nothing of what is a sketch or not there.

    Of a model of the Hub its listing is asked for, of a pipeline its list of components too. In the Hub's cache the names of
    blobs tell; of other folders nothing does.

    Args:
        target: As `target.checkpoint_at` takes it.

    Raises:
        FiliationError: If the name is none, or the Hub's listing cannot be had.
    """
    if is_remote(target):
        with repository_at(target) as repository:
            return _all_of(Files(repository.files), None, repository.sha256)
    path = Path(target)
    folder = path if path.is_dir() else path.parent
    if folder.resolve().parent.name != "snapshots":
        return {}
    blobs = folder.resolve().parent.parent / "blobs"
    chosen = None if path.is_dir() else Chosen(tuple(siblings(path.name)), "", ())
    files = Files.of(folder)
    try:
        return _all_of(files, chosen, {name: blob_sha256(folder / name, blobs) for name in files.names})
    finally:
        files.close()


def same_files(first: str, second: str, told_of_first: Told, told_of_second: Told) -> Kinship | None:
    """Return that two checkpoints are copies where the same digests are told of their files; None where that is not so.

    Anybody can name a file as they like: where digests agree, those of files on this machine are computed.

    Raises:
        WeightsError: If such a file cannot be read.
    """
    digests = set(told_of_first.values())
    if not digests or digests != set(told_of_second.values()):
        return None
    if not (_is_true(first, told_of_first) and _is_true(second, told_of_second)):
        return None
    said = Evidence("sha256", float(len(digests)), SAYS)
    return Kinship(Relation.DUPLICATE, Direction.EITHER, 1.0, 0.5, 1.0, (said,), {"sha256": sorted(digests)})


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as the registry tells that of a large one: 64 hex digits.

    Raises:
        WeightsError: If it cannot be read.
    """
    try:
        return sha256_of(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error


def _is_true(target: str, told: Told) -> bool:
    """Return whether the files on this machine have the digests that are told of them; of the Hub's, it made them itself."""
    if is_remote(target):
        return True
    path = Path(target)
    folder = path if path.is_dir() else path.parent
    return all(file_sha256(folder / name) == sha256 for name, sha256 in told.items())


def _all_of(files: Files, chosen: Chosen | None, told: Told) -> Told:
    """Return the digests of the files that make up the checkpoint; none where one is not told, or it is not clear."""
    try:
        parts = [chosen] if chosen else [part for _, part in parts_of(files)]
    except WeightsError:
        return {}
    found = {name: told.get(name, "") for part in parts for name in part.files}
    return found if all(sha256 and name.lower().endswith(ENTIRE) for name, sha256 in found.items()) else {}
