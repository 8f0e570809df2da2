"""Everything downstream, or upstream, of a node: lit, counted, the rest dimmed."""

from __future__ import annotations

from map_page import DIM, LIT, colours, expect, find, flags, place

LAND = {"x": 330, "y": 100, "width": 450, "height": 600}


def numbers(page, *refs: str) -> set[int]:
    return {place(page, ref)["node"] for ref in refs}


def lit(page) -> set[int]:
    return {node for node, bits in flags(page).items() if bits & LIT}


def look(page, direction: str):
    """Light up, show the whole map, and return what the panel counts."""
    page.get_by_role("button", name=direction).click()
    page.get_by_role("button", name="Show everything").click()
    return page.get_by_role("complementary").get_by_role("status")


def test_downstream_is_lit_counted_and_the_rest_dimmed(page):
    find(page, "o/chat")
    page.get_by_role("button", name="Show everything").click()
    plain = colours(page, LAND)
    said = look(page, "Light up everything downstream")
    expect(said).to_have_text("2 descend from it, up to 1 step away · 950 downloads")
    assert lit(page) == numbers(page, "o/chat", "o/chat-GGUF", "o/merge")
    painted = flags(page)
    assert len(painted) > 100
    assert all(bits & (DIM | LIT) for bits in painted.values())
    dimmed = colours(page, LAND)
    changed = sum(abs(dimmed.get(colour, 0) - plain.get(colour, 0)) for colour in {*plain, *dimmed})
    assert changed > 20_000


def test_depth_and_downloads_of_a_large_family(page):
    find(page, "o/base")
    said = look(page, "Light up everything downstream")
    expect(said).to_contain_text("131 descend from it, up to 2 steps away · 22.")
    assert len(lit(page)) == 132


def test_ancestors(page):
    find(page, "o/merge")
    expect(look(page, "Light up ancestors")).to_have_text("4 ancestors, up to 3 steps away")
    assert lit(page) == numbers(page, "o/merge", "o/chat", "o/other", "o/base", "dataset:o/data")


def test_nothing_on_this_side(page):
    find(page, "o/merge")
    expect(look(page, "Light up everything downstream")).to_have_text("Nothing on this side.")


def test_escape_lets_go_of_the_light_first_then_of_the_node(page):
    find(page, "o/chat")
    expect(look(page, "Light up everything downstream")).to_contain_text("2 descend")
    surface = page.get_by_role("application")
    surface.press("Escape")
    expect(page.get_by_role("button", name="Light up everything downstream")).to_have_attribute("aria-pressed", "false")
    assert not any(bits & (DIM | LIT) for bits in flags(page).values())
    expect(page.get_by_role("complementary")).to_be_visible()
    surface.press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)
