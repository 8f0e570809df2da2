"""The verb `audit` on everything that it takes, in every form that it gives; and `risk`."""

from __future__ import annotations

import json

import pytest

from filiation.ledger.store import open_ledger

LOADER = 'from transformers import AutoModel\nm = AutoModel.from_pretrained("o/free")\nn = AutoModel.from_pretrained(name())\n'
MODELS = [
    {"id": "o/strict", "tags": ["license:cc-by-nc-4.0"]},
    {"id": "o/chat", "tags": ["base_model:finetune:o/strict", "license:mit"]},
    {
        "id": "o/free",
        "tags": ["license:mit", "dataset:o/data", "en"],
        "pipeline_tag": "fill-mask",
        "library_name": "transformers",
    },
]
POLICY = '[findings.severity]\nhigh = "block"\n'


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, chart, dump):
    folder = tmp_path_factory.mktemp("audits")
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", MODELS), audited=True)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("policy") / "ours.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def audit(run, atlas, policy):
    def audit(*words, status=None):
        done = run("audit", *words, "--policy", policy, atlas=atlas)
        assert status is None or done.returncode == status, done.stderr or done.stdout
        return done

    return audit


def answer(done):
    return json.loads(done.stdout)


def test_a_model_that_breaks_the_policy_is_blocked(audit):
    told = answer(audit("o/chat", "--json", status=1))
    assert (told["schema"], told["verdict"]) == ("filiation/audit/v1", "block")
    target = told["targets"][0]
    assert target["reasons"][0]["message"].startswith("Declares a license without restrictions")
    assert "license-restriction-dropped" in [finding["check"] for finding in target["findings"]]
    assert target["findings"][0]["evidence"] == ["model:o/chat is a fine-tune of model:o/strict"]


def test_a_model_that_keeps_to_it_passes(audit):
    assert answer(audit("o/free", "--json", status=0))["verdict"] == "pass"


def test_the_threshold_is_the_users(audit):
    audit("o/chat", "--fail-on", "never", status=0)
    audit("o/chat", "--fail-on", "block", status=1)


def test_a_waiver_flows_back_and_ends(audit, atlas, run):
    ledger = open_ledger(atlas / "ledger.db", create=True)
    try:
        high = [item for item in answer(audit("o/chat", "--json"))["targets"][0]["findings"] if item["severity"] == "high"]
        for item in high:
            opened = run("review", "open", "o/chat", item["check"], atlas=atlas)
            assert opened.returncode == 0, opened.stderr
            number = ledger.items()[0].id if len(high) == 1 else next(i.id for i in ledger.items() if i.check == item["check"])
            waived = run("review", "waive", number, "--until", "2099-01-31", "--why", "Known to us.", atlas=atlas)
            assert waived.returncode == 0, waived.stderr
        assert answer(audit("o/chat", "--json", status=0))["targets"][0]["waived"] == len(high)
        assert "Known to us." in audit("o/chat").stdout
        assert answer(audit("o/chat", "--json", "--at", "2099-02-01", status=1))["verdict"] == "block"
    finally:
        for path in atlas.glob("ledger.db*"):
            path.unlink()


def test_findings_become_reviews_once(audit, atlas, run):
    try:
        first = audit("o/chat", "--review", "--owner", "ann", "--due", "2099-01-31")
        assert "0 opened" not in first.stderr
        items = json.loads(run("review", "list", "--json", atlas=atlas).stdout)["items"]
        assert {item["owner"] for item in items} == {"ann"}
        high = next(item for item in items if item["severity"] == "high")
        assert "0 opened" in audit("o/chat", "--review").stderr
        rejected = run("review", "reject", high["id"], "--why", "It has a licence of its own.", atlas=atlas)
        assert rejected.returncode == 0, rejected.stderr
        assert answer(audit("o/chat", "--json", status=0))["targets"][0]["waived"] == 1
        assert "decided before" in audit("o/chat", "--review").stderr
    finally:
        for path in atlas.glob("ledger.db*"):
            path.unlink()


