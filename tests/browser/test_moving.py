"""Zoom and pan: wheel, pointer, two fingers, keys, buttons."""

from __future__ import annotations

import pytest
from map_page import camera, look_at, settled
from pytest import approx  # noqa: PT013  # it reads as a word

MIDDLE = (640, 440)


@pytest.fixture
def page(opened):
    """The map at rest; where it is sent, it flies."""
    page = opened(reduced_motion="no-preference").new_page()
    page.goto("/")
    return settled(page)


def under(page, x, y):
    """Return the place of the map under a point of the window."""
    box = page.locator(".map").bounding_box()
    return settled(page).evaluate("([x, y]) => filiationMap.mapAt(x, y)", [x - box["x"], y - box["y"]])


def test_the_wheel_zooms_where_the_pointer_is(page):
    before, held = camera(page), under(page, 700, 300)
    page.mouse.move(700, 300)
    page.mouse.wheel(0, -200)
    page.wait_for_function("(scale) => filiationMap.camera.scale > scale", arg=before["scale"])
    assert under(page, 700, 300) == approx(held, abs=1e-6)
    page.mouse.wheel(0, 200)
    page.wait_for_function("(scale) => Math.abs(filiationMap.camera.scale - scale) < 1", arg=before["scale"])


def test_dragging_moves_the_map_with_the_pointer(page):
    before, held = camera(page), under(page, *MIDDLE)
    page.mouse.move(*MIDDLE)
    page.mouse.down()
    page.mouse.move(700, 460)
    page.mouse.move(760, 500)
    page.mouse.up()
    after = camera(page)
    assert after["scale"] == before["scale"]
    assert under(page, 760, 500) == approx(held, abs=2 / after["scale"])
    assert page.get_by_role("complementary").count() == 0  # a drag is no click


def touch(wire, kind, *points):
    placed = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": placed})


def test_two_fingers_zoom(phone):
    before = camera(phone)
    wire = phone.context.new_cdp_session(phone)
    touch(wire, "touchStart", (150, 300), (240, 300))
    for step in range(1, 6):
        touch(wire, "touchMove", (150 - 10 * step, 300), (240 + 10 * step, 300))
    touch(wire, "touchEnd")
    after = camera(phone)
    assert after["scale"] / before["scale"] == approx(190 / 90, rel=0.15)
    touch(wire, "touchStart", (100, 300), (290, 300))
    for step in range(1, 6):
        touch(wire, "touchMove", (100 + 10 * step, 300), (290 - 10 * step, 300))
    touch(wire, "touchEnd")
    assert camera(phone)["scale"] == approx(before["scale"], rel=0.2)
    assert phone.evaluate("visualViewport.scale") == 1  # the map is zoomed, the page is not


def test_one_finger_pans(phone):
    before = camera(phone)
    wire = phone.context.new_cdp_session(phone)
    touch(wire, "touchStart", (200, 300))
    for step in range(1, 6):
        touch(wire, "touchMove", (200 - 12 * step, 300))
    touch(wire, "touchEnd")
    after = camera(phone)
    assert after["x"] == approx(before["x"] + 60 / before["scale"], abs=15 / before["scale"])
    assert after["scale"] == before["scale"]


@pytest.mark.parametrize(
    ("key", "axis", "sign"), [("ArrowRight", "x", 1), ("ArrowLeft", "x", -1), ("ArrowDown", "y", 1), ("ArrowUp", "y", -1)]
)
def test_arrows_pan(page, key, axis, sign):
    before = camera(page)
    page.get_by_role("application").press(key)
    assert (camera(page)[axis] - before[axis]) * before["scale"] == approx(90 * sign, abs=0.1)


def test_keys_zoom_and_go_home(page):
    home = camera(page)
    surface = page.get_by_role("application")
    surface.press("+")
    assert camera(page)["scale"] == approx(1.5 * home["scale"])
    surface.press("-")
    surface.press("-")
    assert camera(page)["scale"] == approx(home["scale"] / 1.5)
    surface.press("ArrowLeft")
    surface.press("Home")
    assert camera(page) == approx(home)


def test_enter_selects_and_escape_lets_go(page):
    look_at(page, "o/other")
    page.get_by_role("application").press("Enter")
    panel = page.get_by_role("complementary")
    panel.wait_for()
    page.get_by_role("application").press("Escape")
    panel.wait_for(state="detached")


def test_buttons_zoom_and_go_home(page):
    home = camera(page)
    page.get_by_role("button", name="Zoom in").click()
    assert camera(page)["scale"] == approx(2 * home["scale"])
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Show everything").click()
    assert camera(page) == approx(home)
