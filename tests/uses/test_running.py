"""Programs that run, watched: what they load is noted, and nothing about them changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from loopback_hub import hub

from filiation.core.errors import SourceError
from filiation.uses import run
from filiation.uses.running import WATCHING

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROGRAM = f"""
import subprocess, sys
from huggingface_hub import hf_hub_download
def load(name, **more):
    return hf_hub_download(name, "config.json", **more)
path = load("o/m")
open(path).close()
load("o/pinned", revision="{COMMIT}")
subprocess.run([sys.executable, "child.py"], check=True)
print("said")
sys.exit(3)
"""
CHILD = """
import os, urllib.request
from http.client import HTTPConnection
urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/datasets/o/d/resolve/main/a.csv").read()
open("weights.safetensors", "wb").close()
"""


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Write a program, run it watched in its folder, and give what was found and what it printed."""
    monkeypatch.chdir(tmp_path)

    def watched(text, **environment):
        (tmp_path / "app.py").write_text(text, encoding="utf-8")
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        with (tmp_path / "out").open("w+", encoding="utf-8") as stream:
            found = run([sys.executable, "app.py"], stdout=stream)
            stream.seek(0)
            return found, stream.read()

    return watched


def test_what_the_hubs_own_client_loads(watched, tmp_path):
    (tmp_path / "child.py").write_text(CHILD, encoding="utf-8")
    held = {"config.json": b"{}"}
    with hub({"o/m": held, "o/pinned": held, "datasets/o/d": {"a.csv": b"1"}}, COMMIT) as (address, _):
        found, printed = watched(PROGRAM, HF_ENDPOINT=address, HF_HOME=tmp_path / "home", NO_PROXY="*", HF_HUB_DISABLE_XET="1")
    assert printed == "said\n"
    assert (found.run.exit_code, found.run.processes, found.skipped) == (3, 2, [])
    told = {(use.ref, use.file, use.line, use.revision, use.is_pinned, use.commit) for use in found.uses}
    assert told == {
        ("model:o/m", "app.py", 5, "main", False, COMMIT),
        ("model:o/m", "app.py", 7, "main", False, COMMIT),
        ("model:o/pinned", "app.py", 5, COMMIT, True, COMMIT),
        ("dataset:o/d", "child.py", 4, "main", False, None),
        (None, "child.py", 5, None, False, None),
    }


LOOKS = """
import os, sys
import sitecustomize
print(sorted(sys.modules), sys.path, sitecustomize.__file__, os.environ.get("MARK"))
"""


def test_the_program_sees_no_difference_but_the_variables(watched, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import os\nos.environ['MARK'] = 'ran'\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(other))
    found, printed = watched(LOOKS)
    plain = subprocess.run([sys.executable, "app.py"], capture_output=True, text=True, check=True).stdout
    assert printed.replace("'atexit', ", "") == plain
    assert str(other / "sitecustomize.py") in printed
    assert "ran" in printed
    assert found.uses == []


def test_a_sitecustomize_that_fails_is_told_as_python_tells_it(watched, tmp_path, monkeypatch, capfd):
    (tmp_path / "sitecustomize.py").write_text("import none_such\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found, printed = watched("print('on')")
    assert (printed, found.run.exit_code) == ("on\n", 0)
    assert "none_such" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open('hub/models--gpt2/refs/main').close()", ("model:gpt2", "main", False)),
        (f"open('hub/datasets--o--d/snapshots/{COMMIT}/x/y.csv').close()", ("dataset:o/d", COMMIT, True)),
        (f"open('hub/models--o--m/blobs/{'b' * 40}').close()", ("model:o/m", COMMIT, True)),
        (f"open('datasets/o___d/default/0.0.0/{COMMIT}/info.json').close()", ("dataset:o/d", COMMIT, True)),
        ("import transformers_modules.o.m_hyphen_x.code", ("model:o/m-x", None, False)),
        (f"import_module('transformers_modules.o.m_dot_x.{COMMIT}.code')", ("model:o/m.x", COMMIT, True)),
    ],
)  # fmt: skip
def test_what_tells_of_a_repository(watched, tmp_path, text, found):
    files = [
        "hub/models--gpt2/refs/main", f"hub/datasets--o--d/snapshots/{COMMIT}/x/y.csv", f"hub/models--o--m/blobs/{'b' * 40}",
        f"datasets/o___d/default/0.0.0/{COMMIT}/info.json", "transformers_modules/o/m_hyphen_x/code.py",
        "transformers_modules/__init__.py",
        f"transformers_modules/o/m_dot_x/{COMMIT}/code.py",
    ]  # fmt: skip
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    link = tmp_path / f"hub/models--o--m/snapshots/{COMMIT}/model.bin"
    link.parent.mkdir(parents=True)
    link.symlink_to(f"../../blobs/{'b' * 40}")
    seen, _ = watched(f"from importlib import import_module\n{text}")
    assert {(use.ref, use.revision, use.is_pinned) for use in seen.uses} == {found}


def test_what_cannot_be_watched_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no Python process" in run(["true"]).skipped[0].reason
    assert run([sys.executable, "-I", "-c", "raise SystemExit(4)"]).run.exit_code == 4
    assert run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).run.exit_code == 137
    with pytest.raises(SourceError, match="cannot be run"):
        run(["./none-such"])


def test_what_a_process_writes_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = r"open\tx\n\tp\nopen\t\nurl\thttp://\xff/api/models/../x\tf\t9\nopen\thub/models--../--x/refs/main\tf\t1\nimport\t1\t2\t3"
    text = f"import os; open(os.environ['FILIATION_WATCH'] + '/9.watched', 'wb').write(b'{lines}\\n' + bytes(range(256)))"
    found = run([sys.executable, "-c", text])
    assert (found.run.exit_code, found.uses) == (0, [])


def test_the_verb_passes_the_exit_code_on(run, tmp_path):  # the fixture that runs the command line
    (tmp_path / "hub" / "models--o--m" / "refs").mkdir(parents=True)
    (tmp_path / "hub" / "models--o--m" / "refs" / "main").touch()
    (tmp_path / "a.py").write_text("open('hub/models--o--m/refs/main')\nprint('said')\nraise SystemExit(5)", encoding="utf-8")
    done = run("uses", "--json", "--run", "--", sys.executable, "a.py", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["run"]["exit_code"], answer["uses"][0]["ref"]) == (5, 5, "model:o/m")
    assert "said" in done.stderr
    assert run("uses", "a.py", "b.py", cwd=tmp_path).returncode == 2


def test_the_watcher_stands_alone():
    text = (WATCHING / "sitecustomize.py").read_text(encoding="utf-8")
    assert "filiation." not in text.replace("filiation:", "")
    assert [path.name for path in Path(WATCHING).glob("*.py")] == ["sitecustomize.py"]