def test_a_list(audit, tmp_path):
    path = tmp_path / "ours.txt"
    path.write_text("o/free\no/chat@main  # why\n\n# nothing\nno name\no/none\n", encoding="utf-8")
    told = answer(audit(path, "--json", status=1))
    assert [target["ref"] for target in told["targets"]] == ["model:o/chat", "model:o/free"]
    assert [target["revision"] for target in told["targets"]] == ["main", None]
    assert len(told["skipped"]) == 2
    assert f"{path}:5" in told["skipped"][0]


def test_a_source_tree(audit, tmp_path):
    (tmp_path / "app.py").write_text(LOADER, encoding="utf-8")
    told = answer(audit(tmp_path, "--json", status=1))
    assert told["targets"][0]["origin"] == "source"
    assert told["targets"][0]["uses"][0]["line"] == 2
    assert told["skipped"][0].startswith("app.py:3")
    assert (told["targets"][0]["verdict"], told["verdict"]) == ("pass", "review")
    log = json.loads(audit(tmp_path, "--format", "sarif").stdout)
    results = log["runs"][0]["results"]
    assert all(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app.py" for result in results)


def test_a_folder_is_audited_beside_what_the_atlas_knows(audit, tmp_path, rows, atlas):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "README.md").write_text("---\nlicense: mit\nbase_model: o/strict\n---\n# Mine\n", encoding="utf-8")
    before = rows(atlas, "SELECT count(*) FROM record")
    told = answer(audit(folder, "--json", status=1))
    target = told["targets"][0]
    assert (target["ref"], target["origin"]) == ("local:model:mine", "folder")
    assert target["lineage"]["parents"][0]["state"] == "present"
    assert target["license"]["inherited"]["non-commercial"] == "model:o/strict"
    assert rows(atlas, "SELECT count(*) FROM record") == before


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("format_", ["text", "html", "markdown"])
def test_reports_are_whole(audit, format_, lang, tmp_path):
    path = tmp_path / "report"
    audit("o/chat", "o/free", "--format", format_, "--lang", lang, "--output", path, status=1)
    told = path.read_text(encoding="utf-8")
    assert "license-restriction-dropped" in told.replace("\\-", "-")
    assert ("理由" in told) is (lang == "ja")


def test_a_summary_is_appended(audit, tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("# Before\n", encoding="utf-8")
    audit("o/chat", "--summary", path)
    assert path.read_text(encoding="utf-8").startswith("# Before\n# Audit of model:o/chat")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("o/nothing",), "There is no model:o/nothing"),
        (("no name at all",), "not a repository name"),
        (("no/such/folder", "--as", "folder"), "There is no file or folder"),
        (("o/chat", "--at", "soon"), "no date"),
        (("o/chat", "--ledger", "nowhere.db"), "no ledger"),
    ],
)
def test_what_cannot_be_audited_is_told_in_a_sentence(audit, words, said):
    done = audit(*words, status=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_policy(run, atlas):
    done = run("audit", "o/chat", "--policy", "strictest", atlas=atlas)
    assert done.returncode == 2
    assert "strictest" in done.stderr


def test_the_registry_by_risk(run, atlas, policy):
    told = json.loads(run("risk", "--json", atlas=atlas).stdout)
    assert told["risks"][0]["dependents"] >= 1
    assert told["verdicts"] == {}
    told = json.loads(run("risk", "--policy", policy, "--json", atlas=atlas).stdout)
    assert told["verdicts"] == {"pass": 2, "review": 0, "block": 1}
    verdicts = {item["ref"]: item["verdict"] for item in told["risks"]}
    assert verdicts["model:o/chat"] == "block"
    assert "model:o/chat" in run("risk", atlas=atlas).stdout
    told = run("risk", "--kind", "dataset", atlas=atlas).stdout
    assert "datasets have a finding" in told
    assert "model:" not in told
