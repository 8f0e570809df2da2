"""Which program runs a model: one of ours, or a command of the user's."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filiation.core.errors import FiliationError
from filiation.knowledge import load
from filiation.measure.model import Model
from filiation.measure.process import INSIDE, program_paths

COMMAND = "command"
Value = str | int | float | bool


@dataclass(frozen=True)
class Runner:
    """What runs a model.

    Attributes:
        name: One of `names`, or ``command``.
        argv: Its words.
        reads: What it may read beside the model.
        extra: Which extra of ours brings its library; empty of a command.
    """

    name: str
    argv: tuple[str, ...]
    reads: tuple[Path, ...]
    extra: str = ""


def names() -> tuple[str, ...]:
    """Return the names of our runners."""
    return tuple(load("measure")["runner"])


def runner_of(
    model: Model, name: str | None, command: str | None = None, python: str | None = None, reads: Sequence[Path] = ()
) -> Runner:
    """Return what runs a model: the command, the runner of that name, or the one that its files ask for.

    Args:
        model: The model.
        name: One of `names`; None to go by the files.
        command: Words of the user's own program, as in a shell; no shell is used.
        python: Interpreter that has the libraries; None for this one.
        reads: What else it may read.

    Raises:
        FiliationError: If there is no such runner or program, or the files ask for none.
    """
    if command is not None:
        return _own(command, reads)
    table = load("measure")["runner"]
    name = name or _by_files(model)
    if name not in table:
        raise FiliationError(f"No runner is called {name!r}; there are {', '.join(table)}, and --command for your own.")
    found = shutil.which(python) if python else sys.executable
    if found is None:
        raise FiliationError(f"There is no interpreter {python}.")
    executable = str(Path(found).absolute())  # links stay: an environment is known by where its link lies
    libraries = _prefixes(executable) if python else []
    argv = (executable, "-s", "-B", str(INSIDE / table[name]["program"]))
    return Runner(name, argv, (*reads, *libraries), table[name]["extra"])


def options_of(suite: Mapping[str, Mapping[str, Value]], runner: str, given: tuple[str, ...]) -> dict[str, str]:
    """Return the options of a run: the suite's for this runner, then those that were given as ``NAME=VALUE``.

    Raises:
        FiliationError: If one has no ``=``.
    """
    found = {name: str(value) for name, value in suite.get(runner, {}).items()}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise FiliationError(f"{text!r} is no option: write NAME=VALUE.")
        found[name] = value
    return found


def _own(command: str, reads: Sequence[Path]) -> Runner:
    """Return a command with what it may read: its program, and files and folders that it names."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise FiliationError(f"The command cannot be read ({error}).") from error
    found = shutil.which(words[0]) if words else None
    if found is None:
        raise FiliationError(f"There is no program {words[0] if words else ''!r}: give --command a program with its arguments.")
    program = Path(found).absolute()
    argv = [str(Path(word).absolute()) if Path(word).exists() else word for word in words[1:]]
    named = [Path(word) for word in argv if word.startswith("/")]
    return Runner(COMMAND, (str(program), *argv), (*reads, *program_paths(program), *named))


def _by_files(model: Model) -> str:
    config = model.config()
    table = load("measure")["runner"]
    for name, rule in table.items():
        by_suffix = any(file.endswith(tuple(rule.get("suffixes", ()))) for file in model.files) if "suffixes" in rule else False
        if by_suffix or rule.get("key") in config or any(one in model.files for one in rule.get("names", ())):
            return name
    raise FiliationError(f"Nothing here says how {model.ref} is run: give --runner {'|'.join(table)}, or --command.")


def _prefixes(executable: str) -> list[Path]:
    """Return the folders of another interpreter, as it says itself."""
    code = "import sys, json; print(json.dumps([sys.prefix, sys.base_prefix]))"
    try:
        told = subprocess.run([executable, "-I", "-c", code], capture_output=True, timeout=20, check=True).stdout  # noqa: S603  # typed by the person
        return [Path(path) for path in json.loads(told)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise FiliationError(f"{executable} is no Python that answers.") from error
