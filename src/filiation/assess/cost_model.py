"""What a model may cost and what looking after it costs, as ``knowledge/cost.toml`` states it and its user changes it."""

from __future__ import annotations

import json
import math
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from filiation.assess.formula import Language
from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.knowledge import load

MAX_FILE_BYTES = 1 << 20
MAX_AMOUNT = 1e15
ASSUMPTION = "assumption"
"""What the source of a value begins with where nobody measured it."""
Unit = Literal["money", "hours", "days", "count", "gigabyte", "price", "share"]
Shape = Literal["triangular", "lognormal"]
Products = tuple[tuple[str, ...], ...]
"""A sum of products of values, by their ids."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A quantity that is not known exactly; ``cost.toml`` says what the shapes mean."""

    id: str
    unit: Unit
    low: float
    high: float
    en: str
    ja: str
    source: str
    likely: float | None = None
    shape: Shape = "triangular"

    @property
    def middle(self) -> float:
        """The value that it has while others move: the most likely, for a lognormal the median."""
        return self.likely if self.likely is not None else math.sqrt(self.low * self.high)

    @property
    def is_assumed(self) -> bool:
        """Whether nobody measured it."""
        return self.source.startswith(ASSUMPTION)


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class of loss; `each` says that its likelihood counts once for each repository that the model needs to run."""

    id: str
    en: str
    ja: str
    likelihood: str
    damage: Products
    findings: tuple[str, ...]
    each: Literal["needed"] | None = None


class Upkeep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is done each year; `avoids` names the share that it takes off the likelihood of a risk."""

    id: str
    en: str
    ja: str
    cost: Products
    avoids: dict[str, str]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How findings move a likelihood: the factor of each severity, of none at all, and of upkeep; together at most `most`."""

    info: float
    low: float
    medium: float
    high: float
    critical: float
    most: float
    clean: float
    kept_up: float
    neglected: float


class CostModel(msgspec.Struct, frozen=True):
    """Everything that a figure follows from."""

    currency: str
    rule: Rule
    risk: tuple[Risk, ...]
    upkeep: tuple[Upkeep, ...]
    value: tuple[Value, ...]
    en: dict[str, str]
    ja: dict[str, str]

    def words(self, lang: Language) -> dict[str, str]:
        """Return the sentences of `lang` by their keys."""
        return self.ja if lang == "ja" else self.en


@cache
def defaults() -> CostModel:
    """Return the model with the values that come with it."""
    return msgspec.convert(load("cost"), CostModel)


def read_inputs(path: Path) -> CostModel:
    """Return the model with the values that the file at `path` gives; the others stay.

    Raises:
        FiliationError: If it cannot be read, or says something that is no value.
    """
    start = "Start from 'filiation assess cost --template'."
    said = TomlFile(dict[str, Any], "a file of values", MAX_FILE_BYTES, start).read(path)
    return with_inputs(said, str(path))


def with_inputs(said: dict[str, Any], where: str) -> CostModel:
    """Return the model with the values in `said`, tables by the values' ids; `where` names them in messages.

    Raises:
        FiliationError: If a value has no such id, no such field, or is out of its range.
    """
    model = defaults()
    known = {value.id: value for value in model.value}
    currency = said.get("currency", model.currency)
    if not isinstance(currency, str) or not 0 < len(currency) <= 12:
        raise FiliationError(f"{where}: currency is a short word, such as EUR.")
    rule = _changed(model.rule, said.get("rule", {}), f"{where}: rule")
    if any(not 0 <= factor <= MAX_AMOUNT for factor in msgspec.structs.astuple(rule)):
        raise FiliationError(f"{where}: rule: factors are numbers from 0.")
    for name, fields in said.items():
        if name in ("currency", "rule"):
            continue
        if name not in known:
            near = get_close_matches(name, [*known, "currency", "rule"], 1)
            hint = f"did you mean {near[0]}?" if near else "'filiation assess cost --template' lists them."
            raise FiliationError(f"{where}: {name[:80]!r} is no value that we know: {hint}")
        known[name] = _checked(_given(known[name], fields, f"{where}: {name}"), f"{where}: {name}")
    return msgspec.structs.replace(model, currency=currency, rule=rule, value=tuple(known.values()))


def _given(value: Value, fields: Any, where: str) -> Value:
    """Return `value` with the user's fields; a single number is a range without width."""
    if isinstance(fields, (int, float)) and not isinstance(fields, bool):
        fields = {"low": fields, "likely": fields, "high": fields, "shape": "triangular"}
    if isinstance(fields, dict) and "shape" not in fields and "likely" in fields:
        fields = fields | {"shape": "triangular"}
    if isinstance(fields, dict) and fields.get("shape") == "lognormal" and "likely" not in fields:
        value = msgspec.structs.replace(value, likely=None)
    own = {"source": "your own"} | fields if isinstance(fields, dict) else fields
    fixed = {"id", "unit", "en", "ja"} & set(own if isinstance(own, dict) else ())
    if fixed:
        raise FiliationError(f"{where}: {min(fixed)} cannot be changed: give low, likely, high, shape and source.")
    return _changed(value, own, where)


