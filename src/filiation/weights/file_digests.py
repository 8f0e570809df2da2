"""Copies by the SHA-256 of their files, as the Hub tells it or its client noted it: nothing of the files is read."""

from __future__ import annotations

from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.formats.told_digest import told_sha256
from filiation.weights.choosing import Chosen, siblings
from filiation.weights.files import Files
from filiation.weights.opening import parts_of
from filiation.weights.relation import Direction, Evidence, Kinship, Relation
from filiation.weights.target import is_remote, repository_at

ENTIRE = (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".keras", ".npz", ".tflite")
"""Endings of files that hold their tensors themselves; an ONNX file may be a graph over files beside it."""
SURE = 0.99
"""That copies by told digests are copies: the Hub makes a digest when a file is sent, and nobody made it again."""
TOLD = "every file of weights is one of the other's, by the SHA-256 that the Hub tells; nothing of them was read"


def told_digests(target: str) -> frozenset[str]:
    """Return the SHA-256 of all files of a checkpoint, 64 hex digits each, empty if one is not told.

    Of a model of the Hub its listing is asked for, of a pipeline its list of components too.

    Args:
        target: As `target.checkpoint_at` takes it: on the Hub, in the Hub's cache, or a folder that the Hub's client filled.
            Of a sketch, and of what is not there, nothing is told.

    Raises:
        FiliationError: If the name is none, or the Hub's listing cannot be had.
    """
    if is_remote(target):
        with repository_at(target) as repository:
            return _all_of(Files(repository.files), None, repository.sha256)
    path = Path(target)
    if path.is_dir():
        return _on_disk(path)
    return _all_of(Files(), Chosen(tuple(siblings(path.name)), "", ()), _noted(path.parent, siblings(path.name)))


def same_files(first: frozenset[str], second: frozenset[str]) -> Kinship | None:
    """Return that two checkpoints are copies where the same digests are told of their files; None where that is not known."""
    if not first or first != second:
        return None
    said = Evidence("sha256", float(len(first)), TOLD)
    return Kinship(Relation.DUPLICATE, Direction.EITHER, SURE, 0.5, SURE, (said,), {"sha256": sorted(first)})


def _on_disk(folder: Path) -> frozenset[str]:
    try:
        files = Files.of(folder)
    except WeightsError:
        return frozenset()
    try:
        return _all_of(files, None, _noted(folder, files.names))
    finally:
        files.close()


def _noted(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: told_sha256(folder / name, folder) for name in names}


def _all_of(files: Files, chosen: Chosen | None, told: dict[str, str]) -> frozenset[str]:
    """Return the digests of the files that make up the checkpoint; empty where not all are told, or none is meant."""
    try:
        parts = [chosen] if chosen else [part for _, part in parts_of(files)]
    except WeightsError:
        return frozenset()
    found = [told.get(name, "") if name.lower().endswith(ENTIRE) else "" for part in parts for name in part.files]
    return frozenset(found) if all(found) else frozenset()
