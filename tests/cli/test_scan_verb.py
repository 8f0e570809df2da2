"""The verb scan: its answers, exit codes, formats, and what stands beside them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from hostile_pickles import evil

from filiation.cli.scanning import sarif_log, with_registry
from filiation.cli.scratch import scan_into
from filiation.cli.verbs.scan import command
from filiation.core.errors import FiliationError
from filiation.pipeline import observe
from filiation.scan import scan_folder
from filiation.scan.beside import NAME
from filiation.store.atlas import Atlas


def scanned(*arguments: str) -> tuple[int, str]:
    """Return what the verb answers and prints, in this process: a new one takes a second to start."""
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "odd.pkl").write_bytes(b"\x80\x02cacme\nBird\n)\x81.")
    return folder


def test_exit_codes_and_json(run, model):
    code, shown = scanned(str(model), "--json")
    assert (code, json.loads(shown)["counts"]) == (0, {"malicious": 0, "suspicious": 0, "inconclusive": 1, "clean": 1})
    assert scanned(str(model), "--strict")[0] == 1
    (model / "evil.pkl").write_bytes(evil())
    done = run("scan", str(model), "--json", "--lang", "ja")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["schema"], answer["status"]) == (1, "filiation/scan/v1", "malicious")
    assert [file["path"] for file in answer["files"]] == ["config.json", "evil.pkl", "odd.pkl"]
    assert answer["files"][1]["opinions"][0]["says"] == ["os.system"]
    with pytest.raises(FiliationError, match="not there"):
        scanned(str(model / "none"))
    with pytest.raises(FiliationError, match="no scanner"):
        scanned(str(model), "--with", "crystal-ball")


def test_the_schema_holds(model):
    import msgspec

    from filiation.cli import module_of

    (model / "evil.pkl").write_bytes(evil())
    schema = json.loads((Path(module_of("scan").__file__).parents[1] / "schemas" / "scan.json").read_text())
    jsonschema.validate(json.loads(msgspec.json.encode(scan_folder(model))), schema)


def test_text_and_sarif(model, tmp_path):
    (model / "evil.pkl").write_bytes(evil())
    shown = scanned(str(model))[1]
    assert "Reading it would call os.system with 'id'. [pickle-dangerous-call]" in shown
    assert "config.json" not in shown
    log = tmp_path / "scan.sarif"
    assert scanned(str(model), "--format", "sarif", "--output", str(log))[0] == 1
    results = json.loads(log.read_text())["runs"][0]["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("scan/pickle-dangerous-call", "error"),
        ("scan/pickle-unlisted-class", "note"),
    ]
    uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "evil.pkl"
    assert sarif_log(scan_folder(model), "ja")["runs"][0]["language"] == "ja"


def test_the_registrys_scan_stands_beside_ours(model, tmp_path):
    dump = tmp_path / "models.jsonl"
    status = {"scansDone": True, "filesWithIssues": [{"path": "odd.pkl", "level": "suspicious"}]}
    dump.write_text(json.dumps({"id": "eve/bird", "modelId": "eve/bird", "tags": [], "securityRepoStatus": status}) + "\n")
    with Atlas.open(tmp_path / "a.atlas", "create") as atlas:
        observe(atlas, [dump], datetime(2026, 11, 1), None, lambda *_: None)  # noqa: DTZ001  # as the atlas keeps it
    answer = with_registry(scan_folder(model), "eve/bird", tmp_path / "a.atlas")
    assert [(file.path, file.registry) for file in answer.files] == [("config.json", "no issue"), ("odd.pkl", "suspicious")]
    with pytest.raises(FiliationError, match="securityStatus"):
        with_registry(answer, "eve/other", tmp_path / "a.atlas")
    assert "registry: suspicious" in scanned(str(model), "--of", "eve/bird", "--atlas", str(tmp_path / "a.atlas"))[1]


def test_a_scan_stands_beside_the_files_of_a_folder_that_is_audited(model, tmp_path):
    """The checks read it there: their own examples prove what they say of it."""
    (model / "evil.pkl").write_bytes(evil())
    with Atlas.open(tmp_path / "b.atlas", "create") as atlas:
        observe(atlas, [model], datetime(2026, 11, 1), None, lambda *_: None)  # noqa: DTZ001  # as the atlas keeps it
        scan_into(atlas, model)
        rows = json.loads(atlas.con.execute("SELECT files FROM record").fetchall()[0][0])[NAME]
    assert [(row["file"], row["status"], row["why"]) for row in json.loads(rows)] == [
        ("evil.pkl", "malicious", "pickle-dangerous-call: os.system, 'id'"),
        ("odd.pkl", "inconclusive", "pickle-unlisted-class: acme.Bird"),
    ]
