"""Every address by which something is written, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from filiation.governance.pilot.way import Register, Ways
from filiation.ledger.person import Role
from filiation.server import assessments, pilots, reviews
from filiation.server import review_shapes as shapes
from filiation.server.routes import V1, parameters, pattern


@dataclass(frozen=True)
class Act:
    """One address that takes a POST.

    Attributes:
        path: With parameters in braces, as OpenAPI writes them.
        summary: What it does.
        role: The least that may.
        body: What is sent, as a type.
        do: Does it: of what stands, the person, the parameters in the path as they are written, the body.
        answer: The answer's type.
        status: Of an answer.
    """

    path: str
    summary: str
    role: Role
    body: type
    do: Callable[..., Any]
    answer: type
    status: int = 200

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters in the path."""
        return parameters(self.path)

    @property
    def pattern(self) -> str:
        """The path as the router writes it."""
        return pattern(self.path)


ACTS = (
    Act(f"{V1}/review", "Open a review", Role.REVIEWER, shapes.OpenBody, reviews.open_review, shapes.ReviewAnswer, 201),
    Act(
        f"{V1}/review/{{item}}/decision", "Decide on an item", Role.REVIEWER, shapes.DecisionBody, reviews.decide,
        shapes.ReviewAnswer,
    ),
    Act(
        f"{V1}/review/{{item}}/comment", "Say something about an item", Role.REVIEWER, shapes.CommentBody, reviews.comment,
        shapes.ReviewAnswer,
    ),
    Act(
        f"{V1}/review/{{item}}/owner", "Give an item to somebody, with a date", Role.REVIEWER, shapes.OwnerBody, reviews.assign,
        shapes.ReviewAnswer,
    ),
    Act(f"{V1}/pilots/adopt", "Put a model on its way into use", Role.REVIEWER, pilots.AdoptBody, pilots.adopt, Ways, 201),
    Act(
        f"{V1}/pilots/advance", "Move a model on, back, or off its way", Role.REVIEWER, pilots.AdvanceBody, pilots.advance, Ways
    ),
    Act(f"{V1}/pilots/learnt", "Keep a success or a failure", Role.REVIEWER, pilots.LessonBody, pilots.learn, Register, 201),
    Act(
        f"{V1}/pilots/answered", "Keep what was done about a failure", Role.REVIEWER, pilots.DoneBody, pilots.answer_failure,
        Register,
    ),
    Act(
        f"{V1}/assess/{{kind}}/{{ref}}", "Answer a question of an assessment", Role.REVIEWER, assessments.GivenBody,
        assessments.answer, assessments.GivenAnswers,
    ),
    Act(
        f"{V1}/tokens", "Make a token; its secret is told once", Role.ADMINISTRATOR, shapes.TokenBody, reviews.make_token,
        shapes.TokenMade, 201,
    ),
    Act(
        f"{V1}/tokens/revoke", "End a token now", Role.ADMINISTRATOR, shapes.RevokeBody, reviews.revoke_token, shapes.Tokens
    ),
)  # fmt: skip
