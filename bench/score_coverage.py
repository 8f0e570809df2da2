"""How often an honest claim is accused, and how often a wrong one is found: a simulation of models and measurements.

    python bench/score_coverage.py [--models 4000]

Every model has a true share of right answers; a claim and a measurement are drawn from it. Honest claims are drawn in the four
ways that they come about; of wrong ones the true share is so many points below the claim. Beside ours stand what is done
otherwise: one point and nothing else (the study), and the normal interval by the standard error that harnesses print.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from filiation.core.claim import Basis, Locator
from filiation.core.score import Protocol, Score
from filiation.scores.compare import compare
from filiation.scores.interval import LEVEL, bootstrap, difference_by_error, difference_of_shares, wilson

SIZES = (30, 100, 872, 5000)
SHARES = (0.5, 0.9, 0.98)
SEED = 9


def main() -> None:
    """Print intervals, verdicts of one claim, verdicts of whole models, and the bootstrap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=4000)
    models = parser.parse_args().models
    random = np.random.default_rng(SEED)
    clock = time.process_time()
    print(f"# Share of intervals of 95 % that hold the truth ({models:,} draws each)")
    _intervals(random, models)
    print("\n# One claim: share contradicted, by what an honest claim was taken on, by the points that a wrong one is too high")
    _single(random, models // 4)
    print("\n# A whole model of 20 claims: share of honest models with any contradicted")
    _whole(random, models // 20)
    print("\n# Bootstrap (BCa) of items: share of intervals of 95 % that hold the truth")
    _bootstrap(random, max(100, models // 20))
    print(f"\n{time.process_time() - clock:.1f} s of processor time")


def _intervals(random: np.random.Generator, draws: int) -> None:
    print(f"{'n':>6} {'share':>6} {'Wilson':>8} {'normal':>8} {'difference':>11} {'its normal':>11}")
    for size in SIZES:
        for share in SHARES:
            one, two = random.binomial(size, share, draws) / size, random.binomial(size, share, draws) / size
            errors = [np.sqrt(value * (1 - value) / size) for value in (one, two)]
            hits = [
                np.mean([wilson(value, size).holds(share) for value in one]),
                np.mean(np.abs(one - share) <= 1.96 * errors[0]),
                np.mean([difference_of_shares(a, size, b, size).holds(0.0) for a, b in zip(one, two, strict=True)]),
                np.mean([
                    difference_by_error(a - b, e, f).holds(0.0) for a, b, e, f in zip(one, two, *errors, strict=True)
                ]),
            ]  # fmt: skip
            print(f"{size:>6} {share:>6} {hits[0]:>8.3f} {hits[1]:>8.3f} {hits[2]:>11.3f} {hits[3]:>11.3f}")


def _single(random: np.random.Generator, draws: int) -> None:
    kinds = ("same items", "other items, n said", "other items, n unsaid", "whole population")
    gaps = (2, 5, 10)
    print(
        f"{'n':>6} {'by':>10} "
        + " ".join(f"{kind:>22}" for kind in kinds)
        + " ".join(f"{f'wrong by {gap}':>12}" for gap in gaps)
    )
    for size in SIZES:
        honest = {kind: [_pair(random, size, 0.85, 0.85, kind) for _ in range(draws)] for kind in kinds}
        wrong = {gap: [_pair(random, size, 0.85, 0.85 - gap / 100, kinds[1]) for _ in range(draws)] for gap in gaps}
        for name, accuses in (("ours", _ours), ("one point", _point), ("1.96 s.e.", _error)):
            shares = [np.mean([accuses(*pair) for pair in honest[kind]]) for kind in kinds]
            found = [np.mean([accuses(*pair) for pair in wrong[gap]]) for gap in gaps]
            row = " ".join(f"{share:>22.3f}" for share in shares) + " ".join(f"{share:>12.3f}" for share in found)
            print(f"{size:>6} {name:>10} {row}")


def _pair(random: np.random.Generator, size: int, claimed: float, true: float, kind: str) -> tuple[Score, Score]:
    """Return a claim and a measurement; on the same items nine answers in ten of a second run are the same."""
    if kind == "whole population":
        claim, samples = claimed, None
    elif kind == "same items":
        right = random.random(size) < claimed
        again = np.where(random.random(size) < 0.9, right, random.random(size) < claimed)
        return _score(right.mean(), None, Basis.DECLARED), _score(again.mean(), size, Basis.MEASURED)
    else:
        claim, samples = random.binomial(size, claimed) / size, size if kind.endswith(" said") else None
    return _score(claim, samples, Basis.DECLARED), _score(random.binomial(size, true) / size, size, Basis.MEASURED)


def _score(value: float, samples: int | None, basis: Basis, dataset: str = "glue/sst2") -> Score:
    protocol = Protocol(split="validation")
    written = f"{float(value):.4f}"
    return Score(
        "model:o/a",
        "accuracy",
        dataset,
        float(value),
        basis,
        Locator("simulated"),
        protocol,
        value_written=written,
        samples=samples,
    )


def _ours(claim: Score, result: Score) -> bool:
    return compare([claim], [result], LEVEL).rows[0].contradicted


def _point(claim: Score, result: Score) -> bool:
    return result.value < claim.value - 0.01


def _error(claim: Score, result: Score) -> bool:
    spread = 1.96 * (result.value * (1 - result.value) / (result.samples or 1)) ** 0.5
    return result.value < claim.value - spread


def _whole(random: np.random.Generator, models: int, claims: int = 20) -> None:
    for size in (100, 872):
        accused = {"ours": 0, "each at 95 %": 0, "one point": 0}
        for _ in range(models):
            pairs = [_pair(random, size, 0.85, 0.85, "other items, n said") for _ in range(claims)]
            named = [
                (_score(a.value, a.samples, a.basis, f"o/d{n}"), _score(b.value, b.samples, b.basis, f"o/d{n}"))
                for n, (a, b) in enumerate(pairs)
            ]
            found = compare([claim for claim, _ in named], [result for _, result in named])
            accused["ours"] += any(row.contradicted for row in found.rows)
            accused["each at 95 %"] += any(_ours(*pair) for pair in pairs)
            accused["one point"] += any(_point(*pair) for pair in pairs)
        print(f"n = {size:>5}: " + ", ".join(f"{name} {count / models:.3f}" for name, count in accused.items()))


def _bootstrap(random: np.random.Generator, draws: int) -> None:
    drawn = {
        "mean of right and wrong, 0.85": (lambda n: (random.random(n) < 0.85).astype(float), 0.85, np.mean),
        "mean of something skewed": (lambda n: random.beta(0.5, 2, n), 0.2, np.mean),
        "median of a normal": (lambda n: random.normal(0, 1, n), 0.0, np.median),
    }
    for name, (draw, truth, statistic) in drawn.items():
        for size in (30, 200):
            ends = [bootstrap(draw(size), lambda values: float(statistic(values)), resamples=400) for _ in range(draws)]  # noqa: B023  # called at once
            print(f"n = {size:>4}, {name}: {np.mean([found.holds(truth) for found in ends]):.3f}")


if __name__ == "__main__":
    main()
