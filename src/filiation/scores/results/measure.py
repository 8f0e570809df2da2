"""What ``filiation measure`` wrote."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filiation.core.measurement import Measurement, scores_of
from filiation.core.score import Score
from filiation.formats.score_files import ScoreFile


def read(file: ScoreFile) -> Iterator[Score]:
    """Yield the figures of a run that finished.

    Raises:
        ValueError: If it is not of that shape.
    """
    pinned = f"@{file.revision}" if file.revision else ""
    for score in scores_of(msgspec.convert(file.document, Measurement, strict=False), file.file):
        yield msgspec.structs.replace(score, ref=f"model:{file.model}{pinned}")
