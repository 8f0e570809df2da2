"""The time slider: what existed until a month, and growth played."""

from __future__ import annotations

import pytest
from map_page import expect, look_at, settled

STEP_MS = 160
JANUARY, JUNE = 72, 77  # months since January 2018


@pytest.fixture
def slider(page):
    return page.get_by_role("slider", name="Show what existed until")


def drawn(page) -> int:
    return settled(page).evaluate("filiationMap.stats.drawn")


def test_an_early_month_shows_fewer(page, slider):
    now = drawn(page)
    expect(slider).to_have_attribute("aria-valuetext", "now")
    slider.fill(str(JANUARY))
    expect(slider).to_have_attribute("aria-valuetext", "2024-01")
    first = drawn(page)
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "2024-02")
    second = drawn(page)
    assert 20 < first < second < now
    slider.fill(str(JUNE))
    expect(slider).to_have_attribute("aria-valuetext", "now")
    assert drawn(page) == now


def test_what_did_not_exist_cannot_be_clicked(page, slider):
    at = look_at(page, "o/merge")  # of May
    slider.fill(str(JANUARY))
    settled(page)
    page.mouse.click(*at)
    expect(page.get_by_role("complementary", name="About model:o/base")).to_be_visible()


def test_growth_plays_and_pauses(opened):
    page = opened().new_page()
    page.clock.install(time=0)
    page.goto("/")
    settled(page).clock.pause_at(3_600_000)  # from here on time passes only as the test says
    slider = page.get_by_role("slider", name="Show what existed until")
    page.get_by_role("button", name="Play the growth").click()
    page.clock.run_for(3 * STEP_MS)
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(STEP_MS)  # the page hears of the click
    reached = slider.get_attribute("aria-valuetext")
    assert "2024-01" < reached < "2024-06"
    page.clock.run_for(20 * STEP_MS)
    expect(slider).to_have_attribute("aria-valuetext", reached)
    page.get_by_role("button", name="Play the growth").click()
    page.clock.run_for(20 * STEP_MS)
    expect(slider).to_have_attribute("aria-valuetext", "now")
    expect(page.get_by_role("button", name="Play the growth")).to_be_visible()
