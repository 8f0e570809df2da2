"""A hundred writers at once; some are killed wherever they happen to be, and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from writers import acknowledged

from filiation.ledger.store import open_ledger

WRITERS, EACH, KILLED = 100, 2, 25


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills as POSIX does")
def test_nothing_acknowledged_is_lost_when_writers_are_killed(place, tmp_path):
    ledger = open_ledger(place, create=True)
    ledger.begin("chief", "root")
    folder = tmp_path / "noted"
    folder.mkdir()
    script = Path(__file__).with_name("writers.py")
    words = [sys.executable, script, place, folder, WRITERS, EACH, KILLED, 5]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True, timeout=300)
    told = json.loads(done.stdout)
    assert (told["killed"], told["failed"]) == (KILLED, 0), done.stderr
    noted = acknowledged(folder)
    assert len(noted) >= (WRITERS - KILLED) * EACH
    assert len({item for item, _, _ in noted}) == len(noted)
    for item, subject, _ in noted:
        assert ledger.item(item).subject == subject
    said = ledger.verify()
    assert said.intact, said.why
    written = said.entries - 2  # the beginning, and the chief's token
    assert len(noted) <= written <= len(noted) + KILLED, "a writer is killed after its entry, and before its note, at most once"
