"""What a pickle would make, read from its opcodes: nothing is imported, called or made.

A pickle is a program for a small stack machine. Here the machine runs, but what it makes are notes: the name of a global
instead of the thing it names, a call that was asked for instead of its result.

Source:
    CPython's Lib/pickletools.py, protocols 0 to 5.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from filiation.core.errors import WeightsError
from filiation.formats.pickle_notes import Blob, Call, Global, Pairs, Persistent

MAX_OPCODES = 4_000_000
MAX_PICKLE_BYTES = 256 << 20
MAX_LINE_BYTES = 1 << 16
MAX_MARKS = 1_000
MAX_KEPT_BYTES = 1 << 16
"""A longer text or string of bytes is noted by its length alone."""


class Cursor:
    """Takes bytes from pieces that follow one another.

    Args:
        pieces: The bytes; more are asked for only when they are needed.
        name: Of the file, for what is said when it ends too early.
    """

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self.name = name
        self.position = 0
        self._pieces = pieces
        self._held = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes.

        Raises:
            WeightsError: If there are fewer, or `MAX_PICKLE_BYTES` have been taken.
        """
        stop = self._at + size
        if stop > len(self._held):
            self._gather(size)
            stop = size
        taken = self._held[self._at : stop]
        self._at = stop
        self.position += size
        return taken

    def line(self) -> bytes:
        """Return the bytes up to the next line feed, which is passed over.

        Raises:
            WeightsError: If none comes within `MAX_LINE_BYTES`.
        """
        while (stop := self._held.find(b"\n", self._at)) < 0:
            if len(self._held) - self._at > MAX_LINE_BYTES:
                raise self.refusal("a line that does not end")
            self._gather(len(self._held) - self._at + 1)
        return self.take(stop + 1 - self._at)[:-1]

    def skip(self, size: int) -> None:
        """Pass over `size` bytes without keeping them; raises as `take`."""
        while size:
            part = min(size, max(len(self._held) - self._at, 1))
            self.take(part)
            size -= part

    def refusal(self, what: str) -> WeightsError:
        """Return what to raise: the pickle holds `what`."""
        return WeightsError(f"{self.name} cannot be read: its pickle has {what}")

    def _gather(self, size: int) -> None:
        if self.position + size > MAX_PICKLE_BYTES:
            raise self.refusal(f"more than {MAX_PICKLE_BYTES >> 20} MB")
        parts = [self._held[self._at :]]
        held = len(parts[0])
        while held < size:
            part = next(self._pieces, None)
            if part is None:
                raise self.refusal("no end")
            parts.append(part)
            held += len(part)
        self._held, self._at = b"".join(parts), 0


def interpret(cursor: Cursor, seen: list[Persistent] | None = None, built: Callable[[Call], None] | None = None) -> Any:
    """Return what one pickle describes, and leave the cursor behind it.

    Numbers, texts, lists and tuples come as they are; everything else as `Pairs`, `Call`, `Global`, `Persistent`, `Blob`.
    Each `Persistent` is added to `seen` as well; `built` is told of each call once it was given its state.

    Raises:
        WeightsError: If the pickle is not well formed, or is longer, deeper or busier than is read.
    """
    machine = _Machine(cursor, [] if seen is None else seen, built)
    try:
        for _ in range(MAX_OPCODES):
            code = cursor.take(1)[0]
            if code == _STOP:
                return machine.stack.pop()
            _OPCODES[code](machine)
    except WeightsError:
        raise
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise cursor.refusal("an instruction that makes no sense") from error
    raise cursor.refusal(f"more than {MAX_OPCODES:,} instructions")


_STOP = ord(".")


