"""What holds of every policy that is made of tables."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filiation.policy as policies
from filiation.policy.decision import VERDICTS
from filiation.policy.facts import SEVERITIES, EvidenceFacts, Facts, FindingFacts, LicenseFacts, PublisherFacts, ScoreFacts

TOPICS = ["documentation", "dependencies", "datasets", "license", "attributes", "metrics", "files", "names"]
CHECKS = ["license-removed", "pickle-only", "base-model-missing", "card-missing"]
maybe = lambda strategy: st.none() | strategy  # noqa: E731  # reads as a word
SHARES = st.floats(0, 1).map(lambda value: round(value, 2))
FINDING = st.builds(FindingFacts, st.sampled_from(CHECKS), st.sampled_from(TOPICS), st.sampled_from(SEVERITIES), SHARES)
LICENSE = st.builds(
    LicenseFacts, maybe(st.sampled_from(["undeclared", "unknown", "other", "expression", "decided"])),
    maybe(st.sampled_from(["mit", "apache-2.0 OR gpl-3.0", "cc-by-nc-4.0", "own-license"])), st.none(), st.none(),
    maybe(st.lists(st.sampled_from(CHECKS), max_size=2).map(tuple)), maybe(st.sampled_from(["yes", "no", "ask a lawyer"])),
)  # fmt: skip
FACTS = st.builds(
    Facts, kind=maybe(st.sampled_from(["model", "dataset"])), owner=maybe(st.sampled_from(["o", "p"])),
    state=maybe(st.sampled_from(["present", "missing"])), is_pinned=maybe(st.booleans()), gated=maybe(st.booleans()),
    license=LICENSE, scores=st.builds(ScoreFacts, maybe(SHARES), maybe(SHARES)),
    findings=st.lists(FINDING, max_size=4).map(tuple),
    age_days=maybe(st.integers(0, 2000)), formats=maybe(st.sampled_from([(), ("pickle",), ("pickle", "safetensors")])),
    publisher=st.builds(PublisherFacts, st.none(), maybe(st.integers(0, 20))),
    evidence=st.builds(EvidenceFacts, maybe(st.booleans()), maybe(st.booleans()), maybe(st.booleans())),
)  # fmt: skip
BAD = st.sampled_from(["review", "block"])
WEIGHT = st.sampled_from(["review", "block", "ignore"])


def tables(prefix: str = "own") -> st.SearchStrategy[dict]:
    """Policies as they would stand in a file."""
    when = st.sampled_from(["gated", "age_days > 900", "findings.exists(f, f.confidence > 0.7)", "'pickle' in formats"])
    rule = st.fixed_dictionaries({"when": when, "verdict": BAD}, optional={"unknown": BAD})
    return st.fixed_dictionaries(
        {},
        optional={
            "scores": st.dictionaries(st.sampled_from(["documentation", "provenance"]), SHARES),
            "license": st.fixed_dictionaries(
                {},
                optional={
                    "use": st.just("internal"), "undeclared": BAD, "unknown": BAD, "conflict": BAD,
                    "deny": st.lists(st.sampled_from(["non-commercial", "gpl-3.0"]), max_size=2),
                    "allow": st.lists(st.sampled_from(["permissive", "mit"]), min_size=1, max_size=2),
                },
            ),
            "publishers": st.fixed_dictionaries({}, optional={"deny": st.just(["P"]), "least_models": st.integers(1, 9)}),
            "formats": st.fixed_dictionaries({}, optional={"deny": st.just(["pickle"]), "need_one_of": st.just(["onnx"])}),
            "evidence": st.fixed_dictionaries({"require": st.lists(st.sampled_from(["card", "license", "datasets"]))}),
            "findings": st.fixed_dictionaries(
                {},
                optional={
                    "sure": SHARES, "severity": st.dictionaries(st.sampled_from(SEVERITIES), WEIGHT),
                    "topic": st.dictionaries(
                        st.sampled_from(TOPICS), WEIGHT | st.dictionaries(st.sampled_from(SEVERITIES), WEIGHT, min_size=1)
                    ),
                    "check": st.dictionaries(st.sampled_from(CHECKS), WEIGHT),
                },
            ),
            "revision": st.fixed_dictionaries({"unpinned": BAD}),
            "freshness": st.fixed_dictionaries({}, optional={"most_days": st.integers(1, 900), "least_days": st.just(9)}),
            "access": st.fixed_dictionaries({}, optional={"gated": BAD, "missing": BAD}),
            "rule": st.lists(rule, max_size=2).map(
                lambda rules: [{"id": f"{prefix}-{n}", **rule} for n, rule in enumerate(rules)]
            ),
        },
    )  # fmt: skip


def inline(value) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(inner)}" for key, inner in value.items()) + "}"
    return f"[{', '.join(map(inline, value))}]" if isinstance(value, list) else json.dumps(value)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Write policies into files that may extend one another, and load the last."""
    folder = tmp_path_factory.mktemp("policies")

    def load(*files: dict):
        for number, content in enumerate(files):
            text = "\n".join(f"{key} = {inline(value)}" for key, value in content.items())
            (folder / f"{number}.toml").write_text(text, encoding="utf-8")
        return policies.load(folder / f"{len(files) - 1}.toml")

    return load


