"""Uses beside Python: notebooks, configuration files, commands, and the way through a tree."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.errors import SourceError as NoSourceError
from filiation.uses import find
from filiation.uses.command import command_uses
from filiation.uses.config import config_uses
from filiation.uses.source import SourceError
from filiation.uses.tree import MAX_BYTES, surer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def told(uses):
    return [(use.line, use.ref, use.revision) for use in uses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("huggingface-cli download o/m", (1, "model:o/m", None)),
        ("hf download o/m --revision v1 --local-dir x", (1, "model:o/m", "v1")),
        ("hf download --local-dir x o/m config.json", (1, "model:o/m", None)),
        ("hf download --repo-type dataset o/d", (1, "dataset:o/d", None)),
        ("hf download --repo-type=dataset o/d", (1, "dataset:o/d", None)),
        (f"RUN hf download \\\n  o/m \\\n  --revision={COMMIT}", (1, "model:o/m", COMMIT)),
        ("M=o/m\nhf download $M", (2, "model:o/m", None)),
        ("ARG M=o/m\nRUN hf download ${M}", (2, "model:o/m", None)),
        ("ENV M o/m\nRUN hf download ${M}", (2, "model:o/m", None)),
        ("hf download ${M:-o/m}", (1, "model:o/m", None)),
        ("hf download $M", (1, None, None)),
        ('CMD ["vllm", "serve", "o/m", "--port", "80"]', (1, "model:o/m", None)),
        ("python -m vllm.entrypoints.openai.api_server --model o/m", (1, "model:o/m", None)),
        ("accelerate launch train.py --model_name_or_path o/m", (1, "model:o/m", None)),
        ("train.py --dataset_name o/d", (1, "dataset:o/d", None)),
        ("llama-cli -hf o/m:Q4_K_M -p hi", (1, "model:o/m", None)),
        ("git clone https://huggingface.co/o/m", (1, "model:o/m", None)),
        ("git clone --depth 1 https://huggingface.co/datasets/o/d.git x", (1, "dataset:o/d", None)),
        ("curl -L https://huggingface.co/o/m/resolve/v2/x.bin", (1, "model:o/m", "v2")),
        ("cd x && hf download o/m; echo done", (1, "model:o/m", None)),
    ],
)
def test_what_a_command_loads(text, expected):
    assert told(command_uses(text, "run.sh")) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "# hf download o/m",
        "echo --model o/m",
        "hf upload o/m",
        "train.py --model resnet50",
        "hf download ./here",
        "hf download",
        "see https://huggingface.co/docs/hub/security",
        "curl https://huggingface.co/api/models",
        "train.py --model_name_or_path ./out",
    ],
)
def test_what_is_no_command_of_ours(text):
    assert list(command_uses(text, "run.sh")) == []


def test_keys_of_configuration_files():
    yaml = f"""
model_name_or_path: base-one
base_model: o/m
base_model_revision: {COMMIT}
datasets:
  - path: o/d
    type: alpaca
  - path: ./local.jsonl
