"""Print: tables for people, one JSON document for programs, progress and messages on standard error."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from filiation.pipeline import Progress

SECONDS_BETWEEN_LINES = 3.0
_STEERING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def print_json(answer: msgspec.Struct) -> None:
    """Print `answer` as one JSON document, with what could steer a terminal escaped."""
    text = msgspec.json.format(msgspec.json.encode(answer)).decode()
    click.echo(_STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def save(text: str, path: Path) -> None:
    """Write `text` to a file, which is there whole or not at all.

    Raises:
        FiliationError: If it cannot be written; the sentence says what to do.
    """
    from filiation.export.sink import written

    with written(path) as file:
        file.write(text.encode())


def safe(text: object) -> str:
    """Return `text` with what could steer a terminal made visible: it comes from strangers."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)).replace("\n", " ")


def heading(text: str) -> None:
    """Print a line that names what follows."""
    click.echo(click.style(safe(text), bold=True))


def line(text: str = "") -> None:
    """Print a line."""
    click.echo(safe(text))


def note(text: str) -> None:
    """Print a message on standard error."""
    click.echo(safe(text), err=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns; numbers stand to the right, a missing value is a dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(columns)]
    right = [all(isinstance(row[i], (int, float)) or row[i] is None for row in rows) and bool(rows) for i in range(len(widths))]
    click.echo(click.style(_aligned(columns, widths, right), dim=True))
    for row in cells:
        click.echo(_aligned(row, widths, right))


def _aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else safe(value)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show how far a long run is: a bar on a terminal, a line every few seconds elsewhere, nothing under a second."""
    if sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield _Lines()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"), BarColumn(pulse_style="cyan"), TextColumn("{task.completed:,}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, visible=False)
                tasks[stage] = bars.add_task(safe(stage), total=None)
            bars.update(tasks[stage], completed=done)

        yield show


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, stage: str, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            note(f"{stage}: {done:,}" if done else f"{stage} ...")
