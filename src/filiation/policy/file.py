"""A policy file as it is written: TOML, whose tables `PolicyFile` describes; ``schema.json`` is made from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.policy.decision import Verdict
from filiation.policy.facts import SeverityName

MAX_BYTES = 256 << 10
MAX_RULES = 500
SCHEMA_ID = "filiation/policy/v1"
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Objection = Literal["review", "block"]
Weight = Literal["review", "block", "ignore"]
RuleId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")]
EvidenceName = Literal[
    "card", "license", "datasets", "parents-known", "evaluation", "intended-use", "limitations", "training", "hardware",
    "carbon", "contact", "demo-code", "repository", "paper",
]  # fmt: skip
Owner = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,96}$")]


class PolicyError(FiliationError):
    """A policy cannot be used; the message names the file, and where it can the table and the key."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence in two languages; where one is missing, the other stands in for it."""

    en: str = ""
    ja: str = ""


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least score that passes, and what a lower one gives."""

    least: Share
    verdict: Objection = "review"


class ScoresTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Least scores: a number, below which a person looks, or a number with a verdict."""

    documentation: Share | Threshold | None = None
    provenance: Share | Threshold | None = None
    reproducibility: Share | Threshold | None = None
    portability: Share | Threshold | None = None
    popularity: Share | Threshold | None = None
    upkeep: Share | Threshold | None = None


class LicenseTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of licenses.

    Attributes:
        use: What the model is for, in the words of ``filiation license --for``.
        forbidden: Verdict where the licenses along its lineage forbid that use; block unless it says otherwise.
        unclear: Verdict where a lawyer must be asked; review unless it says otherwise.
        allow: Ids or kinds of licenses; every one that its license names must be among them.
        otherwise: Verdict of one that is not; review unless it says otherwise.
        review: Ids or kinds that a person must look at.
        deny: Ids or kinds that are not allowed.
        undeclared: Verdict where no license is declared.
        unknown: Verdict where one is declared and nobody knows which.
        conflict: Verdict where what it declares does not fit its lineage.
    """

    use: str | None = None
    forbidden: Objection | None = None
    unclear: Objection | None = None
    allow: list[str] = []
    otherwise: Objection | None = None
    review: list[str] = []
    deny: list[str] = []
    undeclared: Objection | None = None
    unknown: Objection | None = None
    conflict: Objection | None = None


class PublishersTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may have published it: names of users and organizations, whatever their case.

    Attributes:
        allow: Only these.
        otherwise: Verdict of one that is not among them; review unless it says otherwise.
        review: A person must look.
        deny: Not these.
        least_models: From so many models in the atlas on a publisher counts as known; below, a person looks.
    """

    allow: list[Owner] = []
    otherwise: Objection | None = None
    review: list[Owner] = []
    deny: list[Owner] = []
    least_models: Annotated[int, msgspec.Meta(ge=1)] | None = None


class FormatsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds of files of weights, as ``knowledge/weight_formats.toml`` names them.

    Attributes:
        need_one_of: Where there are weights at all, they must be there in one of these.
        otherwise: Verdict where they are not; block unless it says otherwise.
        review: A person must look.
        deny: Not these.
    """

    need_one_of: list[str] = []
    otherwise: Objection | None = None
    review: list[str] = []
    deny: list[str] = []


class EvidenceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What its publisher must say or show, and the verdict where that is missing: review unless it says otherwise."""

    require: list[EvidenceName] = []
    verdict: Objection | None = None


class FindingsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What findings give; what is said of a check counts before what is said of its topic, and that before the severity.

    Attributes:
        sure: From this confidence on a finding may block; below it a person looks. 0.8 unless it says otherwise.
        severity: By severity.
        topic: By topic; with severities inside, for these only.
        check: By the name of the check.
    """

    sure: Share | None = None
    severity: dict[SeverityName, Weight] = {}
    topic: dict[str, Weight | dict[SeverityName, Weight]] = {}
    check: dict[str, Weight] = {}


class RevisionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of the revision: the verdict where it is not pinned to a commit."""

    unpinned: Objection | None = None


class FreshnessTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days ago it may have been changed last, and the verdict otherwise: review unless it says otherwise."""

    most_days: Annotated[int, msgspec.Meta(ge=1)] | None = None
    least_days: Annotated[int, msgspec.Meta(ge=1)] | None = None
    verdict: Objection | None = None


class AccessTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Verdicts where it is gated, or is nothing that the atlas holds."""

    gated: Objection | None = None
    missing: Objection | None = None


class NamesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of names.

    Attributes:
        rules: A file of house rules by its path from this one, as ``filiation name --rules`` takes it.
        verdict: Where a name breaks one of them; review unless it says otherwise.
    """

    rules: str | None = None
    verdict: Objection | None = None


class RuleTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of your own.

    Attributes:
        id: What it is called, to override or disable it.
        when: Expression in CEL over the facts; where it holds, the rule objects.
        verdict: What it then gives.
        message: What is the matter; a name in braces, such as ``{scores.documentation}``, is filled in.
        remedy: What to do.
        unknown: What it gives where that hangs on something unknown.
    """

    id: RuleId
    when: str
    verdict: Objection = "review"
    message: str | Words = ""
    remedy: str | Words = ""
    unknown: Verdict = "review"


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy.

    Attributes:
        title: What it is for.
        extends: Presets, or files by their path from this one; a later one counts before an earlier one.
        disable: Ids of rules that do not count.
        unknown: Verdict by id of a rule, where the rule hangs on something unknown; review unless it says otherwise.
        rule: Rules of your own.
    """

    title: str | Words = ""
    extends: list[str] = []
    disable: list[str] = []
    unknown: dict[str, Verdict] = {}
    scores: ScoresTable = ScoresTable()
    license: LicenseTable = LicenseTable()
    publishers: PublishersTable = PublishersTable()
    formats: FormatsTable = FormatsTable()
    evidence: EvidenceTable = EvidenceTable()
    findings: FindingsTable = FindingsTable()
    revision: RevisionTable = RevisionTable()
    freshness: FreshnessTable = FreshnessTable()
    access: AccessTable = AccessTable()
    names: NamesTable = NamesTable()
    rule: list[RuleTable] = []


POLICY = TomlFile(PolicyFile, "a policy", MAX_BYTES, error=PolicyError)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy file, which the package keeps as ``policy/schema.json``."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "A policy of filiation"}
    return head | msgspec.json.schema(PolicyFile)


def parse(text: str, name: str) -> tuple[PolicyFile, dict[str, Any]]:
    """Return the policy in `text`, and the same as plain tables, which still tell what is written from what is not.

    Args:
        text: TOML.
        name: Of the file, for messages.

    Raises:
        PolicyError: If it is no policy.
    """
    tables = POLICY.tables(text.encode("utf-8", "replace"), name)
    found = POLICY.fit(tables, name)
    if len(found.rule) > MAX_RULES:
        raise PolicyError(f"{name}: in [[rule]] there are more than {MAX_RULES} rules: split it into several files.")
    return found, tables
