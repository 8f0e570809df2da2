"""What each instruction of a pickle does to the machine that notes it.

Source:
    CPython's Lib/pickletools.py, protocols 0 to 5.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from filiation.formats.pickle_notes import Call, Global, Pairs, Persistent
from filiation.scan.forward import BrokenError
from filiation.scan.pickle_machine import MAX_KEPT, MAX_KEPT_IN_ALL, OPAQUE, Machine, New

_U1, _U2, _U4, _U8, _I4, _F8 = (struct.Struct(code) for code in ("<B", "<H", "<I", "<Q", "<i", ">d"))
_Act = Callable[[Machine], object]


def _integer(text: bytes) -> Any:
    text = text.strip()
    if text in {b"00", b"01"}:
        return text == b"01"
    return int(text.rstrip(b"L") or b"0") if len(text) <= 64 else OPAQUE


def _long(machine: Machine, size: int) -> Any:
    if size < 0:
        raise BrokenError("a number of negative length")
    if size > 64:
        machine.cursor.skip(size)
        return OPAQUE
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


INSTRUCTIONS: dict[int, _Act] = {
    **{ord(code): _pushed(make) for code, make in {
        "N": lambda _: None, "]": lambda _: [], "}": lambda _: Pairs(), ")": lambda _: (),
        "\x88": lambda _: True, "\x89": lambda _: False, "\x8f": lambda _: [],
        "J": lambda m: m.number(_I4), "K": lambda m: m.cursor.byte(), "M": lambda m: m.number(_U2),
        "G": lambda m: m.number(_F8),
        "\x8a": lambda m: _long(m, m.cursor.byte()), "\x8b": lambda m: _long(m, m.number(_I4)),
        "I": lambda m: _integer(m.cursor.line()), "L": lambda m: _integer(m.cursor.line()),
        "F": lambda m: float(m.cursor.line()[:64]),
        "X": lambda m: m.text(m.number(_U4)), "\x8c": lambda m: m.text(m.cursor.byte()),
        "\x8d": lambda m: m.text(m.number(_U8)),
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
