"""Every address that answers a question, as data: the application and its description are both made from this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from filiation.licenses.answer import LicenseAnswer
from filiation.lineage.ground import Listing
from filiation.lineage.overview import Overview
from filiation.lineage.portrait import Portrait
from filiation.lineage.questions import Critical, Impact, Trace
from filiation.lineage.stats import Stats
from filiation.lineage.trends import Trends
from filiation.server import answers, questions, wording
from filiation.server.bodies import ARROW, CSV, JSON
from filiation.server.standing import Standing
from filiation.store.info import Info

Means = Literal["quick", "walk", "database"]


@dataclass(frozen=True)
class Question:
    """One address.

    Attributes:
        path: With parameters in braces, as OpenAPI writes them.
        summary: What it answers.
        query: The parameters after the question mark, as a type.
        tell: Gives the answer: of what stands, the parameter in the path if there is one (of a ref, its node), the query.
        answer: The answer's type; None where it is bytes of `media_type`.
        means: What it takes: next to nothing, a walk in a thread, or the database as well.
        is_quick: Says of what stands and the node whether it takes next to nothing all the same.
        is_lasting: Whether the answer follows from what stands alone, so that it may be kept.
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

    @property
    def parameter(self) -> str | None:
        """The name of the parameter in the path."""
        return self.path.split("{")[1].split("}")[0] if "{" in self.path else None

    @property
    def pattern(self) -> str:
        """The path as the router writes it."""
        converters = {"ref": "{ref:path}", "node": "{node:int}"}
        name = self.parameter
        return self.path.replace(f"{{{name}}}", converters[name]) if name in converters else self.path


_V1 = "/api/v1"
QUESTIONS = (
    Question(
        f"{_V1}/info", "What is in the atlas", answers.Nothing, questions.tell_info, Info, "database", is_lasting=False
    ),
    Question(f"{_V1}/stats", "Figures of the registry", answers.Nothing, questions.tell_stats, Stats, "database"),
    Question(
        f"{_V1}/critical", "What most stands on", answers.CriticalQuery, questions.tell_critical, Critical, "walk"
    ),
    Question(
        f"{_V1}/find", "Names and cards by words", answers.FindQuery, questions.tell_found, answers.PlacedFound, "walk"
    ),
    Question(
        f"{_V1}/show/{{ref}}", "Everything about one node", answers.Nothing, questions.tell_portrait, Portrait, "database",
        is_quick=questions.is_read,
    ),
    Question(
        f"{_V1}/trace/{{ref}}", "Where a node comes from, or what comes from it", answers.TraceQuery, questions.tell_trace,
        Trace, "walk", is_quick=questions.is_small,
    ),
    Question(
        f"{_V1}/impact/{{ref}}", "What stands on a node", answers.ImpactQuery, questions.tell_impact, Impact, "walk",
        is_quick=questions.is_small,
    ),
    Question(
        f"{_V1}/license/{{ref}}", "A node's licence, what it inherits, and what does not fit", answers.LicenseQuery,
        questions.tell_license, LicenseAnswer, "database",
    ),
    Question(f"{_V1}/wording", "Terms and checks in words", answers.Nothing, wording.tell_words, wording.Words, "walk"),
    Question(f"{_V1}/place/{{ref}}", "A node's circle, by name", answers.Nothing, questions.tell_place, answers.Place),
    Question(f"{_V1}/node/{{node}}", "A node's circle, by number", answers.Nothing, questions.tell_place, answers.Place),
    Question(
        f"{_V1}/reach/{{node}}.arrow", "All ancestors or descendants with their circles", answers.ReachQuery,
        questions.tell_reach, None, "walk", ARROW, questions.is_small,
    ),
    Question(f"{_V1}/trends", "Charts of the registry", answers.Nothing, questions.tell_trends, Trends, "database"),
    Question(
        f"{_V1}/trends/{{chart}}.csv", "A chart as a table", answers.Nothing, questions.tell_csv, None, "database", CSV
    ),
    Question(
        f"{_V1}/trends/{{chart}}/models", "The models behind a point", answers.PointQuery, questions.tell_point, Listing,
        "database",
    ),
    Question(
        f"{_V1}/overview", "The registry or a portfolio on one screen", answers.OverviewQuery, questions.tell_overview,
        Overview, "database",
    ),
    Question(
        f"{_V1}/overview/{{figure}}/models", "The nodes behind a figure", answers.OverviewModelsQuery, questions.tell_figure,
        Listing, "database",
    ),
)  # fmt: skip
