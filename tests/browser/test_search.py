"""Search: suggestions while typing, the keyboard alone, the flight to what was found."""

from __future__ import annotations

import re

import pytest
from map_page import camera, place, settled


@pytest.fixture
def box(page):
    return page.get_by_role("combobox", name="Search models and datasets")


def suggestions(page, **of):
    return page.get_by_role("search").get_by_role("option", **of)


def active(page):
    """Return the suggestion that Enter would take."""
    return suggestions(page, selected=True).inner_text()


def test_enter_flies_to_what_is_chosen_and_opens_it(page, box):
    box.fill("chat")
    suggestions(page).first.wait_for()
    assert suggestions(page).count() == 2
    listed = suggestions(page).all_inner_texts()
    assert active(page) == listed[0]
    box.press("ArrowDown")
    assert active(page) == listed[1]
    box.press("ArrowUp")
    box.press("ArrowUp")
    assert active(page) == listed[-1]  # round and round
    box.press("ArrowDown")
    box.press("ArrowDown")
    ref = re.search(r"o/chat(-GGUF)?", active(page).replace("\n", ""))[0]
    before = camera(page)
    box.press("Enter")
    page.get_by_role("complementary", name=f"About model:{ref}").wait_for()
    after, there = camera(page), place(page, ref)
    assert after["scale"] > before["scale"]
    assert abs(there["x"] - after["x"]) * after["scale"] < 440
    assert abs(there["y"] - after["y"]) * after["scale"] < 300
    assert box.input_value() == ""


def test_suggestions_say_their_number_and_downloads(page, box):
    box.fill("o/base")
    option = suggestions(page).first
    assert "o/base" in option.inner_text()
    assert re.search(r"1,?0?0?0?k? ↓", option.inner_text(), re.IGNORECASE)
    page.get_by_role("search").get_by_role("status").filter(has_text="suggestions").wait_for()
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert box.get_attribute("aria-expanded") == "true"


def test_slash_leads_to_the_box_and_escape_empties_it(page, box):
    page.get_by_role("application").focus()
    page.keyboard.press("/")
    assert box.evaluate("(box) => box === document.activeElement")
    page.keyboard.type("base/")  # in the box a slash is a slash
    assert box.input_value() == "base/"
    page.get_by_role("listbox", name="Search").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("listbox", name="Search").wait_for(state="detached")
    page.keyboard.press("Escape")
    assert box.input_value() == ""


def test_nothing_found(page, box):
    box.fill("there is no such thing")
    page.get_by_text("Nothing has all of these words.").wait_for()
    box.press("Enter")
    assert page.get_by_role("complementary").count() == 0


def test_a_question_that_cannot_be_is_answered_with_what_can(page, box):
    box.fill("bogus:x")
    page.get_by_text("before the colon may stand arch").wait_for()
    assert page.context.watched.take("Failed to load resource")  # the browser's own words for a refusal
    box.fill("there is no such thing")
    page.get_by_text("Nothing has all of these words.").wait_for()


def test_a_dataset(page, box):
    box.fill("o/data")
    option = suggestions(page, name="dataset").first
    option.wait_for()
    option.click()
    page.get_by_role("complementary", name="About dataset:o/data").wait_for()
    assert "cc0-1.0" in settled(page).get_by_role("tabpanel").inner_text()


def test_a_click_elsewhere_closes_the_suggestions(page, box):
    box.fill("many")
    page.get_by_role("listbox", name="Search").wait_for()
    assert suggestions(page).count() == 10
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("listbox", name="Search").wait_for(state="detached")
