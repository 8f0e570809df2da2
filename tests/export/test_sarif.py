"""SARIF logs: valid by the standard's own schema, and safe to show.

``sarif-2.1.0.json`` beside this file is the schema of the standard, taken from the npm package ``@microsoft/jest-sarif``
1.0.0-beta.0 (MIT), without its descriptions.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.check import Check, Example, Wording
from filiation.core.finding import Finding, Severity
from filiation.core.record import Skipped
from filiation.export.sarif import FINGERPRINT, LEVELS, Place, sarif

VALIDATOR = jsonschema.Draft4Validator(json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8")))
NOTHING = Example("model:o/a", ())
CHECK = Check(
    "license-missing",
    "license",
    Severity.MEDIUM,
    Wording("No licence", "Declares no license in {0}.", "Ask the publisher."),
    Wording("ライセンスなし", "{0} にライセンスの宣言がない。", "公開者に尋ねる。"),
    NOTHING,
    NOTHING,
)
FOUND = Finding(
    "license-missing", "model:o/a", "Declares no license in README.md.", Severity.MEDIUM, 0.9, ("README.md#char=4,9",),
    "Ask the publisher.", ("README.md",),
)  # fmt: skip


def results(log):
    return log["runs"][0]["results"]


def valid(log):
    VALIDATOR.validate(json.loads(json.dumps(log)))
    return log


def test_the_schema_refuses_what_is_wrong():
    log = sarif([FOUND], [CHECK])
    results(log)[0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        valid(log)


def test_an_empty_log_is_valid():
    assert results(valid(sarif([], []))) == []


def test_a_finding_becomes_a_result_of_its_rule():
    log = valid(sarif([FOUND], [CHECK]))
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    (result,) = results(log)
    assert rule["id"] == result["ruleId"] == "license-missing"
    assert rule["help"]["text"] == "Ask the publisher."
    assert (result["ruleIndex"], result["level"], result["rank"]) == (0, "warning", 90.0)
    assert result["message"]["text"] == "model:o/a: Declares no license in README.md. Ask the publisher."
    assert result["locations"][0]["logicalLocations"][0] == {"fullyQualifiedName": "model:o/a", "kind": "model"}


def test_a_span_gets_lines_and_columns_where_the_text_is_known():
    text = "ab\ncd\nef"
    (bare,) = results(valid(sarif([FOUND], [CHECK])))
    (known,) = results(valid(sarif([FOUND], [CHECK], texts={"README.md": text + "gh"})))
    assert bare["locations"][0]["physicalLocation"]["region"] == {"charOffset": 4, "charLength": 5}
    region = known["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]) == (2, 2, 3, 4)
    assert region["snippet"]["text"] == "d\nefg"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("config.json#/a/b", "config.json"),
        ("LICENSE", "LICENSE"),
        ("sub folder/x.bin", None),
        ("model:o/base", None),
        ("edge/7", None),
        ("cardData#/license/0", None),
    ],
)
def test_a_location_is_a_file_or_a_logical_one(location, expected):
    found = Finding("x", "model:o/a", "m", Severity.LOW, 1.0, (location,))
    (place,) = results(valid(sarif([found], [])))[0]["locations"]
    assert place.get("physicalLocation", {}).get("artifactLocation", {}).get("uri") == expected


def test_a_rule_is_made_for_a_check_that_was_not_given():
    log = valid(sarif([Finding("odd-thing", "model:o/a", "m", Severity.CRITICAL, 1.0), FOUND], [CHECK]))
    assert [result["ruleIndex"] for result in results(log)] == [1, 0]
    assert [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]] == ["license-missing", "odd-thing"]


def test_a_waived_finding_is_suppressed_with_its_reason():
    log = valid(sarif([FOUND], [CHECK], waived={("license-missing", "model:o/a"): "asked, mit"}))
    assert results(log)[0]["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "asked, mit"}]


def test_a_log_speaks_japanese():
    log = valid(sarif([FOUND], [CHECK], lang="ja"))
    assert results(log)[0]["message"]["text"] == "model:o/a: README.md にライセンスの宣言がない。 公開者に尋ねる。"


def test_places_of_a_source_tree_come_first():
    log = valid(sarif([FOUND], [CHECK], places={"model:o/a": [Place("src/train it.py", 12)]}))
    first, second = results(log)[0]["locations"]
    assert first["physicalLocation"] == {"artifactLocation": {"uri": "src/train%20it.py"}, "region": {"startLine": 12}}
    assert second["physicalLocation"]["artifactLocation"]["uri"] == "README.md"


def test_what_was_not_looked_at_is_said():
    log = valid(sarif([], [], skipped=[Skipped("big.py", 0, "longer than 1 MB"), Skipped("dump.jsonl", 7, "not JSON")]))
    said = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert said[0]["message"]["text"] == "Could not look at big.py: longer than 1 MB"
    assert said[1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}


def test_what_was_not_looked_at_may_be_no_file():
    log = valid(sarif([], [], skipped=[Skipped("", 0, "o/m: no such model")]))
    (said,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert said == {"level": "warning", "message": {"text": "Could not look: o/m: no such model"}}


def test_a_fingerprint_does_not_depend_on_spans():
    moved = Finding(
        **{name: getattr(FOUND, name) for name in FOUND.__struct_fields__} | {"locations": ("README.md#char=9,12",)}
    )
    other = Finding(**{name: getattr(FOUND, name) for name in FOUND.__struct_fields__} | {"subject": "model:o/b"})
    prints = [result["partialFingerprints"][FINGERPRINT] for result in results(sarif([FOUND, moved, other], [CHECK]))]
    assert prints[0] == prints[1] != prints[2]


WORDS = st.text(max_size=40)
SOME = st.lists(WORDS, max_size=2).map(tuple)
FINDINGS = st.builds(Finding, WORDS, WORDS, WORDS, st.sampled_from(Severity), st.floats(-1, 2), SOME, WORDS, SOME)


@given(st.lists(FINDINGS, max_size=4), st.sampled_from(["en", "ja"]))
def test_whatever_strangers_wrote_the_log_is_valid(findings, lang):
    log = valid(sarif([*findings, FOUND], [CHECK], lang=lang, texts={"README.md": "x" * 5}))
    assert len(results(log)) == len(findings) + 1
    for result in results(log):
        assert "](" not in result["message"]["text"]
        assert "\x1b" not in result["message"]["text"]
        assert result["level"] in LEVELS.values()
