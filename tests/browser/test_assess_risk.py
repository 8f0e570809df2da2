"""Regulation and marginal risk in a real browser: answered by a reviewer, and shown in both languages."""

from __future__ import annotations

import pytest
from map_page import expect
from office import office
from test_assess import item

REF = "model:o/base"


@pytest.fixture
def desk(atlas, tmp_path):
    """A server with a ledger of the test's own."""
    with office(atlas, tmp_path) as made:
        yield made


def answer(page, question: str, value: str) -> None:
    form = item(page, question)
    form.get_by_text("Answer", exact=True).first.click()
    form.get_by_role("combobox").select_option(label=value)
    form.get_by_role("textbox", name="Why").fill("Decided by counsel today.")
    form.get_by_role("button", name="Keep the answer").click()


def test_the_law_and_the_checklist_are_answered_on_the_page(desk, opened):
    page = opened(desk.base).new_page()
    page.goto(f"/assess?assess=regulation&ref={REF}")
    expect(page.locator(".assess-results")).to_contain_text("Undecided")
    page.get_by_label("Token").fill(desk.tokens["reviewer"])
    page.get_by_role("button", name="Enter").click()
    answer(page, "eu.exemption.gpai", "No")
    expect(page.locator(".assess-results")).to_contain_text("no general-purpose model")
    expect(item(page, "eu.duties.copyright")).to_contain_text("Not applicable")
    page.goto(f"/assess?assess=risk&purpose=adoption&ref={REF}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Marginal risk of {REF}, to be adopted")
    answer(page, "risk.duty.liability", "Yes")
    expect(page.locator(".assess-results")).to_contain_text("12 of 13 duties are open")
    assert [(made.question, made.value) for made in desk.ledger.answers(REF)] == [
        ("eu.exemption.gpai", "no"),
        ("risk.duty.liability", "yes"),
    ]
    page.goto(f"/assess?assess=regulation&ref={REF}&lang=ja")
    expect(page.locator(".assess-results")).to_contain_text("汎用モデルではなく")
