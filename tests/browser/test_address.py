"""The address carries the whole view, and the back button takes steps back."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from map_page import HIDDEN, camera, expect, find, flags, look_at, settled
from pytest import approx  # noqa: PT013  # it reads as a word

CARRIED = {
    "ref": "model:o/chat",
    "reach": "down",
    "by": "license",
    "size": "downloads",
    "theme": "dark",
    "tab": "claims",
    "hide.license": "other",
    "month": "2024-05",
}


IN_STEP = """
(keys) => {
  const query = new URLSearchParams(location.search);
  const [x, , zoom] = (query.get("at") ?? "").split(",").map(Number);
  const { camera } = filiationMap;
  const there = Math.abs(x - camera.x) * camera.scale < 1 && Math.abs(2 ** zoom * 512 - camera.scale) < 0.01 * camera.scale;
  return there && keys.every((key) => query.has(key));
}
"""


def said(page) -> dict[str, str]:
    """Return what the address says, once it is in step with the view."""
    settled(page).wait_for_function(IN_STEP, arg=[*CARRIED])
    return {key: value for key, (value,) in parse_qs(urlsplit(page.url).query).items()}


def test_a_view_is_told_by_its_address_and_restored_from_it(page, opened):
    find(page, "o/chat")
    page.get_by_role("tab", name="Claims").click()
    page.get_by_role("button", name="Light up everything downstream").click()
    legend = page.get_by_role("region", name="Legend")
    legend.get_by_role("combobox", name="Colour by").select_option("License class")
    legend.get_by_role("combobox", name="Size by").select_option("Downloads")
    legend.get_by_role("button", name=re.compile(r"^other \d")).click()
    page.get_by_role("slider").fill("76")
    page.get_by_role("button", name="Theme: as the system").click()
    look_at(page, "o/chat", 100)
    written = said(page)
    assert written.items() >= CARRIED.items()
    other = opened().new_page()
    other.goto(page.url)
    expect(other.get_by_role("tab", name="Claims")).to_have_attribute("aria-selected", "true")
    expect(other.get_by_role("complementary", name="About model:o/chat").get_by_role("status")).to_contain_text("2 descend")
    expect(other.get_by_role("combobox", name="Colour by")).to_have_value("license")
    expect(other.get_by_role("combobox", name="Size by")).to_have_value("downloads")
    expect(other.get_by_role("slider")).to_have_attribute("aria-valuetext", "2024-05")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.get_by_text("1 hidden by filters: License class")).to_be_visible()
    assert any(bits & HIDDEN for bits in flags(other).values())
    assert flags(other) == flags(page)
    assert camera(other) == approx(camera(page), rel=0.01)
    assert said(other) == written


def test_table_language_and_page_are_in_the_address_too(page, opened):
    page.get_by_role("button", name="Table").first.click()
    page.get_by_role("button", name="日本語で表示").click()
    page.wait_for_url(re.compile("lang=ja.*table=1"))
    other = opened().new_page()
    other.goto(page.url)
    expect(other.locator("#table-twin table")).to_be_visible()
    expect(other.locator("html")).to_have_attribute("lang", "ja")
    other.locator("nav.pages a").nth(1).click()
    other.wait_for_url(re.compile("page=trends"))
    other.reload()
    expect(other.locator(".chart").first).to_be_visible()


def test_back_takes_one_step_back(page):
    panel = page.get_by_role("complementary")
    find(page, "o/chat")
    panel.get_by_role("button", name="o/base").click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("o/base")
    page.go_back()
    expect(panel.get_by_role("heading", level=2)).to_have_text("o/chat")
    page.go_back()
    expect(panel).to_have_count(0)
    page.go_forward()
    expect(panel.get_by_role("heading", level=2)).to_have_text("o/chat")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.go_back()
    expect(panel.get_by_role("heading", level=2)).to_have_text("o/chat")


def test_an_address_of_nonsense_opens_the_map(opened):
    page = opened().new_page()
    page.goto("/?at=x,y,z&by=nothing&size=9&month=1066-13&ref=&node=-1&tab=odd&hide.relation=%25E0&list=javascript:0&lang=tlh")
    assert settled(page).evaluate("filiationMap.stats.drawn") > 100
    expect(page.get_by_role("combobox", name="Colour by")).to_have_value("relation")
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_a_name_that_is_not_there_is_said_to_be_missing(opened):
    context = opened()
    page = context.new_page()
    page.goto("/?ref=model:no/such")
    expect(page.get_by_role("alert")).to_have_text("There is no model:no/such on this map.")
    assert context.watched.take("404")
