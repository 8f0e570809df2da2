"""Take the documentation's pictures of the page: ``python scripts/make_screenshots.py ATLAS [NAME...]``.

Serves the atlas on a port of its own, with a ledger of its own in which a few reviews stand, opens it in the Chromium of this
machine (``CHROMIUM``, else on PATH) with drawing in software, and writes ``docs/images/NAME.png`` in few enough colours to stay
below 250 kB. Needs ``pip install --group browser``.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx2
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from filiation.ledger.store import open_ledger

FOLDER = Path(__file__).parent.parent / "docs" / "images"
FLAGS = json.loads((Path(__file__).parent.parent / "frontend/dev/chromium.json").read_text(encoding="utf-8"))
RESTING = "() => window.filiationMap && filiationMap.stats.frames > 0 && filiationMap.resting"
IDLE = "() => new Promise((done) => setTimeout(() => done(filiationMap.resting), 300))"
MOST_BYTES = 250_000
DESK = {"width": 1160, "height": 720}
TALL = {"width": 1160, "height": 960}
PHONE = {"width": 390, "height": 780}
FAMILY = "mistralai/Mistral-7B-v0.1"
MERGE = "mlabonne/NeuralBeagle14-7B"
DUE = "2030-01-31T00:00:00Z"
REVIEWED = (
    (f"model:{MERGE}", "license-no-derivatives", "ann"),
    ("dataset:bookcorpus/bookcorpus", "license-unknown", "bob"),
    ("dataset:imagenet-21k", "repository-missing", ""),
    (f"model:{MERGE}", "merge-parents-undeclared", "ann"),
    ("dataset:allenai/quac", "license-cannot-relicense", "bob"),
    ("model:shadowml/WestBeagle-7B", "base-model-missing", ""),
)
"""Subject, check and owner of the reviews in the pictures; the first is item 3."""
DONE: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "license-no-derivatives": (("comment", {"text": "I asked the publisher whether they have a permission."}),),
    "license-unknown": (
        ("decision", {"decision": "waive", "why": "Only used to compare results, not to train.", "until": DUE}),
    ),
    "merge-parents-undeclared": (("decision", {"decision": "approve", "why": "The configuration in the card names them."}),),
}


class Shot(NamedTuple):
    """One picture: what to open, what to wait for, how large the window is."""

    query: str
    ready: str = ".legend"
    size: dict[str, int] = DESK
    map: bool = True


class Desk(NamedTuple):
    """A reviewer's ledger and token."""

    ledger: Path
    token: str


SHOTS = {
    "map-light": Shot("theme=light"),
    "map-dark": Shot("theme=dark"),
    "family-tree": Shot(f"theme=light&ref=model:{MERGE}&tab=family", ".family-node"),
    "blast-radius": Shot(f"theme=dark&ref=model:{FAMILY}&reach=down&tab=impact", ".bars"),
    "licenses": Shot("theme=light&by=license"),
    "claims": Shot(f"theme=light&ref=model:{MERGE}&tab=claims", ".claims"),
    "table": Shot(f"theme=light&ref=model:{FAMILY}&reach=down&table=1", "#table-twin td"),
    "trends": Shot("theme=light&page=trends", ".chart", TALL, map=False),
    "overview": Shot("theme=light&page=overview", ".figures", TALL, map=False),
    "phone": Shot(f"theme=light&ref=model:{FAMILY}", ".links", PHONE),
    "phone-map": Shot("theme=dark", ".legend", PHONE),
    "japanese": Shot(f"theme=light&lang=ja&ref=model:{FAMILY}", ".links"),
    "license-tab": Shot(f"theme=light&ref=model:{MERGE}&tab=license&use=commercial product, hosted", ".license-tab .reasons"),
    "audit-tab": Shot(f"theme=dark&ref=model:{MERGE}&tab=audit", ".audit-view .scores"),
    "audit": Shot(f"theme=light&page=audit&ref=model:{MERGE}&policy=product", ".scores", TALL, map=False),
    "audit-japanese": Shot(f"theme=light&lang=ja&page=audit&ref=model:{MERGE}&policy=product", ".scores", TALL, map=False),
    "risk": Shot("theme=light&page=audit", ".risks", map=False),
    "review-queue": Shot("theme=light&page=review&queue.state=all", ".queue", map=False),
    "review-item": Shot("theme=light&page=review&item=3", ".sides", TALL, map=False),
}


