"""What a model may cost its user a year, without and with upkeep: a Monte Carlo over what nobody knows exactly.

Each draw takes one value of each range. Its expected loss is the sum over the risks of likelihood times damage; upkeep costs
what it costs and takes a share off the likelihoods. The spread of the draws is what we do not know, not how years differ: of
that speaks `bad_year`, for which each draw is also lived through, with each risk happening or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import duckdb
import msgspec
import numpy as np

from filiation.assess.cost_model import CostModel, Products, Risk, Value
from filiation.assess.formula import Language
from filiation.core.errors import FiliationError
from filiation.core.relation import RELATIONS, Relation
from filiation.lineage.arrays import Lineage

DRAWS, SEED = 10_000, 1
MIN_DRAWS, MAX_DRAWS = 100, 200_000
Z95 = 1.6448536269514722
"""The standard normal's 95 per cent point."""
TENDED, NEGLECTED = 0.75, 0.25
"""From which score of upkeep on, and below which, a publisher is less and more likely to leave."""
AUDIT = "audit"
"""The stage that runs the checks."""


class Range(msgspec.Struct, frozen=True):
    """A mean over the draws, and the 5 and 95 per cent points."""

    mean: float
    low: float
    high: float


class RiskCost(msgspec.Struct, frozen=True):
    """One risk: its chance a year after `times`, the factor that findings put to it, and what it costs."""

    id: str
    title: str
    chance: Range
    times: float
    because: list[str]
    loss: Range
    left: Range


class UpkeepCost(msgspec.Struct, frozen=True):
    """One kind of upkeep."""

    id: str
    title: str
    cost: Range


class Swing(msgspec.Struct, frozen=True):
    """The net benefit at the low and at the high of one value, the others at their middle."""

    id: str
    title: str
    low: float
    high: float
    at_low: float
    at_high: float
    source: str

    @property
    def width(self) -> float:
        """How far it moves the net benefit."""
        return abs(self.at_high - self.at_low)


