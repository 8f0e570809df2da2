"""The answers of `card lint` and `card new`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from filiation.assess.card_rules import Language
from filiation.assess.documentation import SectionScore
from filiation.assess.lint import Linted, lint
from filiation.assess.new_card import new_card
from filiation.cli.console import save
from filiation.cli.lookup import find_node
from filiation.cli.scratch import scratch_atlas
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.lineage.portrait import portrait
from filiation.store.atlas import Atlas

CARD = "README.md"
FILES = "SELECT file_names FROM node JOIN trait USING (record_id) WHERE node_id = ?"
MAX_BYTES = 1 << 20


class LintedCard(msgspec.Struct, frozen=True):
    """A card that was looked at: `score` in [0, 1] is what its sections are worth; `sections` in the order of the template."""

    path: str
    kind: Kind
    score: float
    sections: list[SectionScore]


class CardLint(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/card-lint/v1"):
    """What to mend in cards.

    Attributes:
        lang: Language of the messages.
        failed: Whether a finding is as bad as was asked for.
        cards: Those that were looked at, in the order in which they were named.
        sections: Those of the first card.
        findings: Of all cards; `subject` is the path.
    """

    lang: Language
    failed: bool
    cards: list[LintedCard]
    sections: list[SectionScore]
    findings: list[Finding]


class CardNew(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/card-new/v1"):
    """A card that was written from what is known.

    Attributes:
        ref: Of what.
        path: The file; null where it was only printed.
        card: Its text.
        score: What its sections are worth, in [0, 1].
        sections: How far each is filled; blanks are placeholders.
        findings: What to mend before it is published.
    """

    ref: str
    path: str | None
    card: str
    score: float
    sections: list[SectionScore]
    findings: list[Finding]


def write_card(target: str, atlas_path: Path, output: Path | None, *, force: bool) -> CardNew:
    """Return the standard card of `target`, a folder or a name in the atlas; written to `output` where that is given.

    Raises:
        FiliationError: If the target is not known, or `output` is there and not to be replaced.
    """
    if output is not None and output.exists() and not force:
        raise FiliationError(f"{output} is there already: choose another --output, or replace it with --force.")
    folder = Path(target)
    if folder.is_dir():
        with scratch_atlas(folder, atlas_path, ()) as (path, refs):
            lineage = Lineage.load(path)
            if len(refs) > 1:
                raise FiliationError(f"{folder} holds {len(refs)} models: name the folder of one of them.")
            text = _written(path, lineage, locate(lineage, refs[0]).node)
            ref = refs[0]
    else:
        lineage = Lineage.load(atlas_path)
        node = find_node(lineage, target, atlas_path)
        text, ref = _written(atlas_path, lineage, node), lineage.ref(node)
    if output is not None:
        save(text, output)
    linted = lint(text, str(output or CARD), Kind(ref.split(":")[-2]))
    return CardNew(ref, str(output) if output else None, text, round(linted.score, 4), linted.sections, linted.findings)


def _written(atlas_path: Path, lineage: Lineage, node: int) -> str:
    with Atlas.open(atlas_path) as atlas:
        files = atlas.con.execute(FILES, [node]).fetchall()
        return new_card(portrait(atlas.con, lineage, node), (files[0][0] if files else None) or ())


def lint_paths(
    paths: Sequence[Path], kind: Kind | None, required: Sequence[str], fail_on: Severity | None, lang: Language
) -> tuple[CardLint, dict[str, str]]:
    """Return what to mend in the cards at `paths`, files or folders that hold one; and their texts by path.

    Raises:
        FiliationError: If there is nothing at a path, or what is there is no text.
    """
    linted: list[Linted] = []
    texts: dict[str, str] = {}
    for path in paths:
        text, name = _text(path)
        if text is not None:
            texts[name] = text
        linted.append(lint(text, name, kind, required, lang))
    findings = [item for card in linted for item in card.findings]
    order = list(Severity)
    failed = fail_on is not None and any(order.index(item.severity) >= order.index(fail_on) for item in findings)
    cards = [LintedCard(card.path, card.kind, round(card.score, 4), card.sections) for card in linted]
    return CardLint(lang, failed, cards, cards[0].sections, findings), texts


def _text(path: Path) -> tuple[str | None, str]:
    """Return the card at `path`, None where a folder has none, and how to name it."""
    if path.is_dir():
        inside = path / CARD
        return (_read(inside), inside.as_posix()) if inside.is_file() else (None, path.as_posix())
    if not path.is_file():
        raise FiliationError(f"There is no file or folder {path}: name a README.md, or a folder that holds one.")
    return _read(path), path.as_posix()


def _read(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FiliationError(f"{path} is longer than {MAX_BYTES >> 20} MB, more than any card: shorten it.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FiliationError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8.") from error
