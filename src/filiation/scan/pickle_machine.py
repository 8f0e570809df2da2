"""What a pickle would import and call, noted as it goes: nothing is imported or called, and what is broken is noted up to there.

The reader of weights (`formats.pickle_opcodes`) refuses a pickle that makes no sense; this one goes on as long as Python would,
because what was called before the nonsense has been called. Of data it keeps little, so that a long pickle takes no memory.

Source:
    CPython's Lib/pickletools.py, protocols 0 to 5; what each instruction does, from Modules/_pickle.c.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from filiation.formats.pickle_notes import Call, Global, Pairs, Persistent
from filiation.scan.forward import BrokenError, Forward
from filiation.scan.limits import Budget

MAX_STACK = 1_000_000
MAX_MARKS = 10_000
MAX_KEPT = 1_000
MAX_KEPT_IN_ALL = 100_000
"""Elements of a list or a dictionary that are kept, and of all of them together."""
MAX_TEXT_BYTES = 1 << 16
MAX_MEMO = 8_000_000
MAX_MEMO_BYTES = 24 << 20
SAMPLE_BYTES = 64
CHARGED = 4_096


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


class Witness(Protocol):
    """Is told what a pickle does."""

    def imported(self, found: Any, position: int, protocol: int) -> None:
        """Take note of a global: `found` is a `Global`, or something else where the name is none."""

    def called(self, call: Call, position: int) -> None:
        """Take note of a call before its result is used."""

    def built(self, target: Any, state: Any, position: int) -> None:
        """Take note of a state that is given to something; may read on from the pickle."""

    def held(self, raw: Raw) -> None:
        """Take note of bytes."""


_OPAQUE, _FORGOTTEN = Unknown(), Unknown(forgotten=True)


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
        self.kept = 0
        self.protocol = 0
        self.position = cursor.position
        self.opcodes = 0

    def run(self) -> Any:
        """Return what the pickle comes to.

        Raises:
            BrokenError: If it breaks off, or no unpickler could go on.
            BudgetError: If it is longer than is read.
        """
        cursor, table = self.cursor, _OPCODES
        while True:
            if not self.opcodes % CHARGED:
                self.budget.spend_opcodes(CHARGED if self.opcodes else 1)
                if len(self.stack) > MAX_STACK:
                    raise BrokenError("a stack higher than is followed")
            self.opcodes += 1
            self.position = cursor.position
            code = cursor.byte()
            if code == _STOP:
                return self.stack[-1] if self.stack else _OPAQUE
            act = table.get(code)
            if act is None:
                raise BrokenError(f"byte {code:#04x} that is no instruction")
            try:
                act(self)
            except (IndexError, ValueError, TypeError, OverflowError, struct.error) as error:
                raise BrokenError("an instruction that makes no sense") from error

    def number(self, layout: struct.Struct) -> Any:
        return layout.unpack(self.cursor.take(layout.size))[0]

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def mark(self) -> None:
        if len(self.below) == MAX_MARKS:
            raise BrokenError(f"more than {MAX_MARKS:,} things begun inside one another")
        self.below.append(self.stack)
        self.stack = []

    def marked(self) -> list[Any]:
        """Return what lies above the last mark, and take both away."""
        taken = self.stack
        self.stack = self.below.pop()
        return taken

    def text(self, size: int) -> Any:
        if size > MAX_TEXT_BYTES:
            return self.raw(size)
        return self.cursor.take(size).decode("utf-8", "replace")

    def raw(self, size: int) -> Any:
        start = self.cursor.position
        sample = self.cursor.take(min(size, SAMPLE_BYTES))
        self.cursor.skip(size - len(sample))
        raw = Raw(start, size, sample)
        self.witness.held(raw)
        return raw

    def put(self, key: int) -> None:
        value = self._memorable(self.stack[-1])
        if key == len(self.dense) and key < MAX_MEMO:
            self.dense.append(value)
        elif 0 <= key < len(self.dense):
            self.dense[key] = value
        elif len(self.memo) < MAX_KEPT * 10:
            self.memo[key] = value

    def memoize(self) -> None:
        self.put(len(self.dense) + len(self.memo))

    def get(self, key: int) -> None:
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
            return _OPAQUE
        return value if self.memo_bytes <= MAX_MEMO_BYTES else _FORGOTTEN

    def imports(self, module: Any, name: Any) -> None:
        found = Global(module, name) if isinstance(module, str) and isinstance(name, str) else (module, name)
        self.witness.imported(found, self.position, self.protocol)
        self.push(found if isinstance(found, Global) else _OPAQUE)

    def call(self, function: Any, args: Any, keywords: Any = None) -> None:
        call = Call(function, args if type(args) in {tuple, list} else (args,))
        if isinstance(keywords, Pairs):
            call.pairs = keywords
        self.witness.called(call, self.position)
        if isinstance(function, Global) and function == ("collections", "OrderedDict") and not call.args:
            self.push(Pairs())
        else:
            call.args = tuple(call.args[:MAX_KEPT])
            self.push(call)


_STOP = ord(".")
_U1, _U2, _U4, _U8, _I4, _F8 = (struct.Struct(code) for code in ("<B", "<H", "<I", "<Q", "<i", ">d"))
_Act = Callable[[Machine], object]


def _integer(text: bytes) -> Any:
    text = text.strip()
    if text in {b"00", b"01"}:
        return text == b"01"
    return int(text.rstrip(b"L") or b"0") if len(text) <= 64 else _OPAQUE


def _long(machine: Machine, size: int) -> Any:
    if size < 0:
        raise BrokenError("a number of negative length")
    if size > 64:
        machine.cursor.skip(size)
        return _OPAQUE
    return int.from_bytes(machine.cursor.take(size), "little", signed=True)


def _quoted(machine: Machine) -> str:
    """Return a text between quotation marks, its escapes undone as Python does it."""
    line = machine.cursor.line().strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in {b'"', b"'"}:
        raise BrokenError("a text without quotation marks")
    return line[1:-1].decode("latin-1").encode("latin-1", "replace").decode("unicode_escape", "replace")


def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.imports(module, name)


def _line_global(machine: Machine) -> None:
    module, name = (machine.cursor.line().decode("utf-8", "replace") for _ in range(2))
    machine.imports(module, name)


def _instance(machine: Machine) -> None:
    module, name = (machine.cursor.line().decode("utf-8", "replace") for _ in range(2))
    args = tuple(machine.marked())
    machine.imports(module, name)
    machine.call(machine.stack.pop(), args)


def _object(machine: Machine) -> None:
    values = machine.marked()
    machine.call(values[0], tuple(values[1:]))


def _reduce(machine: Machine) -> None:
    args = machine.stack.pop()
    machine.call(machine.stack.pop(), args)


def _new(machine: Machine) -> None:
    """What makes an object without its ``__init__``: noted as a call of ``cls.__new__``, that only classes have."""
    args = machine.stack.pop()
    machine.call(New(machine.stack.pop()), args)


def _new_with_keywords(machine: Machine) -> None:
    keywords, args = machine.stack.pop(), machine.stack.pop()
    machine.call(New(machine.stack.pop()), args, keywords)


class New(NamedTuple):
    """The ``__new__`` of a class."""

    of: Any


def _build(machine: Machine) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if isinstance(target, Call):
        target.state = state
    machine.witness.built(target, state, machine.position)


def _append(machine: Machine, target: Any, values: Sequence[Any]) -> None:
    kept = target if isinstance(target, list) else target.elements if isinstance(target, Call) else None
    if kept is not None and len(kept) < MAX_KEPT and machine.kept < MAX_KEPT_IN_ALL:
        kept.extend(values[: MAX_KEPT - len(kept)])
        machine.kept += len(values)


def _set(machine: Machine, target: Any, values: list[Any]) -> None:
    pairs = target.pairs if isinstance(target, Call) else target
    if isinstance(pairs, Pairs) and len(pairs.items) < MAX_KEPT and machine.kept < MAX_KEPT_IN_ALL:
        machine.kept += len(values)
        pairs.items.extend(zip(values[::2], values[1::2], strict=False))


def _last(then: Callable[[Machine, Any, list[Any]], None], count: int) -> _Act:
    def run(machine: Machine) -> None:
        values = machine.stack[-count:]
        del machine.stack[-count:]
        then(machine, machine.stack[-1], values)

    return run


def _all(then: Callable[[Machine, Any, list[Any]], None]) -> _Act:
    def run(machine: Machine) -> None:
        values = machine.marked()
        then(machine, machine.stack[-1], values)

    return run


def _tuple(count: int) -> _Act:
    def run(machine: Machine) -> None:
        values = tuple(machine.stack[-count:])
        if len(values) < count:
            raise IndexError
        machine.stack[-count:] = [values]

    return run


def _dictionary(machine: Machine) -> None:
    pairs = Pairs()
    _set(machine, pairs, machine.marked())
    machine.push(pairs)


def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.marked()


def _pushed(make: Callable[[Machine], Any]) -> _Act:
    return lambda machine: machine.push(make(machine))


def _protocol(machine: Machine) -> None:
    machine.protocol = machine.cursor.byte()


_OPCODES: dict[int, _Act] = {
    **{ord(code): _pushed(make) for code, make in {
        "N": lambda _: None, "]": lambda _: [], "}": lambda _: Pairs(), ")": lambda _: (),
        "\x88": lambda _: True, "\x89": lambda _: False, "\x8f": lambda _: [],
        "J": lambda m: m.number(_I4), "K": lambda m: m.cursor.byte(), "M": lambda m: m.number(_U2), "G": lambda m: m.number(_F8),
        "\x8a": lambda m: _long(m, m.cursor.byte()), "\x8b": lambda m: _long(m, m.number(_I4)),
        "I": lambda m: _integer(m.cursor.line()), "L": lambda m: _integer(m.cursor.line()),
        "F": lambda m: float(m.cursor.line()[:64]),
        "X": lambda m: m.text(m.number(_U4)), "\x8c": lambda m: m.text(m.cursor.byte()), "\x8d": lambda m: m.text(m.number(_U8)),
        "V": lambda m: m.cursor.line().decode("raw_unicode_escape", "replace"), "S": _quoted,
        "T": lambda m: m.text(m.number(_U4)), "U": lambda m: m.text(m.cursor.byte()),
        "B": lambda m: m.raw(m.number(_U4)), "C": lambda m: m.raw(m.cursor.byte()),
        "\x8e": lambda m: m.raw(m.number(_U8)), "\x96": lambda m: m.raw(m.number(_U8)), "\x97": lambda _: Persistent(None),
        "\x82": lambda m: Global("copyreg extension", str(m.cursor.byte())),
        "\x83": lambda m: Global("copyreg extension", str(m.number(_U2))),
        "\x84": lambda m: Global("copyreg extension", str(m.number(_I4))),
        "P": lambda m: Persistent(m.cursor.line().decode("latin-1")), "Q": lambda m: Persistent(m.stack.pop()),
        "2": lambda m: m.stack[-1], "l": lambda m: m.marked()[:MAX_KEPT], "t": lambda m: tuple(m.marked()),
        "\x91": lambda m: m.marked()[:MAX_KEPT],
    }.items()},
    ord("c"): _line_global, 0x93: _stack_global, ord("i"): _instance, ord("o"): _object,
    ord("R"): _reduce, 0x81: _new, 0x92: _new_with_keywords,
    ord("g"): lambda m: m.get(int(_integer(m.cursor.line()))), ord("h"): lambda m: m.get(m.cursor.byte()),
    ord("j"): lambda m: m.get(m.number(_U4)),
    ord("p"): lambda m: m.put(int(_integer(m.cursor.line()))), ord("q"): lambda m: m.put(m.cursor.byte()),
    ord("r"): lambda m: m.put(m.number(_U4)), 0x94: Machine.memoize,
    **{0x84 + count: _tuple(count) for count in (1, 2, 3)},
    ord("("): Machine.mark, ord("1"): Machine.marked, ord("0"): _pop, ord("d"): _dictionary,
    ord("a"): _last(_append, 1), ord("e"): _all(_append), 0x90: _all(_append),
    ord("s"): _last(_set, 2), ord("u"): _all(_set), ord("b"): _build,
    0x80: _protocol, 0x95: lambda m: m.cursor.take(8), 0x98: lambda _: None,
}  # fmt: skip
