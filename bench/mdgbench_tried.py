"""Three ideas for MDGBench beside the charting as it is, each left-one-cluster-out, and the choice among them made within.

``python bench/mdgbench_tried.py --shared ../shared``: edges chosen for the F1 that their confidences promise instead of by
tuned thresholds; weights averaged over the fits that leave one more cluster out; and the two fingerprints brought to ranks and
heard as one more view.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
import numpy as np
from mdgbench import show
from mdgbench_charting import Bench, Ours, chosen_within

from filiation.lineage.recovery_score import EVIDENCE, Weights, confidences

PAIR = ("huref", "pdf")
RANKS = "ranks"
_FITTED: dict[tuple, Weights] = {}


class Fitted(Ours):
    """As it is, but what was fitted once is kept for the other ideas."""

    def weights(self, train: frozenset[int], tables: frozenset[int] | None = None) -> Weights:
        """Return weights fitted on the clusters `train`; see `Ours.weights`."""
        key = (tuple(self.views), train, tables or train)
        if key not in _FITTED:
            _FITTED[key] = super().weights(train, tables)
        return _FITTED[key]


class Promised(Fitted):
    """Chooses the edges whose confidences promise the best F1: those above half of it."""

    def best(self, said: list[tuple[np.ndarray, np.ndarray, int]], weights: Weights) -> Weights:
        """Return the weights with that threshold; see `Ours.best`."""
        sure = np.sort(np.concatenate([values for values, _, _ in said]))[::-1]
        promised = 2 * np.cumsum(sure) / (np.arange(1, len(sure) + 1) + sure.sum())
        least = float(promised.max()) / 2
        return msgspec.structs.replace(weights, first=least, more=least)


class Averaged(Fitted):
    """Averages the log-odds of the fits that each leave one of the known clusters out."""

    def sure(self, train: frozenset[int], weights: Weights, child: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the candidates of `child`, and how sure each is a parent; see `Ours.sure`."""
        among = self._among(train, child)
        if weights.calibration == (1.0, 0.0) or not len(among):  # one of the fits within
            return super().sure(train, weights, child)
        scores = []
        for held in sorted(train):
            known = self.weights(train - {held}, train)
            for view, found in zip(self.views, [known.evidence, *known.alone.values()], strict=True):
                scores.append(self._table(train, view, child) @ np.array([found[name] for name in EVIDENCE]))
        return among, confidences(self.bench.items[child], scores, weights)


class Ranked(Fitted):
    """Hears the mean rank of a pair by both fingerprints as one more view."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench, PAIR)
        bench.matrix[RANKS] = np.nanmean([_ranks(bench.matrix[name]) for name in PAIR], axis=0)
        self.views = [*self.views, (RANKS,)]


def _ranks(matrix: np.ndarray) -> np.ndarray:
    """Return, for each pair, the share of others that are less similar, the mean of both views; 1 of a model with itself."""
    below = np.array([[np.nan if np.isnan(value) else np.nanmean(row < value) for value in row] for row in matrix])
    result = (below + below.T) / 2
    np.fill_diagonal(result, 1.0)
    return result


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    bench = Bench(parser.parse_args().shared)
    ways = {
        "as it is": Fitted(bench, PAIR),
        "edges for the promised F1": Promised(bench, PAIR),
        "averaged over fits": Averaged(bench, PAIR),
        "ranks as one more view": Ranked(bench),
    }
    print("| | P | R | F1 | nine of ten |\n|---|--:|--:|--:|--:|")
    for what, way in ways.items():
        show(what, bench, way.edges())
        print(f"<!-- within the others: {np.mean([found.inner for found in way.found.values()]):.3f} -->")
    show("each cluster in the way that is best within the others", bench, chosen_within(list(ways.values())))


if __name__ == "__main__":
    main()
