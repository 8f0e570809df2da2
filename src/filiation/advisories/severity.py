"""How severe an advisory is."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from filiation.core.advisory import Advisory, Affected
from filiation.core.finding import Severity
from filiation.knowledge import load

MALICIOUS = "MAL-"
"""So begin the ids of the reports of malicious packages of the OpenSSF."""
_ATTACK = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
}
_PRIVILEGES = {"N": (0.85, 0.85), "L": (0.62, 0.68), "H": (0.27, 0.5)}
_LOSS = {"H": 0.56, "L": 0.22, "N": 0.0}
_STEPS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))


def severity_of(advisory: Advisory, affected: Affected) -> Severity:
    """Return how severe it is: as its database says, else by its CVSS vector, else high; what is malicious is critical."""
    if advisory.id.startswith(MALICIOUS):
        return Severity.CRITICAL
    for specific in (affected.database_specific, advisory.database_specific):
        said = specific.get("severity")
        if isinstance(said, str) and said.upper() in load("advisories")["severity"]:
            return Severity(load("advisories")["severity"][said.upper()])
    scores = [score for item in [*affected.severity, *advisory.severity] if (score := _score(item)) is not None]
    if not scores:
        return Severity.HIGH
    return next((severity for least, severity in _STEPS if max(scores) >= least), Severity.INFO)


def _score(item: Mapping[str, Any]) -> float | None:
    text = item.get("score")
    return cvss3(text) if isinstance(text, str) and text.startswith("CVSS:3") else None


def cvss3(vector: str) -> float | None:
    """Return the base score of a CVSS vector of version 3.0 or 3.1, from 0 to 10; None where it is none.

    Source:
        https://www.first.org/cvss/v3-1/specification-document, section 7.1.
    """
    given = {part.partition(":")[0]: part.partition(":")[2] for part in vector.split("/")[1:]}
    try:
        is_wide = {"U": False, "C": True}[given["S"]]
        losses = [_LOSS[given[name]] for name in ("C", "I", "A")]
        attack = 8.22 * _PRIVILEGES[given["PR"]][is_wide]
        for name, weights in _ATTACK.items():
            attack *= weights[given[name]]
    except KeyError:
        return None
    loss = 1 - (1 - losses[0]) * (1 - losses[1]) * (1 - losses[2])
    impact = 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 if is_wide else 6.42 * loss
    if impact <= 0:
        return 0.0
    return _up(min(1.08 * (impact + attack) if is_wide else impact + attack, 10))


def _up(value: float) -> float:
    """Return `value` rounded up to one digit, without the noise of binary fractions."""
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else ceil(whole / 10_000) / 10
