"""The parents of one model among those of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError, WeightsError
from filiation.core.record import Skipped
from filiation.knowledge import load
from filiation.weights.adapter_change import is_adapter
from filiation.weights.answers import FoundParent, FoundParents
from filiation.weights.file_digests import same_files, told_digests
from filiation.weights.parentage import Ancestor, Parentage, parentage
from filiation.weights.relation import Evidence
from filiation.weights.sketch import Sketch
from filiation.weights.sketch_file import SUFFIX, fitted
from filiation.weights.sketch_folder import Line, SketchFolder
from filiation.weights.sketching import Telling, sketch_of
from filiation.weights.target import checkpoint_at
from filiation.weights.thinned_values import thinned_values
from filiation.weights.walk import checkpoints

CANDIDATES = 64
"""So many are compared at most, for each way of choosing them."""
FOR_ADAPTERS = 512
"""An adapter looks like no model: so many are tried, the first of the manifest."""


def parents_among(child: str, folder: Path, share: float | None = None, tell: Telling = lambda _, __: None) -> FoundParents:
    """Return of which of the models in a folder another was made.

    Args:
        child: As `sketching.sketch_of` takes it; it is passed over among the others: by its
            path, or by its name and contents where only sketches are kept.
        folder: Of sketches, as `sketch_folder.SketchFolder` keeps them, or of models, which are sketched now.
        share: As `sketching.sketch_of` takes it.
        tell: Told how many were sketched.

    Raises:
        FiliationError: If the child cannot be read, or there is nothing to look among.
    """
    told = _copy_by_digest(child, folder)
    if told is not None:
        return told
    own = sketch_of(child, share)
    skipped: list[Skipped] = []
    paths: list[Path] = []
    if (folder / "manifest").is_dir():
        own, kept = fitted(own), SketchFolder(folder)
        among = len(kept)
        near = [*islice(kept.lines(), FOR_ADAPTERS)] if is_adapter(own) else _near(kept, own)
        near = [line for line in near if line.digest != own.digest or _last(line.ref) != _last(child)]
        names = [line.ref for line in near if line.name == own.name]
        sketches = [kept.read(line) for line in near if line.name == own.name]
        skipped += [Skipped(line.ref, 0, f"sketched by another recipe, {line.name}") for line in near if line.name != own.name]
    else:
        names, paths, sketches = _sketched(folder, child, share, skipped, tell)
        among = len(names) + len(skipped)
    if not among:
        raise WeightsError(f"there are neither sketches nor models in {folder}")
    found = parentage(own, sketches)
    if paths and Path(child).exists() and not child.endswith(SUFFIX):
        found = _by_values(found, Path(child), paths)
    return _told(child, names, found, among, skipped)


def _copy_by_digest(child: str, folder: Path) -> FoundParents | None:
    """Return the first model in a folder with the child's files, by told digests; None without one, or of sketches."""
    own = {} if (folder / "manifest").is_dir() else told_digests(child)
    others = [(name, path) for name, path in checkpoints(folder) if path.resolve() != Path(child).resolve()] if own else []
    for name, path in others:
        if same := same_files(child, str(path), own, told_digests(str(path))):
            found = FoundParent(name, 1.0, same.confidence)
            count = len(others)
            return FoundParents(
                child, str(same.relation), (found,), same.confidence, same.evidence, same.details, "", count, count, ()
            )
    return None


def _near(folder: SketchFolder, own: Sketch) -> list[Line]:
    return [candidate.line for candidate in folder.candidates(own, CANDIDATES)]


def _sketched(
    folder: Path, child: str, share: float | None, skipped: list[Skipped], tell: Telling
) -> tuple[list[str], list[Path], list[Sketch]]:
    names, paths, sketches = [], [], []
    for name, path in checkpoints(folder):
        if path.resolve() == Path(child).resolve():
            continue
        tell("sketching models", len(names))
        try:
            sketches.append(sketch_of(str(path), share))
            names.append(name)
            paths.append(path)
        except (FiliationError, OSError) as error:
            skipped.append(Skipped(str(path), 0, str(error)))
    return names, paths, sketches


def _by_values(found: Parentage, child: Path, paths: Sequence[Path]) -> Parentage:
    """Return the parents of a merge by TIES or DARE with the shares that values show, which sketches only guess at."""
    base = found.details.get("base")
    if found.details.get("method") not in {"ties", "dare"} or base is None or len(found.parents) != 2:
        return found
    parents = [paths[one.candidate] for one in found.parents]
    with ExitStack() as opened:
        merged, start, *others = (opened.enter_context(checkpoint_at(str(path))) for path in (child, paths[base], *parents))
        told = thinned_values(merged, start, others)
    if told is None:
        return found
    sure = float(load("kinship")["parents"]["exact_confidence"])
    said = Evidence("values", told.kept, f"values show {told.method.upper()}, with so much of what each parent changed kept")
    named = [Ancestor(one.candidate, share, sure) for one, share in zip(found.parents, told.shares, strict=True)]
    return msgspec.structs.replace(
        found,
        parents=tuple(sorted(named, key=lambda one: -one.weight)),
        confidence=sure,
        details=found.details | {"method": told.method},
        evidence=(*found.evidence, said),
    )


def _told(child: str, names: list[str], found: Parentage, among: int, skipped: list[Skipped]) -> FoundParents:
    details = dict(found.details)
    parents = [FoundParent(names[one.candidate], round(one.weight, 4), round(one.confidence, 3)) for one in found.parents]
    for key in ("base", "merged", "nearest"):
        if isinstance(details.get(key), int):
            details[key] = names[details[key]]
    return FoundParents(
        child=child,
        relation=str(found.relation),
        parents=tuple(parents),
        confidence=round(found.confidence, 3),
        evidence=found.evidence,
        details=details,
        abstained=found.abstained,
        considered=len(names),
        among=among,
        skipped=tuple(skipped),
    )


def _last(name: str) -> str:
    return Path(name).name.removesuffix(SUFFIX)
