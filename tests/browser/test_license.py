"""The licence tab: what is declared, what comes from above and how, what does not fit, and whether a use is allowed."""

from __future__ import annotations

import json

from map_page import expect


def tab_of(opened, ref: str, **more: str):
    """Open the licence tab of a model and return it."""
    page = opened().new_page()
    query = "".join(f"&{name}={value}" for name, value in more.items())
    page.goto(f"/?ref=model:{ref}&tab=license{query}")
    panel = page.get_by_role("tabpanel", name="License")
    panel.locator(".license-tab").wait_for()
    return page, panel


def section(panel, title: str):
    return panel.locator("section").filter(has=panel.page.get_by_role("heading", name=title, exact=True))


def test_what_is_declared_and_inherited_by_which_path(opened):
    _, panel = tab_of(opened, "o/chat")
    declared = section(panel, "Declared")
    expect(declared).to_contain_text("mit declared by the publisher")
    declared.get_by_text("Asks", exact=False).first.click()
    expect(declared.get_by_role("listitem").filter(has_text="Keep the copyright")).to_contain_text("mit ")
    inherited = section(panel, "Inherited")
    way = inherited.locator(".way").filter(has=panel.page.get_by_role("button", name="o/base"))
    expect(way).to_contain_text("as a derivative of the weights · confidence")
    way.get_by_text("The way up").click()
    expect(way.locator(".steps")).to_contain_text("fine-tune inferred")
    expect(panel.get_by_text("This is not legal advice")).to_be_visible()
    way.get_by_role("button", name="o/base").click()
    expect(panel.page.get_by_role("complementary", name="About model:o/base")).to_be_visible()


def test_a_use_is_asked_in_words_or_by_buttons(opened):
    page, panel = tab_of(opened, "o/merge")
    expect(section(panel, "Declared")).to_contain_text("undeclared: nothing is granted in writing")
    box = panel.get_by_role("textbox", name="May we use it for")
    told = panel.get_by_role("status")
    box.fill("commercial product, hosted")
    box.press("Enter")
    expect(told).to_contain_text("Ask a lawyer")
    expect(told.get_by_role("listitem").first).to_contain_text("to be found out")
    expect(told).to_contain_text("No license is declared: nothing is granted in writing.")
    expect(told).to_contain_text("What model:o/other asks is not known, and it is made from that.")
    expect(panel.get_by_role("button", name="hosted")).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="commercial product").click()
    expect(box).to_have_value("hosted")
    page.wait_for_url("**use=hosted**")
    box.fill("world domination")
    panel.get_by_role("button", name="Ask", exact=True).click()
    expect(told).to_contain_text("'world domination' says nothing about a use: choose among commercial")
    page.context.watched.take("400")


def test_a_verdict_names_its_clause(opened):
    _, panel = tab_of(opened, "o/chat", use="redistributed")
    told = panel.get_by_role("status")
    expect(told).to_contain_text("Yes")
    reason = told.get_by_role("listitem").filter(has_text="mit").first
    expect(reason).to_contain_text("on condition")
    expect(reason.locator(".mono")).to_contain_text("mit ")


def test_it_is_said_in_japanese(opened):
    page = opened().new_page()
    page.goto("/?ref=model:o/merge&tab=license&lang=ja&use=hosted")
    panel = page.get_by_role("tabpanel", name="ライセンス")
    told = panel.get_by_role("status")
    expect(told).to_contain_text("法務に確認")
    expect(told).to_contain_text("ライセンスの申告がなく、書面での許諾がありません。")
    expect(told).to_contain_text("model:o/other の条件がわかりません")
    expect(panel.get_by_text("法的助言ではありません")).to_be_visible()
    reasons = " ".join(told.get_by_role("listitem").all_inner_texts())
    assert "Keep" not in reasons  # the server's English is not mixed in
    assert "grants" not in reasons


def test_what_a_reviewer_decided_is_shown(opened):
    decision = {
        "subject": "model:o/merge", "predicate": "license", "value": "mit", "who": "<i>ann",
        "decided_at": "2024-07-01T00:00:00", "until": "2024-08-01T00:00:00", "why": "asked the owner", "entry": 7,
    }  # fmt: skip

    def decided(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"decisions": [decision]})

    page = opened().new_page()
    page.route("**/api/v1/license/**", decided)
    page.goto("/?ref=model:o/merge&tab=license")
    decisions = section(page.get_by_role("tabpanel", name="License"), "What reviewers decided")
    expect(decisions).to_contain_text("license = mit Decided by <i>ann on Jul 1, 2024: asked the owner (until Aug 1, 2024)")


def test_a_server_that_fails_is_told_of(opened):
    page = opened().new_page()
    problem = {"title": "Not available now", "status": 503, "detail": "The atlas is being written."}
    page.route("**/api/v1/license/**", lambda route: route.fulfill(status=503, body=json.dumps(problem)))
    page.goto("/?ref=model:o/merge&tab=license")
    panel = page.get_by_role("tabpanel", name="License")
    expect(panel).to_have_text("No answer: The atlas is being written.")
    page.context.watched.take("503")
