"""A report: a list of blocks in one language, from top to bottom, whatever it is about and however it is shown."""

from __future__ import annotations

import msgspec


class Heading(msgspec.Struct, frozen=True, tag=True):
    """A heading; level 1 is the title of the report."""

    level: int
    text: str


class Answer(msgspec.Struct, frozen=True, tag=True):
    """A question and its answer in words; `line` is both on one.

    `verdict` gives the colour: ``pass``, ``review`` or ``block``; ``told`` for an answer that is none of these.
    """

    verdict: str
    question: str
    text: str
    line: str


class Paragraph(msgspec.Struct, frozen=True, tag=True):
    """A paragraph."""

    text: str


class Points(msgspec.Struct, frozen=True, tag=True):
    """A list."""

    items: list[str]


class Table(msgspec.Struct, frozen=True, tag=True):
    """A table: every row has a cell for each column."""

    columns: list[str]
    rows: list[list[str]]


Block = Heading | Answer | Paragraph | Points | Table


class Report(msgspec.Struct, frozen=True):
    """What to show, from top to bottom; so many blocks are the first page."""

    lang: str
    title: str
    first_page: int
    blocks: list[Block]
