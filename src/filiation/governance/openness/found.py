"""What an atlas shows of the parts that openness asks for, each with its license where it has one of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import duckdb

from filiation.core.claim import Basis, Predicate
from filiation.core.relation import WEIGHTS, Relation
from filiation.governance.assessment import Evidence, Language, Value
from filiation.governance.openness.mof import framework
from filiation.governance.openness.open_license import open_license
from filiation.governance.subject import Signs, Subject
from filiation.knowledge import load
from filiation.lineage.arrays import STATES, Lineage

MAX_SHOWN = 5
"""So many datasets are named."""
SURE = 0.9
"""From this confidence on a section of the card shows what it is about; a thin one shows a part."""
CARD_SECTIONS = ("description", "uses", "limitations", "training_data", "evaluation")
GOOD_CARD = 3
"""So many of those make a card one that says what the model is, what it is for and where it ends."""


class Found(NamedTuple):
    """An answer that the atlas gives: `detail` is a license, or empty."""

    value: Value = "unknown"
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()


NOTHING = Found()


class Held(NamedTuple):
    """A dataset, or a model above, as the registry has it."""

    ref: str
    state: str
    license: str
    has_card: bool


class Finder:
    """Looks for what is released.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        node: The model's.
        subject: What the atlas holds of it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, subject: Subject) -> None:
        self._con, self._lineage, self._node, self._subject = con, lineage, node, subject
        self._words = load("openness_words")[subject.lang]

    @property
    def lang(self) -> Language:
        """The language of the evidence."""
        return self._subject.lang

    def find(self, name: str, shown: Signs, hints: Signs) -> Found:
        """Return what the finder of that name says, else what the signs do; what only hints at it leaves it open."""
        finders: dict[str, Callable[[], Found]] = {
            "architecture": self._architecture, "weights": self._weights, "card": self._card, "data-card": self._data_card,
            "library": self._library, "evaluation-data": self._evaluation_data, "datasets": self._datasets,
            "paper": self._paper, "license": self._license, "any-license": self._any_license, "held": self._held,
            "base-weights": self._base_weights, "base-data": self._base_data, "properties": self._properties,
        }  # fmt: skip
        first = finders[name]() if name else NOTHING
        seen = self._subject.evidence(shown)
        hinted = self._subject.evidence(hints)
        evidence = tuple(dict.fromkeys((*first.evidence, *seen, *hinted)))
        if first.value != "unknown":
            return Found(first.value, first.detail, evidence)
        if seen:
            whole = any(item.basis is not Basis.STATED or item.confidence >= SURE for item in seen)
            return Found("yes" if whole else "partial", "", evidence)
        return Found("unknown", first.detail, evidence)

    # -------------------------------------------------------------------------------------------------- what is released

    def _weights(self) -> Found:
        evidence = (*self._subject.weights(), *self._subject.access())
        if self._subject.files is None:
            return Found(evidence=evidence)
        if any(self._subject.weights()):
            return Found("yes", "", evidence)
        return Found("no", "", (self._told("no_weights", "files", Basis.MEASURED),))

    def _architecture(self) -> Found:
        loads_code = any(name.endswith(".py") and "modeling" in name for name in self._subject.files or ())
        return NOTHING if loads_code else self._library(framework().generic)

    def _library(self, without: frozenset[str] = frozenset()) -> Found:
        """Return the license of the library that has the code; those in `without` have it not."""
        libraries = {name: spdx for name, spdx in framework().libraries.items() if name not in without}
        names = [claim for claim in self._subject.portrait.claims if claim.predicate == Predicate.LIBRARY]
        known = {claim.value: claim for claim in reversed(names) if claim.value in libraries}
        for name, claim in known.items():
            told = self._told("library", claim.locator, Basis.INFERRED, 0.85, name=name, license=libraries[name])
            return Found("yes", libraries[name], (told,))
        return NOTHING

    def _card(self) -> Found:
        if self._subject.has_card is False:
            return Found("no", "", (self._told("no_card", "files", Basis.MEASURED),))
        if not self._subject.has_card:
            return NOTHING
        filled = [name for name in CARD_SECTIONS if (found := self._subject.sections.get(name)) and found.state == "present"]
        told = self._told("card", "README.md", Basis.MEASURED, count=len(filled), of=len(CARD_SECTIONS))
        return Found("yes" if len(filled) >= GOOD_CARD else "partial", "", (told,))

    def _paper(self) -> Found:
        claims = [claim for claim in self._subject.portrait.claims if claim.predicate == Predicate.ARXIV]
        if not claims:
            return NOTHING
        of_other = any(parent.relation in WEIGHTS and parent.set_aside is None for parent in self._subject.portrait.parents)
        name, sure = ("paper_of_other", 0.4) if of_other else ("paper", 0.7)
        told = tuple(
            self._told(name, claim.locator, Basis.INFERRED, sure, value=value)
            for value, claim in {claim.value: claim for claim in claims}.items()
        )
        return Found("unknown" if of_other else "yes", "", told[:MAX_SHOWN])

    # ------------------------------------------------------------------------------------------------------------ data

    @cached_property
    def _trained_on(self) -> list[Held]:
        return self._above(Relation.TRAINED_ON)

    def _datasets(self) -> Found:
        return self._of_data(self._trained_on)

    def _evaluation_data(self) -> Found:
        return self._of_data(self._above(Relation.EVALUATED_ON))

    def _of_data(self, held: list[Held]) -> Found:
        """Return how far datasets are open: yes where all named are; whether all are named nobody knows, so it is partial."""
        if not held:
            return NOTHING
        opened = [item for item in held if item.state == "open"]
        licenses = list(dict.fromkeys(item.license for item in opened if item.license))
        evidence = tuple(self._data(item) for item in held[:MAX_SHOWN])
        if not opened:
            return Found(evidence=evidence)
        every = len(opened) == len(held)
        return Found("yes" if every else "partial", ", ".join(licenses) if len(licenses) == 1 else "", evidence)

    def _data_card(self) -> Found:
        carded = [item for item in self._trained_on if item.has_card]
        told = tuple(self._told("dataset_card", item.ref, Basis.MEASURED, ref=item.ref) for item in carded[:MAX_SHOWN])
        if not carded:
            return NOTHING
        licenses = {item.license for item in carded}
        return Found(
            "yes" if len(carded) == len(self._trained_on) else "partial", licenses.pop() if len(licenses) == 1 else "", told
        )

    def _data(self, item: Held) -> Evidence:
        name = "dataset_license" if item.license else "dataset"
        state = self._words[f"state_{item.state}"]
        return self._told(name, item.ref, Basis.DECLARED, 0.9, ref=item.ref, state=state, license=item.license)

    # ------------------------------------------------------------------------------------------------------- the base

    @cached_property
    def _bases(self) -> list[Held]:
        return self._above(*WEIGHTS)

    def _base_weights(self) -> Found:
        if not self._bases:
            own = self._weights()
            return Found(own.value, own.detail, (self._told("no_base", "lineage", Basis.INFERRED, 0.7), *own.evidence))
        states = {item.state for item in self._bases}
        evidence = tuple(
            self._told("base", "lineage", Basis.INFERRED, 0.9, ref=item.ref, state=self._words[f"state_{item.state}"])
            for item in self._bases[:MAX_SHOWN]
        )
        if states == {"open"}:
            licenses = {item.license for item in self._bases}
            return Found("yes", licenses.pop() if len(licenses) == 1 else "", evidence)
        return Found("partial" if "open" in states or "gated" in states else "unknown", "", evidence)

    def _base_data(self) -> Found:
        return NOTHING if self._bases else self._datasets()

    # ---------------------------------------------------------------------------------------------------------- other

    def own_license(self) -> str:
        """Return the license that the model declares; empty where it declares none."""
        declared = self._subject.license.declared
        return declared.expression or ""

    def _license(self) -> Found:
        own = self.own_license()
        if not own:
            return NOTHING
        made_of = open_license(own)
        value: Value = "yes" if made_of.is_open else "no" if made_of.is_known else "unknown"
        return Found(value, made_of.name, tuple(self._subject.declared_license()))

    def _any_license(self) -> Found:
        evidence = tuple(self._subject.declared_license())
        return Found("yes" if self.own_license() else "unknown", self.own_license(), evidence)

    def _properties(self) -> Found:
        """Return whether size and architecture are told; input and output follow from the task."""
        size = tuple(self._subject.size())
        signs = self._subject.evidence(Signs(claims=(Predicate.ARCHITECTURE, Predicate.MODEL_TYPE, Predicate.PIPELINE_TAG)))
        kinds = {claim.predicate for claim in self._subject.portrait.claims}
        built = Predicate.ARCHITECTURE in kinds or Predicate.MODEL_TYPE in kinds
        evidence = (*size, *signs)
        if size and built and Predicate.PIPELINE_TAG in kinds:
            return Found("yes", "", evidence)
        return Found(evidence=evidence)

    def _held(self) -> Found:
        return Found("yes", "", tuple(self._subject.published())) if self._subject.held else NOTHING

    def _above(self, *relations: Relation) -> list[Held]:
        """Return the parents by those relations, as the registry has them; what a model was evaluated on is no descent."""
        rows = self._con.execute(_ABOVE, [self._node, [str(relation) for relation in relations]]).fetchall()
        found = []
        for node, gated, has_card, expression in rows:
            present = STATES[self._lineage.state[node]] == "present"
            closed = gated is not None and gated.lower() not in ("false", "")
            state = "missing" if not present else "gated" if closed else "open"
            found.append(Held(self._lineage.ref(node), state, expression or "", bool(has_card)))
        return found

    def _told(self, name: str, where: str, basis: Basis, sure: float = 1.0, /, **words: object) -> Evidence:
        return Evidence(self._words[name].format(**words), where, basis, sure)


_ABOVE = """
SELECT DISTINCT ON (node.node_id) node.node_id, trait.gated,
    CASE WHEN record.files IS NOT NULL THEN json_exists(record.files, '$."README.md"')
        WHEN len(trait.file_names) > 0 THEN list_contains(trait.file_names, 'README.md') END,
    term.expression
FROM edge JOIN node ON node.node_id = edge.parent
LEFT JOIN record USING (record_id) LEFT JOIN trait USING (record_id) LEFT JOIN term ON term.node_id = node.node_id
WHERE edge.child = ? AND edge.set_aside IS NULL AND list_contains(?::VARCHAR[], edge.relation::VARCHAR)
ORDER BY node.node_id
"""
