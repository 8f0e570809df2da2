"""Policy files: what is read, what is refused and how, how they compose, and what a decision says."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

import filiation.policy as policies
from filiation.policy.facts import (
    EvidenceFacts,
    Facts,
    FindingFacts,
    LicenseFacts,
    ParentFacts,
    PublisherFacts,
    ScoreFacts,
    formats_of,
)
from filiation.policy.file import MAX_BYTES, PolicyError, schema
from filiation.policy.settings import PRESETS
from filiation.policy.verdict import MAX_SHOWN, FactsError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def load(tmp_path):
    """Write files and load the one named last, or ``a``."""

    def load(text: str, **others: str) -> policies.Policy:
        for name, content in {"a": text, **others}.items():
            (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
        return policies.load(tmp_path / "a.toml")

    return load


def decided(policy, **facts) -> dict[str, str]:
    """The verdict of each rule that objects."""
    return {reason.rule: reason.verdict for reason in policies.decide(policy, facts).reasons}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x =", "a.toml is not TOML"),
        ("colour = 1", "key colour: there is no such key"),
        ("[scores]\ncolour = 1", "in [scores], key colour: there is no such key"),
        ("[scores]\ndocumentation = 'x'", "in [scores], key documentation: expected"),
        ("[scores]\ndocumentation = 2", "in [scores], key documentation: expected"),
        ("[license]\nundeclared = 'maybe'", "in [license], key undeclared: "),
        ("[license]\ndeny = ['nolicense']", "in [license] deny.nolicense: 'nolicense' is no license that we know"),
        ("[license]\nuse = 'cooking'", "in [license], key use: 'cooking' says nothing about a use"),
        ("[formats]\ndeny = ['floppy']", "in [formats] deny.floppy: 'floppy' is no format that we know"),
        ("[publishers]\ndeny = ['a b']", "in [publishers], key deny"),
        ("[findings.severity]\nterrible = 'block'", "'terrible'"),
        ("[[rule]]\nid = 'x'", "in [[rule]] number 1"),
        ("[[rule]]\nid = 'X y'\nwhen = 'true'", "in [[rule]] number 1, key id"),
        (
            "[[rule]]\nid = 'x'\nwhen = 'nope'",
            "a.toml, line 1: in [[rule]] x, key when: the expression names a fact that there is not",
        ),
        ("\n[[rule]]\nid = 'x'\nwhen = '1 +'", "a.toml, line 2: in [[rule]] x, key when: the expression is not CEL"),
        ("[[rule]]\nid = 'x'\nwhen = 'true'\nmessage = '{nope}'", "key message: the text names a fact that there is not: nope"),
        ("[[rule]]\nid = 'x'\nwhen = 'true'\n[[rule]]\nid = 'x'\nwhen = 'true'", "number 2, key id: 'x' is there twice"),
        ("[access]\ngated = 'block'\n[[rule]]\nid = 'access.gated'\nwhen = 'true'", "is what a table's rule is called"),
        ("disable = ['license.undeclare']\n[license]\nundeclared = 'block'", "did you mean 'license.undeclared'?"),
        ("[unknown]\nnope = 'pass'", "in [unknown], key nope: there is no such rule"),
        ("extends = ['nope']", "key extends: nope is no policy file, and no preset: those are internal, pilot, product"),
        ("extends = ['a.toml']", "a.toml extends itself"),
        ("#" * (MAX_BYTES + 1), "longer than 256 kB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(load, text, said):
    with pytest.raises(PolicyError) as caught:
        load(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_circle_by_way_of_others_is_refused(load):
    with pytest.raises(PolicyError, match="extends itself by way of others"):
        load("extends = ['b.toml']", b="extends = ['c.toml']", c="extends = ['a.toml']")


def test_very_many_files_are_refused(load):
    with pytest.raises(PolicyError, match="more than 32 files"):
        load("extends = ['b.toml', 'b.toml']", **{name: f"extends = ['{after}.toml', '{after}.toml']" for name, after in
                                                  zip("bcdefg", "cdefgh", strict=True)}, h="")  # fmt: skip


def test_a_later_file_overrides_by_the_id_of_a_rule(load):
    base = "[license]\nundeclared = 'review'\nunknown = 'review'\n[[rule]]\nid = 'own'\nwhen = 'gated'\nverdict = 'review'"
    policy = load(
        "extends = ['b.toml']\n[license]\nundeclared = 'block'\n[[rule]]\nid = 'own'\nwhen = 'gated'\nverdict = 'block'", b=base
    )
    facts = {"gated": True, "license": {"state": "undeclared"}}
    assert decided(policy, **facts) == {"license.undeclared": "block", "own": "block"}
    assert [Path(rule.file).name for rule in policy.rules] == ["a.toml", "b.toml", "a.toml"]


def test_lists_of_what_is_denied_add_up(load):
    policy = load("extends = ['b.toml']\n[license]\ndeny = ['mit']", b="[license]\ndeny = ['gpl-3.0']")
    assert {rule.id for rule in policy.rules} == {"license.deny.mit", "license.deny.gpl-3.0"}


def test_lists_of_what_is_allowed_replace_each_other(load):
    policy = load("extends = ['b.toml']\n[publishers]\nallow = ['p']", b="[publishers]\nallow = ['o']")
    assert decided(policy, owner="o") == {"publishers.allow": "review"}
    assert decided(policy, owner="P") == {}


def test_what_is_disabled_is_gone_until_a_later_file_says_it_again(load):
    base = "[access]\ngated = 'block'"
    off = "extends = ['b.toml']\ndisable = ['access.gated']"
    assert (load(off, b=base).rules, load(off, b=base).disabled) == ([], ["access.gated"])
    again = load("extends = ['c.toml']\n[access]\ngated = 'review'", b=base, c=off)
    assert [rule.verdict for rule in again.rules] == ["review"]
    assert again.disabled == []


@pytest.mark.parametrize(
    ("table", "facts", "verdicts"),
    [
        ("[scores]\ndocumentation = 0.5", {"scores": {"documentation": 0.5}}, {}),
        ("[scores]\ndocumentation = 0.5", {"scores": {"documentation": 0.49}}, {"scores.documentation": "review"}),
        ("[scores]\nupkeep = {least = 0.5, verdict = 'block'}", {"scores": {"upkeep": 0}}, {"scores.upkeep": "block"}),
        ("[license]\nuse = 'internal'", {"license": {"answer": "no"}}, {"license.forbidden": "block"}),
        ("[license]\nuse = 'internal'", {"license": {"answer": "ask a lawyer"}}, {"license.unclear": "review"}),
        ("[license]\nuse = 'internal'", {"license": {"answer": "yes"}}, {}),
        ("[license]\nallow = ['permissive']", {"license": {"state": "expression", "expression": "mit"}}, {}),
        ("[license]\nallow = ['mit']", {"license": {"state": "expression", "expression": "gpl-3.0"}},
         {"license.allow": "review"}),
        ("[license]\nallow = ['mit']", {"license": {"state": "undeclared"}}, {"license.undeclared": "review"}),
        ("[license]\nallow = ['mit']\notherwise = 'block'", {"license": {"state": "other"}}, {"license.unknown": "block"}),
        ("[license]\ndeny = ['AGPL-3.0']", {"license": {"state": "expression", "expression": "mit OR agpl-3.0"}},
         {"license.deny.agpl-3.0": "block"}),
        ("[license]\nreview = ['community']", {"license": {"state": "expression", "expression": "llama2"}},
         {"license.review.community": "review"}),
        ("[license]\nunknown = 'block'", {"license": {"state": "other", "expression": "mit"}}, {}),
        ("[license]\nconflict = 'block'", {"license": {"conflicts": ["license-removed"]}}, {"license.conflict": "block"}),
        ("[publishers]\ndeny = ['a.b']", {"owner": "A.B"}, {"publishers.deny.a.b": "block"}),
        ("[publishers]\ndeny = ['a.b']", {"owner": "axb"}, {}),
        ("[publishers]\nleast_models = 3", {"publisher": {"models": 2}}, {"publishers.least_models": "review"}),
        ("[formats]\nneed_one_of = ['gguf']", {"kind": "model", "formats": ["pickle"]}, {"formats.need_one_of": "block"}),
        ("[formats]\nneed_one_of = ['gguf']", {"kind": "model", "formats": ["pickle", "gguf"]}, {}),
        ("[formats]\nneed_one_of = ['gguf']", {"kind": "model", "formats": []}, {}),
        ("[formats]\ndeny = ['pickle']", {"kind": "dataset"}, {}),
        ("[formats]\nreview = ['pickle']", {"kind": "model", "formats": ["pickle"]}, {"formats.review.pickle": "review"}),
        ("[evidence]\nrequire = ['parents-known']", {"unknown_ancestors": 1}, {"evidence.require.parents-known": "review"}),
        ("[evidence]\nrequire = ['parents-known']", {"unknown_ancestors": 0}, {}),
        ("[evidence]\nrequire = ['license']\nverdict = 'block'", {"license": {"state": "undeclared"}},
         {"evidence.require.license": "block"}),
        ("[revision]\nunpinned = 'block'", {"is_pinned": False}, {"revision.unpinned": "block"}),
        ("[freshness]\nmost_days = 10\nleast_days = 2", {"age_days": 11}, {"freshness.most_days": "review"}),
        ("[freshness]\nmost_days = 10\nleast_days = 2", {"age_days": 1}, {"freshness.least_days": "review"}),
        ("[access]\ngated = 'review'\nmissing = 'block'", {"gated": True, "state": "missing"},
         {"access.gated": "review", "access.missing": "block"}),
    ],
)  # fmt: skip
def test_what_the_tables_mean(load, table, facts, verdicts):
    assert decided(load(table), **facts) == verdicts


@pytest.mark.parametrize(
    ("table", "verdict"),
    [
        ("[findings.severity]\nhigh = 'block'", "block"),
        ("[findings.severity]\nlow = 'block'", "pass"),
        ("[findings]\nsure = 0.95\n[findings.severity]\nhigh = 'block'", "review"),
        ("[findings.topic]\nlicense = 'review'", "review"),
        ("[findings.topic.license]\nlow = 'block'", "pass"),
        ("[findings.severity]\nhigh = 'block'\n[findings.topic]\nlicense = 'ignore'", "pass"),
        ("[findings.severity]\nhigh = 'block'\n[findings.topic.license]\nlow = 'ignore'", "block"),
        ("[findings.severity]\nhigh = 'block'\n[findings.check]\nlicense-removed = 'review'", "review"),
        ("[findings.topic]\nlicense = 'ignore'\n[findings.check]\nlicense-removed = 'block'", "block"),
        ("[findings.topic]\nlicense = 'block'\n[findings.topic.metrics]\nlow = 'review'", "block"),
    ],
)
def test_what_is_said_of_less_counts_before_what_is_said_of_more(load, table, verdict):
    finding = {"check": "license-removed", "topic": "license", "severity": "high", "confidence": 0.9}
    assert policies.decide(load(table), {"findings": [finding]}).verdict == verdict


def test_a_reason_says_all_that_one_needs(load):
    policy = load("\n[scores]\n\ndocumentation = 0.5\n")
    (reason,) = policies.decide(policy, Facts(scores=ScoreFacts(documentation=0.25))).reasons
    assert reason.message_en == "The score for documentation is 0.25, below 0.5."
    assert "0.25" in reason.message_ja
    assert reason.because == ["scores.documentation = 0.25"]
    assert (Path(reason.file).name, reason.line, reason.where) == ("a.toml", 4, "[scores] documentation")
    assert reason.remedy_en
    assert not reason.is_unknown


def test_findings_that_object_are_named_and_not_too_many(load):
    findings = tuple(FindingFacts(f"check-{n}", "files", "high", 0.9) for n in range(MAX_SHOWN + 3))
    (reason,) = policies.decide(load("[findings.severity]\nhigh = 'review'"), Facts(findings=findings)).reasons
    assert reason.because[0] == "check-0 (high, 0.90)"
    assert reason.because[-1] == "and 3 more"


@pytest.mark.parametrize(("said", "verdict"), [("", "review"), ("unknown = 'pass'", "pass"), ("unknown = 'block'", "block")])
def test_what_is_unknown_gives_what_the_rule_says(load, said, verdict):
    policy = load(f"[[rule]]\nid = 'x'\nwhen = 'downloads < 10'\nverdict = 'block'\n{said}")
    decision = policies.decide(policy, {})
    assert decision.verdict == verdict
    for reason in decision.reasons:
        assert reason.is_unknown
        assert reason.message_en.startswith("Cannot tell, since this is not known: its downloads. What the rule would say: ")


def test_the_unknown_of_a_tables_rule_can_be_said_as_well(load):
    assert decided(load("[access]\ngated = 'block'\n[unknown]\n'access.gated' = 'pass'")) == {}


@pytest.mark.parametrize("name", policies.presets())
@pytest.mark.parametrize("facts", [{}, {"state": "missing", "kind": "model"}, {"kind": "model", "license": {"state": "other"}}])
def test_no_sentence_of_a_preset_has_a_hole(name, facts):
    for reason in policies.decide(policies.load(name), facts).reasons:
        for text in (reason.message_en, reason.message_ja, reason.remedy_en, reason.remedy_ja):
            assert not re.search(r"<[a-z_.]+>|\{[a-z_.]+\}|…|\w_\w|\[\]", text), text
        assert reason.message_en[-1] + reason.message_ja[-1] == ".。"


def test_what_is_asked_for_is_named_in_either_language(load):
    policy = load("[evidence]\nrequire = ['parents-known', 'card']\n[findings.topic]\nlicense = { high = 'review' }")
    found = (FindingFacts("license-removed", "license", "high", 0.9),)
    facts = Facts(ancestors=2, unknown_ancestors=1, evidence=EvidenceFacts(card=False), findings=found)
    said = {reason.rule: (reason.message_en, reason.message_ja) for reason in policies.decide(policy, facts).reasons}
    assert said["evidence.require.parents-known"][0].endswith("the atlas lacks 1 of the 2 that it descends from.")
    assert said["evidence.require.card"] == ("Its publisher does not show a model card with text.",
                                             "公開者が本文のあるモデルカードを示していない。")  # fmt: skip
    assert said["findings.topic.license.high"][1] == "ライセンスに関する重大度「高」の指摘がある。"


def test_one_unknown_fact_is_said_once(load):
    assert len(policies.decide(load("[license]\nuse = 'internal'"), {}).reasons) == 1


def test_what_strangers_wrote_is_only_data(load):
    policy = load("[[rule]]\nid = 'x'\nwhen = \"name != ''\"\nmessage = 'It is {name}.'")
    hostile = "{ref} \x1b]8;;\u202e' || true // " + "z" * 900
    (reason,) = policies.decide(policy, {"name": hostile, "ref": "model:o/secret"}).reasons
    assert "secret" not in reason.message_en
    assert "\x1b" not in reason.message_en + "".join(reason.because)
    assert "\u202e" not in reason.message_en + "".join(reason.because)
    assert len(reason.message_en) < 300


def test_facts_of_a_wrong_type_are_refused(load):
    with pytest.raises(FactsError, match="age_days"):
        policies.decide(load(""), {"age_days": "old"})


def test_a_wording_in_one_language_stands_in_for_the_other(load):
    policy = load("[[rule]]\nid = 'x'\nwhen = 'gated'\nmessage.ja = '申請'\n[[rule]]\nid = 'y'\nwhen = 'gated'")
    first, second = policies.decide(policy, {"gated": True}).reasons
    assert first.message_en == first.message_ja == "申請"
    assert second.message_en == "The rule y objects: gated"


PERFECT = Facts(
    kind="model", state="present", is_pinned=True, license=LicenseFacts("expression", "apache-2.0", None, None, (), "yes"),
    scores=ScoreFacts(0.9, 0.9), findings=(), age_days=100, formats=("safetensors",), publisher=PublisherFacts("o", 9),
    evidence=EvidenceFacts(*[True] * len(EvidenceFacts.__struct_fields__)), parents=(ParentFacts("model:o/b"),),
)  # fmt: skip


@pytest.mark.parametrize("name", ["pilot", "internal", "product"])
def test_a_model_without_fault_passes_the_presets(name):
    assert policies.decide(policies.load(name), PERFECT) == policies.Decision("pass", [])


def test_preset_files_are_valid_by_the_schema_in_the_package():
    written = json.loads((Path(policies.__file__).parent / "schema.json").read_text(encoding="utf-8"))
    assert written == schema(), "run python scripts/make_docs.py"
    validator = jsonschema.Draft202012Validator(written)
    for path in [*PRESETS.iterdir(), ROOT / "examples" / "policy" / "house.toml"]:
        validator.validate(tomllib.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"license": {"undeclared": "maybe"}})


def test_the_policies_in_documentation_and_examples_can_be_used(load):
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0].replace('"publishers.least_models"', '"scores.provenance"')
    assert len(load(text).rules) > 20
    assert len(policies.load(ROOT / "examples" / "policy" / "house.toml").rules) > 20


def test_formats_of_weights():
    files = ["a/pytorch_model.bin", "training_args.bin", "m.Q4.GGUF", "x.ggmlv3.q4_0.bin", "openvino_model.bin", "README.md"]
    assert formats_of(files) == ("gguf", "openvino", "pickle")
    assert formats_of(["training_args.bin", "optimizer.pt", "tokenizer.json"]) == ()


def test_the_verbs(run, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("extends = ['product']\n[access]\ngated = 'review'\n")
    bad.write_text("[access]\ngated = 'perhaps'\n")
    listed = json.loads(run("policy", "list", "--json").stdout)
    assert [item["name"] for item in listed["policies"]] == ["internal", "pilot", "product"]
    shown = run("policy", "show", good)
    assert shown.returncode == 0
    assert "access.gated  [review]" in shown.stdout
    answer = json.loads(run("policy", "show", good, "--json").stdout)
    assert (answer["schema"], answer["policy"]["use"]) == ("filiation/policy-show/v1", "commercial product, hosted, fine-tuned")
    assert run("policy", "check", good).returncode == 0
    checked = run("policy", "check", good, bad)
    assert checked.returncode == 1
    assert "in [access], key gated" in checked.stdout
    gone = run("policy", "check", tmp_path / "none.toml")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert run("policy", "show", "nope").returncode == 2
