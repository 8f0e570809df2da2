"""Ask a policy about a model: the verdict is the worst that any rule gives, and each rule that objects says why."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.knowledge import load
from filiation.policy.decision import VERDICTS, Decision, Reason, Verdict
from filiation.policy.expression import Answer, Expression, expression, getter, together
from filiation.policy.facts import Facts, FindingFacts, NamedLicense, ParentFacts, settled
from filiation.policy.language import filled, places
from filiation.policy.rule import Policy, Rule
from filiation.policy.words import Language, fact

MAX_SHOWN = 8
MAX_VALUE_CHARS = 200
MEMORY = 200_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class FactsError(FiliationError):
    """Facts are not what they should be; the message names the fact."""


def decide(policy: Policy, facts: Facts | Mapping[str, Any]) -> Decision:
    """Return what the policy says of one model.

    Args:
        policy: From `filiation.policy.load`.
        facts: `Facts`, or a mapping with its keys; what is missing or null is unknown.

    Laws: a finding more never makes the verdict of a policy of tables better; a finding that was waived counts as not there;
    what is unknown never counts as a pass, unless the rule says so.

    Raises:
        FactsError: If a fact is of another type than `Facts` says.
    """
    return _Judge(policy).decide(as_facts(facts))


def decide_many(policy: Policy, facts: Iterable[Facts]) -> Iterator[Decision]:
    """Yield what the policy says of each, in order: `decide` of each, with every distinct question asked once.

    Args:
        policy: From `filiation.policy.load`.
        facts: Any number; they are not kept.
    """
    judge = _Judge(policy)
    for one in facts:
        yield judge.decide(one)


def as_facts(facts: Facts | Mapping[str, Any]) -> Facts:
    """Return `facts` with every value of the type that `Facts` says; keys that it does not have are passed over.

    Raises:
        FactsError: If a value is of another type.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(facts), Facts)
    except (msgspec.ValidationError, TypeError) as error:
        raise FactsError(f"The facts of a model are not as they should be: {str(error).replace('`', '')}.") from error


class _Judge:
    """A policy with its expressions compiled, and what they answered so far."""

    def __init__(self, policy: Policy) -> None:
        self._rules = [_Asked(rule) for rule in policy.rules]
        self._needs = frozenset(path.names[0] for rule in self._rules for path in rule.paths)
        self._lists = [
            _Items(name, self._rules) for name in sorted({rule.expression.list_name or "" for rule in self._rules} - {""})
        ]
        self._others = [(number, rule) for number, rule in enumerate(self._rules) if rule.expression.list_name is None]

    def decide(self, facts: Facts) -> Decision:
        told = settled(facts, self._needs)
        objects, unsure = 0, 0
        for items in self._lists:
            true, unknown = items.ask(told)
            objects, unsure = objects | true, unsure | unknown
        reasons = [reason for number, rule in self._others if (reason := rule.say(told, rule.expression.ask(told)))]
        for number in _ones(objects | unsure):
            reason = self._rules[number].say(told, True if objects >> number & 1 else None)
            if reason:
                reasons.append(reason)
        if len(reasons) > 1:
            reasons.sort(key=_order)
            reasons = _once(reasons)
        return Decision(reasons[0].verdict if reasons else "pass", reasons)


class _Items:
    """The rules of a policy that go through one list item by item: what an item answers to all of them is remembered."""

    def __init__(self, name: str, rules: list[_Asked]) -> None:
        self._items = attrgetter(name)
        self._rules = [(1 << number, rule) for number, rule in enumerate(rules) if rule.expression.list_name == name]
        self._all = sum(bit for bit, _ in self._rules)
        self._known: dict[msgspec.Struct, tuple[int, int]] = {}

    def ask(self, facts: Facts) -> tuple[int, int]:
        """Return the rules that object, and those of which that is unknown, as bits by their numbers."""
        items = self._items(facts)
        if items is None:
            return 0, self._all
        true = unknown = 0
        for item in items:
            answers = self._known.get(item) or self._of(item)
            true |= answers[0]
            unknown |= answers[1]
        return true, unknown & ~true

    def _of(self, item: msgspec.Struct) -> tuple[int, int]:
        told = [(bit, rule.expression.of_item(item)) for bit, rule in self._rules]
        answers = sum(bit for bit, answer in told if answer), sum(bit for bit, answer in told if answer is None)
        if len(self._known) >= MEMORY:
            self._known.clear()
        self._known[item] = answers
        return answers


