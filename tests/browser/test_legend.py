"""The legend: what colours mean, what is hidden, what widths mean."""

from __future__ import annotations

import re

import pytest
from map_page import HIDDEN, expect, flags, place, settled

FACETS = {
    "relation": "Relation",
    "license": "License class",
    "task": "Task",
    "library": "Library",
    "age": "Age",
    "documented": "Documentation",
    "risk": "Risk",
    "conflict": "License conflict",
    "downloads": "Downloads",
    "basis": "Basis",
    "state": "State",
}
PAINTED = """
[...new Set(filiationMap.viewTiles.flatMap(({ colour }) => Array.from(colour, (word) => word & 0xffffff)))]
  .map((word) => "#" + [0, 8, 16].map((by) => ((word >> by) & 255).toString(16).padStart(2, "0")).join(""))
"""
ENTRIES = """
(all) => all.map((one) => [one.querySelector(".entry-name").textContent, Number(one.querySelector(".count").textContent),
  one.querySelector("circle").getAttribute("fill")])
"""
SHARES = "filiationMap.viewTiles.flatMap(({ share }) => Array.from(share))"


@pytest.fixture
def legend(page):
    return page.get_by_role("region", name="Legend")


def entry(legend, name: str):
    return legend.get_by_role("button", name=re.compile(f"^{name} \\d"))


def hidden(page) -> set[int]:
    return {node for node, bits in flags(page).items() if bits & HIDDEN}


def test_colours_mean_what_the_legend_says(page, legend):
    everything = len(flags(page))
    expect(legend.get_by_role("combobox", name="Colour by").get_by_role("option")).to_have_text([*FACETS.values()])
    for facet, name in FACETS.items():
        legend.get_by_role("combobox", name="Colour by").select_option(name)
        settled(page)
        entries = [item for item in legend.locator(".entry").evaluate_all(ENTRIES) if item[1]]
        assert sum(count for _, count, _ in entries) == everything, facet
        assert {colour for _, _, colour in entries} == set(page.evaluate(PAINTED)), facet
        page.wait_for_function("(by) => (new URLSearchParams(location.search).get('by') ?? 'relation') === by", arg=facet)


def test_an_entry_hides_and_shows(page, legend):
    assert hidden(page) == set()
    entry(legend, "merge").click()
    expect(entry(legend, "merge")).to_have_attribute("aria-pressed", "false")
    assert hidden(page) == {place(page, "o/merge")["node"]}
    expect(legend.get_by_role("status")).to_have_text("1 hidden by filters: Relation Show all")
    entry(legend, "quantized").click()  # between two clicks on one entry, which would be a double click
    entry(legend, "merge").click()
    assert hidden(page) == {place(page, "o/chat-GGUF")["node"]}
    expect(legend.get_by_role("status")).to_contain_text("1 hidden by filters")


def test_a_double_click_shows_one_alone(page, legend):
    entry(legend, "quantized").dblclick()
    expect(entry(legend, "quantized")).to_have_attribute("aria-pressed", "true")
    expect(entry(legend, "fine-tune")).to_have_attribute("aria-pressed", "false")
    assert set(flags(page)) - hidden(page) == {place(page, "o/chat-GGUF")["node"]}


def test_filters_of_several_facets_add_up_and_show_all_ends_them(page, legend):
    entry(legend, "merge").click()
    by_relation = hidden(page)
    legend.get_by_role("combobox", name="Colour by").select_option("State")
    entry(legend, "malformed").click()
    assert len(hidden(page)) > len(by_relation)
    expect(legend.get_by_role("status")).to_contain_text("Relation, State")
    legend.get_by_role("button", name="Show all").click()
    assert hidden(page) == set()


@pytest.mark.parametrize("size", ["Downloads", "Documentation"])
def test_widths_mean_what_is_chosen(page, legend, size):
    assert set(page.evaluate(SHARES)) == {255}  # as wide as their places
    legend.get_by_role("combobox", name="Size by").select_option(size)
    shares = set(settled(page).evaluate(SHARES))
    assert min(shares) < 128
    assert 255 in shares  # what holds others keeps its place


def test_it_says_what_position_means(legend):
    expect(legend.get_by_text("Position means family, not distance between weights")).to_be_visible()
    legend.get_by_role("button", name="Legend").click()
    expect(legend.get_by_role("combobox")).to_have_count(0)
    expect(legend.get_by_role("button", name="Legend")).to_have_attribute("aria-expanded", "false")
