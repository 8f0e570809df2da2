"""What other scanners say of the same file, and whether that agrees with us."""

from __future__ import annotations

import io
import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from filiation.core.errors import FiliationError
from filiation.scan.answer import ALARMS, Opinion, Status

MAX_SAID = 8
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


def scanner(name: str) -> Scanner:
    """Return the scanner of that name.

    Raises:
        FiliationError: If it is not installed, or none that we know to ask.
    """
    if name == "hayward":
        return Hayward()
    raise FiliationError(f"{name} is no scanner that can be asked: hayward is.")
