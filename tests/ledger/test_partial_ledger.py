"""Law: a ledger in which something is not seen answers as one in which that was never written, but for numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from filiation.core.adoption import Stage
from filiation.ledger.drafts import Reply
from filiation.ledger.errors import LedgerError, NotAllowedError, UnknownItemError
from filiation.ledger.partial import partial_ledger
from filiation.ledger.person import Role
from filiation.ledger.store import Ledger, open_ledger

BOSS = ("root", Role.ADMINISTRATOR)
START = datetime(2026, 1, 1)  # noqa: DTZ001  # the ledger keeps naive UTC
HIDDEN, SEEN = "model:acme/x", "model:o/a"


def sees(subject: str, text: str) -> bool:
    return "acme/" not in subject and "acme/" not in text


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def acts(ledger: Ledger, clock: Clock, ids: dict[str, int]) -> list[tuple[bool, Callable[[], Any]]]:
    """Return what people do, in order, each with whether it may be seen."""

    def opened(name: str, subject: str, message: str = "m"):
        return lambda: ids.setdefault(name, ledger.open_item(subject, name, *BOSS, message=message).id)

    soon = START + timedelta(days=1)
    return [
        (True, opened("a", SEEN)),
        (False, opened("x", HIDDEN)),
        (False, opened("named", SEEN, "as acme/x does")),
        (True, lambda: ledger.comment(ids["a"], "plain", *BOSS)),
        (False, lambda: ledger.comment(ids["a"], "like acme/x", *BOSS)),
        (False, lambda: ledger.comment(ids["x"], "plain", *BOSS)),
        (True, lambda: ledger.decide(ids["a"], "waive", *BOSS, "for now", soon)),
        (False, lambda: ledger.decide(ids["x"], "waive", *BOSS, "for now", soon)),
        (False, lambda: ledger.override(HIDDEN, "license", "mit", *BOSS, "said")),
        (True, lambda: ledger.override(SEEN, "license", "mit", *BOSS, "said")),
        (True, lambda: ledger.adopt(SEEN, *BOSS, "why", stage=Stage.SELECT)),
        (False, lambda: ledger.adopt(HIDDEN, *BOSS, "why")),
        (True, lambda: ids.setdefault("lesson", ledger.learn(SEEN, "failure", "slow", *BOSS).number)),
        (False, lambda: ids.setdefault("theirs", ledger.learn(HIDDEN, "failure", "slow", *BOSS).number)),
        (False, lambda: ledger.answer_failure(ids["theirs"], "mended", *BOSS)),
        (True, lambda: ledger.answer_failure(ids["lesson"], "mended", *BOSS)),
        (True, lambda: ledger.answer(SEEN, "openness", [Reply("weights", "yes", "seen")], *BOSS)),
        (False, lambda: ledger.answer(SEEN, "openness", [Reply("weights", "no", "as acme/x")], *BOSS)),
        (True, lambda: ledger.add_token("ann", "reader", *BOSS)),
        (True, lambda: setattr(clock, "at", START + timedelta(days=2))),
        (True, lambda: ledger.expire(*BOSS)),
    ]


def written(path: Path, *, all_of_it: bool) -> tuple[Ledger, dict]:
    clock, ids = Clock(), {}
    ledger = open_ledger(path, create=True, clock=clock)
    for is_seen, act in acts(ledger, clock, ids):
        if is_seen or all_of_it:
            act()
    return ledger, ids


NUMBERS = {"id", "entry", "number", "digest", "evidence_digest", "item", "previous", "body"}


def told(value: Any) -> Any:
    """Return an answer without numbers of entries."""
    import msgspec

    def plain(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {name: plain(one) for name, one in inner.items() if name not in NUMBERS}
        return [plain(one) for one in inner] if isinstance(inner, (list, tuple)) else inner

    return plain(msgspec.to_builtins(value))


def answers(ledger: Ledger) -> dict[str, Any]:
    return {
        "items": told(ledger.items()),
        "log": [(entry.action, entry.subject, entry.why, entry.value) for entry in ledger.log()],
        "pages": [entry.why for after in (0, 5, 9) for entry in ledger.log(after, 2) if after == 0],
        "count": ledger.count,
        "force": told(ledger.in_force(START)),
        "adopted": told(ledger.adopted()),
        "lessons": told(ledger.lessons()),
        "answers": told(ledger.answers()),
        "tokens": told(ledger.tokens()),
        "history": [told(ledger.history(item.id)) for item in ledger.items()],
    }


def test_it_is_as_if_it_had_never_been_written(tmp_path):
    whole, ids = written(tmp_path / "whole.db", all_of_it=True)
    never, _ = written(tmp_path / "never.db", all_of_it=False)
    seen = partial_ledger(whole, sees)
    found = answers(seen)
    for name, answer in answers(never).items():
        assert found[name] == answer, name
    for number in (ids["x"], ids["named"]):
        for ask in (seen.item, seen.history):
            with pytest.raises(UnknownItemError, match=f"There is no review item {number}"):
                ask(number)
    assert seen.adopted_as(HIDDEN) is None


def test_nothing_hidden_is_written_through_it(tmp_path):
    whole, ids = written(tmp_path / "whole.db", all_of_it=True)
    seen, before = partial_ledger(whole, sees), whole.count
    refused: list[Callable[[], Any]] = [
        lambda: seen.comment(ids["x"], "plain", *BOSS),
        lambda: seen.decide(ids["x"], "reopen", *BOSS, "why"),
        lambda: seen.open_item(HIDDEN, "check", *BOSS, message="m"),
        lambda: seen.comment(ids["a"], "like acme/x", *BOSS),
        lambda: seen.adopt(HIDDEN, *BOSS, "why"),
        lambda: seen.answer(HIDDEN, "openness", [Reply("weights", "yes", "seen")], *BOSS),
        lambda: seen.answer_failure(ids["theirs"], "mended", *BOSS),
    ]
    for act in refused:
        with pytest.raises(LedgerError):
            act()
    assert whole.count == before
    seen.comment(ids["a"], "mine", *BOSS)
    whole.comment(ids["x"], "theirs", *BOSS)
    assert whole.count == before + 2
    assert [entry.why for entry in seen.log(before)] == ["mine"]
    assert whole.verify().intact


def test_a_token_that_was_revoked_writes_nothing_through_it(tmp_path):
    whole, ids = written(tmp_path / "whole.db", all_of_it=True)
    seen = partial_ledger(whole, sees)
    person = whole.authenticate(whole.add_token("eve", "reviewer", *BOSS))
    whole.revoke_token("eve", *BOSS)
    with pytest.raises(NotAllowedError, match="no longer valid"):
        seen.comment(ids["a"], "late", person.name, person.role, via=person.via)
