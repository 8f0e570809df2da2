"""Sections as rows."""

from __future__ import annotations

from filiation.cards.blocks import read
from filiation.cards.rows import SectionRows
from filiation.cards.sections import sections
from filiation.core.ref import Kind


def test_rows_are_what_was_added_and_are_taken_once():
    rows = SectionRows()
    added = []
    for number, kind in ((7, Kind.MODEL), (9, Kind.DATASET)):
        states = sections(read("# T\n\nText of a few words.\n\n## Limitations\n\nTODO\n\n## License\n\nMIT\n"), kind)
        rows.add(number, states)
        added += [
            {"record_id": number, "section": item.section, "state": item.state, "start": item.start, "stop": item.stop}
            for item in states
        ]
    assert len(rows) == len(added)
    assert rows.take().to_pylist() == added
    assert len(rows) == 0
    assert rows.take().to_pylist() == []
