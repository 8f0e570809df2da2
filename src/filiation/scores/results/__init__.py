"""Results of evaluation harnesses become scores: one file for each format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from filiation.core.record import Skipped
from filiation.core.score import Score
from filiation.formats.score_files import ScoreFile, score_files
from filiation.scores.results import every_eval_ever, helm, inspect, leaderboard, lighteval, lm_eval, measure, mteb

READERS: dict[str, Callable[[ScoreFile], Iterator[Score]]] = {
    "lm-eval": lm_eval.read,
    "lighteval": lighteval.read,
    "mteb": mteb.read,
    "helm": helm.read,
    "inspect": inspect.read,
    "open-llm-leaderboard": leaderboard.read,
    "every-eval-ever": every_eval_ever.read,
    "measure": measure.read,
}
MAX_SCORES = 200_000
"""Of one file."""


def scores_in(file: ScoreFile) -> list[Score]:
    """Return the scores that a file holds about its model.

    Raises:
        ValueError: If it is not of the shape that its format has; the message says why.
    """
    found = []
    try:
        for score in READERS[file.format](file):
            found.append(score)
            if len(found) >= MAX_SCORES:
                break
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not what {file.format} writes ({type(error).__name__}: {error})") from error
    return found


def read_results(path: Path) -> Iterator[tuple[ScoreFile, list[Score]] | Skipped]:
    """Yield each model that a file or folder of results is about, with its scores; what cannot be read as `Skipped`."""
    for item in score_files(path):
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            yield item, scores_in(item)
        except ValueError as error:
            yield Skipped(str(path), item.line, f"cannot be read as results of {item.format} ({error})")
