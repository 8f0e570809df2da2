"""The card that is written from what is known: it says that, leaves blanks, and nobody's words work as markup in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from filiation.assess.lint import lint
from filiation.assess.new_card import BLANK, new_card
from filiation.cards.blocks import read
from filiation.cards.sections import sections
from filiation.cards.template import template
from filiation.core.ref import Kind
from filiation.lineage.portrait import Parent, Portrait, SaidClaim

NOON = datetime(2024, 7, 11, 12, tzinfo=UTC)
VALUES = {
    "license": "mit",
    "language": "en",
    "arxiv": "2101.00001",
    "dataset": "acme/letters",
    "hyperparameter": "learning_rate: 2e-05",
    "metric": '{"task": "text-classification", "dataset": "acme/letters", "split": null, "metric": "accuracy", "value": 0.9}',
    "limitation": "It knows nothing of any language but Welsh.",
    "intended_use": "It is meant to sort the letters of one post room.",
    "hardware": "2 NVIDIA A100",
    "contact": "post@acme.test",
    "carbon": "12 kg",
    "model_type": "bert",
}
FILLS = {
    "license": "license",
    "language": "language",
    "arxiv": "paper",
    "dataset": "training_data",
    "hyperparameter": "hyperparameters",
    "metric": "results",
    "limitation": "limitations",
    "intended_use": "direct_use",
    "hardware": "hardware",
    "contact": "contact",
    "carbon": "carbon_emitted",
    "model_type": "model_type",
}


def claim(predicate: str, value: str, basis: str = "declared", confidence: float = 0.95) -> SaidClaim:
    return SaidClaim(predicate, value, None, None, basis, confidence, "hub", "README.md#/x/0", NOON, None)


def parent(name: str, relation: str = "finetune", confidence: float = 0.95) -> Parent:
    return Parent(name, relation, "declared", confidence, "declared", 1.0, None, None)


def about(claims=(), parents=(), ref: str = "model:acme/sorter", **fields) -> Portrait:
    said = {"license": None, "library": None, "pipeline_tag": None} | fields
    return Portrait(
        ref, "present", None, said["license"], said["library"], said["pipeline_tag"], None, None, None, list(parents), 0, 0,
        list(claims), [],
    )  # fmt: skip


def states(text: str, kind: Kind = Kind.MODEL) -> dict[str, str]:
    return {item.section: item.state for item in sections(read(text), kind)}


@pytest.mark.parametrize("kind", list(Kind))
def test_of_what_nothing_is_known_every_section_is_a_blank(kind):
    text = new_card(about(ref=f"{kind}:acme/sorter"))
    assert set(states(text, kind).values()) == {"placeholder"}
    assert text.count(BLANK) == len(template(kind).leaves)
    assert lint(text, kind=kind).score == 0


@given(st.sets(st.sampled_from(sorted(VALUES))))
def test_what_is_known_is_told_and_the_rest_stays_blank(known):
    text = new_card(about([claim(name, VALUES[name]) for name in known]))
    found = states(text)
    told = {FILLS[name] for name in known}
    if "metric" in known:
        told |= {"metrics"}
    for leaf in template().leaves:
        assert (found[leaf.id] in ("thin", "present")) == (leaf.id in told), leaf.id
        assert found[leaf.id] != "absent"


@given(st.sets(st.sampled_from(sorted(VALUES))))
def test_lint_of_a_new_card_finds_only_blanks_and_thin_sections(known):
    linted = lint(new_card(about([claim(name, VALUES[name]) for name in known])))
    allowed = {
        "card-section-placeholder",
        "card-section-thin",
        "card-field-missing",
        "license-missing",
        "card-front-matter-missing",
    }
    assert {item.check for item in linted.findings} <= allowed
    assert not {item.check for item in linted.findings} & {
        "front-matter-unreadable",
        "front-matter-open",
        "card-heading-levels",
    }


def test_front_matter_is_what_the_registry_reads():
    text = new_card(
        about(
            [claim("license", "mit"), claim("language", "en"), claim("language", "ja"), claim("dataset", "acme/letters")],
            [parent("model:acme/base", "adapter"), parent("dataset:acme/letters", "trained_on")],
            library="peft",
            pipeline_tag="text-classification",
        )
    )
    assert yaml.safe_load(text.split("---")[1]) == {
        "license": "mit",
        "language": ["en", "ja"],
        "base_model": "acme/base",
        "base_model_relation": "adapter",
        "datasets": ["acme/letters"],
        "pipeline_tag": "text-classification",
        "library_name": "peft",
    }
    assert "an adapter for `acme/base`" in text
    assert 'AutoPeftModel.from_pretrained("acme/sorter")' in text


def test_what_is_not_sure_stays_out():
    text = new_card(
        about(
            [claim("license", "mit", confidence=0.3), claim("license", "gpl-3.0", basis="inferred"), claim("contact", "TODO")],
            [parent("model:acme/maybe", confidence=0.5)],
        )
    )
    assert "- **License:** [More Information Needed]" in text
    assert "gpl" not in text
    assert "acme/maybe" not in text
    assert states(text)["contact"] == "placeholder"


def test_the_source_stands_beside_each_claim_where_no_reader_sees_it():
    text = new_card(about([claim("license", "mit")]))
    assert "- **License:** mit <!-- declared in README.md#/x/0 -->" in text
    assert "README.md#/x/0" not in "".join(block.text for block in read(text).blocks)


@given(st.text(max_size=120), st.sampled_from(["limitation", "license", "dataset", "contact", "hyperparameter", "metric"]))
def test_strangers_words_do_not_become_markup(value, predicate):
    if predicate == "metric":
        import json

        value = json.dumps({"metric": value, "value": value, "dataset": value})
    plain = new_card(about([]))
    text = new_card(about([claim(predicate, value)]))
    headings = [block.text for block in read(text).blocks if block.kind == "heading"]
    assert headings == [block.text for block in read(plain).blocks if block.kind == "heading"]
    assert not any(ord(sign) < 32 and sign != "\n" for sign in text)
    found = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---"))
    assert found is None or set(found) <= {"license", "datasets"}


@pytest.mark.parametrize(
    "value", ["[x](javascript:alert(1))", "<script>alert(1)</script>", "--> <b>", "![x](http://x.test)", "\u202eevil"]
)
def test_hostile_values(value):
    text = new_card(about([claim("limitation", f"It is {value} of all."), claim("dataset", value)], ref="model:acme/sorter"))
    assert "<script" not in text
    assert "<b>" not in text
    assert "](javascript" not in text.replace("\\](javascript", "")
    assert "\u202e" not in text


def test_files_are_listed_up_to_a_bound():
    text = new_card(about(), [f"model-{number:05d}.safetensors" for number in range(100)])
    assert "The repository holds 100 files:" in text
    assert "- and 60 more" in text
    assert states(text)["more_information"] == "present"


def test_local_models_get_no_code_of_a_registry():
    text = new_card(about(ref="local:model:sorter", library="transformers", pipeline_tag="text-classification"))
    assert "pipeline(" not in text
