"""The server for assistants, asked by the protocol's own client."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import anyio
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.cli import filiation, main
from filiation.mcp.bounds import MAX_BYTES, MAX_CHARS, NOTE, marked

mcp = pytest.importorskip("mcp")


@pytest.fixture(scope="module")
def ask(small_path):
    """Ask a tool; returns whether it failed, and what it said."""
    from filiation.mcp.server import create_server

    server = create_server(small_path)

    def ask(tool, **words):
        async def asked():
            async with mcp.Client(server) as client:
                if tool is None:
                    return (await client.list_tools()).tools
                answer = await client.call_tool(tool, words)
                return answer.is_error, answer.structured_content or answer.content[0].text

        with ThreadPoolExecutor(1) as apart:  # a browser of other tests may have left a loop running in this thread
            return apart.submit(anyio.run, asked).result()

    return ask


def test_the_tools_only_read_and_say_what_they_do(ask):
    tools = ask(None)
    assert [tool.name for tool in tools] == ["find", "trace", "impact", "audit"]
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert not tool.annotations.open_world_hint
        assert tool.description
        assert tool.output_schema


def test_each_tool_answers_as_the_verb_does(ask, small):
    for tool, words, answer in [
        ("find", {"text": "child"}, small.find("child", 10)),
        ("trace", {"ref": "o/base", "direction": "down"}, small.trace("o/base", down=True)),
        ("impact", {"ref": "o/base"}, small.impact("o/base")),
    ]:
        failed, said = ask(tool, **words)
        assert not failed
        assert list(said) == ["note", "answer"]
        assert said["note"] == NOTE
        assert said["answer"] == json.loads(answer.json())


def test_a_trace_names_the_nearest_and_counts_all(ask):
    _, said = ask("trace", ref="o/base", direction="down", limit=1)
    assert said["answer"]["total"] == 2
    assert [node["ref"] for node in said["answer"]["nodes"]] == ["model:o/child"]
    assert [(edge["child"], edge["parent"]) for edge in said["answer"]["edges"]] == [("model:o/child", "model:o/base")]


def test_an_audit_tells_why_and_what_to_do(ask, small):
    _, said = ask("audit", refs=["o/child", "o/none"], policy="product")
    told = small.audit(["o/child", "o/none"], "product")
    assert said["answer"]["verdict"] == told.verdict
    assert said["answer"]["targets"][0]["findings_total"] == len(told.findings)
    assert [reason["rule"] for reason in said["answer"]["targets"][0]["reasons"]] == [row.rule for row in told.reasons]
    assert "o/none" in said["answer"]["skipped"][0]


def test_what_strangers_wrote_steers_nothing(ask):
    failed, said = ask("audit", refs=["o/alone"])
    text = json.dumps(said, ensure_ascii=False)
    assert not failed
    assert not {"\x1b", "\u202e", "\u202c"} & set(text)
    assert text.index(NOTE) < text.index("alone")


@pytest.mark.parametrize(("tool", "words", "says"), [
    ("trace", {"ref": "o/chidl"}, "did you mean model:o/child"),
    ("audit", {"refs": ["o/base"], "policy": "/etc/passwd"}, "There is no policy"),
    ("audit", {"refs": ["o/base"] * 11}, "at most 10"),
    ("find", {"text": "x" * 201}, "at most 200"),
    ("find", {"text": "nonsense:x"}, "asks for no element"),
    ("impact", {"ref": "o/base", "top": 10**9}, "less than or equal"),
])  # fmt: skip
def test_what_cannot_be_answered_is_said(ask, tool, words, says):
    failed, said = ask(tool, **words)
    assert failed
    assert says in said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=12)
@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=4))
def test_what_is_sent_is_clean(answer):
    said = msgspec.json.encode(marked(answer))
    assert len(said) <= MAX_BYTES
    assert not {"\x1b", "\u202e", "\u200b"} & set(said.decode())


def test_what_is_long_is_cut_and_that_is_told():
    said = marked({"nodes": [{"ref": f"model:o/{i}", "text": "é" * 999} for i in range(5000)], "total": 5000})
    assert len(msgspec.json.encode(said)) <= MAX_BYTES
    assert len(said["answer"]["nodes"][0]["text"]) == MAX_CHARS + 1
    assert said["left_off"]["nodes"] + len(said["answer"]["nodes"]) == 5000


def test_an_own_policy_is_named_by_its_stem(small_path, tmp_path):
    from filiation.mcp.tools import Tools

    (tmp_path / "house.toml").write_text('extends = ["pilot"]\n[title]\nen = "Ours"\nja = "社内"\n', encoding="utf-8")
    tools = Tools(small_path, policies=(str(tmp_path / "house.toml"),))
    said = tools.audit(["o/base"])
    assert said["answer"]["policy"] == "house"
    assert str(tmp_path) not in json.dumps(said)


def test_the_verb_says_what_is_lacking(small_path, monkeypatch, capsys):
    import sys

    monkeypatch.delitem(sys.modules, "filiation.mcp.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    with pytest.raises(SystemExit) as ended:
        main(["mcp", "--atlas", str(small_path)])
    assert ended.value.code == 2
    assert "pip install filiation[mcp]" in capsys.readouterr().err
    assert CliRunner().invoke(filiation, ["mcp", "--help"]).exit_code == 0
