"""How a test drives the map in a browser."""

from __future__ import annotations

import base64

try:
    from playwright.sync_api import expect
except ImportError:  # the fixture `browser` says what is lacking
    expect = None

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "light", "reduced_motion": "reduce"}
PHONE = {**DESKTOP, "viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
RESTING = "() => window.filiationMap && filiationMap.stats.frames > 0 && filiationMap.resting"
PATIENCE_MS = 60_000
"""A busy machine that draws in software may take long; nothing is measured by it."""
if expect:
    expect.set_options(timeout=PATIENCE_MS)


def settled(page):
    """Wait until the map has drawn all that its view needs; return the page."""
    page.wait_for_function(RESTING, timeout=PATIENCE_MS)
    return page


def camera(page) -> dict:
    """Return where the map looks, once it rests."""
    return settled(page).evaluate("({ x: filiationMap.camera.x, y: filiationMap.camera.y, scale: filiationMap.camera.scale })")


def place(page, ref: str) -> dict:
    """Return the node of a name and its circle on the map."""
    return page.request.get(f"/api/v1/place/{ref}").json()


def look_at(page, ref: str, radius: int = 60) -> tuple[float, float]:
    """Bring a circle to the middle of the map, so many pixels wide, and return where that is in the window."""
    page.evaluate("([{ x, y, r }, radius]) => filiationMap.jump({ x, y, scale: radius / r })", [place(page, ref), radius])
    box = settled(page).locator(".map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def find(page, words: str, most: str | None = None):
    """Search for words, choose the first suggestion (or the one named `most`), and wait until the map is there."""
    page.get_by_role("combobox", name="Search models and datasets").fill(words)
    page.get_by_role("search").get_by_role("option", name=most or words).first.click()
    page.get_by_role("complementary").wait_for()
    return settled(page)


HIDDEN, DIM, LIT = 1, 4, 8
FLAGS = "filiationMap.viewTiles.flatMap(({ data, flags }) => Array.from(flags, (flag, row) => [data.id[row], flag]))"


def flags(page) -> dict[int, int]:
    """Return how each node in view is painted, by number: `HIDDEN`, `DIM`, `LIT` and more, as bits."""
    return dict(settled(page).evaluate(FLAGS))


SEEN = """
async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const words = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}
"""


def colours(page, clip: dict | None = None) -> dict[str, int]:
    """Return how many pixels of what a person sees have each colour, as #rrggbb; `clip` as in a screenshot."""
    png = base64.b64encode(settled(page).screenshot(clip=clip)).decode()
    return {f"#{word.to_bytes(4, 'little')[:3].hex()}": count for word, count in page.evaluate(SEEN, png)}
