"""Findings as a SARIF 2.1.0 log, which code hosts and editors show beside the lines that they are about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from filiation import __version__
from filiation.checks.run import explain
from filiation.core.check import Check, Wording
from filiation.core.finding import Finding, Severity
from filiation.core.record import Skipped

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "filiationFinding/v1"
CARD = "README.md"
MAX_TEXT_CHARS = 4_000
Level = Literal["error", "warning", "note"]
LEVELS: dict[Severity, Level] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""What GitHub reads as a CVSS-like score: above 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low."""
_SPAN = re.compile(r"char=(\d{1,9}),(\d{1,9})")
_REF = re.compile(r"(?:[A-Za-z0-9_-]+:)?(model|dataset):\S+")
_FILE = re.compile(r"[^:\s]*\.[A-Za-z0-9]{1,12}|(?i:(?:.*/)?(?:licen[cs]e|notice|copying)\S*)")
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Place(msgspec.Struct, frozen=True):
    """A line of a file, counted from 1; `uri` is relative to the root of what was looked at, with forward slashes."""

    uri: str
    line: int = 1


def sarif(
    findings: Iterable[Finding],
    checks: Iterable[Check],
    *,
    lang: Literal["en", "ja"] = "en",
    texts: Mapping[str, str] | None = None,
    places: Mapping[str, Sequence[Place]] | None = None,
    waived: Mapping[tuple[str, str], str] | None = None,
    skipped: Iterable[Skipped] = (),
) -> dict[str, Any]:
    """Return the log as one JSON-able object.

    Args:
        findings: In the order in which they are to stand.
        checks: Those that ran; each becomes a rule, whether it found something or not.
        lang: Language of the messages; a finding whose check has none stays English.
        texts: Content by file name, such as ``README.md``; where it is known, spans of characters get lines and columns,
            without which code hosts show no more than the file.
        places: Where each subject is named in what was looked at, such as the lines of a source tree that load it. They come
            before the findings' own locations, which are files of the subject's repository.
        waived: Why a finding does not count, by (check, subject): it becomes a suppressed result.
        skipped: What could not be looked at; they become notifications.

    Source:
        SARIF 2.1.0, OASIS standard, sections 3.13 to 3.58; for the property ``security-severity`` the documentation of GitHub
        code scanning.
    """
    ground = _Ground(lang, texts or {}, places or {}, waived or {}, {check.name: check for check in checks})
    results = [_result(ground, finding) for finding in findings]
    driver = {"name": "filiation", "semanticVersion": __version__, "version": __version__, "rules": list(ground.rules.values())}
    run = {
        "tool": {"driver": driver},
        "language": lang,
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [_notification(item) for item in skipped]}],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


class _Ground:
    """What every result is made from; `rules` grows by those that only findings know of."""

    def __init__(
        self,
        lang: Literal["en", "ja"],
        texts: Mapping[str, str],
        places: Mapping[str, Sequence[Place]],
        waived: Mapping[tuple[str, str], str],
        checks: dict[str, Check],
    ) -> None:
        self.lang = lang
        self.texts = texts
        self.places = places
        self.waived = waived
        self.checks = checks
        self.rules = {check.name: _rule(check, self.wording(check)) for check in checks.values()}
        self.index = {name: number for number, name in enumerate(self.rules)}

    def wording(self, check: Check) -> Wording:
        """Return the check's words in the language of the log."""
        return check.ja if self.lang == "ja" else check.en

    def rule(self, finding: Finding) -> int:
        """Return the number of the finding's rule, which is made where no check of that name was given."""
        if finding.check not in self.index:
            self.index[finding.check] = len(self.rules)
            self.rules[finding.check] = _bare_rule(finding)
        return self.index[finding.check]


def _rule(check: Check, words: Wording) -> dict[str, Any]:
    return {
        "id": check.name,
        "name": "".join(part.capitalize() for part in check.name.split("-")),
        "shortDescription": {"text": _plain(words.title)},
        "fullDescription": {"text": _plain(words.title)},
        "help": {"text": _plain(words.remedy), "markdown": f"**{_plain(words.title)}**\n\n{_plain(words.remedy)}"},
        "defaultConfiguration": {"level": LEVELS[Severity(check.severity)]},
        "properties": {"tags": [check.topic], "security-severity": SECURITY[Severity(check.severity)]},
    }


