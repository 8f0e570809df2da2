"""The examples of how to run it: options that there are, and units that systemd takes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from filiation.cli import Verbs
from filiation.server.access import MAX_BODY_BYTES

FOLDER = Path(__file__).parents[2] / "examples" / "deploy"
UNITS = sorted(path.name for path in FOLDER.glob("filiation*"))


def said():
    """Return what the examples tell our command to do, as words."""
    for name in UNITS:
        text = (FOLDER / name).read_text().replace("\\\n", " ").replace("$", "")
        for words in re.findall(r"/usr/local/bin/filiation ([^;\n]+)", text):
            yield name, shlex.split(words)
    text = (FOLDER / "Containerfile").read_text()
    yield "Containerfile", json.loads(re.findall(r"^CMD (\[.*\])", text, re.MULTILINE)[-1])
    yield "Containerfile", shlex.split(re.findall(r"RUN filiation ([^&]+)", text)[0])


@pytest.mark.parametrize(("name", "words"), list(said()), ids=lambda given: given if isinstance(given, str) else given[0])
def test_what_they_say_is_understood(name, words):
    verbs = Verbs("filiation")
    context = click.Context(verbs)
    verb = verbs.get_command(context, words[0])
    assert verb is not None, words
    verb.make_context(words[0], words[1:], parent=context).close()  # refuses what is no option of the verb


def test_units_are_taken(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here: Debian's package systemd has it")
    for name in UNITS:
        text = (FOLDER / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/local/bin/filiation", "/bin/true"))
    paths = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "filiation" in line]
    assert not ours
    assert done.returncode == 0, done.stderr


def test_the_proxy_is_told_what_the_server_bounds():
    text = (FOLDER / "nginx.conf").read_text()
    assert f"client_max_body_size {MAX_BODY_BYTES >> 10}k;" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