def main() -> int:
    """Take all pictures, or those that were named."""
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(SHOTS):
        print(f"{__doc__}\nNAME is one of: {', '.join(SHOTS)}")
        return 2
    atlas, names = Path(sys.argv[1]), sys.argv[2:] or list(SHOTS)
    named = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    chromium = next((found for name in named if name and (found := shutil.which(name))), None)
    if chromium is None:
        print("No Chromium is on PATH: install one, or say where it is with CHROMIUM=PATH.")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright, served(atlas, desk := desk_in(Path(folder))) as base:
        review(base, desk)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in names:
            png = squeezed(taken(browser, base, SHOTS[name], desk))
            (FOLDER / f"{name}.png").write_bytes(png)
            print(f"{name}.png {len(png) / 1000:.0f} kB")
        browser.close()
    return 0


def desk_in(folder: Path) -> Desk:
    """Return a ledger in that folder, with a reviewer's token."""
    ledger = open_ledger(folder / "ledger.db", create=True)
    return Desk(folder / "ledger.db", ledger.add_token("ann", "reviewer", "boss", "administrator"))


def review(base: str, desk: Desk) -> None:
    """Open reviews of what is riskiest, and decide on some."""
    with httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {desk.token}"}, timeout=300) as client:
        while client.get(f"/api/v1/show/{MERGE}").status_code == 503:  # what the pages need is being read
            time.sleep(1)
        for subject, check, owner in REVIEWED:
            answer = client.post("/api/v1/review", json={"subject": subject, "check": check, "owner": owner, "due": DUE})
            item = answer.json()["review"]["item"]["id"]
            for act, body in DONE.get(check, ()):
                client.post(f"/api/v1/review/{item}/{act}", json=body)


@contextmanager
def served(atlas: Path, desk: Desk) -> Iterator[str]:
    """Serve an atlas on a free port; yields the address."""
    words = [sys.executable, "-c", "from filiation.cli import main; main()", "serve", "--port", "0", "--atlas", str(atlas)]
    words += ["--ledger", str(desk.ledger)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        found = re.search(r"http://\S+/", process.stdout.readline() if process.stdout else "")
        if found is None:
            sys.exit("The atlas cannot be served.")
        try:
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)


def taken(browser: Browser, base: str, shot: Shot, desk: Desk) -> bytes:
    """Return the PNG of one view, once nothing more is to come."""
    phone = shot.size is PHONE
    context = browser.new_context(
        viewport=shot.size,
        device_scale_factor=1.5 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="en-GB",
        reduced_motion="reduce",
    )
    if not shot.map:
        context.add_init_script(f"sessionStorage.setItem('filiation.token', '{desk.token}')")
    page = context.new_page()
    page.goto(f"{base}?{shot.query}")
    page.locator(shot.ready).first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    if shot.map:
        page.wait_for_function(RESTING)
        while not page.evaluate(IDLE):  # names come after the circles
            pass
    png = page.screenshot()
    context.close()
    return png


def squeezed(png: bytes) -> bytes:
    """Return the picture with a palette, the largest that stays below `MOST_BYTES`.

    What is frequent keeps its exact colour, so that a legend can be compared with the map; the rest shares what is left.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    frequent = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    for colours in (256, 128, 64):
        exact = [part for _, colour in frequent[: colours // 2] for part in colour]
        rest = picture.quantize(colours // 2, method=Image.Quantize.FASTOCTREE).getpalette() or []
        palette = Image.new("P", (1, 1))
        palette.putpalette((exact + rest)[: 3 * colours])
        out = io.BytesIO()
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < MOST_BYTES:
            break
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