def _bare_rule(finding: Finding) -> dict[str, Any]:
    title = finding.check.replace("-", " ").capitalize()
    return {
        "id": finding.check,
        "shortDescription": {"text": title},
        "help": {"text": _plain(finding.remedy or title)},
        "defaultConfiguration": {"level": LEVELS[Severity(finding.severity)]},
        "properties": {"security-severity": SECURITY[Severity(finding.severity)]},
    }


def _result(ground: _Ground, finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": ground.rule(finding),
        "level": LEVELS[Severity(finding.severity)],
        "kind": "fail",
        "message": {"text": _message(ground, finding)},
        "locations": _locations(ground, finding),
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding)},
        "rank": round(100 * min(max(finding.confidence, 0.0), 1.0), 1),
        "properties": {
            "severity": str(finding.severity),
            "security-severity": SECURITY[Severity(finding.severity)],
            "confidence": round(float(finding.confidence), 4),
        },
    }
    why = ground.waived.get((finding.check, finding.subject))
    if why is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _plain(why)}]
    return result


def _message(ground: _Ground, finding: Finding) -> str:
    """Return what was found and what to do; the subject stands first, because a log may be about many."""
    check = ground.checks.get(finding.check)
    found, remedy = finding.message, finding.remedy
    if check is not None:
        words = explain(check, finding.details, ground.lang)
        remedy = words.remedy
        found = words.message if finding.details or ground.lang != "en" else found
    return _plain(f"{finding.subject}: {found} {remedy}".strip())


def _locations(ground: _Ground, finding: Finding) -> list[dict[str, Any]]:
    """Return the subject's places in what was looked at, then where the finding was read; there is always one."""
    logical = {"fullyQualifiedName": _plain(finding.subject), "kind": finding.subject.partition(":")[0] or "model"}
    found: list[dict[str, Any]] = [
        {"physicalLocation": {"artifactLocation": {"uri": quote(place.uri)}, "region": {"startLine": max(place.line, 1)}}}
        for place in ground.places.get(finding.subject, ())
    ]
    found += [_location(ground, text) for text in finding.locations]
    found = found or [{}]
    found[0] = found[0] | {"logicalLocations": [logical, *found[0].get("logicalLocations", [])]}
    return [item | {"id": number} for number, item in enumerate(found)]


def _location(ground: _Ground, text: str) -> dict[str, Any]:
    """Return a location as findings write it: ``README.md#char=3,9``, ``config.json#/a/b``, ``model:o/a`` or ``edge/7``."""
    source, _, pointer = text.partition("#")
    ref = _REF.fullmatch(source)
    if ref:
        return {"logicalLocations": [{"fullyQualifiedName": _plain(source), "kind": ref[1]}]}
    if not _FILE.fullmatch(source):
        return {"logicalLocations": [{"fullyQualifiedName": _plain(text), "kind": "member"}]}
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(source)}}
    span = _SPAN.fullmatch(pointer)
    if span:
        place["region"] = _region(ground.texts.get(source), int(span[1]), int(span[2]))
    elif pointer:
        return {"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": _plain(pointer), "kind": "member"}]}
    return {"physicalLocation": place}


def _region(text: str | None, start: int, stop: int) -> dict[str, Any]:
    """Return characters `start` to `stop` as a region; with the text at hand, as lines and columns too, from 1 on."""
    stop = max(start, stop)
    region: dict[str, Any] = {"charOffset": start, "charLength": stop - start}
    if text is None or stop > len(text):
        return region
    lines = {}
    for name, offset in (("start", start), ("end", stop)):
        lines[f"{name}Line"] = text.count("\n", 0, offset) + 1
        lines[f"{name}Column"] = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return region | lines | {"snippet": {"text": text[start:stop][:MAX_TEXT_CHARS]}}


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same from run to run: the check, the subject, and what it is about, without spans."""
    about = finding.details or (finding.message,)
    return hashlib.sha256("\0".join([finding.check, finding.subject, *about]).encode("utf-8", "replace")).hexdigest()[:32]


def _notification(item: Skipped) -> dict[str, Any]:
    """Return what could not be looked at; an item without a file says so in its reason."""
    if not item.file:
        return {"level": "warning", "message": {"text": _plain(f"Could not look: {item.reason}")}}
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(str(item.file))}}
    if item.line:
        place["region"] = {"startLine": item.line}
    return {
        "level": "warning",
        "message": {"text": _plain(f"Could not look at {item.file}: {item.reason}")},
        "locations": [{"physicalLocation": place}],
    }


def _plain(text: str) -> str:
    """Return `text`, which may come from strangers, so that a viewer shows it as it is: no links, nothing that steers."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)[:MAX_TEXT_CHARS].replace("](", "] (")
