"""What changed goes to where people look, once, signed, and to nobody else."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree as Xml

import pytest

from filiation.core.errors import FiliationError
from filiation.core.event import Change
from filiation.core.finding import Severity
from filiation.watch.answer import InPortfolio, Reaudited, Told, Touches, WatchAnswer
from filiation.watch.deliver import Deliveries, deliver
from filiation.watch.feed import ATOM
from filiation.watch.mail import Mail
from filiation.watch.webhook import Webhook, signature

NOW = datetime(2024, 7, 12, 8)  # noqa: DTZ001  # the atlas keeps naive UTC
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests").decode()


def answer(*names: str, owner: str = "ada@example.org", lang: str = "en") -> WatchAnswer:
    touches = Touches(1, 5, ["model:o/below"], [InPortfolio("chat", owner, "model:o/below", 1)])
    changes = [
        Told(f"model:{name}", Change.LICENSE, "license", "mit", "x\x00<b>\n\x1b[2J", Severity.HIGH, NOW, "hub", touches)
        for name in names
    ]
    audits = [
        Reaudited("model:o/below", ["chat", "other"], [owner], [f"model:{name}" for name in names], "pass", "block", [], [])
    ]
    return WatchAnswer("a.atlas", NOW, NOW, "internal", lang, {"license": len(names)}, changes, audits)


class Hook:
    """A server that takes what it is told; it answers with `statuses`, one after another."""

    def __init__(self, statuses: list[int]) -> None:
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.taken.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(statuses.pop(0) if statuses else 204)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def hooked(monkeypatch) -> Iterator:
    hooks: list[Hook] = []
    monkeypatch.setattr("filiation.watch.webhook.time.sleep", lambda _: None)

    def hooked(*statuses: int) -> Hook:
        hooks.append(Hook(list(statuses)))
        return hooks[-1]

    yield hooked
    for hook in hooks:
        hook.server.shutdown()
        hook.server.server_close()


def test_a_webhook_is_told_and_can_see_who_tells(hooked, monkeypatch):
    monkeypatch.setenv("FILIATION_WEBHOOK_SECRET", SECRET)
    hook = hooked(503, 204)
    assert deliver(answer("o/a"), Deliveries(webhook=Webhook(hook.url))) == [f"Told: {hook.url}"]
    assert len(hook.taken) == 2
    path, headers, body = hook.taken[-1]
    assert path == "/hook"
    assert json.loads(body)["schema"] == "filiation/watch/v1"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(b"a secret of the tests", signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    deliver(answer("o/a"), Deliveries(webhook=Webhook(hook.url)))
    assert hook.taken[-1][1]["webhook-id"] == headers["webhook-id"]


def test_a_signature_is_that_of_the_standard():
    """The example of https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_leads_nowhere_else(hooked):
    hook = hooked(302)
    with pytest.raises(FiliationError, match="it answers 302"):
        deliver(answer("o/a"), Deliveries(webhook=Webhook(hook.url)))
    assert [path for path, *_ in hook.taken] == ["/hook"]
    for url in ("ftp://x/y", "http://example.org/x", "https://me:word@example.org/", "nothing"):
        with pytest.raises(FiliationError):
            Webhook(url).checked()


def test_what_fails_does_not_keep_the_rest_from_being_delivered(hooked, tmp_path, monkeypatch):
    monkeypatch.setenv("FILIATION_WEBHOOK_SECRET", "no base64!")
    to = Deliveries(json=str(tmp_path / "last.json"), rss=str(tmp_path / "no" / "feed.xml"), webhook=Webhook(hooked().url))
    with pytest.raises(FiliationError, match=r"not base64.*cannot be written.*The last look stays"):
        deliver(answer("o/a"), to)
    assert json.loads((tmp_path / "last.json").read_text())["changes"]


def test_feeds_keep_what_they_had_and_say_nothing_twice(tmp_path):
    to = Deliveries(rss=str(tmp_path / "feed.xml"), atom=str(tmp_path / "atom.xml"))
    for names in (("o/a", "o/b"), ("o/b",), ("o/c",)):
        deliver(answer(*names), to)
    items = Xml.parse(tmp_path / "feed.xml").getroot().findall("./channel/item")  # noqa: S314  # ours
    assert len(items) == len({item.findtext("guid") for item in items}) == 3
    text = (tmp_path / "feed.xml").read_bytes()
    assert b"\x00" not in text
    assert b"<b>" not in text
    entries = Xml.parse(tmp_path / "atom.xml").getroot().findall(f"{{{ATOM}}}entry")  # noqa: S314  # ours
    assert len(entries) == 3
    assert all(entry.findtext(f"{{{ATOM}}}updated") == "2024-07-12T08:00:00Z" for entry in entries)


def test_letters_tell_each_owner_what_is_theirs(tmp_path):
    to = Deliveries(email=Mail(str(tmp_path), "atlas@example.org", ("all@example.org",)))
    for _ in range(2):
        deliver(answer("o/a"), to)
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in tmp_path.glob("*.eml")]
    assert sorted(letter["to"] for letter in letters) == ["ada@example.org", "all@example.org"]
    for letter in letters:
        assert letter["subject"] == "[filiation] 1 changes in a.atlas since 2024-07-12 08:00"
        assert "\x1b" not in letter.get_content()
    mine = next(letter for letter in letters if letter["to"] == "ada@example.org").get_content()
    assert "pass before, block now" in mine
    with pytest.raises(FiliationError, match="no address"):
        deliver(answer("o/a"), Deliveries(email=Mail(str(tmp_path), "x\nBcc: y@example.org", ("all@example.org",))))
