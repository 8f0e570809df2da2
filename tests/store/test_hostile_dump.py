"""Dumps as a stranger might write them: what cannot be a record is named, the rest is kept, nothing falls over."""

from __future__ import annotations

import gzip
import json

import pytest

GOOD = {"id": "o/good", "pipeline_tag": "x", "tags": ["base_model:o/base"]}


def ingested(run, path, tmp_path):
    done = run("ingest", path, "--json", atlas=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return answer, {item["line"]: item["reason"] for item in answer["sources"][0]["skipped_examples"]}


def test_lines_that_are_no_records(tmp_path, dump, run):
    odd = {
        "[1]": "not a JSON object", '"x"': "not a JSON object", "5": "not a JSON object", "null": "not a JSON object",
        "{}": "no id", '{"id": null}': "no id", "not json": "not JSON", '{"id": "o/a"': "not JSON",
        '{"id": ["o/a"]}': "the id is not", '{"id": ""}': "the id is not", '{"id": "a b/c"}': "the id is not",
        '{"id": "../etc/passwd"}': "the id is not", '{"id": "a\\u0007/b"}': "the id is not",
        '{"id": "o/a\\u0000b"}': "the id is not", '{"id": "\\u001b[31m"}': "the id is not",
        '{"id": "' + "a/" * 1_000_000 + '"}': "the id is not",
    }  # fmt: skip
    path = dump(tmp_path / "models.jsonl", [GOOD, *odd, b'{"id": "o/\xff"}', {"id": "o/last"}])
    answer, reasons = ingested(run, path, tmp_path)
    assert (answer["seen"], answer["added"], answer["skipped"]) == (len(odd) + 3, 2, len(odd) + 1)
    for line, wanted in enumerate([*odd.values(), "not UTF-8"], 2):
        assert reasons[line].startswith(wanted), line
        assert len(reasons[line]) < 200
    assert run("info", atlas=tmp_path / "a").returncode == 0


def test_fields_of_the_wrong_shape_cost_only_themselves(tmp_path, dump, run):
    bodies = [
        {"id": "o/a", "pipeline_tag": "x", "tags": 5},
        {"id": "o/b", "tags": [1, None, ["x"], {"a": 1}, "base_model:o/a"]},
        {"id": "o/c", "downloads": "many", "createdAt": 7, "cardData": [1], "siblings": "x", "likes": {}},
        {"id": "o/d", "cardData": {"base_model": {"a": 1}, "license": [1, None], "datasets": 5, "model-index": "x"}},
        {"id": "o/e", "downloads": 10**30, "gated": [1], "baseModels": "x", "config": 1, "gguf": []},
    ]
    done = run("chart", dump(tmp_path / "models.jsonl", bodies), "--json", atlas=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["added"], answer["skipped"]) == (5, 0)
    shown = json.loads(run("trace", "o/b", "--json", atlas=tmp_path / "a").stdout)
    assert [node["ref"] for node in shown["nodes"]] == ["model:o/a"]


def test_blank_lines_foreign_newlines_and_a_byte_order_mark(tmp_path, run):
    path = tmp_path / "models.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id":"o/a","pipeline_tag":"x"}\r\n\r\n   \n\n\t\r\n{"id":"o/b"}\r\n{"id":"o/c"}')
    answer, reasons = ingested(run, path, tmp_path)
    assert (answer["seen"], answer["added"], reasons) == (3, 3, {})


def test_a_line_of_100_megabytes_is_passed_over(tmp_path, run):
    path = tmp_path / "models.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"id":"o/a","pipeline_tag":"x"}\n{"id":"o/big","x":"')
        for _ in range(100):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}\n{"id":"o/c"}\n')
    answer, reasons = ingested(run, path, tmp_path)
    assert (answer["seen"], answer["added"]) == (3, 2)
    assert list(reasons) == [2]
    assert "longer than 16 MB" in reasons[2]


@pytest.mark.parametrize(("key", "levels"), [("x", 100_000), ("cardData", 100_000), ("baseModels", 7_000_000)])
def test_brackets_nested_too_deep_are_passed_over(tmp_path, run, key, levels):
    path = tmp_path / "models.jsonl"
    deep = "[" * levels + "]" * levels
    path.write_text(json.dumps(GOOD) + '\n{"id":"o/deep","' + key + '":' + deep + "}\n", encoding="utf-8")
    done = run("chart", path, "--json", atlas=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["added"], answer["skipped"]) == (1, 1)
    assert "nested" in answer["sources"][0]["skipped_examples"][0]["reason"]


def test_a_long_record_that_is_not_deep_is_kept(tmp_path, dump, run):
    text = '[[{"\\' * 50_000
    path = dump(tmp_path / "models.jsonl", [GOOD, {"id": "o/long", "description": text, "list": [[[]]] * 20_000}])
    assert ingested(run, path, tmp_path)[0]["added"] == 2


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path, run):
    lines = "".join(json.dumps({"id": f"o/m{i}", "pipeline_tag": "x", "sha": f"{i * 7919:040x}"}) + "\n" for i in range(20_000))
    whole = gzip.compress(lines.encode())
    path = tmp_path / "models.jsonl.gz"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    answer, reasons = ingested(run, path, tmp_path)
    assert 5_000 < answer["added"] < 20_000
    ((line, reason),) = reasons.items()
    assert line == answer["added"] + 1
    assert "ends early or is damaged" in reason
    path.write_bytes(whole)
    assert ingested(run, path, tmp_path)[0]["added"] == 20_000 - answer["added"]


@pytest.mark.parametrize("content", [b"", b"\n", b"not gzip at all"])
def test_a_file_with_nothing_in_it(tmp_path, run, content):
    path = tmp_path / "models.jsonl.gz"
    path.write_bytes(gzip.compress(content) if content == b"\n" else content)
    done = run("chart", path, atlas=tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert "There is no model:o/a" in run("trace", "o/a", atlas=tmp_path / "a").stderr
