"""Files that people answer in: what is read, what is refused and why; by the verb as well."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from click.testing import CliRunner

from filiation.cli import filiation
from filiation.core.errors import FiliationError
from filiation.governance.answers import known, read_answers, require_question
from filiation.governance.kind import kind, kinds
from filiation.ledger.store import open_ledger

NOW = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # as the ledger keeps time
QUESTIONS = ("mof.training-code", "mof.datasets", "osaid.use")
HEAD = 'kind = "openness"\nref = "o/a"\nwho = "ann"\n'
ANSWER = '[[answer]]\nquestion = "mof.datasets"\nvalue = "yes"\nwhy = "looked"\n'


@pytest.fixture
def read(tmp_path):
    """Read a file of answers about model:o/a: `read(text)`."""

    def read(text: str | bytes):
        path = tmp_path / "answers.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_answers(path, "openness", "model:o/a", QUESTIONS, NOW)

    return read


def test_an_answer_is_read_with_what_it_says(read):
    said = 'detail = "CC-BY-4.0"\nwhere = "README"\nwho = "bob"\nat = 2026-11-01\nuntil = 2027-01-01T00:00:00+09:00\n'
    (made,) = read(HEAD + ANSWER + said)
    assert (made.subject, made.question, made.value, made.detail, made.where) == (
        "model:o/a", "mof.datasets", "yes", "CC-BY-4.0", "README",
    )  # fmt: skip
    assert (made.who, made.at, made.until) == (
        "bob",
        datetime(2026, 11, 1, 23, 59, 59),  # noqa: DTZ001
        datetime(2026, 12, 31, 15),  # noqa: DTZ001
    )
    assert (made.entry, made.why) == (0, "looked")


def test_what_stands_for_the_file_stands_for_each_answer_and_none_is_of_tomorrow(read):
    (made,) = read(HEAD + "at = 2026-11-22\n" + ANSWER)
    assert (made.who, made.at) == ("ann", NOW)
    assert known([made], NOW).by_question == {"mof.datasets": made}


def test_a_question_without_a_value_is_open_still(read):
    assert read(HEAD + '[[answer]]\nquestion = "osaid.use"\nvalue = ""\nwhy = ""\n') == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 1", "is not a file of answers"),
        ("kind = ", "is not TOML"),
        (b"\xff", "is not TOML"),
        ('kind = "risk"', "answers 'risk', and 'openness' is asked"),
        ('kind = "openness"\nref = "o/b"', "is about o/b, and not about model:o/a"),
        (HEAD + ANSWER.replace("datasets", "dataset"), "did you mean mof.datasets"),
        (HEAD + ANSWER.replace('"yes"', '"perhaps"'), "mof.datasets: 'perhaps' is no answer: say yes, partial"),
        (HEAD + ANSWER.replace("looked", ""), "an answer says why"),
        (HEAD.replace("ann", "") + ANSWER, "an answer says who"),
        (HEAD + ANSWER + "until = true", "True is no date"),
        (HEAD + ANSWER + 'at = "soon"', "is no date"),
        (HEAD + ANSWER + "more = 1", "key more: there is no such key"),
        (HEAD + ANSWER + f'where = "{"x" * 10_001}"', "longer than 10,000 characters"),
        (HEAD + "#" + "x" * (1 << 20), "is longer than 1024 kB"),
    ],
    ids=lambda value: None if len(value) > 60 else value,
)
def test_what_is_wrong_is_said_in_a_sentence(read, text, said):
    with pytest.raises(FiliationError, match=said.replace("(", r"\(")):
        read(text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FiliationError, match="cannot be read"):
        read_answers(tmp_path / "none.toml", "openness", "model:o/a", QUESTIONS, NOW)


def test_kinds_are_found_and_others_refused():
    assert "openness" in kinds()
    with pytest.raises(FiliationError, match=r"no kind of assessment: ask for .*openness"):
        kind("horoscope")
    with pytest.raises(FiliationError, match="no question of openness: did you mean"):
        require_question("mof.card", kind("openness").questions(), "openness")


def test_from_the_command_line(tmp_path, chart, dump):
    atlas = chart(tmp_path / "a", dump(tmp_path / "models.jsonl", [{"id": "o/a", "tags": ["license:mit"]}]))

    def run(*words: object):
        return CliRunner().invoke(filiation, ["assess", "openness", *map(str, words), "--atlas", str(atlas)])

    asked, page = tmp_path / "ask.toml", tmp_path / "page.html"
    done = run("o/a", "--ask", asked, "--json")
    before = json.loads(done.stdout)
    assert f"Open questions: {before['open_questions']}" in done.stderr
    told = asked.read_text().replace('who = ""', 'who = "ann"', 1).replace('value = ""\nwhy = ""', 'value = "yes"\nwhy = "ok"')
    asked.write_text(told)
    done = run("o/a", "--answers", asked, "--keep", "--json")
    assert json.loads(done.stdout)["open_questions"] == 0
    kept = open_ledger(atlas / "ledger.db").answers("model:o/a", "openness")
    assert len(kept) == before["open_questions"]
    assert {given.why.split(",")[0] for given in kept} == {"ok (ann"}  # whoever keeps them is not who answered
    assert run("o/a", "--format", "html", "--lang", "ja", "--output", page).exit_code == 0
    assert "未回答の質問" in page.read_text()
    assert "Not answered" not in run("o/a", "--format", "markdown").stdout  # the ledger has them now
    assert run("o/a").stdout.startswith("Openness of model:o/a\n")
    for words, said in (
        (["o/a", "--keep"], "What is to be kept? Name a file with --answers."),
        (["o/a", "--answers", tmp_path / "no.toml"], "cannot be read"),
        (["o/nobody"], "o/nobody"),
    ):
        assert said in str(run(*words).exception)
