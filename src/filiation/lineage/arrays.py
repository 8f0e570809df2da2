"""The lineage as arrays: built once, validated, kept in files that are mapped into memory, then only asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from filiation.core.claim import Basis
from filiation.core.errors import AtlasError
from filiation.core.ref import HUB, Kind, Ref

FOLDER = "lineage"
CURRENT = "CURRENT"
SUMMARY = "lineage.json"
AS_OF = "as-of-"
NULL = -1
STATES = ("present", "missing", "ambiguous", "malformed")
BASES = tuple(Basis)


class Summary(msgspec.Struct, frozen=True):
    """What a lineage came to.

    Models and datasets that the registry holds, and nodes that somebody only named; edges of descent that stand, their weak
    components, and the knots that were opened.
    """

    models: int
    datasets: int
    named_only: int
    edges: int
    components: int
    cycles: int
    self_references: int
    set_aside: int


@dataclass(frozen=True)
class Lineage:
    """Who descends from whom; n nodes, m edges of descent, without cycles.

    Nodes are numbered in the order of (registry, kind, folded name), so that a name is found by halving. Edges are numbered
    in the order of (child, parent): those of child i are ``parent_start[i]:parent_start[i + 1]``.

    Attributes:
        names: uint8; the nodes' names in UTF-8, one after another.
        name_start: int64[n + 1]; where each begins in `names`.
        state: uint8[n]; index into `STATES`.
        downloads: int64[n]; -1 where the registry does not say.
        license: int32[n]; index into `licenses`, -1 where undeclared.
        descendants: int32[n]; how many nodes stand on this one; see `capped`.
        dominated: int32[n]; how many models have every line of descent of weights through this one.
        child: int32[m], sorted.
        parent: int32[m].
        relation: uint8[m]; index into `core.relation.RELATIONS`.
        basis: uint8[m]; index into `BASES`; on what basis we say that there is an edge.
        confidence: float32[m] in [0, 1]; that there is an edge.
        relation_basis: uint8[m]; on what basis we say which relation it is.
        relation_confidence: float32[m] in [0, 1]; that it is this relation, given the edge.
        parent_start: int64[n + 1]; see above.
        child_start: int64[n + 1]; where each node's edges to children begin in `child_edge`.
        child_edge: int32[m]; edge numbers, by parent and then child.
        sections: (registry, kind, first node, node after the last) for each registry and kind, in order.
        licenses: Licence texts as declared, sorted.
        summary: What it all came to.
        capped: Whether some counts in `descendants` are lower bounds, because the budget for counting ran out.
    """

    names: np.ndarray
    name_start: np.ndarray
    state: np.ndarray
    downloads: np.ndarray
    license: np.ndarray
    descendants: np.ndarray
    dominated: np.ndarray
    child: np.ndarray
    parent: np.ndarray
    relation: np.ndarray
    basis: np.ndarray
    confidence: np.ndarray
    relation_basis: np.ndarray
    relation_confidence: np.ndarray
    parent_start: np.ndarray
    child_start: np.ndarray
    child_edge: np.ndarray
    sections: tuple[tuple[str, str, int, int], ...]
    licenses: tuple[str, ...]
    capped: bool
    summary: Summary

    @property
    def size(self) -> int:
        """The number of nodes."""
        return len(self.state)

    @cached_property
    def _text(self) -> tuple[memoryview, memoryview]:
        return self.names.data, self.name_start.data  # single items of these cost a fifth of an array's

    def name(self, node: int) -> str:
        """Return the node's name as the registry or, failing that, its children spell it."""
        names, start = self._text
        return str(names[start[node] : start[node + 1]], "utf-8")

    def ref(self, node: int) -> str:
        """Return the node as ``model:owner/name``, whether or not that could be a repository's name."""
        return self.refs([node])[0]

    def refs(self, nodes: Iterable[int]) -> list[str]:
        """Return each of `nodes` as `ref` does."""
        names, start = self._text
        prefixes = [(end, f"{kind}:" if registry == HUB else f"{registry}:{kind}:") for registry, kind, _, end in self.sections]
        result = []
        low = high = 0
        prefix = ""
        for node in nodes:
            if not low <= node < high:
                low, high, prefix = _section(prefixes, node)
            result.append(prefix + str(names[start[node] : start[node + 1]], "utf-8"))
        return result

    def is_model(self, nodes: np.ndarray) -> np.ndarray:
        """Return which of `nodes`, int[k], are models: bool[k]."""
        result = np.zeros(len(nodes), bool)
        for _, kind, start, end in self.sections:
            if kind == Kind.MODEL:
                result |= (nodes >= start) & (nodes < end)
        return result

    def find(self, ref: Ref) -> int:
        """Return the node that `ref` names, whatever its case; an exact spelling wins; `NULL` where there is none."""
        for registry, kind, start, end in self.sections:
            if (registry, kind) == (ref.registry, ref.kind):
                return self._find(ref.name, start, end)
        return NULL

    def _find(self, name: str, start: int, end: int) -> int:
        wanted, low, high = folded(name), start, end
        while low < high:
            middle = (low + high) // 2
            if folded(self.name(middle)).encode() < wanted.encode():
                low = middle + 1
            else:
                high = middle
        matches = []
        while low < end and folded(self.name(low)) == wanted:
            matches.append(low)
            low += 1
        return next((node for node in matches if self.name(node) == name), matches[0] if matches else NULL)

    def save(self, atlas: Path, token: str) -> None:
        """Write the arrays under the atlas; readers see them once `publish` is called."""
        folder = atlas / FOLDER / token
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, array in self._arrays():
            np.save(partial / f"{name}.npy", array)
        rest: dict[str, object] = {"sections": self.sections, "licenses": self.licenses, "capped": self.capped}
        rest["summary"] = msgspec.structs.asdict(self.summary)
        (partial / SUMMARY).write_text(json.dumps(rest), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)

    def _arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        return ((f.name, value) for f in fields(self) if isinstance(value := getattr(self, f.name), np.ndarray))

    @classmethod
    def load(cls, atlas: Path, token: str | None = None) -> Lineage:
        """Return the arrays of the atlas, mapped into memory: those of `token`, or the ones that stand.

        Raises:
            AtlasError: If there are none, or they do not fit together.
        """
        if token is None:
            token = current_token(atlas)
        folder = atlas / FOLDER / token
        try:
            rest = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
            arrays = {path.stem: np.load(path, mmap_mode="r").view(np.ndarray) for path in folder.glob("*.npy")}
            rest["sections"] = tuple(tuple(section) for section in rest["sections"])
            rest["licenses"] = tuple(rest["licenses"])
            rest["summary"] = Summary(**rest["summary"])
            lineage = cls(**arrays, **rest)
        except (OSError, ValueError, TypeError, KeyError) as error:
            if (newer := current_token(atlas)) != token and not token.startswith(AS_OF):
                return cls.load(atlas, newer)  # a build replaced them while they were being read
            raise AtlasError(f"The lineage in {folder} is damaged: run 'filiation build --from lineage'.") from error
        n, m = lineage.size, len(lineage.child)
        if len(lineage.name_start) != n + 1 or len(lineage.parent_start) != n + 1 or int(lineage.parent_start[-1]) != m:
            raise AtlasError(f"The lineage in {folder} does not fit together: run 'filiation build --from lineage'.")
        return lineage