def badness(policy, facts) -> int:
    return VERDICTS.index(policies.decide(policy, facts).verdict)


@settings(max_examples=150)
@given(content=tables(), facts=FACTS, finding=FINDING)
def test_a_finding_more_never_makes_the_verdict_better(loaded, content, facts, finding):
    policy = loaded(content)
    more = msgspec.structs.replace(facts, findings=(*facts.findings, finding))
    assert badness(policy, more) >= badness(policy, facts)


@settings(max_examples=100)
@given(content=tables(), facts=FACTS, finding=FINDING)
def test_a_waived_finding_counts_as_not_there(loaded, content, facts, finding):
    policy = loaded(content)
    waived = msgspec.structs.replace(finding, waived=True)
    more = msgspec.structs.replace(facts, findings=(*facts.findings, waived))
    known = {found.check for found in facts.findings}
    if finding.check in known or finding.check not in (facts.license.conflicts or ()):
        assert policies.decide(policy, more) == policies.decide(policy, facts)
    else:
        assert badness(policy, more) <= badness(policy, facts)


def keys_of(content: dict) -> set[tuple[str, ...]]:
    """The settings that a later file would override: not the items of lists, which add up."""

    def walk(start: tuple[str, ...], value: object) -> set[tuple[str, ...]]:
        if isinstance(value, dict):
            return set().union(*(walk((*start, key), inner) for key, inner in value.items()))
        return {start}

    found = walk((), {key: value for key, value in content.items() if key not in {"rule", "extends"}})
    return {key for key in found if key[-1] not in {"deny", "review", "require"}}


def overrides(base: dict, other: dict) -> bool:
    """Whether `other` says anything of what `base` says: the same key, or a finding's check or topic beside its severity."""
    if keys_of(base) & keys_of(other):
        return True
    return bool(base.get("findings")) and any(key[:2] in {("findings", "check"), ("findings", "topic"), ("findings", "sure")}
                                              for key in keys_of(other))  # fmt: skip


@settings(max_examples=150)
@given(base=tables("base"), other=tables("other"), facts=FACTS)
def test_composing_never_makes_it_better_unless_something_is_overridden(loaded, base, other, facts):
    alone = badness(loaded(base), facts)
    together = badness(loaded(base, other | {"extends": ["0.toml"]}), facts)
    if not overrides(base, other):
        assert together >= alone


@settings(max_examples=150)
@given(content=tables(), facts=FACTS, data=st.data())
def test_what_is_unknown_never_counts_as_a_pass(loaded, content, facts, data):
    """Whatever passes with a fact unknown passes whatever that fact is."""
    policy = loaded(content)
    name = data.draw(st.sampled_from(["kind", "state", "is_pinned", "gated", "age_days", "formats", "owner"]))
    without = msgspec.structs.replace(facts, **{name: None})
    if badness(policy, without) == 0:
        assert badness(policy, facts) == 0


@settings(max_examples=60)
@given(content=tables(), many=st.lists(FACTS, max_size=6))
def test_many_at_once_are_decided_as_each_alone(loaded, content, many):
    policy = loaded(content)
    assert list(policies.decide_many(policy, many)) == [policies.decide(policy, facts) for facts in many]


@given(FACTS)
def test_the_presets_grow_stricter(facts):
    verdicts = [badness(policies.load(name), facts) for name in ("pilot", "internal", "product")]
    assert verdicts == sorted(verdicts)


@given(FACTS, st.sampled_from(["pilot", "internal", "product"]))
def test_every_reason_says_where_it_stands_and_what_to_do(facts, name):
    decision = policies.decide(policies.load(name), facts)
    assert decision.verdict == max((reason.verdict for reason in decision.reasons), key=VERDICTS.index, default="pass")
    for reason in decision.reasons:
        assert reason.file in {"pilot", "internal", "product"}
        assert reason.line > 1
        assert all(
            [
                reason.rule,
                reason.where,
                reason.message_en,
                reason.message_ja,
                reason.remedy_en,
                reason.remedy_ja,
                reason.because,
            ]
        )
        assert "{" not in reason.message_en + reason.message_ja
