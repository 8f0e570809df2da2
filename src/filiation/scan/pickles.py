"""Pickles, one after another or with values between them: what they would import and call."""

from __future__ import annotations

import base64
import binascii
import re
from math import prod
from typing import Any

from filiation.core.tensor import Bytes
from filiation.formats.file_part import FilePart
from filiation.formats.held import Held
from filiation.formats.pickle_notes import Call, Global
from filiation.formats.stored_values import take
from filiation.formats.torch_legacy import MAGIC as TORCH_MAGIC
from filiation.scan.answer import Level
from filiation.scan.calls import Verdict, judged, shown
from filiation.scan.forward import BrokenError, Forward
from filiation.scan.imports import Known, is_odd, known
from filiation.scan.look import Look, Part, rules
from filiation.scan.pickle_machine import Machine, Raw

MAX_PICKLES = 100_000
MAX_NOTED = 5_000
"""Imports, calls and nested files that are kept of one file; dangerous ones always."""
MAX_CARVED_BYTES = 256 << 20
CARVE_BYTES = 1 << 20
_TORCH_PICKLES = 5
_WRAPPER = "NumpyArrayWrapper"
_PROTO = re.compile(rb"\x80[\x00-\x05]")
_EARLY = frozenset(b"()]}NIKJLMSTUVXFGPcCB\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96")
"""What a pickle without a protocol may begin with."""
_CARVED = re.compile(
    rb"c(?:os|posix|nt|subprocess|builtins|__builtin__|runpy|pty|sys|shutil|socket|importlib|ctypes)\r?\n[A-Za-z_]{2,30}\n"
    rb"|\x8c.(?:os|posix|nt|subprocess|builtins|__builtin__|runpy|pty)(?:\x94)?\x8c.[a-z_]{2,30}(?:\x94)?\x93",
    re.DOTALL,
)


def may_begin(start: bytes) -> bool:
    """Return whether a pickle may begin so; of those without a protocol it is only a guess."""
    return bool(_PROTO.match(start)) or (len(start) > 1 and start[0] in _EARLY)


def read(part: Part, look: Look, *, start: int = 0, is_sure: bool = True) -> bool:
    """Note what the pickles in a part would do; return whether there were any.

    Args:
        part: Where they are.
        look: Is told.
        start: Where the first begins.
        is_sure: Whether it must be a pickle, and is to be called broken where it is none.
    """
    reading = _Reading(part, look)
    end, whole, problem = _all(part.file, reading, start)
    has_protocol = _PROTO.match(take(part.file, start, min(start + 2, part.file.size_bytes))) is not None
    was_one = whole > 0 or reading.is_convincing
    if not is_sure and (not was_one or (reading.is_nonsense and not has_protocol)):
        return False
    reading.tell()
    if problem:
        look.say("pickle-broken", part.at(end), "", problem)
    if end < part.file.size_bytes and not reading.is_torch:
        carve(part, look, end)
    return True


def carve(part: Part, look: Look, start: int) -> None:
    """Look for dangerous imports in bytes that no reader makes sense of, and that another might start at."""
    stop = min(part.file.size_bytes, start + MAX_CARVED_BYTES)
    for at in range(start, stop, CARVE_BYTES):
        block = take(part.file, at, min(at + CARVE_BYTES + 128, stop))
        look.budget.check_time()
        for match in _CARVED.finditer(block):
            text = match[0].decode("latin-1")
            look.say("pickle-buried", part.at(at + match.start()), text, re.sub(r"[^\w]+", ".", text[1:]).strip("."))


def _all(file: Bytes, reading: _Reading, start: int) -> tuple[int, int, str]:
    """Return where the last pickle ends, how many were whole, and why the one after it broke off."""
    cursor = Forward(file, start)
    is_torch = (
        file.size_bytes > len(TORCH_MAGIC) and take(file, start, min(start + len(TORCH_MAGIC), file.size_bytes)) == TORCH_MAGIC
    )
    for number in range(MAX_PICKLES):
        begin = cursor.position
        if number and (not cursor.left or (is_torch and number == _TORCH_PICKLES) or not _goes_on(file, begin)):
            reading.is_torch = is_torch
            return begin, number, ""
        try:
            reading.run(cursor)
        except BrokenError as error:
            at = reading.machine.position if reading.machine else begin
            is_remainder = number > 0 and not reading.found_since
            return (begin, number, "") if is_remainder else (at, number, str(error))
        reading.found_since = False
    return cursor.position, MAX_PICKLES, "more pickles than are read"


def _goes_on(file: Bytes, position: int) -> bool:
    """Return whether what follows a pickle may be another."""
    return may_begin(take(file, position, min(position + 2, file.size_bytes)))