train: {{dataset_name: o/e, revision: v1}}
optimizer: {{name: adam/w}}
"""
    assert sorted(told(config_uses(yaml, "a.yaml"))) == [
        (2, "model:base-one", None),
        (3, "model:o/m", COMMIT),
        (6, "dataset:o/d", None),
        (9, "dataset:o/e", "v1"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"x": [{"model_id": "o/m"}]}'),
        ("a.toml", '[x]\nmodel_id = "o/m"'),
        ("a.yml", "model-id: o/m"),
        ("a.json", '{"model": "o/m"}'),
    ],
)
def test_each_kind_of_configuration_file_is_read(name, text):
    assert [use.ref for use in config_uses(text, name)] == ["model:o/m"]


@pytest.mark.parametrize("name", ["a.json", "a.toml", "a.yaml"])
@pytest.mark.parametrize(
    "text", ["model_id: [[", "model_id: {" * 500, '{"model_id": ' * 5_000, "model_id: &a [*a, *a]\n" + "- *a\n" * 99]
)
def test_a_broken_configuration_file_is_said(name, text):
    with pytest.raises(SourceError, match=r"not (JSON|TOML|YAML)"):
        list(config_uses(text, name))


def test_a_configuration_file_without_our_keys_is_not_even_parsed():
    assert list(config_uses("{{{", "a.json")) == []


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells], "nbformat": 4}, indent=1)


def test_cells_of_a_notebook_know_what_came_before(tree):
    text = notebook(
        ("markdown", ["from_pretrained('no/no')"]),
        ("code", ["%matplotlib inline\n", "!hf download o/cmd\n", "name = 'o/m'\n"]),
        ("code", ["if x:\n", "    !hf download o/inside\n", "from_pretrained(name)"]),
        ("code", ["%%bash\n", "hf download o/shell"]),
        ("code", ["%%javascript\n", "from_pretrained('no/js')"]),
    )
    uses = tree(n__ipynb=text).uses
    assert {use.ref for use in uses} == {"model:o/cmd", "model:o/m", "model:o/inside", "model:o/shell"}
    lines = text.splitlines()
    for use in uses:
        assert "name" in lines[use.line - 1] if use.ref == "model:o/m" else use.written in lines[use.line - 1]


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', notebook(("code", ["from_pretrained('o/m'\n"]))])
def test_a_broken_notebook_is_said(tree, text):
    found = tree(n__ipynb=text)
    assert [item.file for item in found.skipped] == ["n.ipynb"]


def test_the_way_through_a_tree(tree, tmp_path):
    (tmp_path / "pipe.py").parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / "pipe.py")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    outside.write_text("from_pretrained('no/outside')")
    (tmp_path / "link.py").symlink_to(outside)
    (tmp_path / "within.py").symlink_to(tmp_path / "aSLASHb.py".replace("SLASH", "/"))
    (tmp_path / "loop").symlink_to(tmp_path)
    call = "from_pretrained('o/m')"
    found = tree(
        aSLASHb__py=call, node_modulesSLASHx__py=call, __gitSLASHx__py=call, notes__txt=call,
        big__py=f"{call}#{'x' * MAX_BYTES}", broken__py="from_pretrained(",
    )  # fmt: skip
    (tmp_path / "latin.py").write_bytes(b"from_pretrained('\xff')")
    found = find(tmp_path)
    assert [use.file for use in found.uses] == ["a/b.py", "within.py"]
    assert {item.file: item.reason for item in found.skipped} == {
        "big.py": "longer than 2 MB",
        "broken.py": "not Python 3 (line 1: '(' was never closed)",
        "latin.py": "not UTF-8",
        "link.py": "a link that leaves the folder",
        "node_modules": "a folder of what was installed, not written here",
        "pipe.py": "not a regular file",
    }


@pytest.mark.parametrize(
    "text",
    [
        "from settings import NAME\nfrom_pretrained(NAME)",
        "from .settings import NAME as n\nfrom_pretrained(n)",
        "from . import settings\nfrom_pretrained(settings.NAME)",
        "import settings\nfrom_pretrained(settings.NAME)",
        "import app.settings as s\nfrom_pretrained(s.NAME)",
        "from app.settings import NAME\ndef f():\n    from_pretrained(NAME)",
        "from app import NAME\nfrom_pretrained(NAME)",
        "from ..app.settings import NAME\nfrom_pretrained(NAME)",
    ],
)
def test_constants_of_other_files_are_followed(tree, text):
    found = tree(
        appSLASHsettings__py="OWNER = 'o'\nNAME = f'{OWNER}/m'",
        appSLASHmain__py=text,
        appSLASH__init__py="from .settings import NAME",
    )
    assert [use.ref for use in found.uses] == ["model:o/m"]


def test_imports_in_a_circle_end(tree):
    found = tree(a__py="from b import X\nfrom_pretrained(X)", b__py="from a import X")
    assert [use.ref for use in found.uses] == [None]


def test_imports_do_not_leave_the_tree(tree, tmp_path):
    (tmp_path / "secret.py").write_text("NAME = 'o/secret'")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.py").write_text("from ..secret import NAME\nfrom_pretrained(NAME)")
    (inside / "link.py").symlink_to(tmp_path / "secret.py")
    (inside / "b.py").write_text("from link import NAME\nfrom_pretrained(NAME)")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.py").write_text("NAME = 'o/secret'")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "c.py").write_text("from folder.secret import NAME\nfrom_pretrained(NAME)")
    assert [use.ref for use in find(inside).uses] == [None, None, None]


def test_a_single_file_is_looked_at(tmp_path):
    (tmp_path / "a.py").write_text("from_pretrained('o/m')")
    assert [use.file for use in find(tmp_path / "a.py").uses] == ["a.py"]


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(NoSourceError, match="is not there"):
        find(tmp_path / "none")


def test_order_of_files_and_lines(tree):
    found = tree(b__py="from_pretrained('o/b')", a__py="\nfrom_pretrained('o/a')\nfrom_pretrained('o/z')")
    assert [(use.file, use.line) for use in found.uses] == [("a.py", 2), ("a.py", 3), ("b.py", 1)]
    assert surer(found, 1.0).uses == []


@given(st.text(max_size=300))
def test_any_text_of_commands_is_read(text):
    for use in command_uses(f"hf download {text}\n{text}", "run.sh"):
        assert use.line >= 1


KEYS = st.sampled_from(["model_id", "datasets", "path", "x"])
DOCUMENTS = st.recursive(
    st.none() | st.text(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_any_document_is_read(document):
    for use in config_uses(json.dumps({"model": document}), "a.json"):
        assert use.ref


def test_the_verb(run, tmp_path):
    (tmp_path / "a.py").write_text(
        f"from_pretrained('o/m', revision='{COMMIT}')\nfrom_pretrained(x)\nfrom_pretrained('o/\x1b]8;;m')"
    )
    (tmp_path / "broken.py").write_text("from_pretrained(")
    shown = run("uses", tmp_path)
    assert shown.returncode == 0
    assert "model:o/m" in shown.stdout
    assert "not resolved: x" in shown.stdout
    assert "could not look at broken.py" in shown.stderr
    assert "\x1b" not in shown.stdout
    answer = json.loads(run("uses", tmp_path, "--json").stdout)
    assert answer["schema"] == "filiation/uses/v1"
    assert {"ref", "revision", "file", "line"} <= answer["uses"][0].keys()
    gone = run("uses", tmp_path / "none")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "is not there" in gone.stderr
