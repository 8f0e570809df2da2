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
    yield from scores_of(msgspec.convert(file.document, Measurement, strict=False), file.file)
