"""A risk file: what somebody worked out about the ways in which a model may be misused.

The steps and what each must say are in ``knowledge/risk_steps.toml``; the rules by which a file is judged are in `validation`.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from filiation.cards.emptiness import is_placeholder
from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.governance.assessment import Value

FORMAT = "filiation/risk/v1"
MAX_FILE_BYTES = 1 << 20
MAX_VECTORS = 50
MAX_VERSION = 1_000_000
MAX_ITEMS = 200
MAX_TEXT_CHARS = 20_000
Purpose = Literal["release", "adoption"]
PURPOSES: tuple[Purpose, ...] = ("release", "adoption")
Direction = Literal["", "more", "same", "less", "unknown"]
MarginalRisk = Literal["", "none", "low", "considerable", "high", "unknown"]
Confidence = Literal["", "low", "medium", "high"]
State = Literal["", "done", "planned", "delegated"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a risk file; what it does not know is refused."""


class Source(_Part, frozen=True):
    """What a statement rests on.

    Attributes:
        text: What it shows, in a sentence.
        source: Paper, link, or who measured it.
        kind: How strong it is: a measurement of one's own, an observed case, a publication, an expert's word, an argument.
        date: Of the source, as text that begins with its year: 2024, 2024-02 or 2024-02-27.
    """

    text: str = ""
    source: str = ""
    kind: Literal["", "experiment", "observation", "publication", "expert", "argument"] = ""
    date: str = ""


class Actor(_Part, frozen=True):
    """Who would misuse it, and with which means."""

    who: str = ""
    resources: str = ""


class Threat(_Part, frozen=True):
    """Step 1; `changed` names links of `chain`."""

    summary: str = ""
    execution: str = ""
    actors: tuple[Actor, ...] = ()
    chain: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class ExistingRisk(_Part, frozen=True):
    """Step 2."""

    summary: str = ""
    baseline: str = ""
    evidence: tuple[Source, ...] = ()


class ExistingDefences(_Part, frozen=True):
    """Step 3."""

    technical: str = ""
    regulatory: str = ""
    efficacy: str = ""
    evidence: tuple[Source, ...] = ()


class Comparison(_Part, frozen=True):
    """One half of step 4; `searched` says where evidence was looked for, and stands for it where none was found."""

    finding: str = ""
    direction: Direction = ""
    evidence: tuple[Source, ...] = ()
    searched: str = ""


class MarginalEvidence(_Part, frozen=True):
    """Step 4: the two baselines, told apart."""

    existing_technology: Comparison = Comparison()
    closed_models: Comparison = Comparison()


class EaseOfDefence(_Part, frozen=True):
    """Step 5."""

    evolution: str = ""
    models_as_defence: str = ""
    who: str = ""
    evidence: tuple[Source, ...] = ()


class Uncertainty(_Part, frozen=True):
    """Step 6."""

    assumptions: tuple[str, ...] = ()
    capability_trend: str = ""
    actor_agility: str = ""
    would_change: str = ""


class Conclusion(_Part, frozen=True):
    """What the six steps come to."""

    marginal_risk: MarginalRisk = ""
    confidence: Confidence = ""
    because: str = ""


class Vector(_Part, frozen=True):
    """One way of misuse; `like` names a published study or worked example to stand beside, where its id does not."""

    id: str
    title: str = ""
    like: str = ""
    threat: Threat = Threat()
    existing_risk: ExistingRisk = ExistingRisk()
    existing_defences: ExistingDefences = ExistingDefences()
    marginal_evidence: MarginalEvidence = MarginalEvidence()
    ease_of_defence: EaseOfDefence = EaseOfDefence()
    uncertainty: Uncertainty = Uncertainty()
    conclusion: Conclusion = Conclusion()


class Answer(_Part, frozen=True):
    """An answer to a question of the checklist."""

    value: Value = "unknown"
    text: str = ""


