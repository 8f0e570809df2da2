"""Make rules of a policy's tables: every line of them becomes an expression, so that one engine asks them all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from filiation.core.errors import FiliationError
from filiation.knowledge import load
from filiation.licenses.catalog import license_of
from filiation.licenses.license import Kind
from filiation.licenses.purpose import purpose
from filiation.policy.file import Objection, PolicyError, Words
from filiation.policy.rule import Rule
from filiation.policy.settings import Setting, Settings
from filiation.policy.words import Language, called

if TYPE_CHECKING:
    from filiation.names.rules import Condition

SURE = 0.8
"""From this confidence on a finding may block, unless a policy says otherwise."""
UNKNOWN_STATES = ["unknown", "other", "unreadable"]


def rules_of(settings: Settings) -> list[Rule]:
    """Return the rules that the tables make, table by table.

    Raises:
        PolicyError: If a value means nothing to us, such as a license that nobody knows.
    """
    makers = (_scores, _license, _publishers, _formats, _evidence, _findings, _revision, _freshness, _access, _names)
    return [rule for make in makers for rule in make(settings)]


def _rule(settings: Settings, id_: str, when: str, verdict: Objection, origin: Setting, said: str, **filled: object) -> Rule:
    table = load("policy_words")[said]

    def fill(name: str) -> Words:
        return Words(*(_in_words(table[f"{name}{lang}"], filled, lang) for lang in ("en", "ja")))

    unknown = settings.keys.get(("unknown", id_))
    return Rule(
        id_, when, verdict, unknown.value if unknown else "review", fill(""), fill("remedy_"), origin.file, origin.line,
        origin.where, fill("asks_"),
    )  # fmt: skip


def _in_words(text: str, filled: dict[str, object], lang: Language) -> str:
    for place, value in filled.items():
        text = text.replace(f"<{place}>", str(value) if place == "id" else called(str(value), lang))
    return text


def _scores(settings: Settings) -> Iterator[Rule]:
    for (name,), setting in settings.table("scores").items():
        table = setting.value if isinstance(setting.value, dict) else {"least": setting.value}
        least = float(table["least"])
        when = f"scores.{name} < {least!r}"
        yield _rule(
            settings, f"scores.{name}", when, table.get("verdict", "review"), setting, "score", id=name, item=name, limit=least
        )


def _license(settings: Settings) -> Iterator[Rule]:
    table = settings.table("license")
    yield from _license_use(settings, table)
    if ("allow",) in table:
        allowed = table["allow",]
        names = _quoted([_license_name(item, allowed) for item in allowed.value])
        when = f"licenses.exists(l, !(l.id in {names}) && !(l.kind in {names}))"
        yield _rule(settings, "license.allow", when, _verdict(table, "otherwise", "review"), allowed, "license-allow")
    for verdict, name in (("block", "deny"), ("review", "review")):
        for (item,), setting in settings.table("license", name).items():
            known = _quoted(_license_name(setting.value, setting))
            when = f"licenses.exists(l, l.id == {known} || l.kind == {known})"
            yield _rule(settings, f"license.{name}.{item}", when, verdict, setting, f"license-{name}", item=item)
    conditions = {
        "undeclared": "license.state == 'undeclared'",
        "unknown": f"license.state in {_quoted(UNKNOWN_STATES)} && !has(license.expression)",
        "conflict": "size(license.conflicts) > 0",
    }
    for name, when in conditions.items():
        setting = table.get((name,)) or (table.get(("allow",)) if name != "conflict" else None)
        if setting:
            own = setting.value if (name,) in table else _verdict(table, "otherwise", "review")
            yield _rule(settings, f"license.{name}", when, own, setting, f"license-{name}")


def _license_use(settings: Settings, table: dict[tuple[str, ...], Setting]) -> Iterator[Rule]:
    use = table.get(("use",))
    if use is None:
        return
    try:
        purpose(use.value)
    except FiliationError as error:
        raise PolicyError(f"{use.file}: in [license], key use: {error}") from error
    for name, when in (("forbidden", "license.answer == 'no'"), ("unclear", "license.answer == 'ask a lawyer'")):
        verdict = _verdict(table, name, "block" if name == "forbidden" else "review")
        origin = table.get((name,), use)
        yield _rule(settings, f"license.{name}", when, verdict, origin, f"license-{name}", use=use.value)


def _license_name(name: str, setting: Setting) -> str:
    """Return the id of the license, or the kind, that a policy names."""
    if name in get_args(Kind):
        return name
    known = license_of(name)
    if known is None:
        kinds = ", ".join(get_args(Kind))
        raise PolicyError(f"{setting.file}: in {setting.where}: {name!r} is no license that we know, and no kind: {kinds}.")
    return known.id


def _publishers(settings: Settings) -> Iterator[Rule]:
    table = settings.table("publishers")
    if ("allow",) in table:
        allowed = table["allow",]
        when = f"!publisher.owner.matches({_any_of(allowed.value)})"
        yield _rule(settings, "publishers.allow", when, _verdict(table, "otherwise", "review"), allowed, "publishers-allow")
    for verdict, name in (("block", "deny"), ("review", "review")):
        for (item,), setting in settings.table("publishers", name).items():
            when = f"publisher.owner.matches({_any_of([item])})"
            yield _rule(settings, f"publishers.{name}.{item}", when, verdict, setting, f"publishers-{name}")
    if ("least_models",) in table:
        least = table["least_models",]
        when = f"publisher.models < {least.value}"
        yield _rule(settings, "publishers.least_models", when, "review", least, "publishers-least-models", limit=least.value)


def _formats(settings: Settings) -> Iterator[Rule]:
    table = settings.table("formats")
    if ("need_one_of",) in table:
        wanted = table["need_one_of",]
        names = _quoted([_format(item, wanted) for item in wanted.value])
        when = f"kind != 'dataset' && size(formats) > 0 && !formats.exists(f, f in {names})"
        verdict = _verdict(table, "otherwise", "block")
        items = ", ".join(wanted.value)
        yield _rule(settings, "formats.need_one_of", when, verdict, wanted, "formats-need-one-of", items=items)
    for verdict, name in (("block", "deny"), ("review", "review")):
        for (item,), setting in settings.table("formats", name).items():
            when = f"kind != 'dataset' && {_quoted(_format(item, setting))} in formats"
            yield _rule(settings, f"formats.{name}.{item}", when, verdict, setting, f"formats-{name}", item=item)


def _format(name: str, setting: Setting) -> str:
    if name not in load("weight_formats"):
        known = ", ".join(load("weight_formats"))
        raise PolicyError(f"{setting.file}: in {setting.where}: {name!r} is no format that we know: those are {known}.")
    return name


def _evidence(settings: Settings) -> Iterator[Rule]:
    verdict = _verdict(settings.table("evidence"), "verdict", "review")
    for (item,), setting in settings.table("evidence", "require").items():
        when = f"!evidence.{item.replace('-', '_')}"
        said = "evidence-parents-known" if item == "parents-known" else "evidence"
        yield _rule(settings, f"evidence.require.{item}", when, verdict, setting, said, item=f"evidence.{item}")


def _findings(settings: Settings) -> Iterator[Rule]:
    """Yield the rules by severity, topic and check; what is said of less is left out of what is said of more."""
    table = settings.table("findings")
    sure = float(table["sure",].value) if ("sure",) in table else SURE
    checks = _list_of(name for (name,) in settings.table("findings", "check"))
    topics = settings.table("findings", "topic")
    whole = _list_of(key[0] for key in topics if len(key) == 1)
    for (severity,), setting in settings.table("findings", "severity").items():
        partly = _list_of(key[0] for key in topics if key[1:] == (severity,))
        when = f"f.severity == {_quoted(severity)}{_besides('check', checks)}{_besides('topic', [*whole, *partly])}"
        yield from _finding(settings, f"findings.severity.{severity}", when, setting, sure, "severity", item=severity)
    for key, setting in topics.items():
        own = [other[1] for other in topics if len(other) == 2 and other[0] == key[0] and len(key) == 1]
        when = f"f.topic == {_quoted(key[0])}{_besides('check', checks)}{_besides('severity', own)}"
        when += f" && f.severity == {_quoted(key[1])}" if len(key) == 2 else ""
        said = "topic" if len(key) == 1 else "topic-severity"
        about = dict(zip(("topic", "item"), (f"topic.{key[0]}", *key[1:]), strict=False))
        yield from _finding(settings, f"findings.topic.{'.'.join(key)}", when, setting, sure, said, **about)
    for (check,), setting in settings.table("findings", "check").items():
        when = f"f.check == {_quoted(check)}"
        yield from _finding(settings, f"findings.check.{check}", when, setting, sure, "check", item=check)


def _finding(
    settings: Settings, id_: str, when: str, setting: Setting, sure: float, said: str, **filled: str
) -> Iterator[Rule]:  # fmt: skip
    if setting.value == "ignore":
        return
    if setting.value == "review" or sure == 0:
        yield _rule(settings, id_, f"findings.exists(f, {when})", setting.value, setting, f"findings-{said}", **filled)
        return
    whole = f"findings.exists(f, {when} && f.confidence >= {sure!r})"
    yield _rule(settings, id_, whole, "block", setting, f"findings-{said}", **filled)
    unsure = f"findings.exists(f, {when} && f.confidence < {sure!r})"
    yield _rule(settings, f"{id_}.unsure", unsure, "review", setting, "findings-unsure")


def _besides(field: str, names: list[str]) -> str:
    return f" && !(f.{field} in {_quoted(names)})" if names else ""


def _revision(settings: Settings) -> Iterator[Rule]:
    for (name,), setting in settings.table("revision").items():
        yield _rule(settings, f"revision.{name}", "!is_pinned", setting.value, setting, f"revision-{name}")


def _freshness(settings: Settings) -> Iterator[Rule]:
    table = settings.table("freshness")
    verdict = _verdict(table, "verdict", "review")
    for name, sign in (("most_days", ">"), ("least_days", "<")):
        if (name,) in table:
            setting = table[name,]
            when = f"age_days {sign} {setting.value}"
            said = f"freshness-{name.replace('_', '-')}"
            yield _rule(settings, f"freshness.{name}", when, verdict, setting, said, limit=setting.value)


def _access(settings: Settings) -> Iterator[Rule]:
    conditions = {"gated": "gated", "missing": "state != 'present'"}
    for (name,), setting in settings.table("access").items():
        yield _rule(settings, f"access.{name}", conditions[name], setting.value, setting, f"access-{name}")


def _names(settings: Settings) -> Iterator[Rule]:
    table = settings.table("names")
    if ("rules",) not in table:
        return
    from filiation.names.rules import conditions, load_rules  # noqa: PLC0415  # what most audits need not load
    from filiation.policy.naming import expression_of  # noqa: PLC0415

    origin = table["rules",]
    try:
        rules = list(conditions(load_rules(Path(origin.file).parent / origin.value)))
    except FiliationError as error:
        raise PolicyError(f"{origin.file}: in {origin.where}: {error}") from error
    verdict = _verdict(table, "verdict", "review")
    words = load("name_rule_words")
    for rule in rules:
        said = Words(*(f"{words[rule.kind][lang].format(rule.asked)}{_of(rule, lang)}" for lang in ("en", "ja")))
        remedy = Words(*(words[rule.kind][f"remedy_{lang}"] for lang in ("en", "ja")))
        unknown = settings.keys.get(("unknown", f"names.{rule.id}"))
        yield Rule(
            f"names.{rule.id}", expression_of(rule), verdict, unknown.value if unknown else "review", said, remedy,
            origin.file, origin.line, origin.where, said,
        )  # fmt: skip


def _of(rule: Condition, lang: str) -> str:
    return load("name_rule_words")["of"][lang].format(rule.has) if rule.has else ""


def _verdict(table: dict[tuple[str, ...], Setting], key: str, otherwise: Objection) -> Objection:
    setting = table.get((key,))
    return setting.value if setting else otherwise


def _any_of(names: Iterable[str]) -> str:
    """Return an expression for owners of these names, whatever their case."""
    return _quoted(f"(?i)^({'|'.join(name.replace('.', '[.]') for name in names)})$")


def _list_of(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _quoted(value: Any) -> str:
    """Return text, or a list of texts, as CEL writes it."""
    return json.dumps(value, ensure_ascii=False)
