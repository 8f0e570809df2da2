"""An audit says what the checks found, what the policy makes of it, and who decided otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from moment import NOW

from filiation.audit.audit import is_commit, together
from filiation.core.decision import Override, Waiver
from filiation.core.ref import Ref
from filiation.policy.load import load


def node(lineage, name):
    return lineage.find(Ref.parse(name))


def test_findings_come_worst_first_and_with_their_evidence(auditor):
    audit, lineage = auditor()
    target = audit.target(node(lineage, "o/chat"))
    checks = [finding.check for finding in target.findings]
    assert "license-restriction-dropped" in checks
    order = ("critical", "high", "medium", "low", "info")
    places = [order.index(finding.severity) for finding in target.findings]
    assert places == sorted(places)
    assert all(finding.remedy and finding.title for finding in target.findings)
    assert target.lineage.parents[0].ref == "model:o/strict"
    assert target.verdict in {"review", "block"}
    assert target.reasons
    assert target.todo


def test_the_use_of_the_policy_is_answered(auditor):
    audit, lineage = auditor("product")
    target = audit.target(node(lineage, "o/chat"))
    assert target.license.verdict.answer == "no"
    assert target.verdict == "block"
    assert target.license.inherited["non-commercial"] == "model:o/strict"


def test_a_waiver_takes_its_finding_out_of_the_verdict_and_leaves_it_in_sight(auditor):
    audit, lineage = auditor()
    chat = node(lineage, "o/chat")
    before = audit.target(chat)
    checks = [finding.check for finding in before.findings]
    until = NOW + timedelta(days=30)
    waivers = [Waiver("model:o/chat", check, "ann", NOW, until, "Known.", number) for number, check in enumerate(checks)]
    after = auditor(waivers=waivers)[0].target(chat)
    assert after.waived == len(checks)
    assert [finding.check for finding in after.findings] == checks
    assert all(finding.waived.who == "ann" for finding in after.findings)
    assert len(after.reasons) < len(before.reasons)
    other = auditor(waivers=waivers)[0].target(node(lineage, "o/orphan"))
    assert other.waived == 0


def test_a_decided_use_is_shown_with_who_decided(auditor):
    told = Override(
        "model:o/strict", "license-use", "yes: commercial product, hosted, fine-tuned", "ann", NOW, None, "Contract.", 7
    )
    audit, lineage = auditor("product", overrides=[told])
    target = audit.target(node(lineage, "o/strict"))
    assert target.license.verdict.answer == "yes"
    assert target.overrides == [told]


def test_what_is_only_named_is_said_to_be_unknown(auditor):
    audit, lineage = auditor()
    target = audit.target(node(lineage, "o/gone"))
    assert target.notes == ["The atlas has no record of it: only what others say of it is known."]
    assert target.verdict != "pass"
    assert target.documentation is None


def test_a_revision_that_the_atlas_did_not_see_is_noted(auditor):
    audit, lineage = auditor()
    target = audit.target(node(lineage, "o/strict"), revision="f" * 40)
    assert any("f" * 40 in note for note in target.notes)
    assert is_commit("F" * 40)
    assert not is_commit("main")
    assert not is_commit(None)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_sentence_is_in_the_language_that_was_asked_for(auditor, lang):
    audit, lineage = auditor("product", lang=lang)
    target = audit.target(node(lineage, "o/chat"))
    sentences = [*(item.message for item in target.findings), *(item.message for item in target.reasons), *target.notes]
    is_japanese = [any("\u3040" <= sign <= "\u30ff" for sign in text) for text in sentences]
    assert sentences
    assert all(is_japanese) if lang == "ja" else not any(is_japanese)


def test_an_answer_is_as_bad_as_its_worst_target_and_what_was_skipped_is_no_pass(auditor):
    policy = load("internal")
    audit, lineage = auditor()
    targets = [audit.target(node(lineage, name)) for name in ("o/strict", "o/chat")]
    answer = together(targets, policy, "en", NOW, audit.known())
    order = ("block", "review", "pass")
    assert answer.verdict == min((target.verdict for target in targets), key=order.index)
    assert together([], policy, "en", NOW, "", ["o/x: not there"]).verdict == "review"