class _Reading:
    """Gathers what pickles do, until it is clear that they are pickles; see `pickle_machine.Witness`."""

    def __init__(self, part: Part, look: Look) -> None:
        self.part, self.look = part, look
        self.machine: Machine | None = None
        self.is_torch = self.found_since = False
        self.is_convincing = self.is_nonsense = False
        self._imports: dict[tuple[str, str], int] = {}
        self._calls: dict[tuple[str, tuple[str, ...]], tuple[Verdict, int]] = {}
        self._hidden: list[tuple[str, int]] = []
        self._called: set[tuple[str, str]] = set()
        self._nested: list[Raw] = []
        self._texts: list[str] = []

    def run(self, cursor: Forward) -> Any:
        """Follow one pickle to its end; raises as `Machine.run`."""
        outer = self.machine
        self.machine = machine = Machine(cursor, self, self.look.budget)
        try:
            return machine.run()
        finally:
            self.machine = outer or machine

    def imported(self, found: Any, position: int) -> None:
        """Take note of a global."""
        if not isinstance(found, Global):
            self._hidden = [*self._hidden[:8], (shown(found), position)]
            self.found_since = True
            return
        is_name = all(piece.isidentifier() for piece in found.path.split("."))
        self.is_nonsense = self.is_nonsense or not is_name
        self.is_convincing = self.is_convincing or is_name
        self.found_since = self.found_since or is_name
        if len(self._imports) < MAX_NOTED or known(*found) is Known.DANGEROUS:
            self._imports.setdefault((found.module, found.name), position)

    def called(self, call: Call, position: int) -> None:
        """Judge a call."""
        if isinstance(getattr(call.function, "of", call.function), Global):
            if len(self._called) < MAX_NOTED:
                self._called.add(tuple(getattr(call.function, "of", call.function)))
            if call.function == ("_codecs", "encode") and call.args and isinstance(call.args[0], str):
                self._keep_text(call.args[0])
        verdict = judged(call)
        if verdict is not None and (len(self._calls) < MAX_NOTED or rules()[verdict.rule]["level"] == "malicious"):
            self._calls.setdefault((verdict.rule, verdict.details), (verdict, position))

    def _keep(self, kept: list[Any], item: Any) -> None:
        """Keep what may be a file; more than are kept make the answer inconclusive."""
        if len(kept) < MAX_NOTED:
            kept.append(item)
        else:
            self.look.say("pickle-too-large", self.part.place)

    def _keep_text(self, text: str) -> None:
        """Keep bytes that are written as a text, as protocols before 3 do."""
        if text.startswith("\x80"):
            self._keep(self._texts, text)

    def built(self, target: Any, state: Any, position: int) -> None:
        """Pass over the values of joblib's arrays, which stand between instructions; a state for a class is told."""
        if isinstance(target, Global):
            verdict = Verdict("pickle-class-changed", (target.path,))
            self._calls.setdefault((verdict.rule, verdict.details), (verdict, position))
        is_array = isinstance(target, Call) and _name_of(target.function) == _WRAPPER and hasattr(state, "get")
        if is_array and self.machine is not None:
            self._pass_over_array(state, self.machine.cursor)

    def held(self, raw: Raw) -> None:
        """Keep bytes that may be a file of their own."""
        is_file = _PROTO.match(raw.sample) or raw.sample.startswith((b"PK\x03\x04", b"\x7fELF"))
        if is_file:
            self._keep(self._nested, raw)

    def encoded(self, text: str) -> None:
        """Keep a pickle that is written in base64."""
        try:
            self._keep(self._texts, base64.b64decode(text, validate=True).decode("latin-1"))
        except (binascii.Error, ValueError):
            return

    def tell(self) -> None:
        """Say all that was gathered, and look into what is nested."""
        for (module, name), position in self._imports.items():
            self.look.note_global(module, name)
            self._tell_import(module, name, position)
        for verdict, position in self._calls.values():
            self.look.say(verdict.rule, self.part.at(position), "", *verdict.details, level=verdict.level)
        for what, position in self._hidden:
            self.look.say("pickle-hidden-import", self.part.at(position), what)
        for raw in self._nested:
            inner = FilePart(self.part.file, raw.start, raw.size_bytes)
            self._into(inner, f"bytes {raw.start:,}")
        for number, text in enumerate(self._texts):
            name = f"text {number:,}"
            self._into(Held(name, text.encode("latin-1", "replace")), name)

    def _into(self, file: Bytes, name: str) -> None:
        """Look into what is nested, where it turns out to be a file."""
        inner = self.part.within(file, name)
        self.look.into(Part(inner.file, inner.name, inner.place, inner.depth, limb=True))

    def _tell_import(self, module: str, name: str, position: int) -> None:
        kind = known(module, name)
        path = f"{module}.{name}"
        if kind is Known.DANGEROUS and not any(
            path in verdict.details[0] for verdict, _ in self._calls.values() if verdict.details
        ):
            level = Level.MALICIOUS if is_odd(module, name) else None
            self.look.say("pickle-dangerous-import", self.part.at(position), path, path, level=level)
        elif kind is Known.UNKNOWN and (module, name) not in self._called:
            self.look.say("pickle-unlisted-import", self.part.at(position), path, path)

    def _pass_over_array(self, state: Any, cursor: Forward) -> None:
        kind, shape = state.get("dtype"), state.get("shape")
        code = kind.args[0] if isinstance(kind, Call) and kind.args and isinstance(kind.args[0], str) else ""
        if code.startswith("O") or not code or not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
            self.run(cursor)
            return
        if state.get("numpy_array_alignment_bytes") is not None:
            cursor.skip(cursor.byte())
        width = int(code[1:]) if code[1:].isdecimal() else 0
        size = prod(shape) * width * (4 if code.startswith("U") else 1)
        if size < 0:
            raise BrokenError("an array of negative length")
        cursor.skip(size)


def _name_of(function: Any) -> str:
    of = getattr(function, "of", function)
    return of.name if isinstance(of, Global) else ""
