"""Applications around the map: marks of their own kind, with lines to what they use, and no part of any count."""

from __future__ import annotations

import pytest
from map_page import colours, expect, find, place, settled

MARK = "#7b1fa2"
BESIDE = {"x": 268, "y": 56, "width": 100, "height": 740}
"""The strip of the window in which the marks stand while the whole map is shown."""


def violet(page) -> int:
    """Return how many pixels have the colour of marks and lines, thick or thin."""
    seen = ((bytes.fromhex(colour[1:]), count) for colour, count in colours(page).items())
    return sum(count for (red, green, blue), count in seen if min(red, blue) > green + 50)


def panel(page, name: str):
    return page.get_by_role("complementary", name=f"About application:{name}")


def known(page) -> dict[str, dict]:
    told = page.request.get("/api/v1/applications").json()
    return {item["name"]: item for item in told["applications"]}


def marked(page) -> None:
    """Wait until the marks are there: they are asked for once the map is drawn."""
    page.get_by_role("region", name="Applications").wait_for()
    settled(page)


def opened_from_search(page, words: str):
    page.get_by_role("combobox", name="Search models and datasets").fill(words)
    page.get_by_role("search").get_by_role("option").first.click()
    settled(page)


def at(page, name: str) -> tuple[float, float]:
    """Return where a mark is in the window."""
    item = known(page)[name]
    box = page.locator(".map").bounding_box()
    x, y = page.evaluate("([x, y]) => filiationMap.screenOf(x, y)", [item["x"], item["y"]])
    return box["x"] + x, box["y"] + y


def test_marks_stand_around_the_map_and_a_click_tells_what_is_used(page):
    marked(page)
    assert colours(page, BESIDE).get(MARK, 0) > 300
    page.mouse.click(*at(page, "shop"))
    about = panel(page, "shop")
    expect(about.get_by_role("definition")).to_have_text(["Jul 11, 2024", "2", "0", "0", "0 of 2"])
    expect(about.locator(".parents li").first).to_contain_text("stated confidence 90% · whatever is current")
    expect(about.locator(".parents li").first).to_contain_text("serve.py:3")
    assert "ref=application:shop" in settled(page).url
    about.get_by_role("button", name="o/merge").click()
    expect(page.get_by_role("complementary", name="About model:o/merge")).to_be_visible()
    page.go_back()
    expect(panel(page, "shop")).to_be_visible()
    page.get_by_role("application").press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_one_that_uses_nothing(page):
    marked(page)
    page.get_by_role("region", name="Applications").get_by_role("button", name="idle").click()
    about = panel(page, "idle")
    expect(about).to_contain_text("Nothing that it uses was found.")
    expect(about.locator(".parents li")).to_have_count(0)
    assert known(page)["idle"]["uses"] == []


def test_one_that_uses_forty_models_and_some_that_are_not_there(page):
    marked(page)
    plain = violet(page)
    opened_from_search(page, "wide")
    about = panel(page, "wide-app")
    expect(about.get_by_role("definition")).to_have_text(["Jul 11, 2024", "44", "1", "2", "1 of 45"])
    uses = about.locator(".parents li")
    expect(uses).to_have_count(45)
    expect(uses.filter(has_text="chat-GGUF")).to_contain_text("commit 0123456789ab")
    expect(uses.filter(has_text="gone/away")).to_contain_text("missing")
    expect(uses.filter(has_text="nobody/knows")).to_contain_text("revision main · not in this atlas")
    expect(uses.filter(has_text="nobody/knows").get_by_role("button")).to_have_count(0)
    expect(uses.filter(has_text="o/hostile")).to_contain_text("too unsure for a line")
    assert violet(page) > plain + 3000  # circles and lines of what it uses
    page.mouse.move(*at(page, "wide-app"))
    expect(page.locator(".tooltip")).to_have_text("wide-appuses 45 models and datasets")


def test_the_search_lists_applications_by_name_alone(page):
    marked(page)
    box = page.get_by_role("combobox", name="Search models and datasets")
    options = page.get_by_role("search").get_by_role("option")
    box.fill("application:")
    expect(options).to_have_text(["applicationidle", "applicationshop", "applicationwide-app"])
    box.fill("application:sh")
    expect(options).to_have_text(["applicationshop"])
    box.fill("o/chat")
    expect(options.first).to_contain_text("chat")
    expect(options.filter(has_text="application")).to_have_count(0)


def test_what_stands_on_a_model_names_applications(page):
    find(page, "o/chat")
    page.get_by_role("button", name="Light up everything downstream").click()
    page.get_by_role("tab", name="Blast radius").click()
    tab = page.get_by_role("tabpanel")
    expect(tab.get_by_role("button", name="application shop")).to_be_visible()
    tab.get_by_role("button", name="application wide-app").click()
    expect(panel(page, "wide-app")).to_be_visible()


def test_an_address_names_one_and_the_month_hides_what_was_not_seen_yet(page):
    page.goto("/?lang=ja&ref=application:shop")
    about = settled(page).get_by_role("complementary", name="application:shop について")
    expect(about).to_contain_text("その時点の最新版")
    expect(about).to_contain_text("アプリケーションはモデルではありません。")
    page.goto("/?lang=en&ref=application:nobody")
    expect(page.get_by_text("There is no application:nobody on this map.")).to_be_visible()
    page.goto("/?lang=en&month=2024-06")
    marked(page)
    assert colours(page, BESIDE).get(MARK, 0) == 0


@pytest.mark.parametrize("ref", ["o/chat", "o/base"])
def test_no_count_knows_of_applications(page, ref):
    node = place(page, ref)["node"]
    below = page.request.get(f"/api/v1/trace/{ref}?down=true").json()
    assert not any(item["ref"].startswith("application:") for item in below["nodes"])
    assert page.request.get("/map/manifest.json").json().get("applications") is None
    assert page.request.get(f"/api/v1/node/{node}").json()["ref"] == f"model:{ref}"
