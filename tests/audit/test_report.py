"""A report is the same in every format, and nothing that a stranger wrote becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest
from moment import NOW

from filiation.audit.answer import AuditFinding
from filiation.audit.audit import together
from filiation.audit.evidence import read, sentences, told, where
from filiation.audit.license_points import license_points
from filiation.audit.report import Table, report
from filiation.audit.words import words_of
from filiation.core.claim import Basis
from filiation.core.ref import Ref
from filiation.core.relation import Relation
from filiation.export.report_html import html
from filiation.export.report_markdown import escaped, markdown
from filiation.export.report_text import columns_of, text
from filiation.licenses.terms import terms
from filiation.policy.load import load

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) | `a` @someone\n# Title\u202e"


@pytest.fixture
def answered(auditor):
    def answered(*names, lang="en", policy="internal"):
        audit, lineage = auditor(policy, lang=lang)
        targets = [audit.target(lineage.find(Ref.parse(name))) for name in names]
        return together(targets, load(policy), lang, NOW, audit.known(), ["o/x: not there"])

    return answered


def spoiled(answer):
    """Return the answer with hostile words wherever a stranger's may stand."""
    target = answer.targets[0]
    finding = AuditFinding("a-check", "license", "t", HOSTILE, "high", 0.5, [HOSTILE], [HOSTILE], [HOSTILE], HOSTILE)
    target = msgspec.structs.replace(target, ref=f"model:{HOSTILE}", findings=[finding], notes=[HOSTILE], todo=[HOSTILE])
    return msgspec.structs.replace(answer, targets=[target], skipped=[HOSTILE])


def test_both_languages_have_the_same_words():
    assert set(words_of("en")) == set(words_of("ja"))
    for name, sentence in words_of("en").items():
        places = re.findall(r"\{(\w+)\}", sentence)
        assert sorted(places) == sorted(re.findall(r"\{(\w+)\}", words_of("ja")[name])), name


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_first_page_says_verdict_reasons_and_what_to_do(answered, lang):
    answer = answered("o/chat", lang=lang)
    lines = [line for line in text(report(answer)).splitlines() if line]
    words = words_of(lang)
    assert lines[1] == words["answer"].format(question=words["question"], verdict=words[answer.verdict])
    place = lines.index(words["why"])
    assert lines[place + 1].startswith("- ")
    assert place < lines.index(words["todo"]) < lines.index(words["findings"])


def test_every_row_has_a_cell_for_each_column(answered):
    tables = [block for block in report(answered("o/chat", "o/self", policy="product")).blocks if isinstance(block, Table)]
    assert tables
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_report_shows_a_number_of_an_edge(answered, lang):
    answer = answered("o/chat", "o/self", "o/orphan", lang=lang)
    assert any(place.startswith("edge/") for target in answer.targets for item in target.findings for place in item.locations)
    told = text(report(answer))
    assert "edge/" not in told
    assert words_of(lang)["edge.finetune"].format(child="model:o/chat", parent="model:o/strict") in told


def test_every_relation_basis_and_language_has_words():
    needed = {f"edge.{relation}" for relation in Relation} | {f"basis.{basis}" for basis in Basis}
    for lang in ("en", "ja"):
        assert needed <= set(words_of(lang))


def test_a_span_of_a_card_is_told_by_its_characters():
    words = words_of("en")
    assert where("README.md#char=3,9", words) == "README.md, characters 3 to 9"
    assert where("config.json#/a", words) == "config.json#/a"
    assert read("file", "train.py", words) == "train.py"
    assert read("12", "trait", words) == "12 (the registry's figures)"


