"""Figures from answers: each metric with its own samples, standard error and interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from filiation.scores.interval import bootstrap, wilson

DRAWS = 500
SEED = 9
"""Of the bootstrap, so that the same answers give the same interval."""
TASKS = {
    "classification": (("text", "base64", "features"), ("label",)),
    "similarity": (("text",), ("other", "value")),
    "retrieval": (("text",), ("other",)),
    "regression": (("text", "features"), ("value",)),
    "generation": (("text",), ("answer",)),
}
"""By task: what is asked, and what is right, as fields of a sample."""
Floats = np.ndarray


class Figure(NamedTuple):
    """A figure: `low` and `high` end its 95 % interval; `variant` is what else the metric needs to be the same."""

    value: float
    samples: int
    stderr: float
    low: float
    high: float
    variant: str | None = None


class Asked(NamedTuple):
    """Right answers beside given ones.

    Attributes:
        right: Of each sample: a label, a text, or a number; of retrieval the row of the right document.
        given: The same, as answered; of similarity the cosine, of retrieval a row of cosines to every document.
    """

    right: Sequence[object]
    given: Sequence[object]


def metrics_of(task: str) -> tuple[str, ...]:
    """Return the canonical ids of what a task is scored by."""
    return tuple(name for name, (owner, *_) in _METRICS.items() if task in owner)


def figure(metric: str, asked: Asked) -> Figure:
    """Return a figure with its interval.

    The mean of what each sample is worth has the standard error of a mean; the interval of a share is Wilson's, all others are
    bootstrapped over the samples.

    Args:
        metric: One of `metrics_of` the task.
        asked: Of at least two samples.
    """
    _, per_sample, of_all, variant = _METRICS[metric]
    count = len(asked.right)
    if per_sample:
        worth = per_sample(asked)
        value, stderr = float(worth.mean()), float(worth.std(ddof=1) / np.sqrt(count))
        is_share = bool(np.isin(worth, (0.0, 1.0)).all())
        ends = wilson(value, count) if is_share else bootstrap(worth, lambda drawn: float(drawn.mean()))
        return Figure(value, count, stderr, *ends, variant)
    assert of_all is not None  # noqa: S101  # one of the two, by the table
    value = of_all(asked.right, asked.given)
    draws = np.array([of_all(*_drawn(asked, rows)) for rows in np.random.default_rng(SEED).integers(0, count, (DRAWS, count))])
    low, high = np.quantile(draws, (0.025, 0.975))
    return Figure(value, count, float(draws.std(ddof=1)), float(low), float(high), variant)


def cosines(first: Floats, other: Floats) -> Floats:
    """Return the cosine of each row of `first` (n x d) with each of `other` (m x d), n x m; 0 for a row of zeros."""
    sizes = np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(other, axis=1))
    return np.divide(first @ other.T, sizes, out=np.zeros_like(sizes), where=sizes > 0)


def _drawn(asked: Asked, rows: np.ndarray) -> tuple[list[object], list[object]]:
    return [asked.right[row] for row in rows], [asked.given[row] for row in rows]


def _hits(asked: Asked) -> Floats:
    return np.array([float(right == given) for right, given in zip(asked.right, asked.given, strict=True)])


def _same_text(asked: Asked) -> Floats:
    """Return whether texts are the same but for blanks at their ends."""
    return np.array([float(str(one).strip() == str(two).strip()) for one, two in zip(asked.right, asked.given, strict=True)])


def _macro_f1(right: Sequence[object], given: Sequence[object]) -> float:
    """Return the mean over the classes that are right somewhere of the harmonic mean of precision and recall."""
    hits = Counter(one for one, two in zip(right, given, strict=True) if one == two)
    rights, givens = Counter(right), Counter(given)
    shares = [2 * hits[label] / (count + givens[label]) for label, count in sorted(rights.items(), key=str)]
    return float(np.mean(shares))


def _rank(asked: Asked) -> Floats:
    """Return at which place, from 1, the right document stands; ties count against it."""
    places = []
    for right, row in zip(asked.right, asked.given, strict=True):
        line = np.asarray(row)
        places.append(float((line >= line[int(str(right))]).sum()))
    return np.array(places)


def _within(depth: int) -> Callable[[Asked], Floats]:
    return lambda asked: (_rank(asked) <= depth).astype(float)


def _reciprocal(asked: Asked) -> Floats:
    rank = _rank(asked)
    return np.where(rank <= 10, 1 / rank, 0.0)


def _gain(asked: Asked) -> Floats:
    rank = _rank(asked)
    return np.where(rank <= 10, 1 / np.log2(rank + 1), 0.0)


def _correlation(right: Sequence[object], given: Sequence[object]) -> float:
    one, two = np.asarray(right, dtype=float), np.asarray(given, dtype=float)
    if one.std() == 0 or two.std() == 0:
        return 0.0
    return float(np.corrcoef(one, two)[0, 1])


def _rank_correlation(right: Sequence[object], given: Sequence[object]) -> float:
    return _correlation(list(_ranks(right)), list(_ranks(given)))


def _ranks(values: Sequence[object]) -> Floats:
    """Return the rank of each value from 1; those that are equal share the mean of theirs."""
    _, at, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[at]


def _errors(asked: Asked) -> Floats:
    return np.abs(np.asarray(asked.right, dtype=float) - np.asarray(asked.given, dtype=float))


_Whole = Callable[[Sequence[object], Sequence[object]], float]
_METRICS: dict[str, tuple[tuple[str, ...], Callable[[Asked], Floats] | None, _Whole | None, str | None]] = {
    "accuracy": (("classification",), _hits, None, None),
    "f1": (("classification",), None, _macro_f1, "macro"),
    "cosine_spearman": (("similarity",), None, _rank_correlation, None),
    "cosine_pearson": (("similarity",), None, _correlation, None),
    "ndcg_at_10": (("retrieval",), _gain, None, None),
    "recall_at_1": (("retrieval",), _within(1), None, None),
    "recall_at_10": (("retrieval",), _within(10), None, None),
    "mrr_at_10": (("retrieval",), _reciprocal, None, None),
    "mae": (("regression",), _errors, None, None),
    "pearson": (("regression",), None, _correlation, None),
    "exact_match": (("generation",), _same_text, None, None),
}
"""By metric: tasks, what each sample is worth, or what all are worth together, and the variant."""
