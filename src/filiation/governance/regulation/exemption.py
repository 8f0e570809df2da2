"""Whether Article 53(2) exempts a model: free and open in license, weights, architecture and usage, and no systemic risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from filiation.governance.assessment import Value

GROUP = "eu.exemption"
CONDITIONS = ("license", "price", "weights", "architecture", "usage")
GPAI, PROVIDER, SYSTEMIC = "gpai", "provider", "systemic"
EXEMPTED = ("eu.duties.documentation", "eu.duties.downstream")
"""What the exemption takes away: Article 53(1)(a) and (b), and nothing else."""
Status = Literal["exempt", "not_exempt", "void", "not_gpai", "not_provider", "undecided"]


class Exemption(NamedTuple):
    """How it stands, and the ids of the questions that stand in the way."""

    status: Status
    missing: tuple[str, ...]

    @property
    def frees(self) -> bool:
        """Whether Article 53(1)(a) and (b) ask for nothing."""
        return self.status in ("exempt", "not_gpai", "not_provider")


def exemption(answers: Mapping[str, Value]) -> Exemption:
    """Return how the exemption stands.

    What is not answered decides nothing; a condition that is met in part is not met, and not failed either.

    Args:
        answers: By the id of the question within its group.
    """
    if answers[GPAI] == "no":
        return Exemption("not_gpai", ())
    if answers[PROVIDER] == "no":
        return Exemption("not_provider", ())
    if answers[SYSTEMIC] == "yes":
        return Exemption("void", (f"{GROUP}.{SYSTEMIC}",))
    failed = tuple(f"{GROUP}.{name}" for name in CONDITIONS if answers[name] == "no")
    if failed:
        return Exemption("not_exempt", failed)
    open_ = [name for name in CONDITIONS if answers[name] != "yes"]
    if answers[SYSTEMIC] != "no":
        open_.append(SYSTEMIC)
    if open_:
        return Exemption("undecided", tuple(f"{GROUP}.{name}" for name in open_))
    return Exemption("exempt", ())
