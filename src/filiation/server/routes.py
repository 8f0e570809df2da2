"""Every address that answers a question, as data: the application and its description are both made from this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from filiation.audit.answer import AuditAnswer, RiskAnswer
from filiation.governance.assessment import Assessment
from filiation.governance.pilot.way import Register, Ways
from filiation.layout.shore import Shore
from filiation.ledger.person import Role
from filiation.ledger.verification import Verification
from filiation.licenses.answer import LicenseAnswer
from filiation.lineage.ground import Listing
from filiation.lineage.overview import Overview
from filiation.lineage.portrait import Portrait
from filiation.lineage.questions import Critical, Impact, Trace
from filiation.lineage.stats import Stats
from filiation.lineage.trends import Trends
from filiation.scores.answer import ScoresAnswer
from filiation.server import answers, assessments, audits, pilots, questions, reviews, wording
from filiation.server import review_shapes as shapes
from filiation.server.bodies import ARROW, CSV, HTML, JSON
from filiation.server.policies import PolicyNames
from filiation.server.standing import Standing
from filiation.server.undeclared import Undeclared
from filiation.store.info import Info

Means = Literal["quick", "walk", "database", "ledger"]


@dataclass(frozen=True)
class Question:
    """One address.

    Attributes:
        path: With parameters in braces, as OpenAPI writes them.
        summary: What it answers.
        query: The parameters after the question mark, as a type.
        tell: Gives the answer: of what stands, the parameters in the path (of a ref, its node), the query.
        answer: The answer's type; None where it is bytes of `media_type`.
        means: What it takes: next to nothing, a walk in a thread, the database as well, or the ledger.
        is_quick: Says of what stands and the node whether it takes next to nothing all the same.
        is_lasting: Whether the answer follows from what stands alone, so that it may be kept.
        role: The least that may ask, whose person is given to `tell` as well; None for everybody, or where the server is
            private for every reader.
    """

    path: str
    summary: str
    query: type
    tell: Callable[..., Any]
    answer: type | None
    means: Means = "quick"
    media_type: str = JSON
    is_quick: Callable[[Standing, int], bool] | None = None
    is_lasting: bool = True
    role: Role | None = None

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters in the path."""
        return parameters(self.path)

    @property
    def pattern(self) -> str:
        """The path as the router writes it."""
        return pattern(self.path)


def parameters(path: str) -> list[str]:
    """Return the names of the parameters in a path."""
    return [part.split("}")[0] for part in path.split("{")[1:]]


def pattern(path: str) -> str:
    """Return a path as the router writes it."""
    for name, converter in CONVERTERS.items():
        path = path.replace(f"{{{name}}}", f"{{{name}:{converter}}}")
    return path


