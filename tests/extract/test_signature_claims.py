"""What is claimed of a signature that a record carries."""

from __future__ import annotations

from filiation.core.check_signatures import signed_model
from filiation.core.claim import Predicate
from filiation.core.record import ReadOptions
from filiation.extract.signature import extract
from filiation.registry.model_folder import SOURCE

FILES = {"README.md": "card", "config.json": "{}", "model.safetensors": "weights"}


def said(record):
    found = {}
    for claim in extract(record):
        found.setdefault(claim.predicate, []).append(claim.value)
    return found


def test_of_a_folder_as_it_was_signed():
    found = said(signed_model("o/story", FILES))
    assert found[Predicate.SIGNATURE] == ["unchecked"]
    assert found[Predicate.SIGNED_NAME] == ["story"]
    assert found.keys() <= {Predicate.SIGNATURE, Predicate.SIGNED_NAME, Predicate.SIGNER}


def test_of_one_that_changed():
    now = {"config.json": "[]", "model.safetensors": "weights", "new.py": "x"}
    found = said(signed_model("o/story", FILES, now))
    assert found[Predicate.SIGNED_FILE_CHANGED] == ["config.json"]
    assert found[Predicate.SIGNED_FILE_MISSING] == ["README.md"]
    assert found[Predicate.UNSIGNED_FILE] == ["new.py"]
    assert Predicate.SIGNATURE_FOREIGN not in found


def test_digests_that_are_not_told_are_taken_on_trust():
    record = signed_model("o/story", FILES)
    for sibling in record.body["siblings"]:
        sibling.pop("sha256", None)
    record.body["siblings"][2]["lfs"] = {"sha256": "b" * 64}
    assert said(record)[Predicate.SIGNED_FILE_CHANGED] == ["model.safetensors"]


def test_of_a_signature_that_came_along():
    assert said(signed_model("q/story-GGUF", FILES, {"story.gguf": "x"}))[Predicate.SIGNATURE_FOREIGN] == ["story-GGUF"]


def test_of_one_that_is_none():
    record = signed_model("o/story", FILES)
    record.files["model.sig"] = "{"
    assert said(record)[Predicate.SIGNATURE][0].startswith("broken: ")
    assert said(signed_model("o/story", FILES, contradictory=True))[Predicate.SIGNATURE][0].startswith("broken: ")


def test_a_folder_that_is_signed_tells_the_digests_of_its_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (table,) = SOURCE.read(tmp_path, ReadOptions())
    assert "sha256" not in table.table["body"][0].as_py()
    (tmp_path / "model.sig").write_text("{}")
    (table,) = SOURCE.read(tmp_path, ReadOptions())
    assert table.table["body"][0].as_py().count('"sha256"') == 2
