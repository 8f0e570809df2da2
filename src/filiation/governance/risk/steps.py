"""The six steps, as ``knowledge/risk_steps.toml`` has them."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from filiation.governance.assessment import Language
from filiation.knowledge import load


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a step must say: a field of it in a risk file."""

    id: str
    en: str
    ja: str


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step; `id` is its field of a vector."""

    id: str
    en: str
    ja: str
    title_en: str
    title_ja: str
    part: tuple[Part, ...]

    def title(self, lang: Language) -> str:
        """Return what it is called."""
        return self.title_ja if lang == "ja" else self.title_en


@cache
def steps() -> tuple[Step, ...]:
    """Return the steps in order."""
    return msgspec.convert(load("risk_steps")["step"], tuple[Step, ...])


def said(entry: Any, lang: Language) -> str:
    """Return the sentence of a table of knowledge, or of a struct, in a language."""
    if isinstance(entry, dict):
        return str(entry[lang])
    return str(getattr(entry, lang))


def term(vocabulary: str, value: str, lang: Language) -> str:
    """Return a value of a vocabulary (``marginal_risk``, ``confidence``, ``direction``, ``grade``) in words; "-" for none."""
    return said(load("risk_steps")[vocabulary][value], lang) if value else "-"


def listed(items: list[str], lang: Language) -> str:
    """Return items in a row."""
    return ("、" if lang == "ja" else ", ").join(items)
