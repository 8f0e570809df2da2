"""Figures as cards and results files write them, in the unit of their metric."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filiation.scores.canonical import Metric

_NUMBER = re.compile(
    r"(?P<sign>[-+\u2212]?)(?P<digits>\d{1,15}(?:[.,]\d{1,20})?|[.,]\d{1,20})(?P<exp>e[-+]?\d{1,3})?(?P<after>.{0,40})",
    re.IGNORECASE | re.DOTALL,
)
_AFTER = re.compile(
    r"\s*(?P<percent>%|\uff05|percent\b|per cent\b|pct\b)?\s*(?:(?:\u00b1|\+/-|\+-|\()[\s\d.,%)\u00b1]{0,20})?\s*%?\s*"
)


def normalised(value_written: str | float, metric: Metric, among: Iterable[float] = ()) -> float | None:
    """Return a figure in the unit of its metric, or None where it is no figure or either reading may be meant.

    Args:
        value_written: "85.3", "85.3 %", "0.853", "85,3", "85.3 ± 0.4" or a number.
        metric: What it is a figure of.
        among: Other figures of the same metric in the same table or card, as written: where one is above 1, all are per cent.

    Returns:
        A ratio in [0, 1] for `ratio`, [-1, 1] for `signed`, from 0 on for `error`; as written for `real`. 85.3 is per cent and
        0.853 is not. An error rate in (1, 2] without a sign of per cent is either 1.5 % or more errors than words: None,
        unless `among` tells. BLEU and ROUGE are taken as a ratio from 0 to 1 all the same, though per cent is the custom.
    """
    figure = number(value_written)
    if figure is None:
        return None
    value, is_percent = figure
    if metric.scale == "real":
        return value
    size = abs(value)
    others = [abs(one) for one in among if math.isfinite(one)]
    by_others = any(one > (2 if metric.scale == "error" else 1) for one in others)
    if metric.scale == "error" and 1 < size <= 2 and not is_percent and not by_others:  # from 100 % to 200 %
        return None
    if is_percent or size > 1 or (by_others and size):
        value /= 100
    limit = 10 if metric.scale == "error" else 1
    is_possible = abs(value) <= limit and (value >= 0 or metric.scale == "signed")
    return round(value, 12) if is_possible else None


def number(written: str | float) -> tuple[float, bool] | None:
    """Return the one figure that a cell or a field says, and whether it has a sign of per cent; None where it says none."""
    if isinstance(written, bool):
        return None
    if isinstance(written, (int, float)):
        return (float(written), False) if math.isfinite(written) else None
    found = _NUMBER.fullmatch(written.strip(" \t\r\n*_`~|\u2248<>\u2191\u2193")[:80])
    after = _AFTER.fullmatch(found["after"].rstrip("*_` ")) if found else None
    if found is None or after is None:
        return None
    value = float(found["digits"].replace(",", ".") + (found["exp"] or ""))
    return (
        (-value if found["sign"] in ("-", "\u2212") else value, bool(after["percent"]) or "%" in found["after"])
        if math.isfinite(value)
        else None
    )
