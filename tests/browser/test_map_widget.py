"""The map of a notebook, drawn by a real browser; the notebook's model is played."""

from __future__ import annotations

import base64
import struct

import pytest

import filiation as fl

KEYS = ("view", "height", "selected", "_ink", "_drawn", "_circles", "_relations", "_named", "_refs", "_lands")
SIDE = 400
PLAY = """async ([code, state]) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
  const read = (value) => (value?.bytes === undefined ? value : bytes(value.bytes));
  const take = (given) => Object.fromEntries(Object.entries(given).map(([key, value]) => [key, read(value)]));
  const held = take(state), heard = {};
  window.model = {
    get: (key) => held[key],
    set: (key, value) => { held[key] = value; (heard[`change:${key}`] ?? []).forEach((tell) => tell()); },
    save_changes: () => { window.saved = { view: held.view, selected: held.selected }; },
    on: (event, tell) => { (heard[event] ??= []).push(tell); }, off: () => {},
  };
  window.answer = (given) => { for (const [key, value] of Object.entries(take(given))) window.model.set(key, value); };
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const el = document.getElementById("cell");
  window.end = (await import(url)).default.render({ model: window.model, el });
}"""


def state(widget):
    """Return what a notebook would send."""
    held = {key: getattr(widget, key) for key in KEYS}
    return {
        key: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value for key, value in held.items()
    }


def place(widget, ref):
    """Return where the page draws the circle of `ref`, in pixels."""
    at = widget._refs.index(ref)
    x, y, _ = struct.unpack_from("<3f", widget._circles, 12 * at)
    return x * SIDE, y * SIDE


@pytest.fixture
def shown(browser, atlas):
    """A widget and the page that shows it."""
    pytest.importorskip("anywidget")
    widget = fl.open(atlas).map().widget(SIDE)
    page = browser.new_page(viewport={"width": SIDE, "height": SIDE + 100})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.set_content(f"<body style='margin:0'><div id=cell style='width:{SIDE}px'></div>")
    page.evaluate(PLAY, [widget._esm, state(widget)])
    page.wait_for_selector("canvas[data-circles]")
    yield widget, page
    page.evaluate("end()")
    page.close()
    widget.close()
    assert wrong == []


def test_every_circle_is_drawn_and_the_one_that_is_clicked_is_selected(shown):
    widget, page = shown
    assert page.get_attribute("canvas", "data-circles") == str(len(widget._refs))
    page.mouse.click(*place(widget, "model:o/merge"))
    assert page.evaluate("saved.selected") == "model:o/merge"
    assert page.inner_text("#cell div") == "model:o/merge"


def test_the_wheel_looks_closer_and_the_answer_is_drawn(shown):
    widget, page = shown
    page.mouse.move(*place(widget, "model:o/merge"))
    page.mouse.wheel(0, -900)
    page.wait_for_function("window.saved && window.saved.view[2] < 0.5")
    before = len(widget._refs)
    widget.view = page.evaluate("saved.view")
    assert len(widget._refs) <= before
    page.evaluate("(given) => answer(given)", state(widget))
    page.wait_for_selector(f"canvas[data-circles='{len(widget._refs)}']")
    assert "model:o/merge" in widget._refs


def test_names_of_strangers_are_text(shown):
    widget, page = shown
    widget._refs = ["model:o/<img src=x onerror=alert(1)>" for _ in widget._refs]
    page.evaluate("(given) => answer(given)", state(widget))
    page.mouse.move(SIDE / 2, SIDE / 2)
    page.mouse.move(*place(widget, widget._refs[0]))
    assert "<img" in page.inner_text("#cell div")
    assert page.query_selector("#cell img") is None
