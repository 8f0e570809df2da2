"""Keras: layers that carry code, and functions that a configuration names, in ``.keras`` archives, HDF5 and saved models.

Source:
    keras/src/saving/serialization_lib.py, Keras 3.12; CVE-2024-3660, CVE-2025-1550.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from typing import Any

import msgspec

from filiation.formats.stored_values import take
from filiation.knowledge import load
from filiation.scan.imports import Known, known, reaching
from filiation.scan.look import Look, Part
from filiation.scan.texts import commanding

MAX_STEPS = 400_000
MAX_CONFIG_BYTES = 16 << 20
BLOCK_BYTES = 1 << 20
_OVERLAP = 256
_CLASS = re.compile(rb'"class_name"')
_OUTSIDE = re.compile(rb"[^\x09\x0a\x0d\x20-\xff]")
_WORDS = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]{1,60}")


@cache
def _table() -> dict[str, frozenset[str]]:
    return {key: frozenset(value) for key, value in load("scan_configs")["keras"].items()}


def judge(root: Any, place: str, look: Look) -> None:
    """Note the layers of a configuration that carry code, and the modules that it names outside of Keras."""
    waiting = [root]
    for _ in range(MAX_STEPS):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            _layer(node, place, look)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str) and node.startswith('{"') and '"class_name"' in node[:200]:
            try:
                waiting.append(msgspec.json.decode(node))
            except (msgspec.DecodeError, RecursionError):
                continue


def _layer(node: dict[str, Any], place: str, look: Look) -> None:
    name, module = node.get("class_name"), node.get("module")
    config = node.get("config")
    if isinstance(name, str) and name in _table()["layers"]:
        _code(name, config, place, look)
    if isinstance(module, str) and module and module.partition(".")[0] not in _table()["modules"]:
        called = config if isinstance(config, str) else name if isinstance(name, str) else ""
        rule = "keras-dangerous-function" if known(module, called or "x") is Known.DANGEROUS else "keras-own-module"
        look.say(rule, place, f"{module}.{called}", f"{module}.{called}")
    elif isinstance(module, str) and name in {"function", "builtin"} and isinstance(config, str) and _is_bad(module, config):
        look.say("keras-dangerous-function", place, f"{module}.{config}", f"{module}.{config}")


def _is_bad(module: str, function: str) -> bool:
    """Return whether a function that Keras lets a configuration name does more than reckon."""
    if module.startswith("keras"):
        return function in {"get_file", "load_model", "model_from_json", "deserialize_keras_object"}
    return known(module, function) is Known.DANGEROUS or function in reaching()


def _code(name: str, config: Any, place: str, look: Look) -> None:
    """Note a layer that carries code: what its bytes mention tells how bad it is."""
    if name in {"TFOpLambda", "SlicingOpLambda"}:  # an operation of TensorFlow by its name
        return
    words = sorted(_mentioned(config))
    if words:
        look.say("keras-code-reaches-out", place, ", ".join(words[:8]), name, ", ".join(words[:6]))
    else:
        look.say("keras-code", place, name, name)


def _mentioned(config: Any) -> set[str]:
    """Return the names that reach out in the code of a layer, marshalled and in base64 as Keras writes it."""
    found: set[str] = set()
    waiting = [config]
    for _ in range(1_000):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str):
            try:
                raw = base64.b64decode("".join(node.split()), validate=True)
            except (binascii.Error, ValueError):
                raw = b""
            words = {word.decode() for part in (raw, node.encode()[:65_536]) for word in _WORDS.findall(part)}
            found |= {piece for word in words for piece in word.split(".")} & reaching()
            if commanding(raw.decode("latin-1")) or commanding(node):
                found.add("a command")
    return found


def read_hdf5(part: Part, look: Look) -> None:
    """Note the code that the configuration in an HDF5 file carries.

    Its attributes keep it as plain text in one piece, wherever they lie; so it is looked for in all the bytes, block by block.
    """
    for at, text in configurations(part, look):
        try:
            judge(msgspec.json.decode(text), part.at(at), look)
        except (msgspec.DecodeError, RecursionError):
            _by_words(text, part.at(at), look)


def read_saved_model(part: Part, look: Look) -> None:
    """Note TensorFlow's operators that touch files or run Python, and code in Keras's own part of a saved model."""
    names = b"|".join(re.escape(name.encode()) for name in sorted(_table()["operators"]))
    pattern = re.compile(rb"\x12([\x01-\x40])(" + names + rb")(?=[\x0a\x12\x1a\x22\x2a\x32\x3a]|$)")
    for at, block in _blocks(part, look):
        for match in pattern.finditer(block):
            if match[1][0] == len(match[2]):
                name = match[2].decode()
                look.say("graph-reaches-out", part.at(at + match.start()), name, name)
    read_hdf5(part, look)


def configurations(part: Part, look: Look) -> list[tuple[int, bytes]]:
    """Return the texts that name classes, with where each begins."""
    found: list[tuple[int, bytes]] = []
    end = 0
    for at, block in _blocks(part, look):
        for match in _CLASS.finditer(block):
            place = at + match.start()
            if place >= end and len(found) < 1_000:
                begin, end = _extent(part, place)
                found.append((begin, take(part.file, begin, end)))
    return found


def _blocks(part: Part, look: Look) -> Any:
    for at in range(0, part.file.size_bytes, BLOCK_BYTES):
        look.budget.check_time()
        yield at, take(part.file, at, min(at + BLOCK_BYTES + _OVERLAP, part.file.size_bytes))


def _extent(part: Part, place: int) -> tuple[int, int]:
    """Return where the text around a place begins, at its first brace, and ends."""
    begin = max(0, place - (64 << 10))
    before = take(part.file, begin, place)
    start = max((match.end() for match in _OUTSIDE.finditer(before)), default=0)
    brace = before.find(b"{", start)
    end = place
    while end < part.file.size_bytes and end - place < MAX_CONFIG_BYTES:
        block = take(part.file, end, min(end + (64 << 10), part.file.size_bytes))
        stop = _OUTSIDE.search(block)
        if stop:
            end += stop.start()
            break
        end += len(block)
    text = take(part.file, begin + max(brace, start), end)
    return begin + max(brace, start), begin + max(brace, start) + (text.rfind(b"}") + 1 or len(text))


def _by_words(text: bytes, place: str, look: Look) -> None:
    """Note what a configuration names that cannot be parsed."""
    for name in (b"Lambda", b"__lambda__"):
        if re.search(rb'"class_name":\s{0,4}"' + name + rb'"', text):
            words = {word.decode() for word in _WORDS.findall(text)} & reaching()
            rule = "keras-code-reaches-out" if words - {"compile", "open"} else "keras-code"
            look.say(rule, place, name.decode(), name.decode(), ", ".join(sorted(words)[:6]))
