"""A reviewer's afternoon, in a real browser over a real ledger; and what those see who may less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from map_page import expect
from office import CHECK, office
from served_registry import IMAGE, SCRIPT
from test_accessible import ASK, LOOKS
from test_hostile import ALIVE

from filiation.store.atlas import Atlas

LINKED = "model:o/linked"
WHY = "Their lawyer writes until Monday."


@pytest.fixture
def desk(atlas, tmp_path):
    """A server with a ledger of the test's own."""
    with office(atlas, tmp_path) as made:
        yield made


def enter(page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()


def saved(page) -> tuple[str, str]:
    """Save the report and return its name and its text."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("Save the report|レポートを保存")).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def decide(page, name: str, why: str, until: str | None = None) -> None:
    page.get_by_role("radio", name=name).check()
    page.get_by_label("Reason").fill(why)
    if until:
        page.get_by_label("Until", exact=True).fill(until)
    page.get_by_role("button", name="Write it into the ledger").click()


# The browser is closed before the server is: a page may still ask for its icon.
def test_a_reviewers_afternoon(desk, opened):
    context = opened(desk.base, accept_downloads=True)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    the_audit_says_no(page)
    the_reviewer_enters(page, desk)
    a_review_is_opened(page)
    it_is_waived_until_a_date(page, desk)
    the_audit_says_yes_in_two_languages(page)
    the_waiver_ends(page, desk)
    it_is_settled(page)
    assert not any(desk.tokens["reviewer"] in url for url in [*asked, page.url])
    the_token_was_kept_in_this_window_alone(page)


def the_audit_says_no(page) -> None:
    page.goto("/audit")
    page.locator(".risks").wait_for()
    page.get_by_role("combobox", name="Search models and datasets").fill("o/linked")
    page.get_by_role("search").get_by_role("option", name="o/linked").click()
    expect(page.locator(".answer")).to_contain_text("No as of Jul 12, 2024")
    expect(page.get_by_role("combobox", name="Policy")).to_have_value("ours")
    expect(finding(page)).to_contain_text("medium")
    expect(page.get_by_role("button", name="Open a review")).to_have_count(0)  # nobody said who asks


def finding(page):
    return page.locator(".findings > li").filter(has_text=re.compile(CHECK))


def the_reviewer_enters(page, desk) -> None:
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_text("Nothing waits for a person here.")).to_be_visible()
    enter(page, "filiation_none")
    expect(page.get_by_role("alert")).to_contain_text("That token is not valid")
    page.context.watched.take("401")
    enter(page, desk.tokens["reviewer"])
    expect(page.get_by_text("reviewer (reviewer)")).to_be_visible()
    page.go_back()


def a_review_is_opened(page) -> None:
    finding(page).get_by_role("button", name="Open a review").click()
    expect(page.locator(".found-message")).to_be_visible()
    sides = page.get_by_role("table")
    expect(sides.get_by_role("columnheader")).to_have_text(
        ["What", "The publisher declared", "The card or a file says", "Concluded or measured"]
    )
    expect(sides.get_by_role("row", name=re.compile("^license name"))).to_contain_text("ours")
    lineage = page.get_by_role("heading", name="What the lineage says").locator("xpath=following-sibling::ul")
    expect(lineage).to_contain_text("o/base apache-2.0: ")


def it_is_waived_until_a_date(page, desk) -> None:
    page.get_by_role("radio", name="Waive until a date").check()
    page.get_by_role("button", name="Write it into the ledger").click()
    expect(page.get_by_role("alert")).to_have_text("Say why.")
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Write it into the ledger").click()
    expect(page.get_by_role("alert")).to_have_text("Say until when.")
    decide(page, "Waive until a date", WHY, "2024-07-15")
    expect(page.locator(".state")).to_have_text("waived")
    newest = page.locator(".history > li").first
    expect(newest).to_contain_text("reviewer (reviewer) waived until Jul 15, 2024, 12:00 AM UTC")
    expect(newest).to_contain_text(WHY)
    assert [waiver.check for waiver in desk.ledger.waivers()] == [CHECK]


def the_audit_says_yes_in_two_languages(page) -> None:
    page.get_by_role("link", name="Audit it").click()
    expect(page.locator(".answer")).to_contain_text("Yes")
    expect(finding(page)).to_contain_text(f"Does not count until Jul 15, 2024: reviewer, {WHY}")
    name, english = saved(page)
    assert name == "audit-o-linked.html"
    page.get_by_role("button", name="日本語で表示").click()
    expect(page.locator(".answer")).to_contain_text("はい")
    expect(finding(page)).to_contain_text(f"2024年7月15日 まで対象外: reviewer、{WHY}")
    _, japanese = saved(page)
    assert 'lang="en"' in english
    assert 'lang="ja"' in japanese
    assert all("o/linked" in report and WHY in report for report in (english, japanese))
    page.get_by_role("button", name="Show in English").click()
    expect(page).to_have_url(re.compile("lang=en"))


def the_waiver_ends(page, desk) -> None:
    desk.clock.pass_days(3)  # nobody has to do anything for it
    page.reload()
    expect(page.locator(".answer")).to_contain_text("No as of Jul 15, 2024")
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="o/linked")).to_contain_text("expired: open again")
    page.get_by_role("button", name="Is the log whole?").click()
    expect(page.get_by_text(f"The log is whole: {desk.ledger.count} entries.")).to_be_visible()


def it_is_settled(page) -> None:
    page.get_by_role("row").filter(has_text="o/linked").get_by_role("link").click()
    decide(page, "Approve", "We have it in writing now.")
    expect(page.locator(".state")).to_have_text("approved")
    page.get_by_role("link", name="All reviews").click()
    expect(page.get_by_text("Nothing waits for a person here.")).to_be_visible()
    page.get_by_role("combobox", name="State").select_option("approved")
    expect(page.get_by_role("row").filter(has_text="o/linked")).to_be_visible()
    expect(page).to_have_url(re.compile("queue.state=approved"))


def the_token_was_kept_in_this_window_alone(page) -> None:
    assert page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0
    other = page.context.new_page()
    other.goto("/review")
    expect(other.get_by_label("Token")).to_be_visible()
    page.get_by_role("button", name="Forget the token").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_review_says_where_it_was_read_and_whether_it_is_gone(desk, opened, atlas):
    context = opened(desk.base)
    page = context.new_page()
    subject, check, message = found_on_an_edge(atlas)
    held = desk.ledger.open_item(subject, check, "reviewer", "reviewer", message=message, evidence=["edge/999999"])
    lost = desk.ledger.open_item(LINKED, "language-unknown", "reviewer", "reviewer", message="Odd.", severity="low")
    page.goto(f"/review?item={held.id}")
    page.locator(".found-message").wait_for()
    expect(page.locator(".found")).to_contain_text(re.compile(rf"{subject} is .+ edge/\d+"))
    expect(page.locator(".found")).not_to_contain_text("edge/999999")  # a number of another atlas
    expect(page.locator(".gone")).to_have_count(0)
    page.goto(f"/review?item={lost.id}")
    expect(page.locator(".gone")).to_contain_text("does not find this any more")
    page.goto("/review")
    expect(page.get_by_role("row").filter(has_text="o/linked")).to_contain_text("no longer found")


def found_on_an_edge(atlas: Path) -> tuple[str, str, str]:
    """Return a model of the atlas, a check and what it says, where that was read from an edge."""
    with Atlas.open(atlas) as held:  # as the server in this process opens it
        return held.con.execute(
            "SELECT 'model:' || name, check_name, message FROM finding JOIN node USING (node_id) "
            "JOIN edge ON 'edge/' || edge_id = locations[1] AND child = node_id WHERE kind = 'model' ORDER BY 1, 2 LIMIT 1"
        ).fetchall()[0]


@pytest.fixture
def hostile(desk):
    """Items whose every text is markup."""
    ledger = desk.ledger
    item = ledger.open_item(
        "model:odd/m0", "license-unreadable", SCRIPT, "reviewer", message=IMAGE, evidence=[SCRIPT], remedy=IMAGE
    )
    ledger.comment(item.id, SCRIPT, IMAGE, "reviewer")
    ledger.assign(item.id, IMAGE, SCRIPT, "reviewer")
    ledger.decide(item.id, "waive", SCRIPT, "reviewer", IMAGE, desk.clock().replace(year=2030))
    ledger.open_item("model:o/linked", SCRIPT, "root", "reviewer", message=SCRIPT, severity="high", owner=SCRIPT)
    return desk


def test_what_strangers_wrote_is_text_here_too(hostile, opened):
    context = opened(hostile.base)
    page = context.new_page()
    page.goto("/review?queue.state=all")
    page.get_by_role("row").filter(has_text=SCRIPT).first.wait_for()
    assert page.evaluate(ALIVE) == []
    page.goto("/review?item=5")
    expect(page.locator(".history")).to_contain_text(SCRIPT)
    expect(page.get_by_role("table")).to_contain_text(SCRIPT)
    assert page.evaluate(ALIVE) == []
    page.goto("/audit?ref=model:odd/m0")
    expect(page.locator(".findings")).to_contain_text(f"{SCRIPT}")
    assert page.evaluate(ALIVE) == []
    page.goto("/?ref=model:odd/m0&tab=audit")
    page.locator(".audit-view .answer").wait_for()
    assert page.evaluate(ALIVE) == []


PAGES = {
    "risk": ("/audit", ".risks"),
    "audit": (f"/audit?ref={LINKED}", ".scores"),
    "queue": ("/review?queue.state=all", ".queue"),
    "item": ("/review?item=5", ".sides"),
    "tab": (f"/?ref={LINKED}&tab=audit", ".audit-view .scores"),
}


def test_the_registry_by_risk_shows_one_kind_alone(desk, opened):
    page = opened(desk.base).new_page()
    page.goto("/audit")
    names = page.locator(".risks tbody th")
    names.first.wait_for()
    both = names.count()
    page.get_by_role("combobox", name="Show").select_option("dataset")
    expect(names).not_to_have_count(both)
    expect(page).to_have_url(re.compile("kind=dataset"))
    of_data = names.count()
    page.get_by_role("combobox", name="Show").select_option("model")
    expect(names).to_have_count(both - of_data)


def test_axe_finds_nothing_serious_on_the_pages_of_reviews(hostile, opened, axe):
    page = opened(hostile.base).new_page()
    page.goto("/review")
    enter(page, hostile.tokens["reviewer"])
    expect(page.get_by_text("reviewer (reviewer)")).to_be_visible()
    found = {}
    for name, (address, ready) in PAGES.items():
        page.goto(address)
        page.locator(ready).first.wait_for()
        for details in page.locator("details > summary").all():
            details.click()
        # The page's policy would not let a script in; the debugger may.
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
        for look in LOOKS if name in {"audit", "item"} else ("light",):
            of = LOOKS[look]
            page.set_viewport_size(of["viewport"])
            page.emulate_media(color_scheme=of["color_scheme"])
            found[name, look], passed = page.evaluate(ASK)
            assert passed > 10
    assert {where: said for where, said in found.items() if said} == {}


def test_a_reader_reads(hostile, opened):
    page = opened(hostile.base).new_page()
    page.goto("/review?item=5")
    enter(page, hostile.tokens["reader"])
    expect(page.get_by_text("Your token is for reading")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)


def test_what_is_refused_is_told_in_the_server_s_words(desk, opened):
    context = opened(desk.base)
    page = context.new_page()
    item = desk.ledger.open_item(LINKED, "license-missing", "root", "reviewer")
    page.goto(f"/review?item={item.id}")
    enter(page, desk.tokens["reviewer"])
    page.get_by_role("radio", name="Override a claim").check()
    page.get_by_label("Is", exact=True).fill("no-such-license")
    page.get_by_label("Reason").fill("x")
    page.get_by_role("button", name="Write it into the ledger").click()
    expect(page.get_by_role("alert")).to_contain_text("no license that we know")
    desk.ledger.revoke_token("reviewer", "root", "administrator")
    page.get_by_label("Is", exact=True).fill("mit")
    page.get_by_role("button", name="Write it into the ledger").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.goto("/review?item=999")
    expect(page.get_by_role("alert")).to_contain_text("There is no review item 999")
    for status in ("400", "401", "404"):
        assert context.watched.take(status)


def test_a_private_server_shows_nothing_without_a_token(opened, atlas, tmp_path):
    with office(atlas, tmp_path, private=True) as desk:
        context = opened(desk.base)
        page = context.new_page()
        page.goto(f"/?ref={LINKED}")
        expect(page.get_by_text("This server shows nothing without a token.")).to_be_visible()
        enter(page, desk.tokens["reader"])
        expect(page.get_by_role("complementary", name=f"About {LINKED}")).to_be_visible()
        assert context.watched.take("401")
        page.wait_for_load_state("networkidle")  # the server goes before the browser does