def _section(prefixes: list[tuple[int, str]], node: int) -> tuple[int, int, str]:
    """Return the span of nodes around `node` that share a prefix, and the prefix."""
    low = 0
    for high, prefix in prefixes:
        if node < high:
            return low, high, prefix
        low = high
    raise IndexError(node)


def folded(name: str) -> str:
    """Return `name` as it is compared: ASCII without case, other text as it stands (the macro in ``nodes.sql`` agrees)."""
    return name.lower() if name.isascii() else name


def current_token(atlas: Path) -> str:
    """Return the token of the arrays that stand.

    Raises:
        AtlasError: If there are none.
    """
    try:
        return (atlas / FOLDER / CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AtlasError(f"There is no lineage in {atlas}: run 'filiation chart SOURCE --atlas {atlas}' first.") from error


def publish(atlas: Path, token: str) -> None:
    """Make the arrays of `token` the ones that readers see."""
    partial = atlas / FOLDER / f"{CURRENT}.partial"
    partial.write_text(token, encoding="utf-8")
    partial.replace(atlas / FOLDER / CURRENT)


def drop_others(atlas: Path, token: str) -> None:
    """Remove the arrays that `token` has made out of date, those of other moments among them."""
    for old in (atlas / FOLDER).iterdir():
        if old.is_dir() and old.name != token:
            shutil.rmtree(old, ignore_errors=True)


def starts(sorted_ids: np.ndarray, n: int) -> np.ndarray:
    """Return int64[n + 1]: where each of the ids 0 to n - 1 begins in `sorted_ids`."""
    return np.concatenate([[0], np.cumsum(np.bincount(sorted_ids, minlength=n))]).astype(np.int64)
