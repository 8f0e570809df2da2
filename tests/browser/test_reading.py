"""How the page reads: light and dark, English and Japanese, on a desk and on a telephone."""

from __future__ import annotations

import re

import pytest
from map_page import PHONE, colours, expect, find, settled

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
LUMINANCE = """
(element) => {
  const shade = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3;
  const style = getComputedStyle(element);
  return [shade(style.backgroundColor), shade(style.color)];
}
"""
WIDER = """
() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  const inside = element.closest(".table-scroll, .charts, .family, .visually-hidden, .skip, svg, .tabs, dialog, table");
  return box.width > 0 && box.right > innerWidth + 1 && !inside;
}).map((element) => element.outerHTML.slice(0, 120))
"""
VIEWS = [
    "/",
    "/?ref=model:o/chat",
    "/?ref=model:odd/m0&tab=claims",
    "/?table=1",
    "/trends",
    "/overview",
    "/overview?portfolio=ours",
]


def shade(page) -> float:
    """Return how light most of the map is, 0 to 255."""
    seen = colours(page, {"x": 300, "y": 100, "width": 600, "height": 600})
    most = max(seen, key=seen.get)
    return sum(bytes.fromhex(most[1:])) / 3


def test_dark_follows_the_system_and_the_button(opened):
    context = opened(color_scheme="dark")
    page = context.new_page()
    page.goto("/")
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    background, ink = page.locator("body").evaluate(LUMINANCE)
    assert background < 60
    assert ink > 180
    assert shade(page) < 80
    page.get_by_role("button", name="Theme: as the system").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    background, ink = page.locator("body").evaluate(LUMINANCE)
    assert ink < 80
    assert background > 200
    assert shade(page) > 160


def test_the_theme_follows_while_the_page_is_open(page):
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert shade(page) < 80


@pytest.mark.parametrize("path", ["/", "/trends", "/overview"])
def test_japanese_by_the_browsers_language(opened, path):
    page = opened(locale="ja-JP").new_page()
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    links = page.get_by_role("navigation").first.get_by_role("link").all_inner_texts()
    assert all(JAPANESE.search(text) for text in links)
    for control in page.get_by_role("button").all():
        said = control.get_attribute("aria-label") or control.inner_text()
        assert JAPANESE.search(said) or not re.search("[A-Z]?[a-z]{4,} [a-z]{3,}", said), said


def test_japanese_by_the_button_and_back(page):
    find(page, "o/chat")
    page.get_by_role("button", name="日本語で表示").click()
    panel = page.get_by_role("complementary")
    assert all(JAPANESE.search(text) for text in panel.get_by_role("term").all_inner_texts())
    assert JAPANESE.search(page.title())
    page.locator("button[lang=en]").click()
    expect(panel.get_by_role("term").first).to_have_text("License")


@pytest.mark.parametrize("path", VIEWS)
def test_nothing_is_wider_than_a_telephone(opened, path):
    page = opened(**PHONE).new_page()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if path.startswith("/?") or path == "/":
        settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(WIDER) == []


def test_a_telephone_shows_map_panel_and_legend(phone):
    expect(phone.get_by_role("region", name="Legend")).to_be_visible()
    phone.get_by_role("button", name="Legend").tap()
    expect(phone.get_by_role("combobox", name="Colour by")).to_be_visible()
    phone.get_by_role("button", name="Legend").tap()
    phone.get_by_role("combobox", name="Search models and datasets").fill("o/chat")
    phone.get_by_role("search").get_by_role("option").first.tap()
    panel = phone.get_by_role("complementary", name="About model:o/chat")
    expect(panel).to_be_in_viewport(ratio=0.99)
    above = phone.locator(".map").bounding_box()["height"] - panel.bounding_box()["height"]
    assert above > 150  # the map is still to be seen
    panel.get_by_role("button", name="Close").tap()
    expect(panel).to_have_count(0)
