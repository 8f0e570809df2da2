"""What the panel says of one node, and how it leads to others."""

from __future__ import annotations

import re

import pytest
from map_page import expect, find, look_at

FINDING = {
    "check": "license-missing",
    "severity": "warning",
    "confidence": "certain",
    "message": "Nothing says under which license it may be used.",
    "locations": ["README.md#/license"],
    "remedy": "Add `license:` to the front matter.",
}


def panel(page, ref: str):
    return page.get_by_role("complementary", name=f"About {ref}")


def body(page, tab: str):
    """Open a tab of the panel and return what is in it."""
    page.get_by_role("tab", name=tab).click()
    return page.get_by_role("tabpanel", name=tab)


def fact(inside, name: str):
    term = inside.page.get_by_role("term").get_by_text(name, exact=True)
    return inside.locator("dl > div").filter(has=term).get_by_role("definition")


def test_a_click_on_a_circle_opens_its_panel(page):
    page.mouse.click(*look_at(page, "o/other"))
    expect(panel(page, "model:o/other")).to_be_visible()
    expect(panel(page, "model:o/other").get_by_role("heading", level=2)).to_have_text("o/other")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_facts(page):
    find(page, "o/chat")
    facts = body(page, "Facts")
    expect(fact(facts, "License")).to_have_text("mit permissive")
    expect(fact(facts, "Task")).to_have_text("text-generation")
    expect(fact(facts, "Library")).to_have_text("undeclared")  # not knowing is a value
    expect(fact(facts, "Downloads")).to_have_text("400")
    expect(fact(facts, "Likes")).to_have_text("unknown")
    expect(fact(facts, "Descendants")).to_have_text("2")
    expect(facts.locator(".parents")).to_contain_text(
        re.compile(r"fine-tune\s*inferred\s*confidence 95% · because record-silent")
    )
    facts.get_by_role("button", name="o/base").click()
    expect(panel(page, "model:o/base")).to_be_visible()


def test_links_lead_to_the_web_alone(page):
    find(page, "o/linked")
    links = body(page, "Facts").get_by_role("link")
    expect(links).to_have_count(3)
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == ["https://huggingface.co/o/linked", "https://arxiv.org/abs/2401.00001", "https://example.org/terms"]
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        assert {"noopener", "noreferrer"} <= set(link.get_attribute("rel").split())


def test_findings(page):
    def found(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"findings": [FINDING]})

    page.route("**/api/v1/show/**", found)
    find(page, "o/merge")
    findings = body(page, "Facts")
    for text in (FINDING["check"], FINDING["severity"], FINDING["message"], FINDING["locations"][0], FINDING["remedy"]):
        expect(findings.get_by_text(text)).to_be_visible()


def test_claims_say_who_and_where(page):
    find(page, "o/linked")
    claims = body(page, "Claims")
    expect(page.get_by_role("tab", name="Claims 6")).to_be_visible()
    expect(claims.get_by_role("listitem")).to_have_count(6)
    parent = claims.get_by_role("listitem").filter(has_text="o/base")
    expect(parent).to_contain_text(re.compile(r"declared\s+tags#/0 · hub · \w+ 11, 2024 · confidence 95% · understood: exact"))
    licenses = claims.locator("section").filter(has=page.get_by_role("heading", name="license", exact=True))
    expect(licenses.get_by_role("listitem")).to_have_count(2)  # two sources side by side
    expect(claims.get_by_role("link")).to_have_attribute("href", "https://example.org/terms")


def test_the_family_tree_leads_on(page):
    find(page, "o/merge")
    tree = body(page, "Family").get_by_role("group", name="Family tree")
    said = "model:o/merge, merge (inferred), confidence 95% ← model:o/chat; merge (inferred), confidence 95% ← model:o/other"
    expect(tree.get_by_role("link", name=said)).to_have_attribute("aria-current", "true")
    titles = tree.locator("path.family-edge > title")
    assert sorted(titles.all_text_contents()).count("merge (inferred), confidence 95%") == 2
    tree.get_by_role("link", name="model:o/chat, fine-tune").click()
    expect(panel(page, "model:o/chat")).to_be_visible()
    tree.get_by_role("link", name="model:o/chat-GGUF, quantized (declared)").press("Enter")
    expect(panel(page, "model:o/chat-GGUF")).to_be_visible()


def test_the_family_tree_opens_with_the_parents_in_view(page):
    find(page, "o/merge")
    tree = body(page, "Family").get_by_role("group", name="Family tree")
    for name in ("model:o/merge", "model:o/chat, fine-tune", "model:o/other"):
        expect(tree.get_by_role("link", name=name).first).to_be_in_viewport(ratio=0.99)


@pytest.mark.parametrize(("ref", "below", "downloads"), [("o/chat", "2", "950"), ("o/linked", "0", "0")])
def test_the_blast_radius(page, ref, below, downloads):
    find(page, ref)
    radius = body(page, "Blast radius")
    expect(fact(radius, "Descendants")).to_have_text(below)
    expect(fact(radius, "Downloads of what stands on it")).to_have_text(downloads)
    if ref == "o/chat":
        expect(radius.get_by_role("listitem").filter(has_text="quantized")).to_contain_text("1")
        radius.get_by_role("button", name="o/chat-GGUF").click()
        expect(panel(page, "model:o/chat-GGUF")).to_be_visible()
