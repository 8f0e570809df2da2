"""What other scanners say of the same file, and whether that agrees with us."""

from __future__ import annotations

import io
import logging
import os
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Protocol

from msgspec import DecodeError, Struct, json

from filiation.core.errors import FiliationError
from filiation.scan.answer import ALARMS, Opinion, Status

MAX_SAID = 8
MAX_SECONDS = 120
"""modelaudit starts anew for every file: so long it may take over one."""
MAX_HELD_BYTES = 64 << 20
"""hayward reads a file whole: a longer one it is not asked about."""


class Scanner(Protocol):
    """Another scanner."""

    def opinion(self, path: Path, ours: Status) -> Opinion:
        """Return what it says of a file, held against what we say."""
        ...


def picklescan_of(globals_: set[tuple[str, str]], is_alarm: bool) -> Opinion | None:  # the one thing that it is held against
    """Return what picklescan thinks of the globals that we found, wherever they were nested; None where there were none.

    It is given them alone, as a pickle that names them one after another: so it judges as it does on a file that it can read.
    """
    if not globals_:
        return None
    from picklescan.scanner import SafetyLevel, scan_pickle_bytes  # noqa: PLC0415  # 0.1 s, that only a pickle pays

    logging.getLogger("picklescan").disabled = True
    named = sorted((module, name) for module, name in globals_ if _fits(module) and _fits(name))
    content = b"".join(f"c{module}\n{name}\n0".encode() for module, name in named) + b"N."
    result = scan_pickle_bytes(io.BytesIO(content), "globals", multiple_pickles=False)
    bad = sorted(f"{found.module}.{found.name}" for found in result.globals if found.safety is SafetyLevel.Dangerous)
    status = Status.MALICIOUS if bad else Status.INCONCLUSIVE if result.suspicious_count else Status.CLEAN
    return Opinion(_called("picklescan"), status, tuple(bad[:MAX_SAID]), (status in ALARMS) == is_alarm)


def _fits(part: str) -> bool:
    return bool(part) and part.isprintable() and " " not in part and len(part) < 400


@cache
def _called(package: str) -> str:
    return f"{package} {version(package)}"


class Hayward:
    """Asks hayward, where it is installed.

    Raises:
        FiliationError: If it is not.
    """

    def __init__(self) -> None:
        try:
            self.name = _called("hayward")
        except PackageNotFoundError:
            raise FiliationError("hayward is not installed: install filiation[scanners], or leave --with out.") from None
        from hayward import ModelFileScanner  # noqa: PLC0415  # only where it is asked  # pyrefly: ignore

        self._scanner = ModelFileScanner()

    def opinion(self, path: Path, ours: Status) -> Opinion:
        """Return what it says of a file; it is not asked about those that it would hold in memory whole."""
        if path.stat().st_size > MAX_HELD_BYTES:
            return Opinion(
                self.name,
                Status.INCONCLUSIVE,
                (f"not asked: longer than {MAX_HELD_BYTES >> 20} MB",),
                agrees=ours not in ALARMS,
            )
        findings = self._scanner.scan_file(path)
        levels = {str(getattr(item.severity, "name", item.severity)).lower() for item in findings}
        status = (
            Status.MALICIOUS if "critical" in levels
            else Status.SUSPICIOUS if levels & {"high", "medium"}
            else Status.INCONCLUSIVE if levels
            else Status.CLEAN
        )  # fmt: skip
        says = tuple(f"{item.rule_id}: {item.message}"[:160] for item in findings)[:MAX_SAID]
        return Opinion(self.name, status, says, agrees=(status in ALARMS) == (ours in ALARMS))


class Modelaudit:
    """Asks modelaudit by its command line, where that is installed; it is told to send nothing to anybody.

    Raises:
        FiliationError: If it is not installed.
    """

    def __init__(self) -> None:
        program = which("modelaudit")
        if program is None:
            raise FiliationError("modelaudit is not installed: put its command on the path, or leave --with out.")
        self.name, self._program = "modelaudit", program

    def opinion(self, path: Path, ours: Status) -> Opinion:
        """Return what it says of a file; inconclusive where it takes too long or gives no answer."""
        command = [self._program, "scan", str(path), "--format", "json"]
        try:
            done = subprocess.run(  # noqa: S603  # the scanner that whoever runs us asked for
                command, capture_output=True, env=os.environ | _SILENT, timeout=MAX_SECONDS, check=False
            )
            answer = json.decode(done.stdout, type=_Audited)
        except (OSError, subprocess.TimeoutExpired, DecodeError) as error:
            return Opinion(self.name, Status.INCONCLUSIVE, (f"no answer ({type(error).__name__})",), agrees=ours not in ALARMS)
        levels = {issue.severity for issue in answer.issues}
        status = (
            Status.MALICIOUS if "critical" in levels
            else Status.SUSPICIOUS if "warning" in levels
            else Status.CLEAN
        )  # fmt: skip
        says = tuple(issue.message[:160] for issue in answer.issues if issue.severity in {"critical", "warning"})[:MAX_SAID]
        return Opinion(self.name, status, says, agrees=(status in ALARMS) == (ours in ALARMS))


class _Issue(Struct):
    message: str = ""
    severity: str = ""


class _Audited(Struct):
    """What of modelaudit's answer is read."""

    issues: list[_Issue]


_SILENT = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"}


def scanner(name: str) -> Scanner:
    """Return the scanner of that name.

    Raises:
        FiliationError: If it is not installed, or none that we know to ask.
    """
    known = {"hayward": Hayward, "modelaudit": Modelaudit}
    if name not in known:
        raise FiliationError(f"{name} is no scanner that can be asked: {' and '.join(known)} are.")
    return known[name]()
