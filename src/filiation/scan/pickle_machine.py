"""What a pickle would import and call, noted as it goes: nothing is imported or called; of a broken one all up to the break.

The reader of weights (`formats.pickle_opcodes`) refuses a pickle that makes no sense; this one goes on as long as Python would,
because what was called before the nonsense has been called. Of data it keeps little, so that a long pickle takes no memory.

Source:
    CPython's Lib/pickletools.py, protocols 0 to 5; what each instruction does, from Modules/_pickle.c.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, Protocol

from filiation.formats.pickle_notes import Call, Global, Pairs
from filiation.scan.forward import BrokenError, Forward
from filiation.scan.limits import Budget

MAX_STACK = 250_000
"""Things that wait, below all marks together."""
MAX_MARKS = 10_000
MAX_KEPT = 1_000
MAX_KEPT_IN_ALL = 100_000
"""Elements of a list or a dictionary that are kept, and of all of them together."""
MAX_TEXT_BYTES = 1 << 16
MAX_MEMO = 8_000_000
MAX_MEMO_BYTES = 24 << 20
SAMPLE_BYTES = 64
CHARGED = 4_096
_STOP = ord(".")


class Raw(NamedTuple):
    """Bytes that the pickle holds, `size_bytes` from the byte `start` on; `sample` are the first of them."""

    start: int
    size_bytes: int
    sample: bytes


class Unknown:
    """Something whose value was not kept; `forgotten` where that is for want of room, and not because of the pickle."""

    __slots__ = ("forgotten",)

    def __init__(self, *, forgotten: bool = False) -> None:
        self.forgotten = forgotten


class New(NamedTuple):
    """The ``__new__`` of a class."""

    of: Any


class Witness(Protocol):
    """Is told what a pickle does."""

    def imported(self, found: Any, position: int) -> None:
        """Take note of a global: `found` is a `Global`, or something else where the name is none."""

    def called(self, call: Call, position: int) -> None:
        """Take note of a call before its result is used."""

    def built(self, target: Any, state: Any, position: int) -> None:
        """Take note of a state that is given to something; may read on from the pickle."""

    def held(self, raw: Raw) -> None:
        """Take note of bytes."""

    def encoded(self, text: str) -> None:
        """Take note of a text that may be a pickle in base64."""


OPAQUE, _FORGOTTEN = Unknown(), Unknown(forgotten=True)


class Machine:
    """The stack machine of one pickle.

    Args:
        cursor: Where it begins.
        witness: Is told.
        budget: Is charged for instructions.
        memo: Of the pickle before, where one unpickler reads both.
    """

    def __init__(self, cursor: Forward, witness: Witness, budget: Budget) -> None:
        self.cursor, self.witness, self.budget = cursor, witness, budget
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.dense: list[Any] = []
        self.memo_bytes = 0
        self.kept = self.waiting = 0
        self.protocol = 0
        self.position = cursor.position
        self.opcodes = 0

    def run(self) -> Any:
        """Return what the pickle comes to.

        Raises:
            BrokenError: If it breaks off, or no unpickler could go on.
            BudgetError: If it is longer than is read.
        """
        from filiation.scan.pickle_instructions import INSTRUCTIONS as table  # noqa: PLC0415, N811  # they know the machine

        cursor = self.cursor
        while True:
            if not self.opcodes % CHARGED:
                self.budget.spend_opcodes(CHARGED if self.opcodes else 1)
                if len(self.stack) + self.waiting > MAX_STACK:
                    raise BrokenError("a stack higher than is followed")
            self.opcodes += 1
            self.position = cursor.position
            code = cursor.byte()
            if code == _STOP:
                return self.stack[-1] if self.stack else OPAQUE
            act = table.get(code)
            if act is None:
                raise BrokenError(f"byte {code:#04x} that is no instruction")
            try:
                act(self)
            except (IndexError, ValueError, TypeError, OverflowError, struct.error) as error:
                raise BrokenError("an instruction that makes no sense") from error

    def number(self, layout: struct.Struct) -> Any:
        """Return the next number."""
        return layout.unpack(self.cursor.take(layout.size))[0]

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def mark(self) -> None:
        """Begin something that ends later."""
        if len(self.below) == MAX_MARKS:
            raise BrokenError(f"more than {MAX_MARKS:,} things begun inside one another")
        self.below.append(self.stack)
        self.waiting += len(self.stack)
        self.stack = []

    def marked(self) -> list[Any]:
        """Return what lies above the last mark, and take both away."""
        taken = self.stack
        self.stack = self.below.pop()
        self.waiting -= len(self.stack)
        return taken

    def text(self, size: int) -> Any:
        """Return the next `size` bytes as a text, of a long one where it is."""
        if size > MAX_TEXT_BYTES:
            return self.raw(size)
        text = self.cursor.take(size).decode("utf-8", "replace")
        if size > 16 and text.startswith("gA"):
            self.witness.encoded(text)
        return text

    def raw(self, size: int) -> Any:
        """Return where the next `size` bytes are, and pass over them."""
        start = self.cursor.position
        sample = self.cursor.take(min(size, SAMPLE_BYTES))
        self.cursor.skip(size - len(sample))
        raw = Raw(start, size, sample)
        self.witness.held(raw)
        return raw

    def put(self, key: int) -> None:
        """Keep what is on top of the stack."""
        value = self._memorable(self.stack[-1])
        if key == len(self.dense) and key < MAX_MEMO:
            self.dense.append(value)
        elif 0 <= key < len(self.dense):
            self.dense[key] = value
        elif len(self.memo) < MAX_KEPT * 10:
            self.memo[key] = value

    def memoize(self) -> None:
        """Keep it under the next number."""
        self.put(len(self.dense) + len(self.memo))

    def get(self, key: int) -> None:
        """Put what was kept on the stack."""
        if 0 <= key < len(self.dense):
            self.push(self.dense[key])
        elif key in self.memo:
            self.push(self.memo[key])
        elif len(self.dense) >= MAX_MEMO or len(self.memo) >= MAX_KEPT * 10:
            self.push(_FORGOTTEN)
        else:
            raise BrokenError("a look at what was never kept")

    def _memorable(self, value: Any) -> Any:
        if isinstance(value, (Global, Unknown)) or value is None:
            return value
        if isinstance(value, (str, tuple, list)):
            self.memo_bytes += 64 + len(value) * (1 if isinstance(value, str) else 8)
        elif isinstance(value, (Call, Pairs)):
            self.memo_bytes += 512
        else:
            return OPAQUE
        return value if self.memo_bytes <= MAX_MEMO_BYTES else _FORGOTTEN

    def imports(self, module: Any, name: Any) -> None:
        """Put the note of a global on the stack."""
        found = Global(module, name) if isinstance(module, str) and isinstance(name, str) else (module, name)
        self.witness.imported(found, self.position)
        self.push(found if isinstance(found, Global) else OPAQUE)

    def call(self, function: Any, args: Any, keywords: Any = None) -> None:
        """Put the note of a call on the stack."""
        call = Call(function, args if type(args) in {tuple, list} else (args,))
        if isinstance(keywords, Pairs):
            call.pairs = keywords
        self.witness.called(call, self.position)
        if isinstance(function, Global) and function == ("collections", "OrderedDict") and not call.args:
            self.push(Pairs())
        else:
            call.args = tuple(call.args[:MAX_KEPT])
            self.push(call)
