from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.finding import Severity
from filiation.licenses.catalog import catalog
from filiation.licenses.declared import State
from filiation.licenses.disagreement import disagreements
from filiation.licenses.identify import identify
from filiation.licenses.link import address
from filiation.licenses.prose import statements
from filiation.licenses.texts import match_text
from filiation.licenses.visible import visible

MIT = """Copyright (c) 2024 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify,
merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def claim(predicate, value, source="tags"):
    return Claim(predicate, value, Basis.DECLARED, 1.0, Locator(source, f"/{predicate}"))


def said(card):
    return [(found.license, found.subject) for found in statements(card)]


def test_a_text_is_known_in_another_dress():
    (found,) = match_text("# License\n\n" + MIT.upper().replace("\n", "\n> ") + "\n\nThat is all.")
    assert found.license == "mit"
    assert found.coverage > 0.95
    assert found.confidence > 0.9


def test_a_text_with_something_added_is_less_sure():
    rng = random.Random(1)  # noqa: S311
    more = " ".join(rng.choice(["moreover", "shall", "never", "profit", "users", "monthly", "unless"]) for _ in range(300))
    (plain,), (longer,) = match_text(MIT), match_text(MIT + more)
    assert longer.license == "mit"
    assert longer.confidence < plain.confidence - 0.1
    assert MIT[longer.start :].startswith("Permission")


@pytest.mark.parametrize("text", ["", "MIT", "All rights reserved. " * 40, "word " * 100_000, "\x00\u202e" * 5_000, MIT[:200]])
def test_no_guess_where_there_is_no_licence(text):
    assert match_text(text) == ()


def test_our_fingerprints_are_of_licences_that_we_know():
    from filiation.licenses.texts import _known

    assert sum(_known().ours) > 75
    assert {name for name in _known().ids if name.lower() in catalog().licenses} == {
        name for name, own in zip(_known().ids, _known().ours, strict=True) if own
    }


RESTRICTED = [("stated-non-commercial", "unstated")]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("# License\nThe model is available under the MIT License.", [("mit", "model")]),
        ("## Licence\nCC BY-SA 4.0\n", [("cc-by-sa-4.0", "unstated")]),
        ("| **License** | `CC BY-SA 4.0` |", [("cc-by-sa-4.0", "unstated")]),
        (
            "This model is released under the [Apache 2.0 license](https://www.apache.org/licenses/LICENSE-2.0).",
            [("apache-2.0", "model")],
        ),
        ("The code is licensed under MIT license.", [("mit", "code")]),
        ("The dataset is distributed under the CC0 1.0 license.", [("cc0-1.0", "data")]),
        ("Its base model is under the Llama 2 Community License.", [("llama2", "upstream")]),
        ("For research purposes only.", [("stated-research-only", "unstated")]),
        ("This model must not be used for commercial purposes.", [("stated-non-commercial", "model")]),
        ("License: see below. Not for commercial use, CC BY-NC 4.0 license.", [("cc-by-nc-4.0", "unstated")]),
        ("It is not released under the MIT License.", []),
        ("Built on Llama 2 and trained at MIT.", []),
        ("We apply Gemma to boost results and use it.", []),
        ("It may be used for commercial and non-commercial purposes.", []),
        ("Intended to be used for research purposes.", []),
        ("The model should ideally be restricted to research-oriented use.", []),
        ("We strongly recommend to use this model for research purposes only.", []),
        ("Users are encouraged to restrict it to academic research, and it must not be used commercially.", RESTRICTED),
        ("You should read this. The model is for research purposes only.", [("stated-research-only", "model")]),
        ("```\nLicensed under the MIT License\n```", []),
        ("> This model is released under the MIT License.", []),
        ("    License: MIT license", []),
        ('He wrote "this model is released under the MIT License and nothing else" about another one.', []),
        ("---\nlicense: mit\n---\n# A model", []),
    ],
)
def test_prose(card, expected):
    assert said(card) == expected


def test_a_place_is_that_of_the_card():
    card = "---\nlicense: other\n---\n# License\n\nThis model is under the Apache License, Version 2.0."
    (found,) = statements(card)
    assert card[found.start : found.end] == "Apache License, Version 2.0"


@given(st.text(max_size=400))
def test_hiding_keeps_every_place(text):
    hidden = visible(text)
    assert len(hidden) == len(text)
    assert hidden.count("\n") == text.count("\n")


@given(st.text(alphabet=" \n#>`\"'*[]()!<-:.licenseMIT023abAC/\u202e\u4e2d", max_size=400))
def test_statements_stand_where_they_say(text):
    for found in statements(text):
        assert 0 <= found.start < found.end <= len(text)
        assert 0 < found.confidence <= 1


@pytest.mark.parametrize(
    "card",
    [
        "#" * 200_000,
        "```" * 50_000,
        "<" * 200_000,
        '"' * 200_000,
        "[" * 200_000,
        "license " * 40_000,
        "---\n" * 50_000,
        "only " * 50_000,
    ],
)
def test_hostile_cards_are_read_in_bounded_time(card):
    statements(card)


def test_a_file_beside_an_undeclared_model():
    found = identify([], {"LICENSE": MIT})
    assert found.declared.state == State.UNDECLARED
    assert [(reading.license, reading.basis) for reading in found.readings] == [("mit", Basis.STATED)]
    assert found.readings[0].locator.source == "LICENSE"
    assert list(disagreements("model:a/b", found)) == []


def test_a_file_that_only_mentions_its_licence():
    (reading,) = identify([], {"MODEL_LICENSE.txt": "This model is licensed under the Llama 2 Community License."}).readings
    assert reading.license == "llama2"
    assert reading.confidence < 0.8


def test_a_name_is_asked_only_where_nothing_else_speaks():
    assert identify([], name="TheBloke/Llama-2-70B-GGML").readings[0].basis == Basis.INFERRED
    assert identify([], name="someone/whisper-small").readings == ()
    declared = identify([claim(Predicate.LICENSE, "mit")], name="TheBloke/Llama-2-70B-GGML")
    assert [reading.license for reading in declared.readings] == ["mit"]
    assert identify([]).readings == ()


def test_other_with_a_name():
    claims = [claim(Predicate.LICENSE, "other"), claim(Predicate.LICENSE_NAME, "gemma", "cardData")]
    (reading,) = identify(claims).readings
    assert (reading.license, reading.basis, reading.locator.source) == ("gemma", Basis.DECLARED, "cardData")


def test_the_file_disagrees():
    found = identify([claim(Predicate.LICENSE, "cc-by-nc-4.0")], {"LICENSE.md": MIT})
    (finding,) = disagreements("model:a/b", found)
    assert finding.check == "license-file-disagrees"
    assert finding.severity == Severity.MEDIUM
    assert finding.locations[0].startswith("LICENSE.md#char=")


def test_the_prose_disagrees_and_is_stricter():
    found = identify([claim(Predicate.LICENSE, "apache-2.0")], {"README.md": "This model is for non-commercial use only."})
    (finding,) = disagreements("model:a/b", found)
    assert finding.check == "license-prose-disagrees"
    assert finding.severity == Severity.HIGH
    assert "not for commercial use" in finding.message


def test_the_name_disagrees():
    claims = [claim(Predicate.LICENSE, "apache-2.0"), claim(Predicate.LICENSE_NAME, "yi-license", "cardData")]
    (finding,) = disagreements("model:a/b", identify(claims))
    assert finding.check == "license-name-disagrees"


@pytest.mark.parametrize(
    ("license_", "card"),
    [
        ("mit", "# License\nMIT License"),
        ("bsd", "# License\nBSD-3-Clause"),
        ("cc-by-nc-4.0", "Not for commercial use."),
        ("mit", "The dataset is licensed under the CC BY-NC 4.0 license."),
        ("openrail", "This model is under the CreativeML OpenRAIL-M license."),
    ],
)
def test_agreement_is_no_finding(license_, card):
    assert list(disagreements("model:a/b", identify([claim(Predicate.LICENSE, license_)], {"README.md": card}))) == []


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.apache.org/licenses/LICENSE-2.0/", "apache.org/licenses/license-2.0"),
        ("https://huggingface.co/A/B/resolve/main/LICENSE?x=1#y", "huggingface.co/a/b/blob/main/license"),
        ("x" * 1_000, ""),
    ],
)
def test_address(link, expected):
    assert address(link) == expected