def _changed(item: Any, fields: Any, where: str) -> Any:
    """Return the struct `item` with `fields`, of the right types."""
    if not isinstance(fields, dict):
        raise FiliationError(f"{where} is a table, such as low = 1, likely = 2, high = 3.")
    try:
        return msgspec.convert(msgspec.structs.asdict(item) | fields, type(item))
    except msgspec.ValidationError as error:
        raise FiliationError(f"{where}: {error}.") from error


def _checked(value: Value, where: str) -> Value:
    numbers = [value.low, *([] if value.likely is None else [value.likely]), value.high]
    if not all(math.isfinite(number) and 0 <= number <= MAX_AMOUNT for number in numbers):
        raise FiliationError(f"{where}: numbers are from 0 to {MAX_AMOUNT:.0e}.")
    if numbers != sorted(numbers):
        raise FiliationError(f"{where}: low is at most likely, and likely at most high.")
    if value.unit == "share" and value.high > 1:
        raise FiliationError(f"{where} is a share: from 0 to 1.")
    if value.shape == "lognormal" and (value.low <= 0 or value.likely is not None):
        raise FiliationError(f"{where}: a lognormal has a low above 0, a high, and no likely.")
    if value.shape == "triangular" and value.likely is None:
        raise FiliationError(f"{where}: a triangular has a likely too.")
    return value


def template(lang: Language) -> str:
    """Return a file of values for `read_inputs`, each with its default and where that comes from.

    Law: ``with_inputs(tomllib.loads(template(lang)), "")`` is `defaults`.
    """
    model = defaults()
    lines = [f"# {line}".rstrip() for line in _HEAD[lang].splitlines()]
    lines += ["", f"currency = {_quoted(model.currency)}"]
    for value in model.value:
        lines += ["", f"# {getattr(value, lang)} ({value.unit})", f"[{value.id}]", f"low = {value.low:g}"]
        lines += [f"likely = {value.likely:g}"] if value.likely is not None else []
        lines += [f"high = {value.high:g}"]
        lines += [f"shape = {_quoted(value.shape)}"] if value.shape != "triangular" else []
        lines += [f"source = {_quoted(value.source)}"]
    lines += ["", *(f"# {line}" for line in _RULE[lang].splitlines()), "[rule]"]
    lines += [f"{name} = {factor:g}" for name, factor in msgspec.structs.asdict(model.rule).items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_HEAD: dict[Language, str] = {
    "en": """What it may cost to build on a model, a year and for one use of it. Each value has a low, a most likely and a high;
with shape = "lognormal" 5 and 95 per cent lie below low and high, and there is no likely. A value that you leave out keeps
its default; one that you know exactly may be a single number at the top, such as hour_cost = 95.""",
    "ja": """モデルを土台にする場合の費用。一年あたり、利用一件あたり。
各値には下限 low、最も起こりやすい値 likely、上限 high がある。
shape = "lognormal" では low と high がそれぞれ 5 % 点と 95 % 点で、likely はない。書かない値は既定値のまま。
正確にわかる値は、先頭に hour_cost = 95 のように数だけ書いてもよい。""",
}
_RULE: dict[Language, str] = {
    "en": """How findings move a likelihood: times the factor of each severity, together at most times "most"; times "clean"
where the checks found nothing of its kind; for a publisher leaving also by how well the repository is kept up.""",
    "ja": """指摘が確率を動かす規則: 深刻度ごとの係数を掛け、合わせて most 倍まで。該当する指摘がなければ clean 倍。
公開者が去る確率は、リポジトリの保守の状態でも変わる。""",
}
