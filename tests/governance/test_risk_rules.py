"""What a risk file must say: each rule on a file that keeps all of them but one, and what changes between versions."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from filiation.core.decision import Given
from filiation.core.errors import FiliationError
from filiation.governance.risk import changes, checklist, duties, references
from filiation.governance.risk.assessing import assessment, questions, require_known
from filiation.governance.risk.file import MAX_FILE_BYTES, MAX_VECTORS, RiskFile, parse
from filiation.governance.risk.keeping import keep, kept
from filiation.governance.risk.steps import steps
from filiation.governance.risk.template import template
from filiation.governance.risk.validation import grade, problems
from filiation.knowledge import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "risk.toml"
NOON = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # as the ledger keeps time
RULES = tuple(load("risk_rules"))


def changed(**at: object) -> RiskFile:
    """Return the example with other values in its vector: ``threat__chain=[]``; None takes a value away."""
    tree = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    for path, value in at.items():
        *parents, last = path.split("__")
        table = tree["vector"][0]
        for name in parents:
            table = table[name]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return msgspec.convert(tree, RiskFile)


SAID = {"finding": "the same", "direction": "same", "evidence": [{"text": "a study", "source": "X 2024", "kind": "experiment"}]}
BROKEN = {
    "step-skipped": {"uncertainty": {}},
    "part-missing": {"existing_risk__baseline": "TODO"},
    "chain-short": {"threat__chain": ["find a hole"]},
    "changed-outside-chain": {"threat__changed": ["something else"]},
    "actor-without-resources": {"threat__actors": [{"who": "somebody"}]},
    "direction-missing": {"marginal_evidence__closed_models__direction": ""},
    "evidence-missing": {"marginal_evidence__existing_technology__searched": ""},
    "baselines-mixed": {"marginal_evidence": {"existing_technology": SAID, "closed_models": SAID | {"finding": "another"}}},
    "argument-only": {},
    "evidence-unsourced": {"existing_risk__evidence": [{"text": "everybody knows"}]},
    "evidence-later": {"existing_risk__evidence": [{"text": "a", "source": "b", "date": "2026-12"}]},
    "conclusion-missing": {"conclusion__because": ""},
    "conclusion-unsupported": {"conclusion__marginal_risk": "considerable"},
    "conclusion-too-low": {
        "marginal_evidence__existing_technology__direction": "more",
        "marginal_evidence__closed_models__direction": "more",
        "conclusion__because": "n/a",
    },
    "conclusion-ahead": {"marginal_evidence__closed_models": {}},
    "too-sure": {"conclusion__confidence": "high"},
}


def test_the_example_breaks_no_rule_and_is_warned_of_one_argument():
    assert [(item.rule, item.level) for item in problems(changed())] == [("argument-only", "warning")]


def test_every_rule_is_tried():
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_file_that_breaks_a_rule_is_told_so_in_both_languages(rule):
    found = {item.rule: item for item in problems(changed(**BROKEN[rule]))}
    assert rule in found
    assert all("{" not in found[rule].text(lang) and len(found[rule].text(lang)) > 15 for lang in ("en", "ja"))


@pytest.mark.parametrize("step", [step.id for step in steps()])
def test_no_step_is_skipped_unseen(step):
    file = changed(**{step: {}})
    assert [item.step for item in problems(file) if item.rule == "step-skipped"] == [step]
    made = assessment(file.subject, file, None, (), NOON, "en", "release")
    assert next(item.value for item in made.results if item.id == "risk.complete") == "incomplete"
    assert next(item.value for item in made.results if item.id == "risk.marginal") == "unknown"


def test_a_step_is_clear_partial_or_absent():
    whole, part, none = changed(), changed(existing_defences__efficacy=""), changed(existing_defences={})
    step = steps()[2]
    assert [grade(file.vectors[0], step) for file in (whole, part, none)] == ["yes", "partial", "unknown"]


def test_the_studies_are_those_of_the_table_and_six_of_seven_are_incomplete():
    assert len(references.studies()) == 7
    complete = [item.id for item in references.studies() if all(grades == (2,) for grades in item.steps)]
    assert complete == ["csam"]
    assert {(item.id, item.marginal_risk) for item in references.examples()} == {
        ("vulnerability-detection", "low"),
        ("ncii", "considerable"),
    }


def test_published_work_stands_beside_an_answer_and_is_no_evidence_of_it():
    made = assessment("model:o/a", changed(), None, (), NOON, "en", "release")
    step = next(q for group in made.groups for q in group.questions if q.id.endswith(".existing_risk"))
    assert [item.where for item in step.compared] == [
        "automated detection of vulnerabilities; Kapoor et al. 2024, arXiv 2403.07918, table 2 (cybersecurity)"
    ]
    assert not {item.text for item in step.compared} & {item.text for item in step.evidence}
    ours = changed(id="csam")
    told = assessment("model:o/a", ours, None, (), NOON, "en", "release").groups[0].questions[0].compared
    assert told[0].text == "clear in this study"


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("purpose", ["release", "adoption"])
def test_a_new_file_is_read_and_every_step_of_it_is_found_skipped(purpose, lang):
    file = parse(template("model:o/a", purpose, ["mine", "ncii"], date(2026, 11, 22), lang).encode(), "new")
    require_known(file, "new")
    skipped = [item for item in problems(file) if item.rule == "step-skipped"]
    assert len(skipped) == 2 * len(steps())
    assert assessment("model:o/a", file, None, (), NOON, lang, purpose).open_questions > 20


def test_what_a_template_lists_can_be_answered():
    text = template("model:o/a", "release", ["x"], date(2026, 11, 22), "en")
    filled = text.replace("# [[", "[[")
    for field in ("duty", "actor", "who", "accepted"):
        filled = filled.replace(f"\n# {field} = ", f"\n{field} = ")
    filled = filled.replace('# state = ""', 'state = "done"')
    made = assessment("model:o/a", parse(filled.encode(), "new"), None, (), NOON, "en", "release")
    assert next(item.value for item in made.results if item.id == "risk.duties") == "0"


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ({"actor": "deployer", "state": "done", "who": "us"}, "yes", ""),
        ({"actor": "deployer", "state": "planned"}, "partial", "planned"),
        ({"actor": "deployer", "state": "delegated", "who": "them", "accepted": True}, "yes", ""),
        ({"actor": "deployer", "state": "delegated", "who": "them"}, "no", "them, who has not taken it on"),
        ({"actor": "developer", "state": "done"}, "no", "does not see how copies are used"),
        ({"actor": "deployer"}, "unknown", "not said"),
        (None, "unknown", "Nobody carries it"),
    ],
)
def test_a_duty_is_open_unless_somebody_who_can_has_it(item, value, said):
    duty = next(duty for duty in duties.duties() if duty.id == "monitor-use")
    carried = [msgspec.convert({"duty": duty.id, **item}, duties.Responsibility)] if item else []
    found = duties.carried(duty, carried, "en")
    assert (found.value, said in found.gap) == (value, True)


def test_the_table_of_duties_flags_what_is_open():
    made = assessment("model:o/a", changed(), None, (), NOON, "en", "release")
    table = next(table for table in made.tables if table.id == "risk.responsibilities")
    assert all(len(row) == len(table.columns) for row in table.rows)
    states = [row[1] for row in table.rows]
    assert [number for number, state in enumerate(states) if state == "open"] == list(table.flagged)
    assert states[0] == "carried"


def test_a_persons_word_closes_a_duty_and_answers_the_checklist():
    given = [Given("model:o/a", "risk", name, "yes", "", "", "ann", NOON, None, "by contract") for name in questions()]
    made = assessment("model:o/a", None, None, given, NOON, "en", "adoption")
    assert {item.id: item.value for item in made.results}["risk.duties"] == "0"
    assert made.open_questions == 0


@pytest.mark.parametrize(
    ("who", "detail", "value"), [("ann", "", "unknown"), ("A. Author", "DIGEST", "unknown"), ("ann", "read DIGEST", "yes")]
)
def test_a_review_counts_for_the_version_it_names_and_by_others_than_the_authors(who, detail, value):
    file = changed()
    told = detail.replace("DIGEST", file.digest[:16])
    given = [Given("model:o/a", "risk", "risk.review", "yes", told, "", who, NOON, None, "read it")]
    made = assessment("model:o/a", file, None, given, NOON, "en", "release")
    assert made.groups[-1].questions[0].value == value


def test_what_changed_is_told_and_what_changed_without_a_reason_is_flagged():
    old = changed()
    new = msgspec.structs.replace(changed(conclusion__marginal_risk="none"), version=2)
    flagged = {item.where: item.why for item in changes.changes(old, new)}
    assert flagged == {"vector.vulnerability-detection.conclusion.marginal_risk": "without_evidence"}
    reasoned = msgspec.structs.replace(
        changed(conclusion__marginal_risk="none", uncertainty__would_change="nothing seen"), version=2
    )
    assert not any(item.why for item in changes.changes(old, reasoned))
    lost = msgspec.structs.replace(changed(existing_risk__evidence=[]), version=2)
    (change,) = changes.changes(old, lost)
    assert (change.why, change.after) == ("evidence_gone", "")
    assert change.before.startswith("Fuzzing has long been used to find holes, Takanen")
    gone = msgspec.structs.replace(old, vectors=(), responsibilities=(), version=2)
    assert {item.why for item in changes.changes(old, gone)} == {"", "vector_gone", "duty_gone"}
    assert changes.changes(old, msgspec.structs.replace(old, version=2)) == []
    assert changes.changes(old, changed(title="another"))[0].why == "same_version"


def test_versions_are_kept_once_in_order_and_never_overwritten(tmp_path):
    body = EXAMPLE.read_bytes()
    subject = "model:example/code-model"
    first = keep(tmp_path, subject, body, "risk.toml")
    assert keep(tmp_path, subject, body, "risk.toml") == first
    with pytest.raises(FiliationError, match="version 1, and 1 is kept already"):
        keep(tmp_path, subject, body.replace(b"A. Author", b"B. Author"), "risk.toml")
    second = body.replace(b"version = 1", b'version = 2\nsupersedes = "%b"' % first.digest[:16].encode())
    keep(tmp_path, subject, second, "risk.toml")
    with pytest.raises(FiliationError, match="supersedes"):
        keep(tmp_path, subject, second.replace(b"version = 2", b"version = 3"), "risk.toml")
    assert [item.version for item in kept(tmp_path, subject)] == [2, 1]
    with pytest.raises(FiliationError, match="not about model:o/b"):
        keep(tmp_path, "model:o/b", body, "risk.toml")
    next(tmp_path.rglob("1-*.toml")).write_bytes(body.replace(b"medium", b"low"))
    with pytest.raises(FiliationError, match="not as it was kept"):
        kept(tmp_path, subject)


def test_a_name_cannot_leave_the_folder(tmp_path):
    body = EXAMPLE.read_bytes().replace(b"model:example/code-model", b"../../x")
    try:
        keep(tmp_path / "a" / "b", "model:../../x", body, "risk.toml")
    except FiliationError:  # no name that a model can have
        assert not list(tmp_path.rglob("*.toml"))
    else:
        assert [path.parent.parent.parent for path in tmp_path.rglob("*.toml")] == [tmp_path / "a" / "b"]


def test_the_digest_follows_what_is_said_and_not_how_it_is_laid_out():
    text = EXAMPLE.read_text(encoding="utf-8")
    same = parse(f"# a remark\n{text}".encode(), "a")
    assert same.digest == parse(text.encode(), "b").digest != parse(text.replace("free tools", "tools").encode(), "c").digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b'schema = "filiation/risk/v1"', b'schema = "v9"'), "not a risk file"),
        ((b"[[vector]]", b"[[vectors]]"), "not a risk file"),
        ((b"version = 1", b"version ="), "not TOML"),
        ((b"version = 1", b"version = 0"), "count from 1 on"),
        ((b"version = 1", b"version = %d" % 10**300), "count from 1 on|not a risk file"),
        ((b"A. Author", b"\xff"), "not TOML"),
        ((b'"A. Author"', b"[" * 3000), "not TOML"),
        ((b"A. Author", b"x" * 30_000), "at most 20,000 characters"),
        ((b"A. Author", b"x" * (MAX_FILE_BYTES + 1)), "longer than 1024 kB"),
        ((b"[checklist]", b'[[vector]]\nid = "vulnerability-detection"\n[checklist]'), "two vectors"),
        ((b"[checklist]", b"".join(b'[[vector]]\nid = "%d"\n' % n for n in range(MAX_VECTORS)) + b"[checklist]"), "at most 50"),
        ((b'kind = "argument"', b'kind = "rumour"'), "not a risk file"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(change, said):
    with pytest.raises(FiliationError, match=said) as error:
        parse(EXAMPLE.read_bytes().replace(*change, 1), "risk.toml")
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b'"access.who"', b'"access.whom"'), "no question 'access.whom'"),
        ((b'duty = "document"', b'duty = "paint"'), "no duty 'paint'"),
        ((b'actor = "deployer"', b'actor = "pilot"'), "no actor 'pilot'"),
    ],
)
def test_what_nobody_asks_is_not_answered(change, said):
    with pytest.raises(FiliationError, match=said):
        require_known(parse(EXAMPLE.read_bytes().replace(*change), "risk.toml"), "risk.toml")


def test_knowledge_is_whole():
    assert len(checklist.properties()) == 5
    assert {duty.id for duty in duties.duties()} >= {"monitor-use", "liability"}
    for duty in duties.duties():
        assert set(duty.by) | set(duty.cannot) <= set(duties.actors())
        assert not set(duty.by) & set(duty.cannot)
    assert set(load("risk_words")["en"]) == set(load("risk_words")["ja"])
    assert len(set(questions())) == len(questions())
