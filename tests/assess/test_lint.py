"""What a publisher is told to mend in a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.assess.card_rules import checks, rules
from filiation.assess.lint import lint
from filiation.cards.template import template
from filiation.core.errors import FiliationError
from filiation.core.finding import Severity
from filiation.core.ref import Kind

FULL = """---
license: mit
language: en
pipeline_tag: text-classification
library_name: transformers
base_model: acme/base
datasets:
- acme/letters
---

# M

It sorts letters by sender; it was made at Acme for our own post room in 2023, and is kept up.

## Limitations

It knows nothing of any language but Welsh, and little of the news since 2021 at all.
"""


def names(text: str | None, **options) -> set[str]:
    return {item.check for item in lint(text, **options).findings}


@pytest.mark.parametrize("name", [name for name, rule in rules().items() if rule.bad])
def test_every_rule_finds_its_bad_card_and_lets_its_good_one_pass(name):
    rule = rules()[name]
    assert name in names(rule.bad)
    if rule.good:
        assert name not in names(rule.good)
    for lang in ("en", "ja"):
        for item in lint(rule.bad, lang=lang).findings:
            assert "{" not in item.message
            assert item.remedy == getattr(rules()[item.check], lang).remedy
            assert item.subject == "README.md"


def test_rules_without_an_example_are_those_that_a_card_cannot_show():
    assert {name for name, rule in rules().items() if not rule.bad} == {"card-missing", "card-section-required"}
    assert {name for name, rule in rules().items() if rule.bad and not rule.good} == {"card-section-absent"}
    assert [check.name for check in checks()] == list(rules())


def test_a_card_that_is_not_there():
    found = lint(None, "models/letters")
    assert [(item.check, item.message) for item in found.findings] == [
        ("card-missing", "There is no README.md in models/letters.")
    ]
    assert found.score == 0


def test_places_are_those_of_the_text():
    text = rules()["base-model-malformed"].bad
    [found] = [item for item in lint(text).findings if item.check == "base-model-malformed"]
    start, stop = (int(part) for part in found.locations[0].partition("#char=")[2].split(","))
    assert text[start:stop] == "base_model: bert-base-uncased"
    [section] = [item for item in lint(rules()["card-section-placeholder"].bad).findings if item.check.endswith("placeholder")]
    assert section.details == ("Limitations", '"[More Information Needed]"')


def test_fields_fill_sections_and_a_full_card_has_nothing_bad():
    found = lint(FULL)
    states = {item.section: item.state for item in found.sections}
    assert (states["license"], states["finetuned_from"], states["training_data"]) == ("present", "present", "thin")
    assert {item.check for item in found.findings} == {"card-section-absent", "card-section-thin"}
    assert max(list(Severity).index(item.severity) for item in found.findings) <= list(Severity).index(Severity.LOW)
    assert found.score == pytest.approx(sum(item.points for item in found.sections) / 100)


def test_required_sections():
    assert "card-section-required" in names(FULL, required=["citation"])
    assert "card-section-required" not in names(FULL, required=["limitations", "license"])
    assert "card-section-required" in names(
        FULL.replace("It knows nothing", "TODO. ").partition("any language")[0], required=["evaluation"]
    )
    with pytest.raises(FiliationError, match="choose among model_details"):
        lint(FULL, required=["fame"])


def test_cards_of_datasets_are_known_by_their_fields():
    text = "---\nlicense: mit\ntask_categories:\n- text-classification\n---\n\n# D\n"
    found = lint(text)
    assert found.kind == Kind.DATASET
    assert [item.section for item in found.sections] == list(template(Kind.DATASET).by_id)
    assert lint(text, kind=Kind.MODEL).kind == Kind.MODEL


def test_a_group_of_which_nothing_is_said_is_named_once():
    titles = [item.details[0] for item in lint("# M\n").findings if item.check == "card-section-absent"]
    assert "Environmental Impact" in titles
    assert "Carbon Emitted" not in titles
    assert len(set(titles)) == len(titles)


def test_hostile_front_matter_is_one_finding():
    for matter in (
        "a: &a [x]\nb: [*a, *a]\n" * 40,
        "[" * 5000,
        "? ? ? :",
        "- just\n- a list",
        "a: !!python/object:os.system x",
    ):
        assert "front-matter-unreadable" in names(f"---\n{matter}\n---\n\n# M\n")


@given(st.text(max_size=400))
def test_any_text_gives_an_answer_with_places_within_it(text):
    found = lint(text)
    for item in found.findings:
        span = item.locations[0].partition("#char=")[2]
        if span:
            start, stop = (int(part) for part in span.split(","))
            assert 0 <= start <= stop <= len(text)


@given(st.sampled_from(["[More Information Needed]", "TODO", "It is biased towards cats, as all of its makers were as well."]))
def test_a_blank_is_a_placeholder_and_never_present(body):
    states = {item.section: item.state for item in lint(f"# M\n\n## Limitations\n\n{body}\n").sections}
    assert (states["limitations"] == "placeholder") == (body in ("[More Information Needed]", "TODO"))