@pytest.mark.parametrize(
    ("value", "place", "en", "ja"),
    [
        (
            "1787",
            "owner ada",
            "1,787 other owners build on models of ada",
            "ほかの所有者 1,787 件が ada のモデルを土台にしている",
        ),
        ("45", "createdAt", "changed 45 days after it was made", "公開から 45 日後に変更"),
        ("no-hosting", "license#term", "no hosting for others", "ホスティング提供の禁止"),
        ("file", "owner ada", "file", "file"),
        ("mit", "license", "mit", "mit"),
    ],
)
def test_evidence_is_said_in_the_language_of_the_report(value, place, en, ja):
    assert (told(value, place, words_of("en")), told(value, place, words_of("ja"))) == (en, ja)


@pytest.mark.parametrize(
    ("place", "en", "ja"),
    [
        ("field/license", "the field license", "license 欄"),
        ("file/a/b.bin", "a/b.bin", "a/b.bin"),
        ("section/uses", 'the section "Uses"', "「用途」の節"),
        ("name", "its name", "名前"),
        ("tags#/7", "its tags", "タグ"),
        ("license#term", "its license", "ライセンス"),
    ],
)
def test_places_are_said_in_the_language_of_the_report(place, en, ja):
    assert (where(place, words_of("en")), where(place, words_of("ja"))) == (en, ja)


def test_a_claim_is_told_by_what_it_says_and_where(auditor):
    audit, lineage = auditor()
    con = audit._con
    number, value = con.execute("SELECT claim_id, value FROM claim WHERE predicate = 'base_model' ORDER BY ALL").fetchall()[0]
    assert sentences(con, lineage, [f"claim/{number}", "claim/x"], words_of("en")) == [f"{value} (its tags)", "claim/x"]


def test_terms_in_a_finding_are_named_in_the_language_of_the_report(answered):
    for lang, name in (("en", "In question: non-commercial."), ("ja", "該当: 非商用。")):
        found = [
            item for item in answered("o/chat", lang=lang).targets[0].findings if item.check == "license-restriction-dropped"
        ]
        assert [item.message.endswith(name) for item in found] == [True]
        assert found[0].details == ["non-commercial"]  # what was decided on it stays decided, whatever it is called


def test_licenses_are_told_in_the_language_of_the_report(answered):
    target = answered("o/chat", lang="ja", policy="product").targets[0]
    points = list(license_points(target, words_of("ja"), "ja"))
    assert target.license.verdict.reasons
    for reason in target.license.verdict.reasons:
        assert not any(reason.text in point for point in points)
    inherited = next(iter(target.license.inherited))
    assert any(terms()[inherited].ja in point for point in points)


def test_a_factor_of_which_nothing_is_known_has_no_row(answered):
    answer = answered("o/chat")
    titles = [row[0] for block in report(answer).blocks if isinstance(block, Table) for row in block.rows]
    factors = [factor for attribute in answer.targets[0].attributes for factor in attribute.factors]
    assert any(factor.of == 0 for factor in factors)
    assert words_of("en")["not_looked_at"].partition("{")[0] in text(report(answer), 4000)
    assert "Training logs" not in titles


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_html_has_only_our_own_tags(answered):
    answer = answered("o/chat")
    clean, dirty = Tags(), Tags()
    clean.feed(html(report(answer)))
    dirty.feed(html(report(spoiled(answer))))
    assert dirty.tags <= clean.tags
    assert dirty.attributes <= clean.attributes
    assert not {"script", "img", "a", "link", "iframe"} & dirty.tags
    assert "default-src 'none'" in html(report(answer))


def test_markdown_shows_strangers_words_as_they_are(answered):
    told = markdown(report(spoiled(answered("o/chat"))))
    assert "<script" not in told
    assert "![" not in told
    assert "https://" not in told
    assert "\n# Title" not in told
    assert "\u202e" not in told
    assert escaped("a|b") == r"a\|b"


def test_text_fits_the_terminal_but_for_long_names(answered):
    told = text(report(answered("o/chat", lang="ja")), 80)
    assert max(columns_of(line) for line in told.splitlines() if " " in line.strip()) <= 130
    assert columns_of("日本") == 4
