"""Rows of the Open LLM Leaderboard (June 2024 to March 2025), which ran lm-evaluation-harness on what people submitted.

Source:
    The leaderboard's table of results; its own page for how the figures were normalised (`knowledge/leaderboard.toml`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.claim import Locator
from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile
from filiation.knowledge import load
from filiation.scores.results.figure import Taken, figure, moment

BY = "Open LLM Leaderboard"
RESCALED = "rescaled from chance"
"""As `scores/claimed.py` calls the figures that the leaderboard wrote into cards."""


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield both figures of each benchmark: the one that was measured, and the one made of it where chance is 0.

    A row is of one submission: of one revision at one precision.
    """
    for number, row in enumerate(file.document["rows"]):
        sha = row.get("Model sha", "").strip()
        of = file._replace(revision=sha if sha not in {"", "main"} else None)
        for column, about in load("leaderboard")["benchmark"].items():
            name = f"{column} Raw"
            if raw := figure(
                of, _taken(row, about), about["metric"], _number(row.get(name)), f"/rows/{number}/{name}", ratio=True
            ):
                yield raw
                yield from _rescaled(raw, row, column, about, number)


def _rescaled(raw: Score, row: dict[str, str], column: str, about: dict[str, Any], number: int) -> Iterator[Score]:
    """Yield the figure where chance is 0: it moves by `slope` where the measured one moves by 1."""
    value = _number(row.get(column))
    if value is None:
        return
    error = about["slope"] * max(raw.value * (1 - raw.value), 0.0) ** 0.5 / about["samples"] ** 0.5
    yield msgspec.structs.replace(
        raw,
        value=round(value / 100, 12),
        source=Locator(raw.source.source, f"/rows/{number}/{column}"),
        protocol=msgspec.structs.replace(raw.protocol, variant=RESCALED),
        value_written=row[column],
        samples=None,
        stderr=error or None,
    )


def _taken(row: dict[str, str], about: dict[str, Any]) -> Taken:
    template = row.get("Chat Template", "").lower()
    prompt = "chat template" if template == "true" else "plain" if template == "false" else None
    protocol = Protocol(
        split=about["split"],
        shots=about["shots"],
        prompt=prompt,
        precision=row.get("Precision") or None,
        harness="lm-evaluation-harness",
    )
    return Taken([(about["dataset"], None)], protocol, about["samples"], moment(row.get("Submission Date")), BY)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
