"""An assessment in a real browser: read, answered by whoever may, and printed, in both languages."""

from __future__ import annotations

import pytest
from map_page import expect
from office import office
from test_accessible import ASK, LOOKS

WHY = "The repository of the paper has it, looked up today."
REF = "model:o/base"


@pytest.fixture
def desk(atlas, tmp_path):
    """A server with a ledger of the test's own."""
    with office(atlas, tmp_path) as made:
        yield made


def item(page, question: str):
    return page.locator(f'[id="{question}"]')


def answer(page, question: str, value: str, detail: str = "", why: str = WHY) -> None:
    form = item(page, question)
    form.get_by_text("Answer", exact=True).first.click()
    form.get_by_role("combobox").select_option(label=value)
    form.get_by_label("More exactly").fill(detail)
    form.get_by_role("textbox", name="Why").fill(why)
    form.get_by_role("button", name="Keep the answer").click()


def test_openness_is_read_answered_and_printed(desk, opened):
    page = opened(desk.base, accept_downloads=True).new_page()
    page.goto("/assess")
    page.get_by_role("textbox", name="Model").fill("o/base")
    page.get_by_role("button", name="Assess", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Openness of {REF}")
    expect(page.locator(".assess-results")).to_contain_text("No class.")
    expect(item(page, "mof.training-code")).to_contain_text("Not answered")
    expect(item(page, "mof.datasets")).to_contain_text("CC0-1.0")
    expect(page.get_by_role("button", name="Keep the answer")).to_have_count(0)  # nobody said who asks
    page.get_by_label("Token").fill(desk.tokens["reviewer"])
    page.get_by_role("button", name="Enter").click()
    answer(page, "mof.training-code", "Yes", "MIT")
    expect(item(page, "mof.training-code")).to_contain_text("Yes MIT")
    expect(item(page, "mof.training-code").locator(".said")).to_contain_text(f"reviewer, Jul 12, 2024: {WHY}")
    expect(item(page, "eu.training-code")).to_contain_text("Yes")  # the same is asked there
    assert [(made.question, made.value, made.detail) for made in desk.ledger.answers(REF)] == [
        ("mof.training-code", "yes", "MIT")
    ]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as a page").click()
    assert waiting.value.suggested_filename == "openness-o-base.html"
    it_is_printed(page)
    page.goto(f"/assess?ref={REF}&lang=ja")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{REF} のオープン性")
    expect(item(page, "mof.training-code")).to_contain_text("はい MIT")
    it_is_printed(page)
    it_is_taken_back(page, desk)


def it_is_printed(page) -> None:
    """What is printed is the assessment alone, with the day on which it was made, on several pages."""
    page.emulate_media(media="print")
    expect(page.locator(".assess-page > .quiet").first).to_contain_text("2024-07-12")
    expect(page.locator(".header")).to_be_hidden()
    expect(page.locator(".assess-bar")).to_be_hidden()
    expect(item(page, "fmti.license")).to_be_visible()
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 2
    page.emulate_media(media="screen")


def it_is_taken_back(page, desk) -> None:
    form = item(page, "mof.training-code")
    form.get_by_text("回答し直す").click()
    form.get_by_label("理由").fill("間違いでした。")
    form.get_by_role("button", name="取り消す").click()
    expect(form).to_contain_text("未回答")
    assert desk.ledger.answers(REF) == []
    assert [made.value for made in desk.ledger.answered(REF, "openness")] == ["yes", ""]


def test_strangers_words_stay_words_and_axe_finds_nothing_serious(opened, axe):
    page = opened(reduced_motion="reduce").new_page()
    for ref in ("odd/m1", "o/hostile", "o/base"):
        page.goto(f"/assess?ref={ref}")
        page.locator(".assess-questions").first.wait_for()
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    for of in LOOKS.values():
        page.set_viewport_size(of["viewport"])
        page.emulate_media(color_scheme=of["color_scheme"])
        assert page.evaluate(ASK)[0] == []
