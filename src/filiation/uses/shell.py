"""Uses in shell scripts, Dockerfiles and wherever else commands stand, with the Python that they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from filiation.uses.command import command_uses
from filiation.uses.python import python_uses
from filiation.uses.source import SourceError
from filiation.uses.use import Use

MAX_PROGRAMS = 200
MAX_LINES = 2_000
_DOCUMENT = re.compile(r"\bpython[\d.]*\b[^\n]{0,200}<<-?\s*[\"']?(\w{1,40})[\"']?")
_GIVEN = re.compile(r"\bpython[\d.]*(?:\s+-\w{1,2}){0,3}\s+-c\s+([\"'])")


def shell_uses(text: str, file: str) -> Iterator[Use]:
    """Yield what the commands in `text` load, and what the Python in them does."""
    yield from command_uses(text, file)
    for start, source in programs(text):
        try:
            for item in python_uses(source, file):
                yield msgspec.structs.replace(item, line=start + item.line - 1)
        except SourceError:  # a program in a command has the shell's own marks in it, and is often no Python by itself
            continue


def programs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each Python program that a command is given: ``python -c "..."`` or ``<<EOF``."""
    lines = text.splitlines()
    opened = ((number, match[1]) for number, line in enumerate(lines) if (match := _DOCUMENT.search(line)))
    for number, mark in islice(opened, MAX_PROGRAMS):
        end = next((at for at in range(number + 1, min(len(lines), number + MAX_LINES)) if lines[at].strip() == mark), None)
        if end is not None:
            yield number + 2, "\n".join(lines[number + 1 : end])
    for count, match in enumerate(_GIVEN.finditer(text)):
        if count >= MAX_PROGRAMS:
            return
        end = _closing(text, match.end(), match[1])
        if end is not None:
            source = text[match.end() : end].replace("\\\n", "\n")
            yield text.count("\n", 0, match.end()) + 1, source.replace('\\"', '"') if match[1] == '"' else source


def _closing(text: str, start: int, quote: str) -> int | None:
    """Return where the quotation ends that is open at `start`, None where it does not within some thousand characters."""
    at = start
    while at < min(len(text), start + 8_000):
        if text[at] == "\\" and quote == '"':
            at += 1
        elif text[at] == quote:
            return at
        at += 1
    return None
