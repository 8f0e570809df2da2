"""Sections of cards: what their headings, labels, sentences and placeholders come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.cards.blocks import read
from filiation.cards.emptiness import is_placeholder
from filiation.cards.sections import SectionState, sections
from filiation.cards.template import STATES, Template, count_words, template, words
from filiation.core.ref import Kind

TRAINER = """---
license: apache-2.0
---

<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->

# my-finetune

This model is a fine-tuned version of [acme/base](https://huggingface.co/acme/base) on the {dataset} dataset.
It achieves the following results on the evaluation set:
- Loss: 0.6848
- Accuracy: 0.9

## Model description

More information needed

## Intended uses & limitations

More information needed

## Training and evaluation data

More information needed

## Training procedure

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 2e-05
- train_batch_size: 16

### Training results

| Training Loss | Epoch | Validation Loss |
|:-------------:|:-----:|:---------------:|
| 0.5265        | 1.0   | 0.5479          |

### Framework versions

- Transformers 4.12.3
"""


def states(text: str, kind: Kind = Kind.MODEL) -> dict[str, str]:
    return {item.section: item.state for item in sections(read(text), kind) if item.state != "absent"}


def decided(text: str, section: str) -> str:
    item = next(item for item in sections(read(text)) if item.section == section)
    return text[item.start : item.stop]


def test_a_trainer_card():
    found = states(TRAINER.format(dataset="emotion"))
    assert found == {
        "model_details": "present",
        "description": "present",
        "finetuned_from": "present",
        "uses": "placeholder",
        "direct_use": "placeholder",
        "bias_risks_limitations": "placeholder",
        "limitations": "placeholder",
        "training_details": "present",
        "training_data": "thin",
        "hyperparameters": "present",
        "evaluation": "present",
        "testing_data": "placeholder",
        "results": "present",
        "technical_specifications": "present",
        "software": "present",
    }


@pytest.mark.parametrize("dataset", ["None", "unknown"])
def test_a_dataset_that_the_trainer_did_not_know_is_none(dataset):
    article = "an" if dataset == "unknown" else "the"
    card = TRAINER.replace("on the {dataset}", f"on {article} {dataset}")
    assert states(card)["training_data"] == "placeholder"


def test_the_hubs_own_template_is_all_placeholders():
    from importlib.resources import files

    from jinja2 import Template as Text

    for kind in Kind:
        text = files("huggingface_hub").joinpath("templates", f"{kind}card_template.md").read_text(encoding="utf-8")
        found = sections(read(Text(text).render(card_data="license: mit")), kind)
        assert {item.section: item.state for item in found if item.state in ("present", "thin")} == {}
        untouched = {item.section for item in found if item.state == "absent"}
        assert untouched <= {"description", "training_procedure"}, "what it has a place for, it keeps a place for"


def test_a_comment_is_not_text():
    assert states("## Limitations\n\n<!-- It is biased towards cats and should not be used for dogs. -->\n") == {
        "bias_risks_limitations": "placeholder",
        "limitations": "placeholder",
    }


def test_a_heading_with_nothing_below_keeps_a_place_and_one_with_parts_does_not():
    card = "# M\n\n## Evaluation\n\n### Results\n\nIt reaches an accuracy of 0.9 on the held-out part.\n\n## Citation\n"
    found = states(card)
    assert found["citation"] == "placeholder"
    assert decided(card, "citation") == "Citation"
    assert found["results"] == "present"
    assert "training_procedure" not in found


@pytest.mark.parametrize(
    "text",
    [
        "[More Information Needed]", "More information needed.", "TODO", "**TODO**", "TODO: describe the data", "N/A", "n/a",
        "TBD", "Coming soon...", "_Coming soon!_", "[needs more information]", "{{ description }}", "<your text here>", "None",
        "-", "...", "準備中", "「作成中」", "待补充。", "暂无", "준비 중", "추후 업데이트",
        "Use the code below to get started with the model.",
        "Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model.",
    ],
)  # fmt: skip
def test_what_only_keeps_a_place(text):
    assert is_placeholder(text)
    assert states(f"## Limitations\n\n{text}\n")["limitations"] == "placeholder"


@pytest.mark.parametrize(
    "text",
    [
        "It knows nothing of dogs.",
        "No information on dogs was in the data.",
        "To do well it needs long texts, at least forty words each as we saw in our own tests with news.",
        "None of the annotators spoke Welsh.",
        "犬のことは何も知りません。",
    ],
)
def test_what_says_something(text):
    assert not is_placeholder(text)
    assert states(f"## Limitations\n\n{text}\n")["limitations"] in ("thin", "present")


def test_thin_is_fewer_words_than_the_section_asks_for():
    thin = template().by_id["limitations"].thin
    assert states("## Limitations\n\n" + "word " * (thin - 1))["limitations"] == "thin"
    assert states("## Limitations\n\n" + "word " * thin)["limitations"] == "present"


def test_labels_fill_their_own_section():
    card = """# M

## Model Details

- **Developed by:** Acme
- **Funded by [optional]:** [More Information Needed]
- **License:** MIT

## Environmental Impact

- **Hardware Type:** V100
- **Hours used:** 12
- **Carbon Emitted:** [More Information Needed]
"""
    found = states(card)
    assert {name: found[name] for name in ("developers", "funded_by", "license", "hardware_type", "hours_used")} == {
        "developers": "present",
        "funded_by": "placeholder",
        "license": "present",
        "hardware_type": "present",
        "hours_used": "present",
    }
    assert found["carbon_emitted"] == "placeholder"
    assert found["environmental_impact"] == "present"


def test_labels_in_a_table():
    found = states("| Feature | Description |\n| --- | --- |\n| **License** | `MIT` |\n| **Author** | n/a |\n")
    assert (found["license"], found["developers"]) == ("present", "placeholder")


def test_a_heading_of_two_sections_fills_both():
    card = (
        "## Intended uses & limitations\n\nIt sorts letters by sender, and it knows nothing of any language but Welsh at all.\n"
    )
    found = states(card)
    assert (found["direct_use"], found["limitations"]) == ("present", "present")


def test_the_title_names_no_section_unless_it_says_nothing_else():
    assert "training_data" not in states("# Training data detector for large corpora of news\n\nIt finds leaks in test sets.\n")
    assert "get_started" in states("# Usage\n\nCall it with a sentence and it answers with a number from one to five.\n")


def test_code_fills_what_it_is_for():
    code = "```python\nfrom transformers import pipeline\npipe = pipeline('text-classification', model='a/b')\npipe('x')\n```\n"
    assert states(code) == {"get_started": "present"}
    assert states("```bibtex\n@misc{a, title={B}, author={C}}\n```\n") == {"citation": "present"}
    assert states("## How to use\n\n```python\n# TODO\n```\n") == {"get_started": "placeholder"}


def test_quotations_are_heard_only_under_their_heading():
    assert "limitations" not in states("# M\n\n> It is known for its limitations and may be biased.\n")
    assert states("# M\n\n## Limitations\n\n> It is biased, as its authors say, towards all that is from before 2019.\n")[
        "limitations"
    ]


def test_cues_are_worth_half_and_stay_out_of_other_sections():
    assert states("# M\n\nThis was trained on letters.\n")["training_data"] == "thin"
    far = "# M\n\n## Citation\n\nThe model that was trained on letters is described in: A. Author, On letters, 1999.\n"
    assert "training_data" not in states(far)
    assert states("# M\n\n## Notes\n\nSee https://github.com/acme/letters for the code.\n")["repository"] == "present"


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("学習データ", "training_data"), ("ライセンス", "license"), ("使い方", "get_started"), ("評価結果", "results"),
        ("制限事項", "limitations"), ("モデルの説明", "description"), ("引用", "citation"),
        ("训练数据", "training_data"), ("许可证", "license"), ("使用方法", "get_started"), ("局限性", "limitations"),
        ("模型介绍", "description"), ("四、 使用", "get_started"), ("效果测试 | Evaluation", "results"),
        ("학습 데이터", "training_data"), ("라이선스", "license"), ("사용법", "get_started"), ("한계", "limitations"),
        ("모델 설명", "description"), ("인용", "citation"),
    ],
)  # fmt: skip
def test_headings_in_chinese_japanese_and_korean(heading, section):
    assert section in template().leaves_of(heading)


def test_words_of_chinese_and_japanese_count_by_two_characters():
    assert count_words("これは日本語の文章です") == 6
    assert count_words("a b-c | d") == 3
    assert (
        states("## 学習データ\n\nこのモデルは日本語の新聞記事と百科事典の本文を合わせたデータで学習しました。\n")[
            "training_data"
        ]
        == "present"
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_the_knowledge_is_whole(kind):
    of = Template(kind)
    assert sum(section.weight for section in of.sections) == 100
    assert len(of.by_id) == len(of.sections)
    for section in of.sections:
        assert (section.default is None) or (section.default in of.members[section.id] and not section.weight)
        assert section.of is None or of.by_id[section.of].default
        assert section.thin >= 1
        assert section.title_ja
        assert set(section.headings) <= {"en", "ja", "zh", "ko"}
        for text in section.headings.get("en", ()):
            assert " ".join(words(text)) == text, "headings are written as they are looked up"
    for label, leaves in of.labels.items():
        assert label
        assert set(leaves) <= set(of.by_id)


def plain_twin(card: str) -> bool:
    """Whether a card of one section says anything, said as simply as can be."""
    return bool(card.strip()) and card.strip().lower() not in ("todo", "n/a", "more information needed")


@given(st.sampled_from(["", "TODO", "N/A", "More information needed", "It was measured on two sets of letters from Wales."]))
def test_one_section_as_a_plain_reader_sees_it(body):
    state = states(f"## Results\n\n{body}\n")["results"]
    assert (state in ("thin", "present")) == plain_twin(body)


pieces = st.sampled_from(
    ["# Title", "## Limitations", "## Training data", "TODO", "More information needed", "It was trained on letters: ",
     "- a: b", "| License | MIT |", "|---|---|", "```", "> said", "<!--", "-->", "\x00", "学習データ", "---", "**Usage**",
     "   ", "[x](y)"]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=30), max_size=40).map("\n".join))
def test_any_text_gives_each_section_once_with_a_place_within_the_card(text):
    card = read(text)
    found = sections(card)
    assert [item.section for item in found] == list(template().by_id)
    for item in found:
        assert item.state in STATES
        assert (item.start is None) == (item.state == "absent")
        if item.start is not None and item.stop is not None:
            assert 0 <= item.start < item.stop <= len(text)


@given(st.lists(st.sampled_from(["Letters from Wales.", "TODO", "It is biased towards cats.", ""]), max_size=5))
def test_more_text_never_makes_a_section_worse(bodies):
    worth = [
        STATES.index(states("## Limitations\n\n" + "\n\n".join(bodies[:count])).get("limitations", "absent"))
        for count in range(len(bodies) + 1)
    ]
    assert worth == sorted(worth)


def test_absent_sections_share_one_value():
    first, second = sections(read("")), sections(read("\n"))
    assert first == second
    assert all(item == SectionState(item.section, "absent", None, None) for item in first)


def test_a_card_made_to_be_slow_costs_no_more_than_its_length():
    for piece in ("a:", "| ", "## Training data ", "[", "**", "<!-- ", "trained on ", "\n- x", "学習データ", ">\n", "```\n"):
        text = piece * (100_000 // len(piece))
        assert len(sections(read(text))) == len(template().sections)
