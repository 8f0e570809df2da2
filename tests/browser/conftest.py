"""A real Chromium, drawing in software, over a real server."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from map_page import DESKTOP, PATIENCE_MS, PHONE, settled
from served_registry import applications, datasets, linked, markup, models

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
FLAGS = json.loads((Path(__file__).parents[2] / "frontend/dev/chromium.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def browser(lacking):
    """One Chromium for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("browser", "playwright is not installed: pip install playwright")
    named = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    chromium = next((found for name in named if name and (found := shutil.which(name))), None)
    if chromium is None:
        lacking("browser", "no Chromium is on PATH: install one, or say where it is with CHROMIUM=PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(lacking) -> str:
    """The source of axe-core."""
    if not AXE.exists():
        lacking("node", "axe-core is not installed: run 'npm ci' in frontend/")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def atlas(tmp_path_factory, dump, chart) -> Path:
    """A small atlas with a map; some of its records are hostile, three are applications."""
    folder = tmp_path_factory.mktemp("shown")
    records = dump(folder / "models.jsonl", [*models(), linked(), *markup()])
    uses = [dump(folder / f"uses-{i}.json", [told]) for i, told in enumerate(applications())]
    return chart(folder / "a", records, dump(folder / "datasets.jsonl", datasets()), *uses, draw=True, audited=True)


@pytest.fixture(scope="session")
def site(atlas, served, tmp_path_factory) -> Iterator[str]:
    """The address of the small atlas, served with a portfolio."""
    portfolio = tmp_path_factory.mktemp("portfolio") / "ours.txt"
    portfolio.write_text("o/chat\no/merge\nodd/m0\nnot/there  # nobody has it\n", encoding="utf-8")
    with served(atlas, "--portfolio", f"ours={portfolio}") as base:
        yield base


class Watched:
    """What went wrong on the pages of a context, in words."""

    def __init__(self, context, origin: str) -> None:
        self.wrong: list[str] = []
        self.origin = origin
        context.on("page", self.follow)

    def follow(self, page) -> None:
        page.on("console", lambda said: said.type == "error" and self.wrong.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("requestfailed", self.note_failure)
        page.on("request", lambda asked: self.note_request(asked.url))

    def take(self, words: str) -> list[str]:
        """Return, and no longer hold against the page, what went wrong in these words."""
        taken = [said for said in self.wrong if words in said]
        self.wrong = [said for said in self.wrong if words not in said]
        return taken

    def note_failure(self, asked) -> None:
        if asked.failure != "net::ERR_ABORTED":  # the page lets go of what it no longer needs
            self.wrong.append(f"failed: {asked.url} {asked.failure}")

    def note_request(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme not in {"blob", "data"} and f"{where.scheme}://{where.netloc}" != self.origin:
            self.wrong.append(f"elsewhere: {url}")


@pytest.fixture
def opened(browser, site) -> Iterator[Callable]:
    """Open contexts of which nothing may go wrong: `opened(PHONE)`; what did stands in `.watched.wrong`."""
    made = []

    def opened(origin: str = site, **look):
        context = browser.new_context(base_url=origin, **{**DESKTOP, **look})
        context.set_default_timeout(PATIENCE_MS)
        context.watched = Watched(context, origin)
        made.append(context)
        return context

    yield opened
    for context in made:
        context.close()
    assert [word for context in made for word in context.watched.wrong] == []


@pytest.fixture
def page(opened):
    """The map of the small atlas on a desk, at rest."""
    page = opened().new_page()
    page.goto("/")
    return settled(page)


@pytest.fixture
def phone(opened):
    """The map of the small atlas on a telephone, at rest."""
    page = opened(**PHONE).new_page()
    page.goto("/")
    return settled(page)
