"""A folder of sketches with a manifest, from which those that may be kin are chosen without opening each.

The files lie in ``sketches/<two letters>/``, named by what is in them. The manifest is Parquet, in parts that are added and
never changed; a later line about the same model counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from blake3 import blake3

from filiation.core.errors import WeightsError
from filiation.weights.portrait import PROFILE_GROUPS, PROFILE_POINTS, WIDTH, portrait, profile
from filiation.weights.sketch import Sketch
from filiation.weights.sketch_file import SUFFIX, encoded, fitted, read_sketch

if TYPE_CHECKING:
    import pyarrow as pa

PART_ROWS = 16_384
MOST_PARTS = 64
"""So many parts of the manifest are gathered into one."""
LEAST_COSINE = 0.3
"""Below, portraits say nothing; of strangers whose matrices have all one shape three in a hundred come so near by chance."""


class Line(NamedTuple):
    """What the manifest says of one sketch; `weights.sketch.Sketch` says what each means."""

    ref: str
    path: str
    name: str
    at: datetime | None
    digest: str
    multiset: str
    architecture: str
    shapes: str
    format: str
    dtype: str
    model_type: str
    tensors: int
    parameters: int
    size_bytes: int


class Candidate(NamedTuple):
    """A sketch that may be of kin.

    Attributes:
        line: Of the manifest.
        because: ``same contents``, ``same values in another order``, ``near`` (by portraits), ``same spreads`` (by profiles).
        cosine: Of the portraits.
        distance: Between the profiles: root mean square difference of logarithms.
    """

    line: Line
    because: str
    cosine: float
    distance: float


class SketchFolder:
    """A folder of sketches.

    Args:
        folder: Made if it is not there and something is added.

    Raises:
        WeightsError: When asked, if the manifest cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new: list[dict[str, object]] = []

    def add(self, ref: str, sketch: Sketch, at: datetime | None = None) -> Path:
        """Write a sketch as `sketch_file.fitted` makes room for it; return where. `close` tells the manifest.

        Args:
            ref: What the model is called: ``owner/name``, or a path.
            sketch: Of it.
            at: When the model was published, UTC; None if nobody knows.
        """
        return self.put(*line_of(ref, sketch, at))

    def put(self, data: bytes, line: dict[str, object]) -> Path:
        """Write what `line_of` made of a sketch, here or elsewhere; return where. `close` tells the manifest."""
        name = blake3(data).hexdigest(16)
        path = self.folder / "sketches" / name[:2] / f"{name}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.write_bytes(data)
            partial.replace(path)
        self._new.append(line | {"path": path.relative_to(self.folder).as_posix()})
        if len(self._new) >= PART_ROWS:
            self.close()
        return path

    def close(self) -> None:
        """Tell the manifest of what was added."""
        if self._new:
            self.write_part(_table(self._new))
            self._new = []

    def write_part(self, table: pa.Table) -> None:
        """Add lines to the manifest: a table with the columns of `schema`."""
        from pyarrow import parquet  # noqa: PLC0415  # heavy

        parts = self._parts()
        folder = self.folder / "manifest"
        folder.mkdir(parents=True, exist_ok=True)
        number = int(parts[-1].stem.split("-")[1]) + 1 if parts else 0
        if len(parts) >= MOST_PARTS:
            import pyarrow as pa  # noqa: PLC0415  # heavy

            table = pa.concat_tables([*(parquet.ParquetFile(part).read() for part in parts), table])
        partial = folder / f".part-{number:08}.partial"
        plain = dict.fromkeys(("portrait", "profile"), "none")  # numbers do not shrink, and are wanted at once
        packed = dict.fromkeys(table.column_names, "zstd") | plain
        words = ["name", "architecture", "shapes", "format", "dtype", "model_type"]
        parquet.write_table(table, partial, compression=packed, use_dictionary=words, row_group_size=PART_ROWS)
        partial.replace(folder / f"part-{number:08}.parquet")
        if len(parts) >= MOST_PARTS:
            for part in parts:
                part.unlink()
        for name in ("_manifest", "portraits", "profiles"):
            self.__dict__.pop(name, None)

    def _parts(self) -> list[Path]:
        return sorted((self.folder / "manifest").glob("part-*.parquet"))

    @cached_property
    def _manifest(self) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415  # heavy
        from pyarrow import parquet  # noqa: PLC0415

        try:
            tables = [parquet.ParquetFile(part).read().cast(schema()) for part in self._parts()]
        except (pa.ArrowException, OSError, ValueError) as error:
            raise WeightsError(
                f"the manifest in {self.folder} cannot be read ({error}); sketch the models again into another folder"
            ) from error
        if not tables:
            return schema().empty_table()
        table = pa.concat_tables(tables).combine_chunks()
        last = {ref: row for row, ref in enumerate(table["ref"].to_pylist())}
        return table if len(last) == len(table) else table.take(sorted(last.values()))

    @cached_property
    def portraits(self) -> np.ndarray:
        """float32[n, WIDTH]: those of all sketches, each of length 1 or 0."""
        rows = _matrix(self._manifest, "portrait", "i1", WIDTH).astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        rows /= np.where(length > 0, length, 1)[:, None]
        return rows

    @cached_property
    def profiles(self) -> np.ndarray:
        """float16[n, 64]: those of all sketches."""
        return _matrix(self._manifest, "profile", "<f2", PROFILE_GROUPS * PROFILE_POINTS)

    def __len__(self) -> int:
        return len(self._manifest)

    def line(self, row: int) -> Line:
        """Return one line of the manifest."""
        return Line(*(self._manifest[name][row].as_py() for name in Line._fields))

    def lines(self) -> Iterator[Line]:
        """Yield all lines of the manifest, in the order in which they came."""
        for batch in self._manifest.select(Line._fields).to_batches(4096):
            yield from map(Line._make, zip(*batch.to_pydict().values(), strict=True))

    def read(self, line: Line) -> Sketch:
        """Return the sketch that a line speaks of.

        Raises:
            WeightsError: If it cannot be read.
        """
        path = (self.folder / line.path).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise WeightsError(f"the manifest names a file outside its folder: {line.path[:200]}")
        return read_sketch(path)

    def candidates(self, sketch: Sketch, count: int = 32) -> list[Candidate]:
        """Return what may be kin of a model, the likeliest first: by digests, portraits and profiles, opening no sketch.

        Args:
            sketch: Of the model, as `sketch_file.fitted` makes it: those that are kept were made so.
            count: At most so many by portraits, and by profiles; all whose contents are the same.
        """
        cosine = self.portraits @ portrait(sketch)
        found: dict[int, str] = {}
        for column, because in (("digest", "same contents"), ("multiset", "same values in another order")):
            for row in self._equal(column, getattr(sketch, column)):
                found.setdefault(int(row), because)
        for row in _first(-cosine, count):
            if cosine[row] >= LEAST_COSINE:
                found.setdefault(int(row), "near")
        own = profile(sketch)
        same = self._equal("shapes", sketch.shapes)
        for row in same[_first(self._distances(same, own), count)]:
            found.setdefault(int(row), "same spreads")
        distances = self._distances(np.array(list(found), np.int64), own)
        lines = zip(found.items(), distances.tolist(), strict=True)
        return [Candidate(self.line(row), because, float(cosine[row]), distance) for (row, because), distance in lines]

    def _distances(self, rows: np.ndarray, own: np.ndarray) -> np.ndarray:
        return np.sqrt(np.square(self.profiles[rows].astype(np.float32) - own).mean(axis=1))

    def _equal(self, column: str, value: str) -> np.ndarray:
        return np.flatnonzero(self._manifest[column].to_numpy() == value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def line_of(ref: str, sketch: Sketch, at: datetime | None = None) -> tuple[bytes, dict[str, object]]:
    """Return the file that is kept of a sketch, and its line of the manifest without the path; see `SketchFolder.add`."""
    kept = fitted(sketch)
    data = encoded(kept)
    line = {
        "ref": ref,
        "at": at,
        "tensors": len(sketch.tensors),
        "parameters": sketch.parameters,
        "size_bytes": len(data),
        "name": kept.name,
        "portrait": stored_portraits(portrait(kept)[None])[0].tobytes(),
        "profile": profile(kept).astype("<f2").tobytes(),
    }
    own = ("digest", "multiset", "architecture", "shapes", "format", "dtype", "model_type")
    return data, line | {key: getattr(sketch, key) for key in own}


def line_fields() -> frozenset[str]:
    """Return what `line_of` tells of a sketch."""
    return frozenset(schema().names) - {"path"}


def _first(values: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the least values, ascending."""
    if len(values) > count:
        near = np.argpartition(values, count)[:count]
        return near[np.argsort(values[near], kind="stable")]
    return np.argsort(values, kind="stable")


def schema() -> pa.Schema:
    """Return the columns of the manifest: those of `Line`, then ``portrait`` (int8 numbers) and ``profile`` (float16 ones)."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    kinds = {"at": pa.timestamp("us"), "tensors": pa.int32(), "parameters": pa.int64(), "size_bytes": pa.int64()}
    fields = [pa.field(name, kinds.get(name, pa.string())) for name in Line._fields]
    sizes = {"portrait": WIDTH, "profile": 2 * PROFILE_GROUPS * PROFILE_POINTS}
    return pa.schema(fields + [pa.field(name, pa.binary(size)) for name, size in sizes.items()])


def stored_portraits(portraits: np.ndarray) -> np.ndarray:
    """Return int8[n, WIDTH]: portraits, float32[n, WIDTH], as the manifest has them: directions, good to one in a thousand."""
    largest = np.abs(portraits).max(axis=1, keepdims=True, initial=0.0)
    return np.rint(portraits * (127 / np.where(largest > 0, largest, 1))).astype(np.int8)


def _table(lines: Sequence[dict[str, object]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return pa.table({name: [line[name] for line in lines] for name in schema().names}, schema=schema())


def _matrix(table: pa.Table, name: str, kind: str, width: int) -> np.ndarray:
    """Return the numbers of a column of bytes, in place where it is of one piece; it has no nulls."""
    rows = []
    for part in table[name].chunks:
        size = part.type.byte_width
        data = part.buffers()[1]
        if data is not None and len(part):
            held = np.frombuffer(data, np.uint8, len(part) * size, part.offset * size)
            rows.append(held.view(kind).reshape(-1, width))
    return np.concatenate(rows) if rows else np.zeros((0, width), kind)
