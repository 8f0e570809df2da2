"""Popularity and upkeep: shares of the registry, ages as of the day of the observation, and null where nobody knows."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from filiation.assess.build import SCORES, build_scores, portrait
from filiation.assess.usage import rules, score
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

SPRING = datetime(2024, 4, 1, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
SUMMER = datetime(2024, 7, 11, 12)  # noqa: DTZ001
MADE, LATER = "2023-07-12T12:00:00.000Z", "2024-07-11T00:00:00.000Z"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, charted, a_model):
    def at(sha: str, changed: str = LATER) -> Record:
        return a_model(
            "o/kept", "# Kept\n", tags=[], downloads=30, likes=3, sha=sha, createdAt=MADE, lastModified=changed, cardData={}
        )

    records = [
        at("b" * 40),
        a_model("o/old", tags=[], downloads=20, likes=3, createdAt=MADE, lastModified=MADE, cardData={}),
        a_model("o/few", tags=["base_model:o/kept"], downloads=10, likes=0),
        a_model("o/none", tags=[]),
        a_model(
            "o/first",
            "# First\n\nThis model is deprecated.\n",
            tags=[],
            cardData={"new_version": "o/kept"},
            downloads=1,
            likes=0,
        ),
        Record(Kind.DATASET, "o/data", {"id": "o/data", "tags": [], "downloads": 5, "likes": 1}),
    ]
    folder = tmp_path_factory.mktemp("usage") / "atlas"
    return charted(folder, (SPRING, [at("a" * 40, "2024-03-01T00:00:00.000Z")]), (SUMMER, records))


@pytest.fixture(scope="module")
def found(atlas):
    """The factors of upkeep and popularity of each node, by its name; unknown is None."""
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas) as opened:
        return {
            lineage.name(node): {
                factor.name: None if factor.of == 0 else factor.points / factor.of
                for attribute in portrait(opened.con, lineage, node)
                if attribute.name in ("popularity", "upkeep")
                for factor in attribute.factors
            }
            for node in range(lineage.size)
        }


def test_popularity_is_the_share_that_has_less(found):
    assert [found[name]["downloads"] for name in ("o/kept", "o/old", "o/few", "o/first")] == [1, 2 / 3, 1 / 3, 0]
    assert [found[name]["likes"] for name in ("o/kept", "o/old", "o/few")] == [2 / 3, 2 / 3, 0]
    assert found["o/none"]["downloads"] is None
    assert found["o/data"]["downloads"] == 0  # alone of its kind
    assert found["o/kept"]["descendants"] == 1
    assert found["o/few"]["descendants"] == 0


def test_age_is_that_of_the_day_on_which_it_was_seen(found):
    assert found["o/kept"]["fresh"] == pytest.approx(1, abs=0.01)
    assert found["o/old"]["fresh"] == pytest.approx(0.5, abs=0.01)
    assert found["o/few"]["fresh"] is None
    assert (found["o/kept"]["tended"], found["o/old"]["tended"], found["o/few"]["tended"]) == (1, 0, None)


def test_a_successor_is_a_fact_of_the_older_one(found):
    assert (found["o/first"]["current"], found["o/old"]["current"], found["o/few"]["current"]) == (0, 1, None)


def test_words_of_giving_up_are_read_in_the_card(found):
    assert (found["o/first"]["supported"], found["o/kept"]["supported"], found["o/old"]["supported"]) == (0, 1, None)


def test_a_change_is_seen_between_two_observations(found):
    assert found["o/kept"]["released"] == 1
    assert found["o/old"]["released"] is None


def test_the_portrait_is_the_column(atlas):
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas) as opened:
        columns = score(opened.con, lineage)
        for node in range(lineage.size):
            for attribute in portrait(opened.con, lineage, node)[3:]:
                value = columns[attribute.name][node]
                assert (attribute.score is None) == np.isnan(value)
                assert attribute.score is None or attribute.score == pytest.approx(value, abs=1e-12)
                assert attribute.points == pytest.approx(sum(factor.points for factor in attribute.factors))


def test_the_table_holds_one_row_for_each_node(atlas):
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas, "write") as opened, opened.transaction() as con:
        assert build_scores(con, lineage) == build_scores(con, lineage) == lineage.size
        rows = con.execute("SELECT * FROM score ORDER BY node_id").fetchall()
    assert [row[0] for row in rows] == list(range(lineage.size))
    assert all(value is None or 0 <= value <= 1 for row in rows for value in row[1:])
    assert len(rows[0]) == 1 + len(SCORES)
    assert any(value is not None for value in rows[0][1:])


def test_the_formula_is_sound():
    assert [rule.id for rule in rules()] == ["popularity", "upkeep"]
    for rule in rules():
        assert all(factor.points > 0 and factor.en != factor.ja for factor in rule.factor)
