"""What an audit says of licenses, as the points of a list in one language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from filiation import checks
from filiation.audit.answer import AuditLicense, AuditTarget, Language
from filiation.audit.words import NAMES, decided, named
from filiation.licenses.answer import Reason
from filiation.licenses.declared import State
from filiation.licenses.terms import terms


def license_points(target: AuditTarget, words: Mapping[str, str], lang: Language) -> Iterator[str]:
    """Yield what is declared, what comes from above, and whether the policy's use is allowed."""
    about = target.license
    text = ", ".join(about.declared.text)
    yield words["declared"].format(text=text) if text else words["declares_nothing"]
    yield from _inherited(about, words, lang)
    if about.unknown:
        yield words["unknown_terms"].format(names=named(about.unknown, words))
    if about.verdict:
        yield words["for_use"].format(use=about.verdict.purpose, answer=words[about.verdict.answer])
        yield from dict.fromkeys(_reason(item, target, words, lang) for item in about.verdict.reasons[:NAMES])
        if about.verdict.decided:
            yield decided(about.verdict.decided, words)


def _inherited(about: AuditLicense, words: Mapping[str, str], lang: Language) -> Iterator[str]:
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for term, source in about.inherited.items():
        asked[source].append(f"{_sentence(term, lang)} [{term}]")
    for source in list(asked)[:NAMES]:
        yield words["inherits"].format(source=source, terms=" ".join(asked[source]))
    if len(asked) > NAMES:
        yield words["more"].format(count=len(asked) - NAMES)
    if not asked:
        yield words["inherits_nothing"]


def _sentence(term: str, lang: Language) -> str:
    return terms()[term].ja if lang == "ja" else terms()[term].en


def _reason(reason: Reason, target: AuditTarget, words: Mapping[str, str], lang: Language) -> str:
    text = reason.text if lang == "en" else _translated(reason, target, words, lang)
    place = " ".join(filter(None, (reason.license, reason.clause)))
    return f"{text} [{place}]" if place else text


def _translated(reason: Reason, target: AuditTarget, words: Mapping[str, str], lang: Language) -> str:
    """Return a reason, which `licenses.verdict` says in English, in another language by what it stands on."""
    if reason.term:
        sentence = _sentence(reason.term, lang)
        if terms()[reason.term].kind == "right":
            return words["license.missing"].format(license=reason.license, term=sentence)
        is_own = reason.source == target.ref
        return sentence if is_own else words["license.from"].format(term=sentence, source=reason.source)
    if reason.clause:
        check = checks.named().get(reason.clause)
        found = [item.message for item in target.findings if item.check == reason.clause]
        return found[0] if found else check.ja.title if check else reason.text
    if reason.source != target.ref:
        return words["license.silent"].format(source=reason.source)
    return words["license.undeclared" if target.license.declared.state == State.UNDECLARED else "license.unreadable"]
