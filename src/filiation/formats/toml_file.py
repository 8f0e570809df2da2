"""What people write in TOML: read within bounds, into a shape, with one sentence that says what is wrong and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import tomli

from filiation.core.errors import FiliationError

Shape = TypeVar("Shape")
_AT = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?\$(.*)`)?")
_NO_FIELD = re.compile(r"Object contains unknown field `(.*)`")


@dataclass(frozen=True)
class TomlFile(Generic[Shape]):
    """A kind of file that people write.

    Attributes:
        shape: Of what it says: a Struct, or ``dict[str, Any]`` for tables as they are.
        what: What such a file is called, such as ``a file of answers``.
        most: Longest, in bytes.
        otherwise: A sentence that says what to do where a file is none; empty for nothing.
        error: Raised where a file is none.
    """

    shape: type[Shape]
    what: str
    most: int
    otherwise: str = ""
    error: type[FiliationError] = FiliationError

    def read(self, path: Path) -> Shape:
        """Return what the file at `path` says.

        Raises:
            FiliationError: As `error`, if it cannot be read, or is none.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(self.most + 1)
        except OSError as failure:
            raise self.error(f"{path} cannot be read: {failure.strerror or failure}.") from failure
        return self.parse(raw, str(path))

    def parse(self, raw: bytes, name: str) -> Shape:
        """Return what the bytes of a file say; `name` stands for it in messages.

        Raises:
            FiliationError: As `read` does.
        """
        return self.fit(self.tables(raw, name), name)

    def tables(self, raw: bytes, name: str) -> dict[str, Any]:
        """Return the tables as they are written.

        Raises:
            FiliationError: As `error`, if it is too long or no TOML.
        """
        if len(raw) > self.most:
            raise self.error(f"{name} is longer than {self.most >> 10} kB, which {self.what} never is: take something out.")
        try:
            return tomli.loads(raw.decode("utf-8"))
        except UnicodeDecodeError as failure:
            raise self._no_toml(name, "it is not text in UTF-8") from failure
        except (tomli.TOMLDecodeError, RecursionError) as failure:
            is_deep = isinstance(failure, RecursionError)
            raise self._no_toml(name, "it is nested too deep" if is_deep else str(failure).splitlines()[0]) from failure
        except ValueError as failure:  # numbers and dates that Python cannot hold
            raise self._no_toml(name, str(failure).splitlines()[0]) from failure

    def fit(self, tables: dict[str, Any], name: str) -> Shape:
        """Return what tables say in the shape.

        Raises:
            FiliationError: As `error`, if they are of another.
        """
        try:
            return msgspec.convert(tables, self.shape)
        except RecursionError as failure:
            raise self._none_such(name, "it is nested too deep") from failure
        except msgspec.ValidationError as failure:
            raise self._none_such(name, told(failure)) from failure

    def _no_toml(self, name: str, why: str) -> FiliationError:
        return self.error(f"{name} is not TOML: {why}.{self._hint}")

    def _none_such(self, name: str, why: str) -> FiliationError:
        return self.error(f"{name} is not {self.what}: {why}.{self._hint}")

    @property
    def _hint(self) -> str:
        return f" {self.otherwise}" if self.otherwise else ""


def told(failure: msgspec.ValidationError) -> str:
    """Return what is wrong and where, in terms of tables and keys, without a full stop."""
    match = _AT.fullmatch(str(failure))
    what, path = (match[1], match[2] or "") if match else (str(failure), "")
    parts = [part for part in re.split(r"\.|(\[\d+\]|\[\.\.\.\])", path) if part]
    extra = _NO_FIELD.fullmatch(what)
    if extra:
        parts.append(extra[1])
        what = "there is no such key"
    where = _where(parts)
    said = f"{what[:1].lower()}{what[1:]}".replace("`", "'")
    return f"{where}: {said}" if where else said


def _where(parts: list[str]) -> str:
    """Return the place that the steps from the top lead to; a step into a list is its number from 0 in brackets."""
    keys = [part for part in parts if not part.startswith("[")]
    if len(parts) > 1 and parts[1].startswith("["):
        number = parts[1][1:-1]
        table = f"in [[{keys[0]}]]" + (f" number {int(number) + 1}" if number.isdigit() else "")
        return f"{table}, key {'.'.join(keys[1:])}" if len(keys) > 1 else table
    if len(keys) > 1:
        return f"in [{keys[0]}], key {'.'.join(keys[1:])}"
    return f"key {keys[0]}" if keys else ""
