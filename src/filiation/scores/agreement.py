"""What two scores have in common and what not, and how far apart they may be without contradicting one another."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import msgspec

from filiation.core.score import Protocol, Score
from filiation.knowledge import load
from filiation.scores.canonical import canonical_metric, key
from filiation.scores.interval import LEVEL, Interval, difference_by_error, difference_of_shares

FIELDS = tuple(Protocol.__struct_fields__)
_DIGITS = re.compile(r"[-+\u2212]?\d*(?:[.,](?P<decimals>\d+))?(?P<exponent>e[-+]?\d+)?")
_DTYPES = {
    "float16": "float16", "fp16": "float16", "half": "float16", "f16": "float16", "bfloat16": "bfloat16", "bf16": "bfloat16",
    "float32": "float32", "fp32": "float32", "f32": "float32", "8bit": "int8", "4bit": "int4", "int8": "int8", "int4": "int4",
}  # fmt: skip
_WHOLE = frozenset({"default", "all", "main", "plain text"})
_SPLITS = {"val": "validation", "dev": "validation", "valid": "validation", "eval": "validation"}


class Difference(msgspec.Struct, frozen=True):
    """A field of the protocol, or the metric or the dataset, and what each side says."""

    field: str
    claimed: str
    measured: str


class Tolerance(msgspec.Struct, frozen=True):
    """How far apart two figures may be, in the unit of the metric.

    Attributes:
        point: What the study lets pass.
        rounding: Half of the last digit that the claim is written with.
        sampling: Half of the width of the interval of the difference; null where chance cannot be told.
        protocol: What differs a little, or is left unsaid, may move it so far.
        level: Of the interval.
    """

    point: float
    rounding: float
    sampling: float | None
    protocol: float
    level: float


def differences(claim: Score, result: Score) -> tuple[list[Difference], list[Difference], list[str]]:
    """Return what makes the two incomparable, what differs a little, and what only one side says."""
    decisive, soft, unsaid = _between(claim.protocol, result.protocol)
    return list(decisive), list(soft), list(unsaid)


@lru_cache(maxsize=16_384)
def _between(claim: Protocol, result: Protocol) -> tuple[tuple[Difference, ...], tuple[Difference, ...], tuple[str, ...]]:
    """Return what differs between two protocols; thousands of figures of one model have a handful of them."""
    decisive, soft, unsaid = [], [], []
    known = load("score_tolerance")
    passed_over = frozenset() if _is_prompted(claim, result) else frozenset(known["prompted"])
    for field in FIELDS:
        one, two = _said(claim, field), _said(result, field)
        if field in passed_over or (one is None and two is None):
            continue
        if field == "harness_version" and same(field, claim.harness, result.harness) is not True:
            continue
        if one is None or two is None:
            unsaid.append(field)
        elif same(field, one, two) is False:
            difference = Difference(field, str(one), str(two))
            (decisive if field in known["decisive"] else soft).append(difference)
    return tuple(decisive), tuple(soft), tuple(unsaid)


def same(field: str, one: object, two: object) -> bool | None:
    """Return whether both say the same of a field, whatever the spelling; None where one of them says nothing."""
    if one is None or two is None:
        return None
    if field == "shots":
        return one == two
    return _folded(field, str(one)) == _folded(field, str(two))


def names_agree(one: str | None, two: str | None) -> bool:
    """Return whether two datasets, or metrics, are called the same; what is not said is called nothing."""
    return one is not None and two is not None and (one == two or key(one) == key(two))


def tolerance(claim: Score, result: Score, soft: list[Difference], unsaid: list[str], level: float = LEVEL) -> Tolerance:
    """Return how far apart the two may be; see docs/scores.md."""
    known = load("score_tolerance")
    point = known["point"] / 100 if _is_ratio(claim.metric) else known["point"] / 100 * abs(claim.value)
    widths = [known["unsaid"][field] for field in unsaid] + [known["differs"][item.field] for item in soft]
    found = interval(claim, result, level)
    half = None if found is None else (found.high - found.low) / 2
    return Tolerance(point, rounding(claim), half, sum(widths) * point / known["point"], level)


def interval(claim: Score, result: Score, level: float = LEVEL) -> Interval | None:
    """Return the interval of measured less claimed; None where chance cannot be told.

    A claim that does not say how many it was taken on is taken for one on as many: on the same items the interval is then wider
    than it need be, and accuses nobody for it.
    """
    gap = result.value - claim.value
    if claim.metric in load("score_tolerance")["means"] and result.samples and min(claim.value, result.value) >= 0:
        if max(claim.value, result.value) > 1:
            return None
        return difference_of_shares(result.value, result.samples, claim.value, claim.samples or result.samples, level)
    if result.stderr is None:
        return None
    return difference_by_error(gap, result.stderr, result.stderr if claim.stderr is None else claim.stderr, level)


def is_worse(metric: str, gap: float) -> bool:
    """Return whether measured less claimed, `gap`, is to the worse; of a metric that we do not know, higher is better."""
    known = canonical_metric(metric)
    better = True if known is None or known.higher_is_better is None else known.higher_is_better
    return gap < 0 if better else gap > 0


def _said(protocol: Protocol, field: str) -> object:
    """Return what a protocol says of a field; a configuration that is the whole or the only one says nothing."""
    value = getattr(protocol, field)
    return None if field == "config" and key(str(value)) in _WHOLE else value


def _is_prompted(*sides: Protocol) -> bool:
    names = load("score_tolerance")["harnesses"]
    return any(side.shots is not None or side.harness in names for side in sides)


@cache
def _is_ratio(metric: str) -> bool:
    known = canonical_metric(metric)
    return known is not None and known.scale != "real"


def _folded(field: str, text: str) -> str:
    words = key(text)
    if field == "precision":
        return _DTYPES.get(words.replace(" ", "").removeprefix("torch"), words)
    if field == "split":
        return _SPLITS.get(words, words)
    if field == "dataset_revision":  # a commit may be cut short
        return text.strip().lower()[:7] if re.fullmatch(r"[0-9a-f]{7,40}", text.strip().lower()) else words
    return words


def rounding(claim: Score) -> float:
    """Return half of the last written digit, in the unit of the metric; 0 where it is not written in digits."""
    text = claim.value_written.strip().strip("'\"").split("\u00b1")[0].replace("%", "").strip()
    found = _DIGITS.fullmatch(text[:40])
    if found is None or not text or found["exponent"]:
        return 0.0
    step = 10.0 ** -len(found["decimals"] or "")
    try:
        written = abs(float(text.replace(",", ".").replace("\u2212", "-")))
    except ValueError:
        return 0.0
    return step / 2 * (abs(claim.value) / written if written else 1.0)
