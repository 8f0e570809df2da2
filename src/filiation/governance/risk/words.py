"""Sentences of an assessment of risk, in each language."""

from __future__ import annotations

from filiation.governance.assessment import Language
from filiation.knowledge import load


def words(lang: Language) -> dict[str, str]:
    """Return the sentences of a language by name."""
    return load("risk_words")[lang]
