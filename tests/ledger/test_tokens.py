"""Who may, and the secrets by which they are known."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta

import pytest

from filiation.ledger.errors import NotAllowedError, RefusedError
from filiation.ledger.person import PREFIX, Role

ROOT = ("root", "administrator")


def test_a_token_stands_for_its_owner_until_it_ends_or_is_revoked(ledger, clock):
    first = ledger.begin("chief", "root")
    bob = ledger.add_token("bob", "reviewer", *ROOT, clock.now + timedelta(days=1))
    zoe = ledger.add_token("zoe", "reader", *ROOT)
    assert [ledger.authenticate(each).name for each in (first, bob, zoe)] == ["chief", "bob", "zoe"]
    assert [token.state for token in ledger.tokens()] == ["valid"] * 3
    ledger.revoke_token("zoe", *ROOT)
    clock.pass_days(2)
    assert [ledger.authenticate(each) and ledger.authenticate(each).role for each in (first, bob, zoe)] == [
        "administrator",
        None,
        None,
    ]
    assert [token.state for token in ledger.tokens()] == ["valid", "ended", "revoked"]


@pytest.mark.parametrize("given", ["", "x", PREFIX, "\0", "\ud800", "filiation_" * 10_000])
def test_no_other_text_opens_anything(file, given):
    secret = file.begin("chief", "root")
    assert file.authenticate(given) is None
    assert file.authenticate(secret[:-1]) is None
    assert file.authenticate(secret + "x" * 300) is None


def test_the_secret_is_kept_nowhere(file, tmp_path):
    secret = file.begin("chief", "root")
    assert len(secret) > len(PREFIX) + 40
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in held
    assert secret.removeprefix(PREFIX).encode() not in held


def test_what_is_written_with_a_token_says_so(file):
    person = _person(file, "bob", "reviewer")
    item = file.open_item("o/a", "license-missing", person.name, person.role, via=person.via)
    made = file.history(item.id)[0]
    assert (made.who, made.role, made.via) == ("bob", "reviewer", f"token:{file.tokens()[0].number}")


def test_a_token_revoked_between_question_and_answer_writes_nothing(file):
    person = _person(file, "bob", "reviewer")
    file.revoke_token("bob", *ROOT)
    before = file.count
    with pytest.raises(NotAllowedError, match="no longer valid"):
        file.open_item("o/a", "license-missing", person.name, person.role, via=person.via)
    assert file.count == before


@pytest.mark.parametrize(("name", "role"), [("bob", "administrator"), ("zoe", "reviewer")])
def test_nobody_borrows_a_token_for_more_than_it_is(file, name, role):
    person = _person(file, "bob", "reviewer")
    with pytest.raises(NotAllowedError):
        file.open_item("o/a", "license-missing", name, role, via=person.via)


@pytest.mark.parametrize("role", ["reader", "reviewer", ""])
def test_only_an_administrator_lets_in_and_sends_away(file, role):
    file.begin("chief", "root")
    with pytest.raises(NotAllowedError):
        file.add_token("bob", "reader", "eve", role)
    with pytest.raises(NotAllowedError):
        file.revoke_token("chief", "eve", role)
    assert [token.state for token in file.tokens()] == ["valid"]


def test_there_is_one_beginning_while_an_administrator_is_left(file):
    first = file.begin("chief", "root")
    with pytest.raises(RefusedError, match="has an administrator"):
        file.begin("eve", "eve")
    file.revoke_token("chief", *ROOT)
    second = file.begin("chief", "root")
    assert file.authenticate(first) is None
    assert file.authenticate(second).role is Role.ADMINISTRATOR


@pytest.mark.parametrize(
    ("name", "role", "days", "says"),
    [
        ("", "reader", 1, "name them"),
        ("bob", "king", 1, "no role"),
        ("bob", "reader", -1, "ended already"),
        ("a\nb", "reader", 1, "name"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(file, clock, name, role, days, says):
    with pytest.raises(RefusedError, match=says):
        file.add_token(name, role, *ROOT, clock.now + timedelta(days=days))


def test_one_valid_token_to_a_name(file):
    file.add_token("bob", "reader", *ROOT)
    with pytest.raises(RefusedError, match="revoke it first"):
        file.add_token("bob", "reviewer", *ROOT)
    file.revoke_token("bob", *ROOT)
    assert file.authenticate(file.add_token("bob", "reviewer", *ROOT)).role == "reviewer"


def test_roles_are_in_order():
    allowed = {(role, needed) for role in Role for needed in Role if role.allows(needed)}
    assert len(allowed) == 6
    assert (Role.READER, Role.REVIEWER) not in allowed
    assert (Role.REVIEWER, Role.ADMINISTRATOR) not in allowed


def test_the_hash_alone_opens_nothing(file, tmp_path):
    file.begin("chief", "root")
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as con:
        (body,) = con.execute("SELECT body FROM entry WHERE action = 'token'").fetchone()
    assert file.authenticate(body.split('"')[3]) is None


def _person(ledger, name, role):
    return ledger.authenticate(ledger.add_token(name, role, *ROOT))
