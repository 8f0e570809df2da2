"""What strangers wrote, ingested by the real pipeline, is text wherever it is shown; nothing of it runs."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from map_page import expect, settled
from served_registry import BIDI, BREAKOUT, DATA, IMAGE, LINK, SCRIPT

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
"""
ALIVE = """
() => {
  const ours = (element) => element.tagName === "SCRIPT" && new URL(element.src).origin === location.origin && !element.text;
  const odd = [...document.querySelectorAll("script, img, iframe, object, embed, base, form, meta[http-equiv], style, b")];
  const wrong = odd.filter((element) => !ours(element)).map((element) => element.outerHTML);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      const leads = ["href", "src", "xlink:href", "action", "formaction", "srcdoc", "data"].includes(name);
      const safe = !leads || ["http:", "https:"].includes(new URL(value, location.href).protocol);
      if (name.startsWith("on") || name === "style" || !safe) wrong.push(`${element.tagName} ${name}=${value}`);
    }
  }
  return wrong;
}
"""
STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
TABS = {
    "Facts": "dl.facts",
    "Family": "svg[role=group]",
    "License": ".license-tab",
    "Blast radius": "dl.facts.large",
    "Claims": "ul.claims",
}


@pytest.fixture
def watched(opened):
    """A page that notes what its policy forbids; `opened` holds errors, dialogs and requests elsewhere against it."""
    context = opened(accept_downloads=True)
    context.add_init_script(NOTE_VIOLATIONS)
    return context.new_page()


def assert_inert(page) -> None:
    assert page.evaluate(ALIVE) == []
    assert page.evaluate("violations") == []


def test_what_is_alive_is_found(page):
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<a href=\"javascript:0\">x</a><b>y</b>')")
    assert page.evaluate(ALIVE) == ["<b>y</b>", "A href=javascript:0"]


@pytest.mark.parametrize("name", ["o/hostile", *(f"odd/m{i}" for i in range(7))])
def test_every_tab_of_a_hostile_record(watched, name):
    watched.goto(f"/?ref=model:{name}&table=1")
    for tab, content in TABS.items():
        watched.get_by_role("tab", name=tab).click()
        watched.get_by_role("tabpanel", name=tab).locator(content).first.wait_for()
        assert_inert(settled(watched))


@pytest.mark.parametrize("word", [SCRIPT, IMAGE, BREAKOUT, LINK, DATA])
def test_a_hostile_value_is_shown_as_it_was_written(watched, word):
    at = (SCRIPT, IMAGE, BREAKOUT, LINK, DATA).index(word)
    watched.goto(f"/?ref=model:odd/m{at}&tab=claims")
    claims = watched.get_by_role("tabpanel").get_by_role("listitem")
    expect(claims.filter(has_text=word)).not_to_have_count(0)
    values = claims.locator("p.value").all_text_contents()
    assert values.count(word) >= 4
    expect(watched.get_by_role("tabpanel").get_by_role("link")).to_have_count(0)
    watched.get_by_role("tab", name="Facts").click()
    facts = watched.get_by_role("tabpanel")
    expect(facts.get_by_role("definition").filter(has_text=word)).not_to_have_count(0)
    addresses = [link.get_attribute("href") for link in facts.get_by_role("link").all()]
    assert addresses == [f"https://huggingface.co/odd/m{at}"]
    assert_inert(watched)


def test_nodes_that_are_only_hostile_names(watched):
    watched.goto("/")
    settled(watched)
    names = {}
    for node in range(watched.request.get("/map/manifest.json").json()["nodes"]):
        names[watched.request.get(f"/api/v1/node/{node}").json()["ref"]] = node
    hostile = {
        name: node for name, node in names.items() if name.startswith("model:") and any(sign in name for sign in '<"=\u202e')
    }
    assert {f"model:{word}" for word in (SCRIPT, IMAGE, BREAKOUT, "=HYPERLINK(1)", "x\u202egnp.exe")} <= set(hostile)
    for name, node in hostile.items():
        watched.goto(f"/?node={node}")
        heading = watched.get_by_role("complementary").get_by_role("heading", level=2)
        expect(heading).to_contain_text(STEERING.sub("\ufffd", name.partition(":")[2]))
        settled(watched)
        assert_inert(watched)


def test_search_finds_them_as_text(watched):
    watched.goto("/")
    settled(watched)
    watched.get_by_role("combobox", name="Search").fill("odd")
    expect(watched.get_by_role("search").get_by_role("option")).to_have_count(7)
    assert_inert(watched)
    for words in (SCRIPT, IMAGE, LINK, "HYPERLINK"):
        watched.get_by_role("combobox", name="Search").fill(words)
        watched.locator(".suggestions").wait_for()
        assert_inert(watched)


@pytest.mark.parametrize("facet", ["license", "task", "library"])
def test_the_legend_shows_them_as_text(watched, facet):
    watched.goto(f"/?by={facet}")
    settled(watched)
    expect(watched.get_by_role("region", name="Legend").get_by_role("listitem")).not_to_have_count(0)
    assert_inert(watched)
    if facet != "license":
        expect(watched.get_by_role("button", name=SCRIPT)).to_be_visible()


@pytest.mark.parametrize("path", ["/trends", "/overview", "/overview?list=/api/v1/overview/base-model-malformed/models"])
def test_the_other_pages_show_them_as_text(watched, path):
    watched.goto(path)
    watched.locator("dialog td, .chart, .figures").first.wait_for()
    watched.wait_for_load_state("networkidle")
    assert_inert(watched)


@pytest.mark.parametrize("word", [SCRIPT, IMAGE, BREAKOUT, LINK, DATA, BIDI])
def test_an_address_that_carries_markup(watched, word):
    keys = ("ref", "by", "hide.task", "portfolio", "list", "tab", "at", "month", "lang", "theme")
    for page in ("map", "trends", "overview"):
        watched.goto("/?" + urlencode({"page": page} | dict.fromkeys(keys, word)))
        watched.locator(".legend, .chart, .overview > .quiet").first.wait_for()
        assert_inert(watched)
    watched.context.watched.take("Failed to load resource")  # nothing goes by these names
