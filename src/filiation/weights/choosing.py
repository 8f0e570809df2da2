"""Which of many files are the checkpoint, by their names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from filiation.core.errors import WeightsError
from filiation.formats.tensor_formats import has_tensor_suffix
from filiation.knowledge import load

MAX_PARTS = 10_000


class Shard(NamedTuple):
    """A file's name taken apart; `parts` is 0 of a file that is whole."""

    folder: str
    stem: str
    suffix: str
    part: int = 0
    parts: int = 0


class Chosen(NamedTuple):
    """Files of one checkpoint in order, the JSON that says which tensor lies where, and the files left out.

    `index` is empty where there is none; where there is one, it tells the files, and `files` may be fewer.
    """

    files: tuple[str, ...]
    index: str
    others: tuple[str, ...]


def shard_of(name: str) -> Shard:
    """Return the name's folder, stem and ending, and which part of how many it is."""
    folder, last = posixpath.split(name)
    stem, suffix = posixpath.splitext(last)
    found = _pattern("shard").fullmatch(stem)
    if not found or not 0 < int(found["parts"]) <= MAX_PARTS:
        return Shard(folder, stem, suffix)
    return Shard(folder, found["stem"], suffix, int(found["part"]), int(found["parts"]))


def siblings(name: str) -> list[str]:
    """Return the names of all parts of the set that `name` is a part of, itself among them; only itself if it is whole."""
    parts = shard_of(name).parts
    if not parts:
        return [name]
    head, tail = name.rsplit("-of-", 1)
    before = head.rstrip("0123456789")
    width = len(head) - len(before)
    return [f"{before}{part:0{width}}-of-{tail}" for part in range(1, parts + 1)]


def is_adapter(name: str) -> bool:
    """Return whether files of this name hold an adapter rather than a model."""
    return bool(_pattern("adapter").fullmatch(shard_of(name).stem.lower()))


def choose(names: Sequence[str], folder: str = "") -> Chosen:
    """Return the checkpoint that lies directly in `folder`, or in the one folder below it that has weights.

    Of several formats of one model safetensors wins, then torch, then the others; then names that tools write. A
    sharded checkpoint's index is named where it is there.

    Raises:
        WeightsError: If there is none, or several and nothing says which is meant.
    """
    groups: dict[Shard, list[str]] = {}
    for name in names:
        last = posixpath.basename(name).lower()
        if has_tensor_suffix(name) and not _pattern("set_aside").fullmatch(last):
            groups.setdefault(shard_of(name)._replace(part=0), []).append(name)
    indexes = _indexes(names)
    told = {group._replace(parts=0) for group in groups}
    groups |= {group: [] for group in indexes if group not in told}
    here = [group for group in groups if group.folder == folder] or _one_folder(groups, folder)
    if not here:
        raise WeightsError("no file here holds tensors in a format that is read")
    group = _best(here, groups)
    files = tuple(sorted(groups[group]))
    index = indexes.get(group._replace(parts=0), "") if group.parts or not files else ""
    others = tuple(sorted(name for group in groups for name in groups[group] if name not in files))
    return Chosen(files, index, others)


def index_of(name: str) -> str:
    """Return what the index of the set would be called that the shard `name` is a part of."""
    folder, stem, suffix, *_ = shard_of(name)
    return posixpath.join(folder, f"{stem}{suffix}.index.json")


def _indexes(names: Iterable[str]) -> dict[Shard, str]:
    """Return the indexes of sharded checkpoints: ``model.safetensors.index.json``, ``model.safetensors.index.fp16.json``."""
    found = {}
    for name in names:
        folder, last = posixpath.split(name)
        if match := _pattern("index").fullmatch(last):
            stem = match["stem"] + (f".{match['variant']}" if match["variant"] else "")
            found[Shard(folder, stem, match["suffix"])] = name
    return found


def _one_folder(groups: Iterable[Shard], within: str) -> list[Shard]:
    """Return the groups of the shallowest folder; of several as deep as it, none can be meant."""
    below = [group for group in groups if not within or group.folder.startswith(within + "/")]
    depth = min((group.folder.count("/") for group in below), default=0)
    shallow = sorted({group.folder for group in below if group.folder.count("/") == depth})
    if len(shallow) > 1:
        raise WeightsError(f"several checkpoints are here, in {_listed(shallow)}: name one")
    return [group for group in below if group.folder == shallow[0]] if shallow else []


def _best(here: list[Shard], groups: dict[Shard, list[str]]) -> Shard:
    orders = [re.compile(order) for order in load("checkpoint_files")["order"]]
    ranks = {group: _rank(orders, (group.stem + group.suffix).lower()) for group in here}
    first = [group for group in here if ranks[group] == min(ranks.values())]
    preferred = [re.compile(name) for name in load("checkpoint_files")["preferred"]]
    named = {group: _rank(preferred, group.stem.lower()) for group in first}
    best = [group for group in first if named[group] == min(named.values())]
    plain = [group for group in best if not any(_is_variant(group, other) for other in best)]
    whole = [group for group in plain if len(groups[group]) >= group.parts]
    best = whole or plain or best
    if len({group.stem for group in best}) > 1:
        named_first = sorted(min(groups[group], default=group.stem + group.suffix) for group in best)
        raise WeightsError(f"several checkpoints are here, {_listed(named_first)}: name one")
    return min(best, key=lambda group: (group.parts > 0, group.stem, group.suffix))


def _rank(patterns: list[re.Pattern[str]], text: str) -> int:
    return next((rank for rank, pattern in enumerate(patterns) if pattern.fullmatch(text)), len(patterns))


def _is_variant(group: Shard, other: Shard) -> bool:
    """Return whether `group` is the same in another precision: ``model.fp16`` beside ``model``."""
    return group.stem.startswith(other.stem + ".")


def _listed(names: list[str]) -> str:
    shown = ", ".join(name[:80] for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4:,} more"


@cache
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(load("checkpoint_files")[key])
