"""What those need who do not see the page, or use no mouse: names and roles, contrast, the table beside the map."""

from __future__ import annotations

import pytest
from map_page import DESKTOP, PHONE, expect

ASK = """
async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any[0]?.message ?? ""}`));
  return [found, passes.length];
}
"""
VIEWS = {
    "map": "/",
    "table": "/?table=1",
    "facts": "/?ref=model:o/chat",
    "family": "/?ref=model:o/chat&tab=family",
    "license": "/?ref=model:o/merge&tab=license&use=hosted",
    "impact": "/?ref=model:o/base&tab=impact&reach=down&table=1",
    "claims": "/?ref=model:odd/m0&tab=claims",
    "trends": "/trends",
    "overview": "/overview?portfolio=ours",
    "list": "/overview?list=/api/v1/overview/license-missing/models",
}
READY = {
    "map": ".legend",
    "table": "#table-twin td",
    "facts": "[role=tabpanel] .links",
    "family": "[role=tabpanel] svg[role=group]",
    "license": ".license-tab .reasons",
    "impact": "[role=tabpanel] .bars",
    "claims": "[role=tabpanel] .claims",
    "trends": ".chart",
    "overview": ".figures",
    "list": "dialog td",
}
COLUMNS = ["Name", "Kind", "Relation", "License", "Task", "Library", "Month", "Downloads", "Descendants"]
LOOKS = {"light": DESKTOP, "dark": {**DESKTOP, "color_scheme": "dark"}, "narrow": PHONE}


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing_serious(opened, axe, name):
    page = opened(reduced_motion="reduce").new_page()
    page.goto(VIEWS[name])
    page.locator(READY[name]).first.wait_for()
    # The page's policy would not let a script in; the debugger may.
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    found = {}
    for look, of in LOOKS.items():
        page.set_viewport_size(of["viewport"])
        page.emulate_media(color_scheme=of["color_scheme"])
        found[look], passed = page.evaluate(ASK)
        assert passed > 10
    assert found == {look: [] for look in LOOKS}


def tab_to(page, wanted, most: int = 60) -> None:
    """Press Tab until the focus is on `wanted`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate_all("(found) => found.includes(document.activeElement)"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {wanted}")


def test_the_table_is_the_map_for_the_keyboard_alone(page):
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the table of what is in view")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    table = page.get_by_role("region", name="In view")
    expect(table.get_by_role("status")).to_contain_text("greatest first")
    expect(table.get_by_role("columnheader")).to_have_text(COLUMNS)
    expect(table.get_by_role("row", name="o/base model")).to_contain_text("apache-2.0")
    tab_to(page, table.get_by_role("searchbox", name="Filter by name"))
    page.keyboard.type("o/chat")
    expect(table.get_by_role("rowheader")).to_have_text(["o/chat", "o/chat-GGUF"])
    tab_to(page, table.get_by_role("button", name="o/chat", exact=True))
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="About model:o/chat")
    expect(panel).to_be_visible()
    expect(table.locator("tr[aria-current=true]")).to_contain_text("o/chat")
    tab_to(page, panel.get_by_role("button", name="Light up everything downstream"))
    page.keyboard.press("Enter")
    lit = page.get_by_role("region", name="Lit up")
    expect(lit.get_by_role("columnheader", name="Depth")).to_be_visible()
    expect(panel.get_by_role("status")).to_contain_text("2 descend from it, up to 1 step away")
    tab_to(page, panel.get_by_role("tab", selected=True))
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Family")).to_be_focused()
    relative = panel.get_by_role("link", name="model:o/chat-GGUF")
    expect(relative).to_be_visible()
    tab_to(page, relative)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="About model:o/chat-GGUF")).to_be_visible()
    tab_to(page, page.get_by_role("complementary").get_by_role("button", name="Close"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_a_screen_reader_is_told_what_the_map_is(page):
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("application", name="Map of the registry. Arrow keys pan")).to_be_visible()
    for role, name in (("region", "Legend"), ("navigation", "Pages"), ("combobox", "Colour by"), ("combobox", "Size by")):
        expect(page.get_by_role(role, name=name)).to_be_visible()
    expect(page.get_by_role("slider", name="Show what existed until")).to_have_attribute("aria-valuetext", "now")
    expect(page.get_by_role("button", name="fine-tune", pressed=True)).to_be_visible()
    expect(page.get_by_role("link", name="Map", exact=True)).to_have_attribute("aria-current", "page")
    unnamed = page.locator("button, a, input, select").evaluate_all(
        "(all) => all.filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert unnamed == []