V1 = "/api/v1"
CONVERTERS = {"ref": "path", "node": "int", "item": "int"}
QUESTIONS = (
    Question(
        f"{V1}/info", "What is in the atlas", answers.Nothing, questions.tell_info, Info, "database", is_lasting=False
    ),
    Question(f"{V1}/stats", "Figures of the registry", answers.Nothing, questions.tell_stats, Stats, "database"),
    Question(
        f"{V1}/critical", "What most stands on", answers.CriticalQuery, questions.tell_critical, Critical, "walk"
    ),
    Question(
        f"{V1}/find", "Names and cards by words", answers.FindQuery, questions.tell_found, answers.PlacedFound, "walk"
    ),
    Question(
        f"{V1}/show/{{ref}}", "Everything about one node", answers.Nothing, questions.tell_portrait, Portrait, "database",
        is_quick=questions.is_read,
    ),
    Question(
        f"{V1}/undeclared/{{ref}}", "What a node's name says, and what its neighbourhood tells: never a claim",
        answers.Nothing, questions.tell_undeclared, Undeclared, "database", is_quick=questions.is_undeclared_read,
    ),
    Question(
        f"{V1}/scores/{{ref}}", "What a model is claimed to score, against what was measured", answers.Nothing,
        questions.tell_scores, ScoresAnswer, "database",
    ),
    Question(
        f"{V1}/trace/{{ref}}", "Where a node comes from, or what comes from it", answers.TraceQuery, questions.tell_trace,
        Trace, "walk", is_quick=questions.is_small,
    ),
    Question(
        f"{V1}/impact/{{ref}}", "What stands on a node", answers.ImpactQuery, questions.tell_impact, Impact, "walk",
        is_quick=questions.is_small,
    ),
    Question(
        f"{V1}/license/{{ref}}", "A node's licence, what it inherits, and what does not fit", answers.LicenseQuery,
        questions.tell_license, LicenseAnswer, "database", is_lasting=False,
    ),
    Question(f"{V1}/wording", "Terms and checks in words", answers.Nothing, wording.tell_words, wording.Words, "walk"),
    Question(f"{V1}/place/{{ref}}", "A node's circle, by name", answers.Nothing, questions.tell_place, answers.Place),
    Question(f"{V1}/node/{{node}}", "A node's circle, by number", answers.Nothing, questions.tell_place, answers.Place),
    Question(
        f"{V1}/reach/{{node}}.arrow", "All ancestors or descendants with their circles", answers.ReachQuery,
        questions.tell_reach, None, "walk", ARROW, questions.is_small,
    ),
    Question(
        f"{V1}/applications", "Applications, what each uses, and their marks on the map", answers.Nothing,
        questions.tell_applications, Shore, "walk",
    ),
    Question(f"{V1}/trends", "Charts of the registry", answers.Nothing, questions.tell_trends, Trends, "database"),
    Question(
        f"{V1}/trends/{{chart}}.csv", "A chart as a table", answers.Nothing, questions.tell_csv, None, "database", CSV
    ),
    Question(
        f"{V1}/trends/{{chart}}/models", "The models behind a point", answers.PointQuery, questions.tell_point, Listing,
        "database",
    ),
    Question(
        f"{V1}/overview", "The registry or a portfolio on one screen", answers.OverviewQuery, questions.tell_overview,
        Overview, "database",
    ),
    Question(
        f"{V1}/overview/{{figure}}/models", "The nodes behind a figure", answers.OverviewModelsQuery, questions.tell_figure,
        Listing, "database",
    ),
    Question(
        f"{V1}/audit/{{ref}}", "May we build on it: verdict, reasons, evidence", audits.AuditQuery, audits.tell_audit,
        AuditAnswer, "database", is_lasting=False,
    ),
    Question(
        f"{V1}/report/{{ref}}", "The same as a page to keep", audits.ReportQuery, audits.tell_report, None, "database", HTML,
        is_lasting=False,
    ),
    Question(
        f"{V1}/policies", "What an audit can be asked to follow", answers.Nothing, audits.tell_policies, PolicyNames, "walk"
    ),
    Question(
        f"{V1}/pilots", "Models on their way into use, and what each needs next", pilots.PilotQuery, pilots.tell_ways, Ways,
        "database", is_lasting=False,
    ),
    Question(
        f"{V1}/pilots/register", "What was learnt with models, newest first", pilots.PilotQuery, pilots.tell_register, Register,
        "ledger", is_lasting=False,
    ),
    Question(f"{V1}/assess", "Kinds of assessment", answers.Nothing, assessments.tell_kinds, assessments.KindNames, "walk"),
    Question(
        f"{V1}/assess/{{kind}}/{{ref}}", "An assessment: questions, answers, evidence, what is missing",
        assessments.AssessQuery, assessments.tell_assessment, Assessment, "database", is_lasting=False,
    ),
    Question(
        f"{V1}/assessment/{{kind}}/{{ref}}", "The same as a page to keep", assessments.AssessmentQuery, assessments.tell_page,
        None, "database", HTML, is_lasting=False,
    ),
    Question(
        f"{V1}/risk", "The registry by risk", audits.RiskQuery, audits.tell_risk, RiskAnswer, "database",
    ),
    Question(
        f"{V1}/review", "What waits for a person, and what was decided", shapes.QueueQuery, reviews.tell_queue, shapes.Queue,
        "ledger", is_lasting=False,
    ),
    Question(
        f"{V1}/review/{{item}}", "One item with its history", answers.Nothing, reviews.tell_item, shapes.ReviewAnswer,
        "ledger", is_lasting=False,
    ),
    Question(
        f"{V1}/ledger", "How full the ledger is, and its log", shapes.LogQuery, reviews.tell_ledger, shapes.LedgerAnswer,
        "ledger", is_lasting=False,
    ),
    Question(
        f"{V1}/ledger/verified", "Whether the log is whole", answers.Nothing, reviews.tell_verified, Verification, "ledger",
        is_lasting=False, role=Role.READER,
    ),
    Question(
        f"{V1}/me", "Whom the token stands for", answers.Nothing, reviews.tell_me, shapes.Me, "ledger", is_lasting=False,
        role=Role.READER,
    ),
    Question(
        f"{V1}/tokens", "All tokens, without their secrets", answers.Nothing, reviews.tell_tokens, shapes.Tokens, "ledger",
        is_lasting=False, role=Role.ADMINISTRATOR,
    ),
)  # fmt: skip
