"""What names say and what is predicted, in the panel apart from what is declared; the search for elements of names."""

from __future__ import annotations

import pytest
from map_page import expect, find, settled
from served_registry import kin
from test_accessible import ASK, LOOKS

from filiation.names.asking import PREFIXES

CHILD = "eve/bert-base-japanese-cased-ner-v2"


@pytest.fixture(scope="module")
def family(tmp_path_factory, dump, chart, served):
    """The address of an atlas in which neighbours tell."""
    folder = tmp_path_factory.mktemp("kin")
    with served(chart(folder / "a", dump(folder / "models.jsonl", kin()), draw=True, audited=True)) as base:
        yield base


@pytest.fixture
def page(opened, family):
    page = opened(family).new_page()
    page.goto("/")
    return settled(page)


def nothing_serious(page, axe) -> None:
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    for of in LOOKS.values():
        page.set_viewport_size(of["viewport"])
        page.emulate_media(color_scheme=of["color_scheme"])
        assert page.evaluate(ASK)[0] == []


def test_the_panel_tells_elements_and_predictions_apart(page, axe):
    find(page, "japanese cased", CHILD)
    chips = page.get_by_role("tabpanel").locator(".elements > li")
    expect(chips).to_have_text(
        [
            "architecturebert",
            "sizebase",
            "languagejapanese = ja",
            "characteristic of datacased",
            "taskner = token-classification",
            "versionv2",
        ]
    )
    predicted = page.get_by_role("region", name="Predicted not declared")
    task = predicted.get_by_role("listitem").filter(has_text="text-generation").first
    expect(task).to_contain_text("confidence")
    expect(task.locator(".reasons")).to_contain_text("14 of 14 models made from meta/llama")
    expect(page.get_by_role("tabpanel").locator("dl.facts")).not_to_contain_text("text-generation")
    nothing_serious(page, axe)
    page.goto(f"{page.url}&lang=ja")
    expect(settled(page).get_by_role("region", name="予測 申告なし")).to_contain_text("14 件のうち 14 件")
    expect(chips.first).to_have_text("アーキテクチャbert")


def test_the_search_takes_elements_and_says_which(page, axe):
    box = page.get_by_role("combobox", name="Search models and datasets")
    options = page.get_by_role("search").get_by_role("option")
    page.get_by_role("button", name="What can be searched for").click()
    for prefix in PREFIXES:
        expect(page.locator(".prefixes").get_by_role("button", name=f"{prefix}:")).to_be_visible()
    nothing_serious(page, axe)
    page.get_by_role("button", name="arch:bert").click()
    expect(box).to_be_focused()
    expect(box).to_have_value("arch:bert ")
    page.keyboard.type("task:ner lang:ja")
    expect(options).to_have_text([CHILD + "5 ↓"])
    box.fill("arch:bert lang:fr")
    expect(page.get_by_text("No name says all of this.")).to_be_visible()
    box.fill("params:7B tuned")
    expect(options).to_have_count(1)
    box.press("Enter")
    expect(page.get_by_role("complementary", name="About model:eve/llama-tuned-7b-Q4_K_M")).to_be_visible()