class _Asked:
    """A rule with its expression."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.expression: Expression = expression(rule.when)
        texts = (rule.message.en, rule.message.ja, rule.remedy.en, rule.remedy.ja)
        said = tuple(dict.fromkeys(path for text in texts for path in places(text)))
        self.paths = tuple(dict.fromkeys([*said, *self.expression.paths]))
        self._getters = [(str(path), getter(path)) for path in self.paths]
        self._values = together(self.paths)
        self._said = together(said)
        self._reasons: dict[Hashable, Reason] = {}

    def say(self, facts: Facts, answer: Answer) -> Reason | None:
        """Return why the rule objects, None where it does not; `answer` is what its expression says."""
        if answer is False or (answer is None and self.rule.unknown == "pass"):
            return None
        witnesses = self.expression.witnesses(facts) if self.expression.list_name else ()
        key = (answer, witnesses, self._said(facts)) if witnesses else (answer, self._values(facts))
        found = self._reasons.get(key)
        if found is None:
            if len(self._reasons) >= MEMORY:
                self._reasons.clear()
            found = self._reasons[key] = self._reason(facts, answer is None, witnesses)
        return found

    def _reason(self, facts: Facts, is_unknown: bool, witnesses: tuple[msgspec.Struct, ...]) -> Reason:
        rule = self.rule
        values = {name: _shown(get(facts)) for name, get in self._getters}
        en, ja, how_en, how_ja = [
            filled(text, values) if "{" in text else text
            for text in (rule.message.en, rule.message.ja, rule.remedy.en, rule.remedy.ja)
        ]
        verdict: Verdict = rule.verdict
        if is_unknown:
            words = load("policy_words")["unknown"]
            verdict = rule.unknown
            en = self._cannot_tell(facts, rule.asks.en, rule.message.en, "en")
            ja = self._cannot_tell(facts, rule.asks.ja, rule.message.ja, "ja")
            how_en, how_ja = words["remedy_en"], words["remedy_ja"]
        because = self._because(values, witnesses)
        return Reason(rule.id, verdict, en, ja, because, how_en, how_ja, rule.file, rule.line, rule.where, is_unknown)

    def _cannot_tell(self, facts: Facts, asks: str, message: str, lang: Language) -> str:
        """Return which facts are not known, and what the rule asks for; what it would say, where its author said only that."""
        words = load("policy_words")["unknown"]
        lacking = dict.fromkeys(fact(str(path), lang) for path in self.expression.unknown(facts))
        what = (", " if lang == "en" else "、").join(lacking) or self.rule.when
        text = words[lang if asks else f"own_{lang}"]
        return text.replace("<facts>", what).replace("<asks>", asks or _bare(message))

    def _because(self, values: dict[str, str], witnesses: tuple[msgspec.Struct, ...]) -> list[str]:
        if witnesses:
            rest = len(witnesses) - MAX_SHOWN
            return [_item(item) for item in witnesses[:MAX_SHOWN]] + ([f"and {rest} more"] if rest > 0 else [])
        return [f"{path} = {values[str(path)]}" for path in self.paths if path.field is None or len(self.paths) == 1]


def _ones(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, ascending."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def _order(reason: Reason) -> tuple[int, bool]:
    return -VERDICTS.index(reason.verdict), reason.is_unknown


def _once(reasons: list[Reason]) -> list[Reason]:
    """Return the reasons without those that only say once more that the same facts are unknown; the first is the worst."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for reason in reasons:
        about = tuple(reason.because)
        if reason.is_unknown and about in seen:
            continue
        if reason.is_unknown:
            seen.add(about)
        kept.append(reason)
    return kept


def _bare(text: str) -> str:
    """Return a message with its places left open, for there is nothing to fill in."""
    return filled(text, {str(path): "…" for path in places(text)})


def _item(item: msgspec.Struct) -> str:
    """Return a finding, a parent or a license in a few words."""
    match item:
        case FindingFacts():
            return _cut(f"{item.check} ({item.severity}, {item.confidence:.2f})")
        case ParentFacts():
            return _cut(f"{item.ref} ({item.relation or 'relation not known'}, {item.state or 'state not known'})")
        case NamedLicense():
            return _cut(f"{item.id} ({item.kind})")
    return _cut(str(item))


def _shown(value: Any) -> str:
    """Return a fact as people read it; what comes from strangers is cut, and cannot steer a terminal."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, tuple):
        parts = [_item(item) if isinstance(item, msgspec.Struct) else _shown(item) for item in value[:MAX_SHOWN]]
        rest = len(value) - MAX_SHOWN
        return _cut(", ".join(parts) + (f" and {rest} more" if rest > 0 else "")) or "none"
    return _cut(str(value))


def _cut(text: str) -> str:
    clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return clean if len(clean) <= MAX_VALUE_CHARS else f"{clean[: MAX_VALUE_CHARS - 1]}…"
