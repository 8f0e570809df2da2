"""What is predicted of one model, to print."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec

from filiation.core.errors import AtlasError
from filiation.knowledge import load
from filiation.lineage.prediction.witnesses import AttributeRule, attributes, witnesses
from filiation.store.stages import last_run


class Reason(msgspec.Struct, frozen=True):
    """One who tells of it: of `others` models that share `key` and declare the attribute, `agree` have this value."""

    witness: str
    key: str
    agree: int
    others: int

    def text(self) -> str:
        """Return it as a sentence's part, such as "31 of 32 models of google"."""
        return self.texts()[0]

    def texts(self) -> tuple[str, str]:
        """Return the same in English and Japanese."""
        rule = next((rule for rule in witnesses() if rule.id == self.witness), None)
        en, ja = rule.speaks(self.key) if rule else (self.witness, self.witness)
        return f"{self.agree:,} of {self.others:,} {en}", f"{ja} {self.others:,} 件のうち {self.agree:,} 件"


class Predicted(msgspec.Struct, frozen=True):
    """A value that nobody declared, how sure we are of it, and who tells of it.

    A score is as likely as `confidence` says to lie between `low` and `high`; it is told by all neighbours together.
    """

    value: str
    confidence: float
    because: tuple[Reason, ...]
    low: float | None = None
    high: float | None = None


class Prediction(msgspec.Struct, frozen=True, tag="filiation/predict/v1", tag_field="schema"):
    """What is missing of a model and what it probably is; what is declared is listed by its name alone."""

    ref: str
    attributes: dict[str, Predicted]
    declared: tuple[str, ...]
    abstained: tuple[str, ...]


def require_predictions(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse an atlas of whose lineage nothing was predicted; what stands there of another lineage is of other nodes.

    Args:
        con: Of the atlas.
        path: Its folder, for the sentence.

    Raises:
        AtlasError: If the stage ``predict`` did not run on the lineage that stands.
    """
    lineage, run = last_run(con, "lineage"), last_run(con, "predict")
    if lineage is None or run is None or run.input != lineage.token:
        raise AtlasError(f"Nothing was predicted since {path} was charted: run 'filiation build --atlas {path}'.")


def prediction(con: duckdb.DuckDBPyConnection, ref: str, node: int) -> Prediction:
    """Return what the atlas predicts of `node`, in the order of ``knowledge/prediction.toml``."""
    rows = con.execute(
        "SELECT attribute, value, confidence, because, low, high FROM prediction WHERE node_id = ? ORDER BY attribute", [node]
    ).fetchall()
    found = {
        name: Predicted(value, round(sure, 3), tuple(Reason(**reason) for reason in because or ()), low, high)
        for name, value, sure, because, low, high in rows
    }
    scores = [name for name in found if name not in {rule.id for rule in attributes()}]
    asked = [rule for rule in attributes() if rule.id != "relation" or con.execute(_HAS_PARENT, [node]).fetchall()[0][0]]
    declared = [rule.id for rule in asked if _declares(con, rule, node)]
    rest = [rule.id for rule in asked if rule.id not in declared]
    return Prediction(
        ref,
        {name: found[name] for name in [*rest, *scores] if name in found},
        tuple(declared),
        tuple(name for name in rest if name not in found),
    )


def _declares(con: duckdb.DuckDBPyConnection, rule: AttributeRule, node: int) -> bool:
    tagged = [load(rule.tagged)["types"], node] if rule.tagged else [[], node]
    return (
        con.execute(_DECLARES.format(query=rule.query), [node]).fetchall()[0][0]
        or con.execute(_TAGGED, tagged).fetchall()[0][0]
    )


_HAS_PARENT = """
SELECT count(*) > 0 FROM edge JOIN node ON node_id = parent WHERE child = ? AND set_aside IS NULL AND kind = 'model'"""
_DECLARES = "SELECT count(*) > 0 FROM ({query}) WHERE node_id = ? AND value IS NOT NULL"
_TAGGED = "SELECT count(*) > 0 FROM node JOIN trait USING (record_id) WHERE list_has_any(tags, ?) AND node_id = ?"
