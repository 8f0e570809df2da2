"""A look tells whom a change touches, audits adopted models again, remembers, and keeps quiet when it is to."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import pytest
from click.testing import CliRunner

from filiation.cli import filiation
from filiation.core.errors import FiliationError
from filiation.core.finding import Severity
from filiation.store.atlas import Atlas
from filiation.watch.cursor import read_cursor
from filiation.watch.portfolios import load_portfolios, priority_refs
from filiation.watch.quiet import Quiet

PORTFOLIOS = """
[[portfolio]]
name = "chat"
owner = "ada@example.org"
models = ["o/child", "o/renamed"]

[[portfolio]]
name = "search"
owner = "eve"
models = ["o/same", "o/nowhere"]
"""


@pytest.fixture(scope="module")
def folder(three_days, tmp_path_factory):
    place = tmp_path_factory.mktemp("looking")
    shutil.copytree(three_days, place / "a")
    (place / "portfolios.toml").write_text(PORTFOLIOS)
    return place


def ask(folder, *words: str, verb: str = "watch", code: int = 0) -> dict:
    done = CliRunner().invoke(filiation, [verb, *words, "--atlas", str(folder / "a"), "--json"], standalone_mode=False)
    if done.exception:
        raise done.exception
    assert (done.return_value or 0) == code
    return json.loads(done.stdout)


def test_a_look_names_whom_a_change_touches_and_audits_adopted_models_again(folder):
    answer = ask(folder, "--since", "2024-07-09", "--until", "2024-07-10", "--portfolio", str(folder / "portfolios.toml"))
    assert answer["schema"] == "filiation/watch/v1"
    assert {"ref", "field", "before", "after", "touches"} <= answer["changes"][0].keys()
    license_ = next(item for item in answer["changes"] if item["change"] == "license")
    assert (license_["ref"], license_["severity"]) == ("model:o/a", "high")
    assert license_["touches"]["models"] == ["model:o/child"]
    assert license_["touches"]["portfolios"] == [
        {"portfolio": "chat", "owner": "ada@example.org", "model": "model:o/child", "depth": 1}
    ]
    assert [item["ref"] for item in answer["reaudited"]] == ["model:o/child", "model:o/now"]
    child = answer["reaudited"][0]
    assert child["because"] == ["model:o/a", "model:o/deleted"]
    assert (child["before"], child["owners"]) == ("review", ["ada@example.org"])
    assert "base-model-withdrawn" in {item["check"] for item in child["came"]}
    assert answer["skipped"] == ["o/nowhere of the portfolio search is not in the atlas: look for it with 'filiation find'."]
    assert answer["counts"]["gone"] == 1


def test_thresholds_hold(folder):
    answer = ask(folder, "--since", "2024-07-09", "--severity", "high", "--touches", "1")
    assert {item["change"] for item in answer["changes"]} == {"license", "weights", "gone"}
    only = ask(folder, "--since", "2024-07-09", "--change", "task")
    assert [item["ref"] for item in only["changes"]] == ["model:o/now"]
    with pytest.raises(FiliationError, match="no threshold"):
        ask(folder, "--since", "2024-07-09", "--change", "weather")


def test_a_cursor_remembers_and_quiet_hours_keep_it_where_it_is(folder, monkeypatch):
    assert ask(folder, "--cursor", "mine")["first_look"]
    known = read_cursor(folder / "a", "mine")
    assert known is not None
    assert known.snapshot == 3
    cursor = folder / "a" / "watch" / "mine.json"
    cursor.write_text(json.dumps({"snapshot": 1, "at": "2024-07-09T12:00:00"}))
    config = folder / "watch.toml"
    config.write_text('[quiet]\nhours = "00:00-23:59"\nthrough = "high"\n')
    monkeypatch.setattr("filiation.cli.watching.moment", lambda _: datetime(2024, 7, 12, 3))  # noqa: DTZ001  # naive UTC
    first = ask(folder, "--cursor", "mine", "--config", str(config))
    assert {item["severity"] for item in first["changes"]} == {"high"}
    assert first["waiting"] > 0
    again = ask(folder, "--cursor", "mine", "--config", str(config))
    assert again["changes"] == []
    config.write_text("")
    after = ask(folder, "--cursor", "mine", "--config", str(config))
    assert len(after["changes"]) == first["waiting"]
    assert ask(folder, "--cursor", "mine")["changes"] == []
    with pytest.raises(FiliationError, match="no name for a cursor"):
        ask(folder, "--cursor", "../x")


def test_quiet_hours_go_over_midnight_in_their_own_zone():
    night = Quiet("22:00-07:00", ("sun",), "Asia/Tokyo", Severity.CRITICAL)
    assert night.until(datetime(2024, 7, 10, 14)) == datetime(2024, 7, 10, 22)  # noqa: DTZ001  # 23:00 there
    assert night.until(datetime(2024, 7, 10, 23)) is None  # noqa: DTZ001  # 08:00 there
    assert night.until(datetime(2024, 7, 14, 3)) == datetime(2024, 7, 14, 22)  # noqa: DTZ001  # a Sunday there
    for wrong in (Quiet("9-5"), Quiet(zone="Mars/Base"), Quiet(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))):
        with pytest.raises(FiliationError):
            wrong.checked()


def test_portfolios_are_read_with_care(tmp_path):
    path = tmp_path / "p.toml"
    for text, why in (
        ('[[portfolio]]\nname = "a"\n[[portfolio]]\nname = "a"\n', "two portfolios"),
        ('[[portfolio]]\nname = "a"\nmodels = ["no name/at all/x"]\n', "not a repository name"),
        ('[[portfolio]]\nname = "a"\ncolour = "red"\n', "no such key"),
        ("portfolio = 3\n", "portfolios"),
    ):
        path.write_text(text)
        with pytest.raises(FiliationError, match=why):
            load_portfolios(path)
    path.write_text(PORTFOLIOS)
    assert priority_refs(load_portfolios(path)) == ["model:o/child", "model:o/renamed", "model:o/same", "model:o/nowhere"]


def test_two_days_are_compared(folder):
    answer = ask(folder, "1", "2024-07-12", verb="diff")
    assert answer["before"]["edges"] == 3
    assert {(item["child"], item["parent"]) for item in answer["edges_removed"]} == {("model:o/a", "model:o/base")}
    assert {(item["child"], item["parent"]) for item in answer["edges_added"]} == {("model:o/a", "dataset:d/second")}
    assert answer["counts"]["renamed"] == 1
    for words, why in ((("2024-07-12", "1"), "earlier one first"), (("7", "8"), "no snapshot 7")):
        with pytest.raises(FiliationError, match=why):
            ask(folder, *words, verb="diff")


def test_a_model_is_told_through_time(folder):
    answer = ask(folder, "o/now", "--last", "0", verb="history")
    assert answer["names"] == ["o/renamed", "o/now"]
    assert [item["change"] for item in answer["changes"]] == ["renamed", "task"]
    assert (answer["moments"], answer["answers"]) == (1, [])
    with Atlas.open(folder / "a") as atlas:
        assert atlas.con.execute("SELECT count(*) FROM snapshot").fetchall() == [(3,)]