class _Machine:
    """The stack, the stacks below the marks, and the memo."""

    def __init__(self, cursor: Cursor, seen: list[Persistent], built: Callable[[Call], None] | None) -> None:
        self.cursor = cursor
        self.seen = seen
        self.built = built
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.copied = 0

    def number(self, layout: struct.Struct) -> Any:
        return layout.unpack(self.cursor.take(layout.size))[0]

    def mark(self) -> None:
        if len(self.below) == MAX_MARKS:
            raise self.cursor.refusal(f"more than {MAX_MARKS:,} things begun inside one another")
        self.below.append(self.stack)
        self.stack = []

    def marked(self) -> list[Any]:
        """Return what lies above the last mark, and take both away."""
        taken = self.stack
        self.stack = self.below.pop()
        return taken

    def text(self, size: int) -> Any:
        if size > MAX_KEPT_BYTES:
            return self.long(size)
        return self.cursor.take(size).decode("utf-8", "replace")

    def raw(self, size: int) -> Any:
        return self.long(size) if size > MAX_KEPT_BYTES else self.cursor.take(size)

    def outside(self, key: Any) -> Persistent:
        self.seen.append(Persistent(key))
        return self.seen[-1]

    def long(self, size: int) -> Blob:
        blob = Blob(self.cursor.position, size)
        self.cursor.skip(size)
        return blob


_U1, _U2, _U4, _U8, _I4, _F8 = (struct.Struct(code) for code in ("<B", "<H", "<I", "<Q", "<i", ">d"))