class CostAssessment(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/assess-cost/v1"):
    """What building on a model may cost a year.

    Attributes:
        ref: The model.
        lang: Of titles and of `sentence`.
        currency: Of all amounts.
        sentence: What upkeep costs against what it saves, and the probability that it pays.
        without: Expected loss without upkeep.
        with_upkeep: Expected loss with it.
        cost: Of the upkeep.
        benefit: Loss that it saves, less what it costs.
        chance: Probability that the benefit is above 0.
        middle: The benefit where every value is at its middle.
        bad_year: The loss of a year as bad as one in twenty, without and with upkeep.
        needed: How many repositories it needs to run.
        risks: In the order of their loss.
        upkeep: Each kind.
        tornado: Each value, widest swing first.
        assumed: How many values nobody measured.
        draws: How many.
        seed: Of the draws; the same one gives the same figures.
    """

    ref: str
    lang: Language
    currency: str
    sentence: str
    without: Range
    with_upkeep: Range
    cost: Range
    benefit: Range
    chance: float
    middle: float
    bad_year: tuple[float, float]
    needed: int
    risks: list[RiskCost]
    upkeep: list[UpkeepCost]
    tornado: list[Swing]
    assumed: int
    draws: int
    seed: int


class Standing(NamedTuple):
    """What the atlas has on a model that moves the likelihoods: factors and reasons by risk, repositories that it needs."""

    times: Mapping[str, float]
    because: Mapping[str, list[str]]
    needed: int


class Outcome(NamedTuple):
    """What follows from values; all [risks or kinds of upkeep, draws] but `values`."""

    chance: np.ndarray
    damage: np.ndarray
    remain: np.ndarray
    cost: np.ndarray

    @property
    def benefit(self) -> np.ndarray:
        """The loss that upkeep saves, less what it costs, by draw."""
        return (self.chance * self.damage * (1 - self.remain)).sum(axis=0) - self.cost.sum(axis=0)


def standing(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, model: CostModel) -> Standing:
    """Return how findings and lineage move the likelihoods of `node`; a waived finding counts, since the risk was accepted."""
    findings = con.execute(
        "SELECT check_name, severity, max(confidence) FROM finding WHERE node_id = ? GROUP BY ALL ORDER BY ALL", [node]
    ).fetchall()
    checked = bool(con.execute("SELECT 1 FROM stage_run WHERE stage = ? LIMIT 1", [AUDIT]).fetchall())
    kept_up = con.execute("SELECT upkeep FROM score WHERE node_id = ?", [node]).fetchall()
    times, because = {}, {}
    for risk in model.risk:
        found = [row for row in findings if any(fnmatchcase(row[0], pattern) for pattern in risk.findings)]
        factor = 1.0 if found or not checked else model.rule.clean
        for _, severity, confidence in found:
            factor *= 1 + (getattr(model.rule, severity) - 1) * confidence
        because[risk.id] = [f"{name} ({severity})" for name, severity, _ in found]
        if risk.id == "publisher-leaves" and kept_up and kept_up[0][0] is not None:
            factor *= model.rule.kept_up if kept_up[0][0] >= TENDED else 1
            factor *= model.rule.neglected if kept_up[0][0] < NEGLECTED else 1
            because[risk.id].append(f"upkeep {kept_up[0][0]:.2f}")
        times[risk.id] = min(factor, model.rule.most)
    return Standing(times, because, 1 + _bases(lineage, node))


def _bases(lineage: Lineage, node: int) -> int:
    """Return how many bases `node` is an adapter on."""
    relations = lineage.relation[lineage.parent_start[node] : lineage.parent_start[node + 1]]
    return int((relations == RELATIONS.index(Relation.ADAPTER)).sum())


def assess(
    ref: str, model: CostModel, stands: Standing, lang: Language, draws: int = DRAWS, seed: int = SEED
) -> CostAssessment:
    """Return what building on `ref` may cost.

    Args:
        ref: The model's name.
        model: Its risks, and the values of who uses it.
        stands: What the atlas has on it.
        lang: Of titles and sentences.
        draws: How many, `MIN_DRAWS` to `MAX_DRAWS`.
        seed: Of the draws.

    Raises:
        FiliationError: If `draws` or `seed` is out of range.
    """
    if not MIN_DRAWS <= draws <= MAX_DRAWS or seed < 0:
        raise FiliationError(f"Draws are {MIN_DRAWS} to {MAX_DRAWS:,}, and the seed is not negative.")
    uniform = np.random.default_rng(seed).random((len(model.value) + len(model.risk), draws))
    values = {value.id: quantile(value, share) for value, share in zip(model.value, uniform, strict=False)}
    out = outcome(model, values, stands)
    lost = out.chance * out.damage
    happens = uniform[len(model.value) :]
    years = [(out.damage * (happens < chance)).sum(axis=0) for chance in (out.chance, out.chance * out.remain)]
    middles = {value.id: np.array([value.middle]) for value in model.value}
    answer = CostAssessment(
        ref=ref,
        lang=lang,
        currency=model.currency,
        sentence="",
        without=_range(lost.sum(axis=0)),
        with_upkeep=_range((lost * out.remain).sum(axis=0)),
        cost=_range(out.cost.sum(axis=0)),
        benefit=_range(out.benefit),
        chance=float((out.benefit > 0).mean()),
        middle=float(outcome(model, middles, stands).benefit[0]),
        bad_year=(float(np.percentile(years[0], 95)), float(np.percentile(years[1], 95))),
        needed=stands.needed,
        risks=sorted(_risks(model, out, stands, lang), key=lambda risk: -risk.loss.mean),
        upkeep=[
            UpkeepCost(kind.id, getattr(kind, lang), _range(row)) for kind, row in zip(model.upkeep, out.cost, strict=True)
        ],
        tornado=tornado(model, stands, lang),
        assumed=sum(value.is_assumed for value in model.value),
        draws=draws,
        seed=seed,
    )
    return msgspec.structs.replace(answer, sentence=_sentence(answer, model))


def _risks(model: CostModel, out: Outcome, stands: Standing, lang: Language) -> list[RiskCost]:
    return [
        RiskCost(
            risk.id,
            getattr(risk, lang),
            _range(out.chance[row]),
            stands.times.get(risk.id, 1.0),
            list(stands.because.get(risk.id, [])),
            _range(out.chance[row] * out.damage[row]),
            _range(out.chance[row] * out.damage[row] * out.remain[row]),
        )
        for row, risk in enumerate(model.risk)
    ]


def tornado(model: CostModel, stands: Standing, lang: Language) -> list[Swing]:
    """Return how far each value moves the net benefit, from its low to its high, the others at their middle; widest first."""
    size = len(model.value)
    values = {value.id: np.full(2 * size, value.middle) for value in model.value}
    for row, value in enumerate(model.value):
        values[value.id][2 * row : 2 * row + 2] = value.low, value.high
    benefit = outcome(model, values, stands).benefit
    swings = []
    for row, value in enumerate(model.value):
        at_low, at_high = (float(amount) for amount in benefit[2 * row : 2 * row + 2])
        swings.append(Swing(value.id, getattr(value, lang), value.low, value.high, at_low, at_high, value.source))
    return sorted(swings, key=lambda swing: (-swing.width, swing.id))


def outcome(model: CostModel, values: Mapping[str, np.ndarray], stands: Standing) -> Outcome:
    """Return what follows from `values`, float64[draws] each."""
    return Outcome(
        np.array([_chance(risk, values[risk.likelihood], stands) for risk in model.risk]),
        np.array([_sum(risk.damage, values) for risk in model.risk]),
        np.array([_remain(risk, model, values) for risk in model.risk]),
        np.array([_sum(kind.cost, values) for kind in model.upkeep]),
    )


def _chance(risk: Risk, likelihood: np.ndarray, stands: Standing) -> np.ndarray:
    chance = np.minimum(likelihood * stands.times.get(risk.id, 1.0), 1)
    return chance if risk.each is None else 1 - (1 - chance) ** stands.needed


def _sum(products: Products, values: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.sum([np.prod([values[name] for name in names], axis=0) for names in products], axis=0)


def _remain(risk: Risk, model: CostModel, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the share of the risk's likelihood that all upkeep together leaves."""
    shares = [1 - values[kind.avoids[risk.id]] for kind in model.upkeep if risk.id in kind.avoids]
    return np.prod(shares, axis=0) if shares else np.ones_like(values[risk.likelihood])


def quantile(value: Value, share: np.ndarray) -> np.ndarray:
    """Return below which amount `share` of the value's distribution lies: float64 like `share`, which is in [0, 1)."""
    if value.low == value.high:
        return np.full_like(share, value.low)
    if value.shape == "lognormal":
        from scipy.special import ndtri  # noqa: PLC0415  # only who has such a value pays for it

        spread = np.log(value.high / value.low) / (2 * Z95)
        return value.middle * np.exp(spread * ndtri(np.clip(share, 1e-12, 1 - 1e-12)))
    width, turn = value.high - value.low, (value.middle - value.low) / (value.high - value.low)
    rising = value.low + np.sqrt(share * turn) * width
    return np.where(share < turn, rising, value.high - np.sqrt((1 - share) * (1 - turn)) * width)


def _range(draws: np.ndarray) -> Range:
    low, high = np.percentile(draws, [5, 95])
    return Range(float(draws.mean()), float(low), float(high))


def _sentence(answer: CostAssessment, model: CostModel) -> str:
    return model.words(answer.lang)["sentence"].format(
        ref=answer.ref,
        cost=f"{answer.cost.mean:,.0f}",
        saving=f"{answer.without.mean - answer.with_upkeep.mean:,.0f}",
        currency=answer.currency,
        chance=f"{100 * answer.chance:.0f}",
    )
