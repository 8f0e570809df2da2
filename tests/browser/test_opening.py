"""The first view: painted, small, nothing asked elsewhere, nothing inline that runs."""

from __future__ import annotations

from map_page import colours, settled

FIRST_VIEW_BYTES = 400_000
MIDDLE = {"x": 300, "y": 150, "width": 600, "height": 500}
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
"""
INJECT = """
() => new Promise((told) => {
  document.addEventListener("securitypolicyviolation", (event) => told(event.violatedDirective), { once: true });
  const script = document.createElement("script");
  script.textContent = "window.injected = true";
  document.body.append(script);
})
"""


def test_the_map_is_painted(page):
    seen = colours(page, MIDDLE)
    assert len(seen) > 50
    assert max(seen.values()) < 0.9 * sum(seen.values())
    assert page.evaluate("filiationMap.stats.drawn") > 100
    names = page.evaluate("performance.getEntriesByType('mark').map((mark) => mark.name)")
    assert {"map-drawn", "map-settled"} <= set(names)


def test_the_first_view_is_small(opened):
    page = opened().new_page()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes = []
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto("/")
    settled(page)
    assert len(sizes) >= 4
    assert 20_000 < sum(sizes) < FIRST_VIEW_BYTES


def test_every_page_keeps_the_policy(opened):
    context = opened()
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    for path in ("/", "/trends", "/overview"):
        page.goto(path)
        page.get_by_role("main").wait_for()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("violations") == [], path


def test_an_inline_script_does_not_run(page):
    assert page.evaluate(INJECT).startswith("script-src")
    assert page.evaluate("window.injected") is None
    assert len(page.context.watched.take("Content Security Policy")) == 1


def test_an_inline_handler_does_not_run(page):
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<button id=odd onclick=\"window.injected = true\">x</button>')"
    )
    page.locator("#odd").evaluate("(button) => button.click()")
    assert page.evaluate("window.injected") is None
    assert page.context.watched.take("Content Security Policy")
