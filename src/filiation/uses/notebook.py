"""Uses in notebooks: the cells of code, with their magic commands, and lines as they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filiation.uses.command import command_uses
from filiation.uses.python import python_uses
from filiation.uses.source import SourceError
from filiation.uses.use import Use

_MAGIC = ("%", "!", "?")


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: list[str] | str = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def notebook_uses(text: str, file: str) -> Iterator[Use]:
    """Yield what the cells of a notebook load, cell by cell; names bound in one cell are known in those after it.

    Raises:
        SourceError: If it is no notebook, or its code no Python.
    """
    try:
        notebook = msgspec.json.decode(text, type=_Notebook)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise SourceError(f"not a notebook ({error})") from error
    sources = [cell.source if isinstance(cell.source, list) else cell.source.splitlines(keepends=True)
               for cell in notebook.cells if cell.cell_type == "code"]  # fmt: skip
    lines = [line.rstrip("\n") for source in sources for line in source]
    places = _places(text, lines)
    code, commands = _split(lines, [len(source) for source in sources])
    yield from (_at(item, places) for item in command_uses(commands, file))
    yield from (_at(item, places) for item in python_uses(code, file))


def _split(lines: list[str], cells: list[int]) -> tuple[str, str]:
    """Return the Python and the shell commands, line by line: each stands in one and leaves an empty line in the other."""
    code, commands = [], []
    start = 0
    for length in cells:
        cell = lines[start : start + length]
        start += length
        is_shell = bool(cell) and cell[0].startswith(("%%bash", "%%sh", "%%script"))
        skipped = bool(cell) and cell[0].startswith("%%") and not cell[0].startswith(("%%time", "%%capture"))
        for line in cell:
            bare = line.lstrip()
            magic = bare.startswith(_MAGIC)
            indent = line[: len(line) - len(bare)]
            code.append("" if skipped else f"{indent}pass" if magic and indent else "" if magic else line)
            commands.append(bare.lstrip("!% ") if (magic and bare.startswith(("!", "%"))) or is_shell else "")
    return "\n".join(code), "\n".join(commands)


def _places(text: str, lines: list[str]) -> list[int]:
    """Return the line of the file on which each line of code stands; the last one known where it is not found."""
    places, offset, number = [], 0, 1
    for line in lines:
        written = msgspec.json.encode(line).decode()[1:-1]
        at = text.find(written, offset) if written else -1
        if at >= 0:
            number += text.count("\n", offset, at)
            offset = at
        places.append(number)
    return places


def _at(item: Use, places: list[int]) -> Use:
    return msgspec.structs.replace(item, line=places[item.line - 1] if 0 < item.line <= len(places) else 1)
