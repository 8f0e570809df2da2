"""A report as plain text: for a terminal, a log, a mail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from unicodedata import east_asian_width

from filiation.core.report import Answer, Block, Heading, Points, Report, Table

GAP = 2
LEAST = 60
"""Narrower than this is not asked for: names would break."""


def text(report: Report, width: int = 100) -> str:
    """Return the report in lines of about `width` columns."""
    return "\n".join(line for _, line in lines(report, width)) + "\n"


def lines(report: Report, width: int) -> Iterator[tuple[bool, str]]:
    """Yield each line, and whether it is a heading."""
    width = max(width, LEAST)
    for place, block in enumerate(report.blocks):
        if place:
            yield False, ""
        if isinstance(block, Heading):
            yield True, block.text
        elif isinstance(block, Answer):
            yield True, block.line
        else:
            yield from ((False, line) for line in _lines(block, width))


def _lines(block: Block, width: int) -> Iterator[str]:
    if isinstance(block, Points):
        for item in block.items:
            yield from _wrapped(item, width, "- ", "  ")
    elif isinstance(block, Table):
        yield from _table(block, width)
    else:
        yield from _wrapped(block.text, width, "", "")


def _table(table: Table, width: int) -> Iterator[str]:
    """Yield aligned columns where they fit, else each row as a paragraph: the first cells on one line, the rest below."""
    rows = [table.columns, *table.rows]
    widths = [max(columns_of(row[i]) for row in rows) for i in range(len(table.columns))]
    if sum(widths) + GAP * (len(widths) - 1) <= width:
        for row in rows:
            yield (
                (" " * GAP)
                .join(cell + " " * (wide - columns_of(cell)) for cell, wide in zip(row, widths, strict=True))
                .rstrip()
            )
        return
    for row in table.rows:
        head, *rest = row[:2] if len(row) > 1 else row
        yield from _wrapped(f"{head}: {rest[0]}" if rest else head, width, "", "  ")
        for name, cell in zip(table.columns[2:], row[2:], strict=True):
            if cell and cell != "-":
                yield from _wrapped(f"{name}: {cell}", width, "  ", "    ")


def _wrapped(text: str, width: int, first: str, other: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def columns_of(text: str) -> int:
    """Return how many columns a terminal gives to `text`: two for a wide sign."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
