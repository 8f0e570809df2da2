"""The documentation score: what cards, fields and missing cards come to, and how the parts add up."""

from __future__ import annotations

import pytest

from filiation.assess import documentation
from filiation.assess.documentation import portrait, scored_sections
from filiation.cards.template import points, template
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

GOOD = """---
license: mit
---

# Letters

This model sorts letters by their sender; it was made at Acme for our own post room in 2023 and is kept up.

## Training data

It was trained on twenty thousand letters from the post room of Acme, scanned in 2022, with the senders' names struck out.

## Limitations

It knows nothing but English letters in Latin script, and mistakes cats for dogs in every second case.
"""
BLANK = "# M\n\n## Limitations\n\n[More Information Needed]\n\n## Training data\n\nTODO\n"


def card(name: str, text: str | None, **info: object) -> dict[str, object]:
    row = {"id": name, "info": {"id": name, "tags": [], "pipeline_tag": "text-classification", **info}}
    return row if text is None else row | {"card": text}


@pytest.fixture(scope="module")
def registry(tmp_path_factory, dump, chart):
    folder = tmp_path_factory.mktemp("documentation")
    base = [{"rfilename": "README.md"}]
    listing = dump(
        folder / "models.jsonl",
        [
            card("p/base", GOOD, siblings=base),
            card("a/good", GOOD, tags=["base_model:p/base", "license:mit"]),
            card("a/blank", BLANK, tags=["base_model:p/base"]),
            card("a/none", None, siblings=[{"rfilename": "model.safetensors"}], tags=["base_model:p/base"]),
            card("a/lower", None, siblings=[{"rfilename": "readme.md"}], tags=["base_model:p/base"]),
            card("a/unlisted", None, tags=["base_model:p/base", "license:mit"]),
            card("a/fields", "# Fields\n", tags=["license:mit", "arxiv:2101.00001", "dataset:d/letters"]),
        ],
    )
    return chart(folder / "atlas", listing, audited=True)


@pytest.fixture(scope="module")
def nodes(registry):
    with Atlas.open(registry) as atlas:
        yield dict(atlas.con.execute("SELECT name, node_id FROM node").fetchall()), atlas.con


def test_what_is_not_known_is_null_and_what_is_known_to_be_missing_is_zero(nodes):
    of, con = nodes
    scores = dict(con.execute("SELECT name, documentation FROM score JOIN node USING (node_id)").fetchall())
    assert scores["a/none"] == 0
    assert scores["a/unlisted"] is None
    assert scores["a/lower"] is None, "a card under another spelling may be one"
    assert scores["d/letters"] is None
    assert 0 < scores["a/blank"] < scores["a/fields"] < scores["a/good"] < 1
    assert portrait(con, of["a/unlisted"]) is None
    none = portrait(con, of["a/none"])
    assert none is not None
    assert (none.score, none.reason) == (0, "no-card")
    assert {item.state for item in none.sections} == {"absent"}


def test_the_parts_add_up_and_agree_with_the_table(nodes, registry):
    of, con = nodes
    lineage = Lineage.load(registry)
    column = documentation.score(con, lineage)["documentation"]
    for name in ("p/base", "a/good", "a/blank", "a/fields"):
        found = portrait(con, of[name])
        assert found is not None
        assert sum(item.weight for item in found.sections) == 100
        assert found.score == pytest.approx(sum(item.points for item in found.sections) / 100)
        assert found.score == pytest.approx(column[of[name]])
        for item in found.sections:
            assert item.points == points()[item.state] * item.weight


def test_each_state_shows_what_decided(nodes):
    of, con = nodes
    found = {item.section: item for item in portrait(con, of["a/good"]).sections}
    assert found["training_data"].sentence.startswith("It was trained on twenty thousand letters")
    assert found["training_data"].locator == f"README.md#char={GOOD.index('It was trained')},{GOOD.index('struck out.') + 11}"
    assert (found["license"].state, found["license"].sentence) == ("present", "mit")
    assert found["license"].locator in ("tags#/1", "README.md#/license/0", "cardData#/license/0")
    assert found["carbon_emitted"].sentence is None
    blank = {item.section: item for item in portrait(con, of["a/blank"]).sections}
    assert (blank["limitations"].state, blank["limitations"].sentence) == ("placeholder", "[More Information Needed]")
    fields = {item.section: item for item in portrait(con, of["a/fields"]).sections}
    assert (fields["training_data"].state, fields["training_data"].sentence) == ("thin", "d/letters")
    assert (fields["paper"].state, fields["license"].state) == ("present", "present")


