"""What was learned of an atlas at one time, kept so that what is asked later is told by the same counts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import feather

from filiation.knowledge import load
from filiation.lineage.prediction import scores
from filiation.lineage.prediction.pool import Counted, Pool
from filiation.lineage.prediction.scores import Effects
from filiation.lineage.prediction.witnesses import KnownKeys, Neighborhood, attributes, labels

FOLDER = "predict"
SETTLES = 0.25
"""A fit stands until so many records have come, as a share of those that it was made of."""


class Score(NamedTuple):
    """A metric on a dataset that relatives tell of: how, how far off they are, and the keys of who may be told."""

    name: str
    spread: float
    effects: Effects
    related: np.ndarray


class Fit(NamedTuple):
    """What was learned.

    Attributes:
        records: How many records there were.
        keys: All keys there were.
        values: Of each attribute that enough models declare, the values.
        counted: Of each, how many declare them.
        scores: What is told of scores.
    """

    records: int
    keys: KnownKeys
    values: dict[str, list[str]]
    counted: dict[str, Counted]
    scores: list[Score]

    def save(self, folder: Path) -> None:
        """Write it, whole or not at all."""
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(partial / "keys", names=self.keys.names, witness=self.keys.witness)
        for name, counted in self.counted.items():
            some = np.flatnonzero(counted.total)
            _write(partial / f"{name}-values", name=pa.array(self.values[name], pa.string()), prior=counted.prior)
            _write(partial / f"{name}-counts", key=counted.key, value=counted.value, count=counted.count)
            _write(partial / f"{name}-totals", key=some, total=counted.total[some], size=np.full(len(some), len(counted.total)))
        for number, score in enumerate(self.scores):
            _write(partial / f"score-{number}", key=score.effects.key, effect=score.effects.effect)
            _write(partial / f"score-{number}-related", key=score.related)
        told = [(score.name, score.spread, score.effects.mean) for score in self.scores]
        about = {"records": self.records, "attributes": list(self.counted), "scores": told}
        (partial / "fit.json").write_bytes(msgspec.json.encode(about))
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> Fit | None:
        """Return what was saved there, None where nothing or half of it is."""
        try:
            about = msgspec.json.decode((folder / "fit.json").read_bytes(), type=_About)
            keys = _read(folder / "keys")
            values, counted = {}, {}
            for name in about.attributes:
                values[name], counted[name] = _counted(folder, name)
            told = [_score(folder, number, *one) for number, one in enumerate(about.scores)]
            return cls(about.records, KnownKeys(keys["names"], keys["witness"].to_numpy()), values, counted, told)
        except (OSError, ValueError, KeyError, msgspec.MsgspecError):
            return None


class _About(msgspec.Struct):
    records: int
    attributes: list[str]
    scores: list[tuple[str, float, float]]


def learn(con: duckdb.DuckDBPyConnection, near: Neighborhood) -> Fit:
    """Return what the models of an atlas tell of each other.

    Args:
        con: Of the atlas.
        near: Of all models.
    """
    values, counted = {}, {}
    for rule in attributes():
        known = labels(con, rule, near)
        if np.count_nonzero(np.diff(known.start)) >= load("prediction")["least_declared"]:
            values[rule.id], counted[rule.id] = known.names, Pool(near, known, rule).counted
    told = []
    for benchmark in scores.benchmarks(con, near):
        off = scores.spread(near, benchmark)
        if off is not None:
            effects = scores.Regression(near, benchmark.row, benchmark.value).effects
            told.append(Score(benchmark.name, off, effects, scores.related_keys(near, benchmark.row)))
    return Fit(records(con), KnownKeys(near.names, near.key_witness), values, counted, told)


def records(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many observations the atlas has."""
    return con.execute("SELECT count(*) FROM record").fetchall()[0][0]


def stands(fit: Fit, con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether so little was observed since that `fit` still tells."""
    return fit.records <= records(con) <= fit.records * (1 + SETTLES)


def drop_others(atlas: Path, token: str | None) -> None:
    """Remove the fits of an atlas but that of `token`."""
    for old in (atlas / FOLDER).glob("*"):
        if old.name != token:
            shutil.rmtree(old, ignore_errors=True)


def _counted(folder: Path, name: str) -> tuple[list[str], Counted]:
    values, counts, totals = (_read(folder / f"{name}-{part}") for part in ("values", "counts", "totals"))
    total = np.zeros(totals["size"][0].as_py() if len(totals["size"]) else 0, np.int32)
    total[totals["key"].to_numpy()] = totals["total"].to_numpy()
    key, value, count = (counts[column].to_numpy() for column in ("key", "value", "count"))
    return values["name"].to_pylist(), Counted(values["prior"].to_numpy(), key, value, count, total)


def _score(folder: Path, number: int, name: str, spread: float, mean: float) -> Score:
    effects, related = _read(folder / f"score-{number}"), _read(folder / f"score-{number}-related")
    return Score(
        name, spread, Effects(mean, effects["key"].to_numpy(), effects["effect"].to_numpy()), related["key"].to_numpy()
    )


def _write(path: Path, **columns: pa.Array | np.ndarray) -> None:
    feather.write_feather(pa.table(columns), str(path.with_suffix(".arrow")), compression="zstd")


def _read(path: Path) -> dict[str, pa.Array]:
    table = feather.read_table(str(path.with_suffix(".arrow")))
    return {name: table[name].combine_chunks() for name in table.column_names}
