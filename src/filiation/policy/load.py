"""Read a policy, with all that it extends."""

from __future__ import annotations

from pathlib import Path

from filiation.policy.expression import checked
from filiation.policy.file import PolicyError
from filiation.policy.language import ExpressionError, places
from filiation.policy.rule import Policy, Rule
from filiation.policy.settings import Settings, composed, words
from filiation.policy.tables import rules_of


def load(name: str | Path) -> Policy:
    """Return the policy: a preset by its name, or a file by its path.

    Raises:
        PolicyError: If it cannot be used; the sentence names the file, the table and the key.
    """
    settings = composed(name)
    rules = [*rules_of(settings), *_own_rules(settings)]
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PolicyError(
                f"{rule.file}: in {rule.where}, key id: {rule.id!r} is what a table's rule is called: choose another."
            )
        seen.add(rule.id)
        _check(rule)
    _check_unknown(settings, seen)
    use = settings.keys.get(("license", "use"))
    return Policy(str(name), settings.title, settings.files, use.value if use else None, rules, settings.disabled)


def _own_rules(settings: Settings) -> list[Rule]:
    rules = []
    for table, place in settings.rules.values():
        unknown = settings.keys.get(("unknown", table.id))
        message = words(table.message or f"The rule {table.id} objects: {table.when}")
        rules.append(
            Rule(
                table.id, table.when, table.verdict, unknown.value if unknown else table.unknown, message, words(table.remedy),
                place.file, place.line, place.where,
            )
        )  # fmt: skip
    return rules


def _check(rule: Rule) -> None:
    try:
        checked(rule.when)
    except ExpressionError as error:
        raise PolicyError(f"{rule.file}, line {rule.line}: in {rule.where}, key when: the expression {error}.") from error
    try:
        for text in (rule.message.en, rule.message.ja, rule.remedy.en, rule.remedy.ja):
            places(text)
    except ExpressionError as error:
        raise PolicyError(f"{rule.file}, line {rule.line}: in {rule.where}, key message: the text {error}.") from error


def _check_unknown(settings: Settings, known: set[str]) -> None:
    for (rule,), setting in settings.table("unknown").items():
        if rule not in known and rule not in settings.disabled:
            raise PolicyError(f"{setting.file}, line {setting.line}: in [unknown], key {rule}: there is no such rule.")
