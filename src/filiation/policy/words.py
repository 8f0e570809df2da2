"""What things are called in the sentences of a policy."""

from __future__ import annotations

from filiation.core.language import Language
from filiation.knowledge import load


def called(name: str, lang: Language) -> str:
    """Return what a score, a severity, a topic or a piece of evidence is called; what has no words is called by its name."""
    own = load("policy_words")["names"].get(name)
    if own:
        return own[lang]
    return load("audit_words")["ja"].get(name, name) if lang == "ja" else name


def fact(path: str, lang: Language) -> str:
    """Return what a fact is called, given where it stands, such as ``evidence.card`` or ``findings[].severity``."""
    first, last = path.partition(".")[0].partition("[")[0], path.rpartition(".")[2]
    named = load("policy_words")["names"]
    own = named.get(f"fact.{first}") or named.get(f"fact.{last}")
    if own:
        return own[lang].replace("<name>", called(last, lang))
    return load("audit_words")[lang].get(f"fact.{last}") or called(last, lang)
