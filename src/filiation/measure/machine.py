"""The machine that a figure was taken on, as far as it may change the figure or the time."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from filiation.core.measurement import Environment

_CPU_LINES = ("model name", "Hardware", "cpu model", "CPU part")


def environment_here(threads: int, seed: int) -> Environment:
    """Return what is known of this machine; no name of it, of its user or of a folder.

    Args:
        threads: How many a run may use.
        seed: Of what is drawn.
    """
    memory = None
    if {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(os.sysconf_names):
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Environment(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        machine=platform.machine(),
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_bytes=memory,
        threads=threads,
        seed=seed,
    )


def _cpu() -> str:
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        for line in lines:
            key, colon, value = line.partition(":")
            if colon and key.strip() in _CPU_LINES and value.strip():
                return value.strip()[:120]
    return platform.processor() or "unknown"
