"""The examples of a gate call commands that exist, with options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from filiation.cli import filiation

ROOT = Path(__file__).parent.parent.parent


def lines() -> list[str]:
    workflow = yaml.safe_load((ROOT / "examples" / "ci" / "model-audit.yml").read_text(encoding="utf-8"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    found = [line for run in runs for line in re.findall(r"filiation (?:\\\n|[^|\n])+", run)]
    return [*found, *(hook["entry"] for hook in hooks)]


def resolved(words: list[str]):
    """The verb that the words begin with, and what is left of them."""
    command = filiation
    while hasattr(command, "get_command"):
        command, words = command.get_command(None, words[0]), words[1:]
        assert command is not None
    return command, words


@pytest.mark.parametrize("line", lines())
def test_every_command_of_the_examples_can_be_read(line):
    words = shlex.split(line.replace("\\\n", " "))
    if words[1:2] == ["install"] or words == ["filiation"]:
        return
    command, rest = resolved(words[1:])
    rest = [*rest, "policy.toml"] if words[1:] == ["policy", "check"] else rest
    command.make_context(words[1], rest)


def test_there_are_such_commands():
    assert {line.split()[1] for line in lines() if len(line.split()) > 1} >= {"audit", "policy", "chart", "uses"}


def test_each_hook_has_what_pre_commit_asks_for():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["language"] == "python"
    pattern = hooks[0]["files"]
    assert re.search(pattern, "policy.toml")
    assert re.search(pattern, "examples/policy/house.toml")
    assert not re.search(pattern, "pyproject.toml")