def test_compared_with_siblings_and_registry(nodes):
    of, con = nodes
    good, blank, base = (portrait(con, of[name]) for name in ("a/good", "a/blank", "p/base"))
    assert good.siblings.nodes == 2  # a/blank and a/none; the others have no score
    assert good.siblings.better_than == 1
    assert blank.siblings.better_than == 0.5
    assert base.siblings is None
    assert good.registry.nodes == 4
    assert 0 <= blank.registry.better_than < good.registry.better_than <= 1


def test_sections_exist_for_each_card_once(registry, rows):
    count = len(template(Kind.MODEL).sections)
    assert rows(registry, "SELECT count(*), count(DISTINCT (record_id, section)) FROM section") == [(4 * count, 4 * count)]
    assert rows(registry, "SELECT count(*) FROM section WHERE (start IS NULL) <> (state = 'absent')") == [(0,)]


def test_a_changed_card_counts_as_it_is_now(tmp_path, dump, chart, rows):
    from datetime import datetime

    then, now = datetime(2024, 1, 1), datetime(2024, 2, 1)  # noqa: DTZ001  # the atlas keeps naive UTC
    first = dump(tmp_path / "first.models.jsonl", [card("a/one", GOOD)])
    second = dump(tmp_path / "second.models.jsonl", [card("a/one", BLANK)])
    charted = chart(tmp_path / "atlas", (second, now), (first, then), audited=True)
    [(score,)] = rows(charted, "SELECT documentation FROM score JOIN node USING (node_id) WHERE name = 'a/one'")
    blank = chart(tmp_path / "blank", (second, now), audited=True)
    assert [(score,)] == rows(blank, "SELECT documentation FROM score JOIN node USING (node_id) WHERE name = 'a/one'")


def test_text_that_decided_is_bounded(tmp_path, dump, chart, rows):
    listing = dump(tmp_path / "models.jsonl", [card("a/long", "## Limitations\n\n" + "very " * 5000)])
    charted = chart(tmp_path / "atlas", listing, audited=True)
    [(node,)] = rows(charted, "SELECT node_id FROM node")
    with Atlas.open(charted) as atlas:
        found = portrait(atlas.con, node)
    assert max(len(item.sentence or "") for item in found.sections) == documentation.MAX_SENTENCE_CHARS


def test_datasets_have_a_template_of_their_own(tmp_path, dump, chart, rows):
    text = "# D\n\n## Dataset Structure\n\nEach row has a letter, its sender, the day it came and the room it went to.\n"
    listing = dump(tmp_path / "datasets.jsonl", [{"id": "d/letters", "info": {"id": "d/letters", "tags": []}, "card": text}])
    charted = chart(tmp_path / "atlas", listing, audited=True)
    [(node, score)] = rows(charted, "SELECT node_id, documentation FROM score")
    with Atlas.open(charted) as atlas:
        found = {item.section: item.state for item in portrait(atlas.con, node).sections}
    assert found["structure"] == "present"
    assert "training_data" not in found
    assert score == pytest.approx(0.14, abs=0.08)


def test_a_group_is_as_its_best_part():
    sections = {item.section: item for item in scored_sections(Kind.MODEL, {})}
    assert {item.state for item in sections.values()} == {"absent"}
    assert sum(item.weight for item in sections.values() if item.of is None) < 100


def test_the_page_states_the_weights():
    from pathlib import Path

    page = (Path(__file__).parent.parent.parent / "docs" / "documentation-score.md").read_text(encoding="utf-8")
    of = template(Kind.MODEL)
    assert f"holds {len(of.sections)} for models and {len(template(Kind.DATASET).sections)} for datasets" in page
    for group, members in of.members.items():
        total = sum(of.by_id[leaf].weight for leaf in members)
        assert f"| {of.by_id[group].title} ({total:g}) |" in page
    for state, worth in points().items():
        assert f"| `{state}` |" in page
        assert any(line.startswith(f"| `{state}` |") and line.endswith(f"| {worth:g} |") for line in page.splitlines())
