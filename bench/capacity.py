"""What a registry of 3 million models takes, from unit costs that are measured here: ``python bench/capacity.py``.

Unit costs are processor seconds, so that a busy machine tells the same. What a model has on average is counted in the full
records of `--shared`; limits and prices stand in ``capacity.toml``. `--atlas` names a charted atlas, whose stages tell what
they took.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
import resource
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from fleet_work import models
from safetensors.numpy import save_file

from filiation import registry
from filiation.core.record import Batch, ReadOptions
from filiation.extract.reading import Row, readings_table
from filiation.fleet.tasks import Asked, named
from filiation.registry.byte_ranges import AHEAD_BYTES
from filiation.store.parts import Parts

HERE = Path(__file__).parent
WIDTH = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}
SHARDED = (".safetensors", ".bin")
WEIGHTS = (*SHARDED, ".pt", ".pth", ".gguf", ".ckpt", ".h5", ".msgpack", ".onnx")
SHARE = 0.005
FAMILY = 64 << 20
COLUMNS = (
    "what", "of", "requests", "hours by the limit", "GB received", "hours on the line", "processor hours", "GB kept", "once",
    "a month",
)  # fmt: skip


class Held(NamedTuple):
    """What a model of the registry has on average."""

    listing_bytes: float
    record_bytes: float
    card_share: float
    card_bytes: float
    weights_share: float
    weight_files: float
    weight_bytes: float


class Unit(NamedTuple):
    """What one of something costs: processor seconds, bytes that are kept, and of how much that was measured."""

    seconds: float
    kept: float
    of: str


class Line(NamedTuple):
    """A line of the table, for the whole registry."""

    what: str
    units: float
    requests: float
    limit: str
    received: float
    seconds: float
    kept: float


def took(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what it came to, and the processor seconds of all its threads."""
    began = time.process_time()
    return work(), time.process_time() - began


def held(shared: Path) -> Held:
    """Count what models have, in the listing and in the full records."""
    hub = shared / "data" / "hub-2024-07"
    with gzip.open(hub / "models.jsonl.gz") as lines:
        listed = [len(line) for line in islice(lines, 100_000)]
    with gzip.open(hub / "models_full_8650.jsonl.gz") as lines:
        texts = list(lines)
    cards, files, sizes = 0, [], []
    for text in texts:
        record = msgspec.json.decode(text)
        names = [sibling["rfilename"] for sibling in record.get("siblings") or ()]
        cards += "README.md" in names
        shards = next(filter(None, (sum(name.endswith(kind) for name in names) for kind in SHARDED)), 0)
        files.append(shards or int(any(name.endswith(WEIGHTS) for name in names)))  # of one checkpoint of several
        stored = (record.get("safetensors") or {}).get("parameters") or {}
        if stored:
            sizes.append(sum(count * WIDTH.get(dtype, 2) for dtype, count in stored.items()))
    some = [count for count in files if count]
    lengths = [len(row[-1]) for row in card_rows(shared, 2_000)]
    n = len(texts)
    mean = sum(sizes) / len(sizes)
    return Held(
        sum(listed) / len(listed), sum(map(len, texts)) / n, cards / n, sum(lengths) / len(lengths), len(some) / n,
        sum(some) / len(some), mean,
    )  # fmt: skip


def card_rows(shared: Path, count: int) -> list[Row]:
    """Return the first records with cards of the Hub of 2022, as the extract stage reads them."""
    source = shared / "data" / "hub-2022-02" / "repos.tar.gz"

    def rows() -> Iterator[Row]:
        batches = (item for item in registry.read(source, ReadOptions()) if isinstance(item, Batch))
        for batch in batches:
            columns = (batch.table[name].to_pylist() for name in ("line", "body", "files"))
            for line, body, files in zip(*columns, strict=True):
                if files:
                    yield 0, 1, line, "model", msgspec.json.decode(body)["id"], body, files

    return list(islice(rows(), count))


def cards(shared: Path, top: Path, count: int) -> Unit:
    """Return what a card costs to be read."""
    rows = card_rows(shared, count)
    readings_table(rows[:50])  # what is loaded once
    table, seconds = took(lambda: readings_table(rows))
    return Unit(seconds / len(rows), kept(top, table), f"{len(rows):,} real cards")


def kept(top: Path, table: pa.Table) -> float:
    """Return the bytes that a row takes in a part, what every part has left out."""
    parts = Parts(top, "kept", "1")
    return (parts.write("0" * 32, table) - parts.write("1" * 32, table.slice(0, 0))) / len(table)


def done(task: str, top: Path, source: Path, share: float = 1.0) -> Unit:
    """Return what a task costs for each model of a folder."""
    asked = Asked(top / "none", (source,), share=share)
    work = named(task).task(asked)
    keys = list(named(task).keys(asked, []))
    work.function(keys[:1])
    table, seconds = took(lambda: work.function(keys))
    assert table["reason"].null_count == len(keys)  # noqa: S101  # else nothing was measured
    return Unit(seconds / len(keys), kept(top, table), f"{len(keys):,} made models")


