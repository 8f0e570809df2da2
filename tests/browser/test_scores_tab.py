"""The tab of scores: the pipeline first, then each claim with its verdict, then how it went; in both languages."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from map_page import expect

from filiation.core.claim import Basis, Locator
from filiation.core.ref import Ref
from filiation.core.score import Protocol, Score
from filiation.scores.answer import scores_answer
from filiation.scores.compare import compare


def score(name: str, value: float, basis: Basis = Basis.DECLARED, **more) -> Score:
    fields = {"dataset": "coco", "protocol": Protocol(split="validation", variant=None)} | more
    return Score(f"model:o/{name}", "map", value=value, basis=basis, source=Locator(f"<b>{basis}</b>", "/0"), **fields)


def at(value: float, day: int) -> Score:
    when = datetime(2024, 7, day)  # noqa: DTZ001  # naive UTC
    return score("chat", value, Basis.MEASURED, dataset="lvis", at=when)


@pytest.fixture(scope="module")
def told() -> bytes:
    """An answer with every part: off as the others are, and not comparable, dropped, alone on either side."""
    others = [compare([score(f"m{n}", 0.45)], [score(f"m{n}", 0.42, Basis.MEASURED)]) for n in range(7)]
    claims = [
        score("chat", 0.45),
        score("chat", 0.4, dataset="voc", protocol=Protocol(split="test")),
        score("chat", 0.3, dataset="x"),
    ]
    results = [score("chat", 0.42, Basis.MEASURED), score("chat", 0.5, Basis.MEASURED, dataset="voc"), at(0.5, 1), at(0.4, 2)]
    return msgspec.json.encode(scores_answer(Ref.parse("model:o/chat"), claims, results, others))


def tab(opened, told: bytes, lang: str):
    page = opened().new_page()
    page.route("**/api/v1/scores/**", lambda route: route.fulfill(body=told, content_type="application/json"))
    page.goto(f"/?ref=model:o/chat&tab=scores&lang={lang}")
    page.locator(".scores-tab").wait_for()
    return page.locator(".scores-tab")


def test_the_pipeline_stands_first_then_each_claim(opened, told):
    panel = tab(opened, told, "en")
    expect(panel.locator("section").first).to_contain_text("Look at the pipeline first")
    expect(panel.locator("section").first).to_contain_text("8 of 8 models come out worse than claimed on map on coco")
    rows = panel.locator(".score-rows").first.locator("> li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("measured lower")
    rows.nth(0).get_by_text("Why, and where it was read").click()
    expect(rows.nth(0)).to_contain_text("the pipeline explains it")
    expect(rows.nth(0)).to_contain_text("<b>measured</b>")  # as it is written, and not as markup
    rows.nth(1).get_by_text("Why, and where it was read").click()
    expect(rows.nth(1)).to_contain_text("split: claimed for test, measured for validation")
    expect(panel).to_contain_text("dropped 0.5 at Jul 1, 2024, 0.4 at Jul 2, 2024 (-0.1)")
    expect(panel.get_by_text("Claimed, and measured by nobody here")).to_be_visible()


def test_it_is_said_in_japanese_and_to_those_who_do_not_see(opened, told, axe):
    panel = tab(opened, told, "ja")
    expect(panel).to_contain_text("まず測定の仕組みを確かめる")
    expect(panel).to_contain_text("比較できない")
    assert "claimed" not in panel.inner_text()
    page = panel.page
    page.evaluate(axe)
    found = page.evaluate("axe.run('.scores-tab').then((found) => found.violations.map((one) => one.id))")
    assert found == []


def test_a_model_without_scores_says_so(opened):
    page = opened().new_page()
    page.goto("/?ref=model:o/merge&tab=scores")
    expect(page.get_by_role("tabpanel", name="Scores")).to_contain_text("No score of this model was charted")
