"""The examples are what they say they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from filiation.core.record import ReadOptions, Skipped
from filiation.registry.osv_advisories import SOURCE
from filiation.watch.settings import settings

FOLDER = Path(__file__).parent.parent.parent / "examples" / "watch"


def test_the_settings_are_settings():
    found = settings(FOLDER / "watch.toml", None, None, None, {})
    assert [item.name for item in found.portfolios] == ["chat assistant", "search"]
    assert found.deliver.json == str(FOLDER / "out" / "last.json")
    assert (found.quiet.zone, found.report.touches) == ("Europe/Berlin", 1)


def test_the_advisory_is_one():
    folder = FOLDER / "advisories"
    assert SOURCE.recognises(folder)
    (batch,) = SOURCE.read(folder, ReadOptions())
    assert not isinstance(batch, Skipped)
    assert batch.registry == "osv"


def test_systemd_takes_the_units(tmp_path):
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("no systemd-analyze on this machine")
    for name in ("filiation-watch.service", "filiation-watch.timer"):
        text = (FOLDER / name).read_text().replace("/usr/local/bin/filiation", sys.executable)
        (tmp_path / name).write_text(text)
    units = [str(tmp_path / name) for name in ("filiation-watch.service", "filiation-watch.timer")]
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_line_of_the_crontab_has_a_time_and_a_command():
    lines = [line for line in (FOLDER / "crontab").read_text().splitlines() if line and not line.startswith("#")]
    jobs = [line for line in lines if line[0].isdigit()]
    assert len(jobs) == 2
    assert all(len(line.split(maxsplit=5)) == 6 for line in jobs)
