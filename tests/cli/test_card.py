"""The verbs about cards: what they print, and how they exit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from filiation.cli.console import save
from filiation.core.errors import FiliationError

CARD = "---\nlicense: mit\n---\n\n# Letters\n\n## Limitations\n\n[More Information Needed]\n"
CLEAN = "---\nlicense: mit\nlanguage: en\npipeline_tag: text-classification\nlibrary_name: transformers\n---\n\n# Letters\n"


@pytest.fixture
def card(tmp_path):
    def write(text: str, name: str = "README.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_blank_fails_and_its_place_is_named(run, card):
    path = card(CARD)
    done = run("card", "lint", path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "9:1: medium: The section Limitations says only" in done.stdout
    assert run("card", "lint", path, "--fail-on", "high").returncode == 0
    assert run("card", "lint", path, "--fail-on", "never").returncode == 0


def test_clean_and_required(run, card):
    path = card(CLEAN)
    assert run("card", "lint", path.parent).returncode == 0
    done = run("card", "lint", path, "--require", "limitations", "--lang", "ja")
    assert done.returncode == 1
    assert "必須の節「限界」がない。" in done.stdout


def test_several_cards_and_one_that_is_missing(run, card, tmp_path):
    first, second = card(CLEAN, "a/README.md"), card(CARD, "b/README.md")
    (tmp_path / "c").mkdir()
    done = run("card", "lint", first, second.parent, tmp_path / "c", "--json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "filiation/card-lint/v1"
    assert [item["path"] for item in answer["cards"]] == [first.as_posix(), second.as_posix(), (tmp_path / "c").as_posix()]
    assert answer["sections"] == answer["cards"][0]["sections"]
    assert "card-missing" in {item["check"] for item in answer["findings"]}
    assert (done.returncode, answer["failed"]) == (1, True)


def test_what_cannot_be_read_is_one_sentence(run, card, tmp_path):
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "long.md").write_bytes(b"a" * ((1 << 20) + 1))
    for name, said in (("nothing.md", "There is no file"), ("bad.md", "is not UTF-8"), ("long.md", "longer than 1 MB")):
        done = run("card", "lint", tmp_path / name)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    done = run("card", "lint", card(CLEAN), "--require", "fame")
    assert done.returncode == 2
    assert "is no section of a model card" in done.stderr


def test_sarif_has_a_rule_and_a_region_for_each_result(run, card):
    path = card(CARD)
    done = run("card", "lint", path, "--format", "sarif")
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    [work] = log["runs"]
    rules = [rule["id"] for rule in work["tool"]["driver"]["rules"]]
    assert work["results"]
    for result in work["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
    [blank] = [item for item in work["results"] if item["ruleId"] == "card-section-placeholder"]
    place = blank["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 9
    assert place["region"]["snippet"]["text"] == "[More Information Needed]"


def test_what_steers_a_terminal_is_not_printed(run, card):
    done = run("card", "lint", card("# M\n\n## Limitations\n\nTODO \x1b[31m\n\n## \u202eResults\n\n## \u202eResults\n"))
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def answer_of(done, verb: str) -> dict:
    import jsonschema
    import msgspec

    from filiation.cli.carding import CardLint, CardNew

    answer = json.loads(done.stdout)
    assert answer["schema"] == f"filiation/card-{verb}/v1"
    jsonschema.validate(answer, msgspec.json.schema({"lint": CardLint, "new": CardNew}[verb]))
    return answer


def test_answers_are_of_their_schema(run, card, small):
    answer_of(run("card", "lint", card(CARD), "--json"), "lint")
    answer = answer_of(run("card", "new", "eve/llama-8b-trinity", "--json", atlas=small), "new")
    assert (answer["ref"], answer["path"]) == ("model:eve/llama-8b-trinity", None)


def test_a_new_card_from_the_atlas_has_its_parents_and_passes_its_own_lint(run, small, tmp_path):
    path = tmp_path / "README.md"
    done = run("card", "new", "eve/llama-8b-trinity", "--output", path, atlas=small)
    assert (done.returncode, done.stdout) == (0, "")
    assert "sections could be filled" in done.stderr
    text = path.read_text(encoding="utf-8")
    assert "base_model_relation: merge" in text
    assert "[More Information Needed]" in text
    again = run("card", "lint", path, "--json", "--fail-on", "high")
    assert again.returncode == 0
    states = {item["section"]: item["state"] for item in answer_of(again, "lint")["sections"]}
    assert (states["finetuned_from"], states["limitations"]) == ("present", "placeholder")


def test_a_file_that_is_there_is_replaced_only_when_asked(run, small, tmp_path):
    path = tmp_path / "README.md"
    path.write_text("mine", encoding="utf-8")
    done = run("card", "new", "ada/llama-8b", "--output", path, atlas=small)
    assert (done.returncode, path.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in done.stderr
    assert run("card", "new", "ada/llama-8b", "--output", path, "--force", atlas=small).returncode == 0
    assert path.read_text(encoding="utf-8").startswith("---\n")


def test_a_new_card_from_a_folder(run, tmp_path):
    folder = tmp_path / "sorter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "acme/base", "peft_type": "LORA"}')
    done = run("card", "new", folder, atlas=tmp_path / "none")
    assert done.returncode == 0
    assert "base_model: acme/base" in done.stdout
    assert "- `adapter_config.json`" in done.stdout
    assert done.stdout.endswith("[More Information Needed]\n")


def test_a_card_of_nobody(run, small, tmp_path):
    for target, atlas in (("nobody/nothing", small), (tmp_path, small), ("ada/llama-8b", tmp_path / "none")):
        done = run("card", "new", target, atlas=atlas)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1


def test_a_file_is_written_whole_or_told_why_not(tmp_path):
    with pytest.raises(FiliationError, match=r"cannot be written .*name another file"):
        save("text", tmp_path / "nowhere" / "x.txt")
    save("text", tmp_path / "x.txt")
    save("", Path(os.devnull))
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]