class Responsibility(_Part, frozen=True):
    """Who carries a duty.

    Attributes:
        duty: Id in ``knowledge/risk_duties.toml``.
        actor: Likewise.
        who: The organisation or person.
        state: Done, planned, or left to somebody else.
        accepted: Whether they to whom it was left have taken it on.
        note: What more there is to say: a contract, a date.
    """

    duty: str
    actor: str
    who: str = ""
    state: State = ""
    accepted: bool = False
    note: str = ""


class RiskFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An assessment as somebody wrote it.

    Attributes:
        schema: `FORMAT`.
        subject: What it is about, such as ``model:o/a``.
        purpose: Whether the model is released or adopted.
        version: Counted from 1.
        date: Of the assessment.
        authors: Who answers for it.
        supersedes: Digest of the version before; empty for none.
        vectors: The ways of misuse.
        checklist: Answers by the question's id, without ``risk.``.
        responsibilities: Who carries what.
    """

    schema: Literal["filiation/risk/v1"]
    subject: str
    purpose: Purpose
    version: int
    date: date
    authors: tuple[str, ...] = ()
    supersedes: str = ""
    vectors: tuple[Vector, ...] = msgspec.field(default=(), name="vector")
    checklist: dict[str, Answer] = {}
    responsibilities: tuple[Responsibility, ...] = msgspec.field(default=(), name="responsibility")

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says, whatever the order and the comments of the file; 64 hexadecimal digits."""
        return sha256(msgspec.json.encode(msgspec.to_builtins(self), order="sorted")).hexdigest()


RISK = TomlFile(RiskFile, "a risk file", MAX_FILE_BYTES, "'filiation assess risk --new' prints one to fill in.")


def read(path: Path) -> RiskFile:
    """Return the risk file at `path`.

    Raises:
        FiliationError: If it cannot be read, is too large, or is of another shape; the message says where.
    """
    return _bounded(RISK.read(path), str(path))


def parse(body: bytes, name: str) -> RiskFile:
    """Return the risk file whose bytes are `body`; `name` stands for it in messages.

    Raises:
        FiliationError: As `read` does.
    """
    return _bounded(RISK.parse(body, name), name)


def is_filled(said: object) -> bool:
    """Return whether something is said: text that only keeps a place ("TODO", "n/a") says nothing, nor does a list of such."""
    if isinstance(said, str):
        return bool(said.strip()) and not is_placeholder(said)
    if isinstance(said, tuple):
        return any(is_filled(item) for item in said)
    if isinstance(said, Source):
        return is_filled(said.text) or is_filled(said.source)
    if isinstance(said, Actor):
        return is_filled(said.who)
    if isinstance(said, Comparison):
        return is_filled(said.finding)
    return bool(said)


def _bounded(found: RiskFile, name: str) -> RiskFile:
    """Return what a file says; refuse what is too much, and two vectors of one name."""
    if not 1 <= found.version <= MAX_VERSION:
        raise FiliationError(f"{name} says version {str(found.version)[:20]}: count from 1 on, to {MAX_VERSION:,} at most.")
    if len(found.vectors) > MAX_VECTORS:
        raise FiliationError(f"{name} has {len(found.vectors)} vectors: at most {MAX_VECTORS} fit in one file.")
    ids = [vector.id for vector in found.vectors]
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise FiliationError(f"{name} has two vectors {twice[0]!r}: give each an id of its own.")
    for text, number in _measured(msgspec.to_builtins(found)):
        if text > MAX_TEXT_CHARS or number > MAX_ITEMS:
            raise FiliationError(f"{name}: a text has at most {MAX_TEXT_CHARS:,} characters, a list at most {MAX_ITEMS} items.")
    return found


def _measured(tree: object) -> list[tuple[int, int]]:
    """Return the length of every text, or the number of items of every list, in a tree of plain values."""
    found, rest = [], [tree]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            found.append((len(item), 0))
        elif isinstance(item, list | tuple):
            found.append((0, len(item)))
            rest += item
        elif isinstance(item, dict):
            found.append((0, len(item)))
            rest += [*item.keys(), *item.values()]
    return found
