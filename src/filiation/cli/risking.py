"""Assess marginal risk from a file that somebody wrote, with an atlas beside it where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filiation.cli.assessing import Asking, answered, assessed
from filiation.cli.console import note
from filiation.cli.options import moment
from filiation.core.errors import FiliationError, UnknownRefError

if TYPE_CHECKING:
    from filiation.governance.assessment import Assessment, Language
    from filiation.governance.kind import Asked
    from filiation.governance.risk.file import Purpose, RiskFile

KIND = "risk"
DIGITS = 9
"""No number of a version is longer."""


def new_file(ref: str | None, purpose: Purpose, vectors: Sequence[str], lang: Language) -> str:
    """Return a risk file to fill in.

    Raises:
        FiliationError: If a vector's id is empty, or `ref` is no model.
    """
    from filiation.governance.risk.template import template

    if not all(vectors):
        raise FiliationError("A vector has an id: say --vector spear-phishing, for example.")
    subject = _full(ref) if ref else "model:OWNER/NAME"
    return template(subject, purpose, vectors, datetime.now(UTC).date(), lang)


def of_file(path: Path, ref: str | None, purpose: Purpose | None, against: str | None, asking: Asking) -> Assessment:
    """Return the assessment that a file comes to.

    Args:
        path: The risk file.
        ref: What it must be about; None for what it says.
        purpose: None for the file's own.
        against: A file, or the number of a version that is kept.
        asking: The options that all assessments share.

    Raises:
        FiliationError: If a file cannot be read, is about no model or another, or answers what nobody asks.
    """
    from filiation.governance.kind import completed
    from filiation.governance.risk.assessing import assessment, questions
    from filiation.governance.subject import subject

    file, at = _read(path), moment(asking.at)
    lang: Language = "ja" if asking.lang == "ja" else "en"
    with _beside(ref or file.subject, asking, at, lang) as (named, asked):
        if _full(file.subject) != named:
            raise FiliationError(f"{path} is about {file.subject}, and not about {named}: name another file.")
        given = answered(KIND, named, asking, questions(), at)
        old = _before(against, named, asking) if against else None
        known = subject(asked.con, asked.lineage, asked.node, lang) if asked else None
        made = assessment(named, file, known, given, at, lang, purpose or file.purpose, old)
        return completed(made, asked) if asked else made


def of_kept(ref: str | None, purpose: Purpose | None, asking: Asking) -> Assessment:
    """Return the assessment by the version that the atlas keeps, or of nothing but the checklist where it keeps none.

    Raises:
        FiliationError: If nothing is named, or there is no such model.
    """
    if ref is None:
        raise FiliationError("Which model? Give its name, a --file, or --new for a file to fill in.")
    return assessed(KIND, ref, asking, purpose or "")


def submit(path: Path, named: str, asking: Asking) -> None:
    """Keep a file in the atlas as the next version.

    Args:
        path: The risk file, which was assessed.
        named: What it is about, in full.
        asking: The options that all assessments share.

    Raises:
        FiliationError: If it cannot be kept.
    """
    from filiation.governance.risk.keeping import keep
    from filiation.lineage.arrays import NULL, Lineage
    from filiation.lineage.lookup import locate

    atlas = asking.atlas_path
    if not atlas.exists() or locate(Lineage.load(atlas), named).node == NULL:
        raise FiliationError(f"There is no {named} in the atlas {atlas}, where the file is to be kept: chart it first.")
    kept = keep(atlas, named, path.read_bytes(), str(path))
    note(f"Kept as version {kept.version}, digest {kept.digest[:16]}. A reviewer answers the question risk.review.")


def is_valid(made: Assessment) -> bool:
    """Return whether no rule is broken; a file without vectors breaks none."""
    return all(result.value != "incomplete" for result in made.results if result.id == "risk.complete")


def _read(path: Path) -> RiskFile:
    from filiation.governance.risk.assessing import require_known
    from filiation.governance.risk.file import read

    file = read(path)
    require_known(file, str(path))
    return file


def _before(against: str, named: str, asking: Asking) -> RiskFile:
    from filiation.governance.risk.keeping import kept

    if not against.isdecimal() or len(against) > DIGITS:
        return _read(Path(against))
    for version in kept(asking.atlas_path, named):
        if version.version == int(against):
            return version
    raise FiliationError(f"Version {against} of {named} is not kept in {asking.atlas_path}: name a file.")


@contextmanager
def _beside(ref: str, asking: Asking, at: datetime, lang: Language) -> Iterator[tuple[str, Asked | None]]:
    """Yield the full name of a model, and what stands beside a file of it; None where no atlas is there, or lists it."""
    from filiation.cli.deciding import standing_in
    from filiation.cli.lookup import find_node
    from filiation.governance.kind import Asked, require_model
    from filiation.governance.pilot.register import relatives
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    named, atlas_path = _full(ref), asking.atlas_path
    if not atlas_path.exists():
        note(f"There is no atlas {atlas_path}: nothing stands beside the file.")
        yield named, None
        return
    lineage = Lineage.load(atlas_path)
    try:
        node = find_node(lineage, ref, atlas_path)
    except UnknownRefError:
        note(f"The atlas {atlas_path} does not list {ref}: nothing stands beside the file.")
        yield named, None
        return
    require_model(lineage, node)
    with Atlas.open(atlas_path) as atlas:
        adopted, lessons = standing_in(atlas_path, asking.ledger, relatives(lineage, node))
        yield lineage.ref(node), Asked(atlas.con, lineage, node, lang, at, adopted=adopted, lessons=lessons)


def _full(ref: str) -> str:
    from filiation.core.ref import Kind, Ref

    named = Ref.parse(ref)
    if named.kind is not Kind.MODEL:
        raise FiliationError(f"{named} is no model: only models are assessed.")
    return str(named)
