"""Items, decisions and their ends, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stopped import NOON

from filiation.core.decision import evidence_digest
from filiation.core.finding import Finding, Severity
from filiation.ledger.errors import NotAllowedError, RefusedError, UnknownItemError
from filiation.ledger.store import open_ledger

ANN = ("ann", "reviewer")


def _found(check="license-missing", subject="model:o/a", words=("x",), severity=Severity.HIGH):
    return Finding(check, subject, f"{check} {words}", severity, 0.9, ("README.md",), details=words)


def test_a_finding_becomes_one_item_however_often_it_is_found(ledger):
    found = [_found(), _found(check="base-model-cycle"), _found(subject="dataset:o/a")]
    first = ledger.sync(found, *ANN)
    again = ledger.sync([*found, found[0]], *ANN)
    assert (len(first.opened), first.waiting, first.settled) == (3, 0, 0)
    assert (again.opened, again.updated, again.waiting, again.settled) == ([], [], 3, 0)
    assert ledger.count == 4  # the beginning, and three items


def test_new_evidence_is_taken_up_while_the_item_waits(ledger):
    number = ledger.sync([_found(words=("old",))], *ANN, owner="bob").opened[0]
    assert ledger.sync([_found(words=("new",))], *ANN).updated == [number]
    item = ledger.item(number)
    assert (item.details, item.owner, item.state) == (("new",), "bob", "open")
    assert ledger.sync([_found(words=("new",))], *ANN).waiting == 1


def test_two_findings_of_one_check_do_not_push_each_other_out(ledger):
    both = [_found(words=("one",)), _found(words=("two",))]
    assert len(ledger.sync(both, *ANN).opened) == 2
    third = ledger.sync([*both[1:], _found(words=("three",))], *ANN)
    assert (len(third.updated), third.waiting) == (1, 1)
    assert sorted(item.details for item in ledger.items()) == [("three",), ("two",)]


def test_one_of_several_findings_does_not_push_out_those_beside_it(ledger):
    one, two = _found(words=("one",)), _found(words=("two",))
    first = ledger.sync([one], *ANN, beside=[one, two]).opened
    second = ledger.sync([two], *ANN, beside=[one, two])
    assert (len(second.opened), second.updated) == (1, [])
    assert [item.id for item in ledger.on([one, two])] == [*first, *second.opened]


def test_a_rejected_alarm_stays_away_until_its_evidence_changes(ledger):
    number = ledger.sync([_found()], *ANN).opened[0]
    ledger.decide(number, "reject", *ANN, why="the licence is in a file of its own")
    assert ledger.sync([_found()], *ANN).settled == 1
    (waiver,) = ledger.waivers()
    assert waiver.covers(_found())
    assert waiver.covers(_found(severity=Severity.LOW))
    assert not waiver.covers(_found(words=("other",)))
    opened = ledger.sync([_found(words=("other",))], *ANN).opened
    assert opened != [number]
    assert {item.id: item.state for item in ledger.items()} == {number: "rejected", opened[0]: "open"}


def test_a_waiver_covers_any_evidence_until_it_ends(ledger, clock):
    number = ledger.sync([_found()], *ANN).opened[0]
    end = clock.now + timedelta(days=30)
    waived = ledger.decide(number, "waive", *ANN, why="pilot only", until=end)
    assert (waived.state, waived.decided.until) == ("waived", end)
    (waiver,) = ledger.waivers()
    assert waiver.covers(_found(words=("other",)))
    assert not waiver.covers(_found(check="base-model-cycle"))
    assert (waiver.who, waiver.why, waiver.until, waiver.entry) == ("ann", "pilot only", end, waived.decided.entry)


def test_an_ended_waiver_opens_its_item_again_at_that_very_moment(ledger, clock):
    number = ledger.sync([_found()], *ANN).opened[0]
    end = clock.now + timedelta(days=30)
    ledger.decide(number, "waive", *ANN, why="pilot only", until=end)
    just_before = end - timedelta(microseconds=1)
    assert (ledger.item(number, just_before).state, len(ledger.waivers(just_before))) == ("waived", 1)
    assert (ledger.item(number, end).state, ledger.waivers(end)) == ("expired", [])
    assert [item.id for item in ledger.items("waiting", at=end)] == [number]
    assert ledger.items("waiting", at=just_before) == []
    before = ledger.count
    clock.pass_days(31)
    assert ledger.item(number).state == "expired"
    assert ledger.count == before, "to look writes nothing"


@pytest.mark.parametrize("way", ["expire", "any writer"])
def test_the_log_says_once_that_a_decision_ended(ledger, clock, way):
    number = ledger.sync([_found()], *ANN).opened[0]
    ledger.decide(number, "waive", *ANN, why="pilot only", until=clock.now + timedelta(days=1))
    assert ledger.expire(*ANN) == []
    clock.pass_days(2)
    if way == "expire":
        assert [item.id for item in ledger.expire("zoe", "reviewer")] == [number]
    else:
        ledger.comment(number, "is this still so?", "zoe", "reviewer")
    assert ledger.expire(*ANN) == []
    ended = [made for made in ledger.history(number) if made.action == "expire"]
    assert [(made.who, made.item) for made in ended] == [("zoe", number)]
    ledger.decide(number, "waive", *ANN, why="once more", until=clock.now + timedelta(days=1))
    assert ledger.item(number).state == "waived"


def test_an_override_settles_a_claim_until_it_ends(ledger, clock):
    end = clock.now + timedelta(days=10)
    item = ledger.override("o/a", "license", "apache-2.0", *ANN, "the author wrote so", end)
    assert (item.state, item.subject) == ("overridden", "model:o/a")
    (made,) = ledger.overrides()
    assert (made.subject, made.predicate, made.value, made.who) == ("model:o/a", "license", "apache-2.0", "ann")
    assert ledger.waivers() == []
    assert ledger.overrides(end) == []
    again = ledger.override("o/a", "license", "mit", *ANN, "they changed it")
    assert again.id == item.id
    assert [made.value for made in ledger.overrides()] == ["mit"]
    ledger.decide(item.id, "reopen", *ANN, why="they were wrong")
    assert ledger.overrides() == []


def test_an_override_of_a_finding_answers_it_as_well(ledger):
    number = ledger.sync([_found()], *ANN).opened[0]
    ledger.decide(number, "override", *ANN, why="read the file", predicate="license", value="mit")
    assert [made.value for made in ledger.overrides()] == ["mit"]
    assert ledger.waivers()[0].covers(_found())


@pytest.mark.parametrize(
    ("decision", "more", "says"),
    [
        ("waive", {}, "until when"),
        ("waive", {"until": NOON - timedelta(days=1)}, "is past"),
        ("reject", {"until": NOON + timedelta(days=1)}, "no end"),
        ("approve", {"predicate": "license", "value": "mit"}, "nothing else"),
        ("override", {"predicate": "license"}, "what is settled"),
        ("override", {"predicate": "license", "value": "no-such-license"}, "no license that we know"),
        ("override", {"predicate": "base_model", "value": "o/b"}, "Nobody follows"),
        ("shrug", {}, "no decision"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(file, decision, more, says):
    number = file.open_item("o/a", "license-missing", *ANN).id
    before = file.count
    with pytest.raises(Exception, match=says):
        file.decide(number, decision, *ANN, why="because", **more)
    assert file.count == before


def test_a_decision_needs_a_reason(file):
    number = file.open_item("o/a", "license-missing", *ANN).id
    with pytest.raises(RefusedError, match="say why"):
        file.decide(number, "approve", *ANN, why="  ")


@pytest.mark.parametrize("text", ["a\0b", "half of a pair: \ud800", "x" * 10_001])
def test_what_a_database_cannot_keep_is_refused(ledger, text):
    number = ledger.open_item("o/a", "license-missing", *ANN).id
    with pytest.raises(RefusedError):
        ledger.comment(number, text, *ANN)
    assert ledger.comment(number, "\U0001d518nicode, \u202e, 'quotes', %s and :names\n in two lines", *ANN).comments == 1
    assert ledger.verify().intact


def test_a_reader_writes_nothing(file):
    number = file.open_item("o/a", "license-missing", *ANN).id
    before = file.count
    tries = [
        lambda who, role: file.open_item("o/b", "license-missing", who, role),
        lambda who, role: file.sync([_found(subject="model:o/c")], who, role),
        lambda who, role: file.decide(number, "approve", who, role, "because"),
        lambda who, role: file.override("o/b", "license", "mit", who, role, "because"),
        lambda who, role: file.assign(number, "me", who, role),
        lambda who, role: file.comment(number, "well", who, role),
        file.expire,
    ]
    for attempt in tries:
        for role in ("reader", "", "king"):
            with pytest.raises(NotAllowedError):
                attempt("eve", role)
    assert file.count == before


def test_items_come_in_the_order_in_which_to_look_at_them(file, clock):
    late, soon = clock.now + timedelta(days=9), clock.now + timedelta(days=1)
    low = file.open_item("o/low", "c", *ANN, severity="low").id
    high = file.open_item("o/high", "c", *ANN, severity="critical").id
    due = file.open_item("o/due", "c", *ANN, due=late).id
    first = file.open_item("o/first", "c", *ANN, due=soon, owner="bob").id
    done = file.open_item("o/done", "c", *ANN, due=soon, severity="critical").id
    file.decide(done, "approve", *ANN, why="seen")
    assert [item.id for item in file.items()] == [first, due, high, low, done]
    assert [item.id for item in file.items(owner="bob")] == [first]
    assert [item.id for item in file.items("approved")] == [done]
    with pytest.raises(RefusedError, match="no state"):
        file.items("lost")
    with pytest.raises(UnknownItemError):
        file.history(99)


def test_another_process_sees_the_same(ledger, place, clock):
    number = ledger.sync([_found()], *ANN, due=clock.now).opened[0]
    ledger.assign(number, "bob", *ANN)
    ledger.decide(number, "approve", *ANN, why="seen")
    other = open_ledger(place, clock=clock)
    assert (other.items(), other.waivers(), other.count) == (ledger.items(), ledger.waivers(), ledger.count)
    other.comment(number, "from elsewhere", "bob", "reviewer")
    assert ledger.item(number).comments == 1
    assert [made.action for made in ledger.history(number)] == ["open", "assign", "decide", "comment"]


def test_the_digest_of_evidence_knows_words_and_places_only():
    one = _found()
    assert evidence_digest(one) == evidence_digest(
        Finding("c", "s", "said otherwise", Severity.LOW, 0.1, ("README.md",), details=("x",))
    )
    assert evidence_digest(one) != evidence_digest(_found(words=("y",)))
