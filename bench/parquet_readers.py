"""The tables of an atlas, exported, as other engines read them: ``python bench/parquet_readers.py --atlas ATLAS``.

Asks each engine that is installed here (``pip install polars pyspark``; DuckDB is) for the rows of each table and for three
figures, and says whether all agree.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from filiation.export.parquet import export_parquet

TABLES = ("edge", "finding", "node", "prediction", "trait")
Figures = dict[str, Any]


def by_duckdb(folder: Path) -> Figures:
    """Ask DuckDB."""
    found: Figures = {
        name: duckdb.sql(f"SELECT count(*) FROM '{folder}/{name}/**/*.parquet'").fetchall()[0][0] for name in TABLES
    }
    relations = duckdb.sql(
        f"SELECT relation::VARCHAR, count(*) FROM '{folder}/edge/*.parquet' GROUP BY ALL ORDER BY 1"
    ).fetchall()
    found["relations"] = [tuple(row) for row in relations]
    found["data sets"] = duckdb.sql(f"SELECT count(*) FROM '{folder}/node/**/*.parquet' WHERE kind = 'dataset'").fetchall()[0][
        0
    ]
    nested = f"SELECT count(*) FROM (SELECT unnest(because) AS one FROM '{folder}/prediction/*.parquet') WHERE one.agree > 100"
    return found | {"nested": duckdb.sql(nested).fetchall()[0][0]}


def by_polars(folder: Path) -> Figures:
    """Ask Polars."""
    import polars as pl

    tables = {name: pl.scan_parquet(f"{folder}/{name}/**/*.parquet", hive_partitioning=False) for name in TABLES}
    found: Figures = {name: table.select(pl.len()).collect().item() for name, table in tables.items()}
    relations = tables["edge"].group_by(pl.col("relation").cast(pl.String)).len().sort("relation").collect()
    found["relations"] = relations.rows()
    found["data sets"] = tables["node"].filter(pl.col("kind") == "dataset").select(pl.len()).collect().item()
    agree = tables["prediction"].select(pl.col("because").explode().struct.field("agree"))
    return found | {"nested": agree.filter(pl.col("agree") > 100).select(pl.len()).collect().item()}


def by_spark(folder: Path) -> Figures:
    """Ask Spark, on one core of this machine."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    tables = {name: session.read.parquet(f"{folder}/{name}") for name in TABLES}
    found: Figures = {name: table.count() for name, table in tables.items()}
    found["relations"] = [tuple(row) for row in tables["edge"].groupBy("relation").count().orderBy("relation").collect()]
    found["data sets"] = tables["node"].where("kind = 'dataset'").count()
    found["nested"] = tables["prediction"].selectExpr("explode(because) AS one").where("one.agree > 100").count()
    session.stop()
    return found


def main() -> None:
    """Print who reads what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, required=True)
    options = parser.parse_args()
    readers: dict[str, Callable[[Path], Figures]] = {"duckdb": by_duckdb, "polars": by_polars, "pyspark": by_spark}
    wanted: Figures | None = None
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "tables"
        with duckdb.connect(str(options.atlas / "atlas.duckdb"), read_only=True) as con:
            written = export_parquet(con, top, TABLES)
        print(f"{sum(table.rows for table in written.tables):,} rows of {len(TABLES)} tables, {written.bytes / 1e6:.0f} MB")
        for name, ask in readers.items():
            began = time.perf_counter()
            try:
                version = __import__(name).__version__
                found = ask(top)
            except ImportError:
                print(f"{name:<10}is not installed")
                continue
            wanted = wanted or found
            same = "the same figures" if found == wanted else f"OTHER FIGURES: {found} instead of {wanted}"
            print(f"{name:<10}{version:<10}{time.perf_counter() - began:>6.1f} s   {same}")


if __name__ == "__main__":
    main()
