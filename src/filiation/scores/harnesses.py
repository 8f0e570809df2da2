"""The programs that take scores, by the names that cards and results files give them."""

from __future__ import annotations

import re

MAX_TEXT = 300
_HARNESSES = re.compile(
    r"(?P<lm>\blm[- _]?eval(?:uation)?(?:[- _]harness)?\b|\beleuther(?:ai)?['\u2019]?s? (?:eval|lm)\w*(?:[ -]harness)?"
    r"|\bevaluation harness\b)"
    r"|(?P<ollm>\bopen[- ]llm[- ]leaderboard)|(?P<light>\blighteval\b)"
    r"|(?P<mteb>\bmteb\b)|(?P<helm>\bhelm\b)|(?P<inspect>\binspect[_ -]ai\b)|(?P<compass>\bopencompass\b)"
    r"|(?P<plus>\bevalplus\b)"
    r"|(?P<big>\bbigcode[- ]evaluation[- ]harness)|(?P<simple>\bsimple-evals\b)",
    re.IGNORECASE,
)
_NAMES = {
    "lm": "lm-evaluation-harness",
    "ollm": "lm-evaluation-harness",  # which that board runs
    "light": "lighteval",
    "mteb": "mteb",
    "helm": "helm",
    "inspect": "inspect_ai",
    "compass": "opencompass",
    "plus": "evalplus",
    "big": "bigcode-evaluation-harness",
    "simple": "simple-evals",
}
_VERSION = re.compile(
    r"\s{0,3}(?:\]\([^)\s]{0,200}\))?[ (\[,]{0,3}(?:(?:version|ver\.?|v|==|release)\s?"
    r"(?P<version>\d{1,3}(?:\.\d{1,4}){1,3}(?:\.?(?:dev|rc|post)\d{0,4})?)"
    r"|(?:commit|@)\s?`?(?P<commit>[0-9a-f]{7,40})\b)",
    re.IGNORECASE,
)


def harness_name(written: str) -> str | None:
    """Return the harness that is meant, as results files name it; None where we know no such harness."""
    return harness_version(written)[0]


def harness_version(written: str) -> tuple[str | None, str | None]:
    """Return the harness that a text names first, and its version or commit where that stands behind the name."""
    text = written[:MAX_TEXT]
    found = _HARNESSES.search(text)
    if found is None or found.lastgroup is None:
        return None, None
    version = _VERSION.match(text, found.end())
    return _NAMES[found.lastgroup], (version["version"] or version["commit"].lower()) if version else None
