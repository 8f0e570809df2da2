"""An exported folder behind any web server: no questions answered, nothing asked elsewhere, nothing fails."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from map_page import expect, find, settled

SHOWN = {
    "State": "present",
    "Relation": "fine-tune",
    "Basis": "inferred",
    "License": "mit",
    "Task": "text-generation",
    "Library": "undeclared",
    "Created": "2024-02",
}


@pytest.fixture(scope="module")
def host(atlas, run, tmp_path_factory):
    """The address of a plain web server over a folder in which the map was exported as `some/map`."""
    folder = tmp_path_factory.mktemp("host")
    done = run("export", "map", folder / "some" / "map", atlas=atlas)
    assert done.returncode == 0, done.stderr
    serve = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port = re.search(r"port (\d+)", process.stdout.readline())[1]
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def page(opened, host):
    """The exported map at rest; every answer but those of its own server that are there counts as wrong."""
    context = opened(host, accept_downloads=True)
    context.route(lambda url: not url.startswith(host), lambda route: route.abort())
    page = context.new_page()
    asked = []
    page.on("response", lambda answer: asked.append((answer.status, answer.url.removeprefix(host))))
    page.goto("/some/map/")
    yield settled(page)
    assert [answer for answer in asked if answer[0] >= 400] == []
    assert [path for _, path in asked if not path.startswith("/some/map/")] == []
    assert len(asked) > 5


def test_the_map_opens_and_says_what_it_cannot(page):
    assert page.evaluate("filiationMap.stats.drawn") > 100
    expect(page.get_by_text("Exported map: claims, family trees and blast radius need a server.")).to_be_visible()


def test_search_by_words_and_by_how_a_name_begins(page):
    box = page.get_by_role("combobox", name="Search models and datasets")
    options = page.get_by_role("search").get_by_role("option")
    box.fill("gguf chat")
    expect(options).to_have_text([re.compile("o/chat-GGUF")])
    box.fill("many/m00")
    expect(options).to_have_count(10)
    box.fill("o/data")
    expect(options.first).to_contain_text("dataset")
    box.fill("nobody/has this")
    expect(page.get_by_text("No name begins so, and none of the most important has these words.")).to_be_visible()
    box.fill("arch:bert")
    expect(page.get_by_text("What names say is searched for by a server; an exported map finds words alone.")).to_be_visible()


def test_the_panel_shows_what_the_tiles_carry(page):
    find(page, "o/chat")
    panel = page.get_by_role("complementary", name="About model:o/chat")
    terms = panel.get_by_role("term").all_inner_texts()
    facts = dict(zip(terms, panel.get_by_role("definition").all_inner_texts(), strict=True))
    assert facts.items() >= SHOWN.items()
    expect(panel.get_by_role("button", name="Light up everything downstream")).to_have_count(0)
    expect(panel.get_by_role("tab")).to_have_count(0)


def test_the_table_and_the_legend_work(page):
    page.get_by_role("button", name="Table").first.click()
    table = page.get_by_role("region", name="In view")
    table.get_by_role("searchbox").fill("chat")
    expect(table.get_by_role("rowheader")).to_have_text(["o/chat", "o/chat-GGUF"])
    table.get_by_role("button", name="Close").click()
    page.get_by_role("combobox", name="Colour by").select_option("License class")
    expect(page.get_by_role("button", name=re.compile(r"^permissive \d"))).to_be_visible()


def test_an_address_is_restored(page):
    page.goto("/some/map/?ref=model:o/merge&month=2024-05")
    expect(settled(page).get_by_role("complementary", name="About model:o/merge")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "2024-05")


def test_trends_and_overview_show_their_figures(page):
    page.get_by_role("link", name="Trends").click()
    growth = page.locator("#growth")
    expect(growth.locator("svg.plot .dot").first).to_be_visible()
    with page.expect_download() as waiting:
        growth.get_by_role("link", name="CSV").click()
    assert waiting.value.suggested_filename == "growth.csv"
    assert waiting.value.url.endswith("/some/map/answers/growth.csv")
    growth.locator("svg.plot .dot").first.click()
    expect(page.get_by_text("This page needs a server to answer questions; an exported map has none.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".heroes").get_by_role("definition").first).to_have_text(re.compile(r"\d"))
    expect(page.locator(".figures").get_by_role("button").first).to_be_visible()
    page.get_by_role("link", name="Map", exact=True).click()
    settled(page)


def test_applications_are_told_of_without_a_server(page):
    applications = page.get_by_role("region", name="Applications")
    applications.get_by_role("button", name="shop").click()
    about = page.get_by_role("complementary", name="About application:shop")
    expect(about.locator(".parents li")).to_have_text([re.compile("o/chat"), re.compile("o/merge")])
    expect(about.get_by_role("link")).to_have_count(0)  # figures of a portfolio need a server
    about.get_by_role("button", name="o/merge").click()
    expect(page.get_by_role("complementary", name="About model:o/merge")).to_be_visible()
