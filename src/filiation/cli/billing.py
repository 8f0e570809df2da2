"""What the verbs that write bills of materials have in common: whose bill, of when, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import click
import msgspec

from filiation.bill.bill import Bill
from filiation.bill.making import Maker, application_name
from filiation.bill.score import Completeness, completeness, scored_refs
from filiation.cli.console import heading, line, note, print_json, table
from filiation.cli.deciding import decisions
from filiation.cli.lookup import find_node
from filiation.cli.options import moment
from filiation.cli.targets import sought
from filiation.core.errors import FiliationError
from filiation.core.ref import is_name
from filiation.export.sink import written
from filiation.lineage.arrays import NULL, STATES, Lineage
from filiation.lineage.lookup import locate
from filiation.store.atlas import Atlas

EPOCH = "SOURCE_DATE_EPOCH"
MAX_NAME = 100
Render = Callable[[Bill], dict[str, Any]]


class Asked(NamedTuple):
    """Whose bill: names, lists of names, a source tree, or the most downloaded models."""

    refs: tuple[str, ...] = ()
    lists: tuple[Path, ...] = ()
    tree: Path | None = None
    top: int | None = None
    name: str | None = None


class Written(msgspec.Struct, frozen=True):
    """A bill that was made.

    Attributes:
        file: Where it was written; null where it was not.
        name: Of the bill.
        subjects: What it is about.
        components: How many it names.
        relations: How many between them.
        gaps: How much is known to be absent.
        completeness: Of each subject that is a model or a dataset; of an application, of each that it loads.
    """

    file: str | None
    name: str
    subjects: list[str]
    components: int
    relations: int
    gaps: int
    completeness: list[Completeness]


class CycloneDX(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/export-cyclonedx/v1"):
    """The bills that were made as CycloneDX, and the names in lists that the atlas does not know."""

    spec: str
    bills: list[Written]
    skipped: list[str]


class SPDX(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/export-spdx/v1"):
    """The bills that were made as SPDX, and the names in lists that the atlas does not know."""

    spec: str
    bills: list[Written]
    skipped: list[str]


class Where(NamedTuple):
    """Where bills go: one file, a folder with one file for each, or standard output; `suffix` is of files in a folder."""

    out: Path | None
    into: Path | None
    suffix: str


def made_at(text: str | None) -> datetime:
    """Return the naive UTC moment that a bill says it was made at: `text`, else ``SOURCE_DATE_EPOCH``, else now.

    Raises:
        FiliationError: If either is no time.
    """
    epoch = os.environ.get(EPOCH)
    if text is not None or epoch is None:
        return moment(text)
    try:
        return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        raise FiliationError(f"{EPOCH} is {epoch!r}: it must be a number of seconds since 1970, or not be set.") from error


def bills(
    atlas_path: Path, asked: Asked, at: datetime, ledger: str | None, *, apart: bool, skipped: list[str]
) -> Iterator[Bill]:
    """Yield the bills that are asked for: one of all, or with `apart` one of each name.

    Args:
        atlas_path: The atlas's folder.
        asked: Whose.
        at: When they are made.
        ledger: Where decisions are kept; None for the atlas's own ledger.
        apart: Whether each name gets a bill of its own.
        skipped: Is told the names in lists that the atlas does not know.

    Raises:
        FiliationError: If nothing is asked for, or the atlas does not know a name.
    """
    if not (asked.refs or asked.lists or asked.tree or asked.top):
        raise FiliationError("Whose bill? Name a model or dataset, a list of them with --list, or source text with --uses.")
    if asked.tree is not None and (asked.refs or asked.lists or asked.top):
        raise FiliationError("The bill of an application names what its source loads: ask for other bills separately.")
    if asked.tree is not None and apart:
        raise FiliationError("An application has one bill: write it with --out.")
    lineage = Lineage.load(atlas_path)
    with Atlas.open(atlas_path) as atlas:
        maker = Maker(atlas.con, lineage, at, decisions(atlas_path, ledger).overrides)
        if asked.tree is not None:
            from filiation.uses.tree import find

            yield maker.application(find(asked.tree), asked.name or application_name(asked.tree))
            return
        nodes = _nodes(lineage, asked, atlas_path, skipped)
        if not nodes:
            raise FiliationError("The atlas knows none of these names.")
        if apart:
            yield from maker.each(nodes)
        else:
            yield maker.together(nodes, asked.name or (lineage.ref(nodes[0]) if len(nodes) == 1 else "portfolio"))


def _nodes(lineage: Lineage, asked: Asked, atlas: Path, skipped: list[str]) -> list[int]:
    """Return the nodes, each once, in the order in which they are named."""
    found = [find_node(lineage, text, atlas) for text in asked.refs]
    listed = sought([str(path) for path in asked.lists], "list")
    skipped += listed.skipped
    for item in listed.named:
        try:
            node = locate(lineage, item.text).node
        except FiliationError:
            node = NULL
        if node == NULL:
            skipped.append(f"{item.text}: the atlas does not know it")
        else:
            found.append(node)
    return list(dict.fromkeys([*found, *_most_downloaded(lineage, asked.top or 0)]))


def _most_downloaded(lineage: Lineage, top: int) -> list[int]:
    """Return the models that the registry holds which are downloaded most, the most first."""
    import numpy as np

    if not top:
        return []
    nodes = np.flatnonzero((lineage.state == STATES.index("present")) & lineage.is_model(np.arange(lineage.size)))
    return nodes[np.lexsort((nodes, -lineage.downloads[nodes]))][:top].tolist()


def write(made: Iterator[Bill], render: Render, where: Where) -> tuple[list[Written], bytes | None]:
    """Write each bill as `where` says; return what was written, and the document where it goes to standard output.

    Raises:
        FiliationError: If a file cannot be written, or several bills are to go to one place.
    """
    found: list[Written] = []
    text = None
    for bill in made:
        text = msgspec.json.format(msgspec.json.encode(render(bill)), indent=2) + b"\n"
        path = where.out if where.into is None else where.into / file_name(bill, where.suffix)
        if path is not None:
            _put(path, text)
        scores = [completeness(bill, ref) for ref in scored_refs(bill)]
        counts = len(bill.components), len(bill.relations), len(bill.gaps)
        found.append(Written(None if path is None else str(path), bill.name, list(bill.subjects), *counts, scores))
    return found, text if where.out is None and where.into is None else None


def file_name(bill: Bill, suffix: str) -> Path:
    """Return where the bill of one repository lies in a folder of bills: ``owner/name.cdx.json``, datasets apart.

    What is no name of a repository gets one that is safe, and cannot be another's.
    """
    registry_and_kind, _, name = bill.subjects[0].rpartition(":")
    if not is_name(name):
        name = f"{quote(name, safe='')[:MAX_NAME]}-{sha256(name.encode()).hexdigest()[:12]}"
    apart = {"model": "", "dataset": "datasets/"}.get(registry_and_kind, f"{quote(registry_and_kind, safe='')}/")
    return Path(f"{apart}{name}{suffix}")


def _put(path: Path, text: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FiliationError(f"{path} cannot be written ({error.strerror or error}): name another place.") from error
    with written(path) as file:
        file.write(text)


def run(
    made: Iterator[Bill], render: Render, where: Where, answer: Callable[[list[Written]], msgspec.Struct],
    skipped: Sequence[str], *, as_json: bool, scored: bool,
) -> None:  # fmt: skip
    """Write the bills, and say so: as a document, as tables of scores, as JSON about them, or in a line."""
    bills, text = write(made, render, where)
    for item in skipped:
        note(f"skipped: {item}")
    if as_json:
        print_json(answer(bills))
    elif scored:
        for item in bills:
            _print_scores(item)
    elif text is not None:
        click.echo(text, nl=False)
    elif where.into is not None:
        line(f"{where.into}: {len(bills):,} bills, of {sum(item.components for item in bills):,} components in all.")
    else:
        line(f"{bills[0].file}: {bills[0].components:,} components, {bills[0].relations:,} relations between them.")


def _print_scores(item: Written) -> None:
    """Print each score with the parts that it is made of."""
    for found in item.completeness:
        heading(f"{found.ref}: {found.score:.2f} complete")
        table(["group", "part", "weight", "met"], [(part.group, part.id, part.weight, part.met) for part in found.parts])
        line()