def _pushed(make: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    """Return an opcode that puts on the stack what `make` returns."""

    def run(machine: _Machine) -> None:
        value = make(machine)
        machine.stack.append(value)

    return run


def _integer(text: bytes) -> int | bool:
    if text in {b"00", b"01"}:
        return text == b"01"
    if len(text) > 64:
        raise ValueError(text[:8])
    return int(text.rstrip(b"L") or b"0")


def _global(machine: _Machine) -> Global:
    return Global(*(machine.cursor.line().decode("utf-8", "replace") for _ in range(2)))


def _stack_global(machine: _Machine) -> Global:
    name, module = machine.stack.pop(), machine.stack.pop()
    return Global(str(module)[:MAX_LINE_BYTES], str(name)[:MAX_LINE_BYTES]) if isinstance(name, str) else Global("", "")


def _called(machine: _Machine, function: Any, args: Any) -> Any:
    """Return a call; an ordered dictionary is one, whether its pairs come now or later."""
    if isinstance(function, Global) and function.name in {"OrderedDict", "defaultdict"} and function.module == "collections":
        given = args[0] if args and isinstance(args[0], (list, tuple)) else ()
        machine.copied += len(given)
        if machine.copied > MAX_OPCODES:
            raise machine.cursor.refusal("one dictionary, over and over")
        return Pairs([(pair[0], pair[1]) for pair in given if isinstance(pair, (list, tuple)) and len(pair) == 2])
    return Call(function, args)


def _reduce(machine: _Machine) -> Any:
    args = machine.stack.pop()
    return _called(machine, machine.stack.pop(), args)


def _new_with_keywords(machine: _Machine) -> Any:
    keywords, args = machine.stack.pop(), machine.stack.pop()
    call = Call(machine.stack.pop(), args)
    call.pairs = keywords if isinstance(keywords, Pairs) else Pairs()
    return call


def _build(machine: _Machine) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if isinstance(target, Call):
        target.state = state
        if machine.built is not None:
            machine.built(target)


def _append(target: Any, values: list[Any]) -> None:
    if isinstance(target, list):
        target.extend(values)
    elif isinstance(target, Call):
        target.elements.extend(values)
    else:
        raise TypeError


def _set(target: Any, values: list[Any]) -> None:
    pairs = target.pairs if isinstance(target, Call) else target
    if not isinstance(pairs, Pairs) or len(values) % 2:
        raise TypeError
    pairs.items.extend(zip(values[::2], values[1::2], strict=True))


def _one(then: Callable[[Any, list[Any]], None], count: int) -> Callable[[_Machine], None]:
    """Return an opcode that gives the `count` things on top to the one below them."""

    def run(machine: _Machine) -> None:
        values = machine.stack[-count:]
        del machine.stack[-count:]
        then(machine.stack[-1], values)

    return run


def _all(then: Callable[[Any, list[Any]], None]) -> Callable[[_Machine], None]:
    """Return an opcode that gives all above the mark to the one below it."""

    def run(machine: _Machine) -> None:
        values = machine.marked()
        then(machine.stack[-1], values)

    return run


def _tuple(count: int) -> Callable[[_Machine], None]:
    def run(machine: _Machine) -> None:
        values = tuple(machine.stack[-count:])
        if len(values) < count:
            raise IndexError
        machine.stack[-count:] = [values]

    return run


def _put(key: Callable[[_Machine], int]) -> Callable[[_Machine], None]:
    def run(machine: _Machine) -> None:
        machine.memo[key(machine)] = machine.stack[-1]

    return run


def _get(key: Callable[[_Machine], int]) -> Callable[[_Machine], None]:
    return _pushed(lambda machine: machine.memo[key(machine)])


def _instance(machine: _Machine) -> Any:
    made = _global(machine)
    return _called(machine, made, tuple(machine.marked()))


def _object(machine: _Machine) -> Any:
    values = machine.marked()
    return _called(machine, values[0], tuple(values[1:]))


_OPCODES: dict[int, Callable[[_Machine], object]] = {
    **{ord(code): _pushed(make) for code, make in {
        "N": lambda _: None, "]": lambda _: [], "}": lambda _: Pairs(), ")": lambda _: (),
        "\x88": lambda _: True, "\x89": lambda _: False, "\x8f": lambda _: [],
        "J": lambda m: m.number(_I4), "K": lambda m: m.number(_U1), "M": lambda m: m.number(_U2), "G": lambda m: m.number(_F8),
        "\x8a": lambda m: int.from_bytes(m.cursor.take(m.number(_U1)), "little", signed=True),
        "\x8b": lambda m: int.from_bytes(m.cursor.take(min(m.number(_I4), MAX_KEPT_BYTES)), "little", signed=True),
        "I": lambda m: _integer(m.cursor.line()), "L": lambda m: _integer(m.cursor.line()),
        "F": lambda m: float(m.cursor.line()[:64]),
        "X": lambda m: m.text(m.number(_U4)), "\x8c": lambda m: m.text(m.number(_U1)), "\x8d": lambda m: m.text(m.number(_U8)),
        "V": lambda m: m.cursor.line().decode("utf-8", "replace"), "S": lambda m: m.cursor.line()[1:-1].decode("latin-1"),
        "T": lambda m: m.text(m.number(_U4)), "U": lambda m: m.text(m.number(_U1)),
        "B": lambda m: m.raw(m.number(_U4)), "C": lambda m: m.raw(m.number(_U1)),
        "\x8e": lambda m: m.raw(m.number(_U8)), "\x96": lambda m: m.raw(m.number(_U8)), "\x97": lambda _: Persistent(None),
        "c": _global, "\x93": _stack_global, "i": _instance, "o": _object,
        "R": _reduce, "\x81": _reduce, "\x92": _new_with_keywords,
        "\x82": lambda m: Global("copyreg", str(m.number(_U1))), "\x83": lambda m: Global("copyreg", str(m.number(_U2))),
        "\x84": lambda m: Global("copyreg", str(m.number(_I4))),
        "P": lambda m: m.outside(m.cursor.line().decode("latin-1")), "Q": lambda m: m.outside(m.stack.pop()),
        "2": lambda m: m.stack[-1], "l": lambda m: m.marked(), "t": lambda m: tuple(m.marked()), "\x91": lambda m: m.marked(),
    }.items()},
    **{ord(code): _get(key) for code, key in {
        "g": lambda m: _integer(m.cursor.line()), "h": lambda m: m.number(_U1), "j": lambda m: m.number(_U4),
    }.items()},
    **{ord(code): _put(key) for code, key in {
        "p": lambda m: _integer(m.cursor.line()), "q": lambda m: m.number(_U1), "r": lambda m: m.number(_U4),
        "\x94": lambda m: len(m.memo),
    }.items()},
    **{0x84 + count: _tuple(count) for count in (1, 2, 3)},
    ord("("): _Machine.mark, ord("1"): _Machine.marked, ord("0"): lambda m: m.stack.pop(),
    ord("d"): _pushed(lambda m: (pairs := Pairs(), _set(pairs, m.marked()))[0]),
    ord("a"): _one(_append, 1), ord("e"): _all(_append), 0x90: _all(_append),
    ord("s"): _one(_set, 2), ord("u"): _all(_set), ord("b"): _build,
    0x80: lambda m: m.cursor.take(1), 0x95: lambda m: m.cursor.take(8), 0x98: lambda _: None,
}  # fmt: skip