def weights(top: Path) -> tuple[Path, Path, int]:
    """Write one model as safetensors and one as a pickle, of `FAMILY` bytes each."""
    maker = np.random.default_rng(1)
    side = 1024
    count = FAMILY // (4 * side * side)
    held = {f"model.layers.{n}.mlp.up_proj.weight": maker.standard_normal((side, side), np.float32) for n in range(count)}
    plain, pickled = top / "plain" / "o" / "m", top / "pickled" / "o" / "m"
    for folder in (plain, pickled):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    save_file(held, plain / "model.safetensors")
    with (pickled / "pytorch_model.bin").open("wb") as file:
        pickle.dump({name: value.tobytes() for name, value in held.items()}, file, protocol=2)
    return top / "plain", top / "pickled", FAMILY


def stages(atlas: Path) -> Unit:
    """Return what all stages of an atlas took for each of its records, and what it keeps of one."""
    with duckdb.connect(str(atlas / "atlas.duckdb"), read_only=True) as con:
        records = con.execute("SELECT count(*) FROM record").fetchall()[0][0]
        last = con.execute("SELECT sum(seconds) FROM (SELECT min(seconds) AS seconds FROM stage_run GROUP BY stage)").fetchall()
    size = sum(path.stat().st_size for path in atlas.rglob("*") if path.is_file())
    return Unit(2 * last[0][0] / records, size / records, f"{records:,} records, wall seconds of two processors")


def lines(told: dict[str, Any], has: Held, units: dict[str, Unit]) -> Iterator[Line]:
    """Yield the table."""
    n, calls = told["registry"]["models"], told["calls"]
    carded, weighed = n * has.card_share, n * has.weights_share
    files = weighed * has.weight_files
    gb = has.weight_bytes / 1e9
    yield Line("listing", n, n / calls["listing_page"], "api", n * has.listing_bytes, 0, n * has.listing_bytes / 5)
    yield Line("details of each", n, n, "api", n * has.record_bytes, 0, n * has.record_bytes / 5)
    card = units["cards"]
    yield Line("cards", carded, carded, "resolvers", carded * has.card_bytes, carded * card.seconds, carded * card.kept)
    header = units["headers"]
    asked = files * calls["header_requests"]
    yield Line("headers", weighed, asked, "resolvers", files * AHEAD_BYTES, weighed * header.seconds, weighed * header.kept)
    sketch = units["sketches"]
    each = weighed * gb * sketch.seconds
    held = weighed * sketch.kept
    yield Line(f"sketches of {SHARE:.1%}", weighed, asked, "resolvers", weighed * gb * SHARE * 1e9, each * SHARE, held)
    yield Line("sketches of all", weighed, asked, "resolvers", weighed * gb * 1e9, each, held)
    half = weighed * gb / 2
    scanned = half * (units["scan safetensors"].seconds + units["scan pickle"].seconds)
    yield Line(
        "scan of all files", weighed, asked, "resolvers", weighed * gb * 1e9, scanned, weighed * units["scan pickle"].kept
    )
    if "stages" in units:
        stage = units["stages"]
        yield Line("all stages of a chart", n, 0, "", 0, n * stage.seconds, n * stage.kept)


def printed(line: Line, told: dict[str, Any]) -> str:
    """Return a line as Markdown."""
    prices, limits = told["prices"], told["limits"]
    waiting = line.requests / limits[line.limit] * 300 / 3600 if line.limit else 0.0
    hours = line.seconds / 3600
    on_the_line = line.received * 8 / (told["line"]["gigabits"] * 1e9) / 3600
    money = hours * prices["processor_hour"] + line.received / 1e9 * prices["received_gb"]
    month = line.kept / 1e9 * prices["stored_gb_month"]
    return (
        f"| {line.what} | {line.units / 1e6:.2f} M | {line.requests / 1e6:.3f} M | {waiting:,.1f} |"
        f" {line.received / 1e9:,.0f} | {on_the_line:,.1f} | {hours:,.1f} |"
        f" {line.kept / 1e9:,.1f} | {money:,.2f} | {month:,.2f} |"
    )


def main() -> None:
    """Print unit costs, then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--inputs", type=Path, default=HERE / "capacity.toml")
    parser.add_argument("--atlas", type=Path, help="a charted atlas: what its stages took")
    options = parser.parse_args()
    told = tomllib.loads(options.inputs.read_text(encoding="utf-8"))
    has = held(options.shared)
    print("\n".join(f"{name:<16}{value:>20,.2f}" for name, value in has._asdict().items()))
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        units = {"cards": cards(options.shared, top, 2_000), "headers": done("headers", top, models(top / "made", 200))}
        plain, pickled, size = weights(top)
        for name, task, source in (
            ("sketches", "sketches", plain), ("scan safetensors", "scan", plain), ("scan pickle", "scan", pickled),
        ):  # fmt: skip
            found = done(task, top / name, source)
            units[name] = Unit(found.seconds / size * 1e9, found.kept, f"{size >> 20} MB, seconds for each GB")
        if options.atlas:
            units["stages"] = stages(options.atlas)
    print()
    for name, unit in units.items():
        print(f"{name:<18}{1e3 * unit.seconds:>12.3f} ms of a processor{unit.kept:>12,.0f} bytes kept   ({unit.of})")
    print(f"\n| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}")
    print("\n".join(printed(line, told) for line in chain(lines(told, has, units))))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
