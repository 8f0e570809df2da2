"""The pages of figures: charts, the lists behind them, what can be saved; the overview of everything and of a portfolio."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from map_page import expect, settled


@pytest.fixture
def trends(opened):
    page = opened(accept_downloads=True).new_page()
    page.goto("/trends")
    page.get_by_role("figure").first.wait_for()
    return page


@pytest.fixture
def overview(opened):
    page = opened().new_page()
    page.goto("/overview")
    page.get_by_role("term").first.wait_for()
    return page


def saved(page, control) -> tuple[str, str]:
    """Click and return the name and the text of what was downloaded."""
    with page.expect_download() as waiting:
        control.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def dialog_of(page):
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("table")).to_be_visible()
    return dialog


def test_every_chart_is_drawn_or_says_that_it_is_empty(trends):
    figures = trends.get_by_role("figure")
    assert figures.count() == len(trends.request.get("/api/v1/trends").json()["charts"])
    drawn = 0
    for figure in figures.all():
        marks = figure.locator("svg.plot .dot").count()
        assert marks or figure.get_by_text("Nothing to show").count()
        drawn += bool(marks)
    assert drawn >= 7


def test_a_point_opens_the_models_behind_it(trends):
    trends.locator("#growth svg.plot .dot").first.click()
    dialog = dialog_of(trends)
    behind = re.match(r"(\d+) of (\d+)", dialog.get_by_role("status").inner_text())
    assert dialog.get_by_role("rowheader").count() == int(behind[1])
    expect(trends).to_have_url(re.compile(r"list=/api/v1/trends/growth/models"))
    if dialog.get_by_role("button", name="Show more").count():
        dialog.get_by_role("button", name="Show more").click()
        expect(dialog.get_by_role("status")).not_to_have_text(behind[0])
    name = dialog.get_by_role("rowheader").first.get_by_role("button")
    ref = name.inner_text().replace("\n", "")
    name.click()
    expect(settled(trends).get_by_role("complementary", name=f"About model:{ref}")).to_be_visible()


def test_the_dialog_closes_by_key_and_by_the_back_button(trends):
    trends.locator("#growth svg.plot .dot").first.click()
    dialog_of(trends)
    trends.keyboard.press("Escape")
    expect(trends.get_by_role("dialog")).to_have_count(0)
    trends.locator("#depth-by-modality svg.plot .dot").first.click()
    dialog_of(trends)
    trends.go_back()
    expect(trends.get_by_role("dialog")).to_have_count(0)


def test_a_closed_list_leaves_no_step_behind(trends):
    length = trends.evaluate("history.length")
    for close in (lambda: trends.keyboard.press("Escape"), lambda: trends.get_by_role("button", name="Close").click()):
        trends.locator("#growth svg.plot .dot").first.click()
        dialog_of(trends)
        close()
        expect(trends.get_by_role("dialog")).to_have_count(0)
        expect(trends).not_to_have_url(re.compile("list="))
        assert trends.evaluate("history.length") == length + 1  # the one to go forward to
    trends.goto("/trends?list=/api/v1/trends/growth/models?series=model%26x=2024-05")
    dialog_of(trends)
    trends.get_by_role("button", name="Close").click()
    expect(trends.get_by_role("dialog")).to_have_count(0)
    expect(trends.get_by_role("figure").first).to_be_visible()


def test_a_chart_is_a_table_too(trends):
    figure = trends.locator("#growth")
    figure.get_by_text("As a table").click()
    expect(figure.get_by_role("rowheader")).to_have_text([f"2024-0{month}" for month in range(1, 7)])
    figure.get_by_role("table").get_by_role("button").first.click()
    dialog_of(trends)


def test_figures_are_saved_as_csv_and_svg(trends):
    figure = trends.locator("#growth")
    name, text = saved(trends, figure.get_by_role("link", name="CSV"))
    assert name == "growth.csv"
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) >= 6
    name, text = saved(trends, figure.get_by_role("button", name="SVG"))
    assert name == "growth.svg"
    drawing = ET.fromstring(text)  # noqa: S314  # our own page wrote it
    marks = [item for item in drawing.iter() if item.tag.endswith("circle")]
    assert len(marks) >= 6
    assert "var(" not in text  # it stands for itself, without our style sheet
    assert "script" not in text


def test_a_number_opens_the_list_behind_it(overview):
    figures = overview.get_by_role("main").locator(".figures").get_by_role("button")
    assert figures.count() > 8
    enabled = [figure for figure in figures.all() if figure.is_enabled()]
    for figure in enabled[:3]:
        count = figure.locator(".figure-count").inner_text()
        figure.click()
        expect(dialog_of(overview).get_by_role("status")).to_contain_text(f"of {count}")
        overview.get_by_role("button", name="Close").click()
        expect(overview.get_by_role("dialog")).to_have_count(0)
    overview.get_by_role("button", name="All of them").click()
    dialog_of(overview)


def test_a_portfolio_is_chosen(overview):
    models = overview.locator(".heroes > div").first.get_by_role("definition")
    everything = models.inner_text()
    overview.get_by_role("combobox", name="Portfolio").select_option("ours")
    expect(models).to_have_text("3")
    assert everything != "3"
    expect(overview.get_by_text("1 names are not in the atlas: not/there")).to_be_visible()
    expect(overview).to_have_url(re.compile("portfolio=ours"))
    overview.get_by_role("main").locator(".figures").get_by_role("button", disabled=False).first.click()
    expect(dialog_of(overview).get_by_role("status")).to_contain_text(re.compile("of [123]$"))


def test_what_much_stands_on_leads_to_the_map(overview):
    table = overview.get_by_role("table").last
    expect(table.get_by_role("columnheader")).to_have_text(["Name", "stand on it", "Downloads", "License"])
    expect(table.get_by_role("row", name="o/base")).to_contain_text("apache-2.0")
    table.get_by_role("button", name="o/base").click()
    expect(settled(overview).get_by_role("complementary", name="About model:o/base")).to_be_visible()
