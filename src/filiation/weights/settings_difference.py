"""What was changed in the files beside the weights: configuration, tokenizer, chat template, defaults of generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.errors import WeightsError
from filiation.weights.checkpoint import Checkpoint

FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "chat_template.json",
    "adapter_config.json",
)
TEXTS = ("chat_template.jinja", "vocab.txt", "merges.txt")
MAX_CHANGES = 200
"""Of one file; how many more there are is said."""
MAX_CHARS = 200
MAX_DEPTH = 32


class SettingChange(msgspec.Struct, frozen=True):
    """One setting that differs; `before` or `after` is None where the model does not have it."""

    file: str
    key: str
    before: str | None
    after: str | None


def setting_changes(a: Checkpoint, b: Checkpoint) -> Iterator[SettingChange]:
    """Yield what differs in the files beside the weights; of a vocabulary, how many words each has."""
    for name in FILES:
        yield from _of_json(name, _json(a, name), _json(b, name))
    for name in TEXTS:
        before, after = _text(a, name), _text(b, name)
        if before != after:
            yield SettingChange(name, "", _measure(before), _measure(after))


def _of_json(name: str, before: Any, after: Any) -> Iterator[SettingChange]:
    flat = [dict(_flat("", value, 0)) if value is not None else {} for value in (before, after)]
    changed = [key for key in dict.fromkeys((*flat[0], *flat[1])) if flat[0].get(key) != flat[1].get(key)]
    for key in changed[:MAX_CHANGES]:
        yield SettingChange(name, key, _short(flat[0].get(key)), _short(flat[1].get(key)))
    if len(changed) > MAX_CHANGES:
        yield SettingChange(name, f"{len(changed) - MAX_CHANGES:,} further settings", None, None)


def _flat(key: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Yield each setting with its path; a long list or a vocabulary as its length and a digest."""
    if isinstance(value, dict) and len(value) <= 1_000 and depth < MAX_DEPTH:
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}" if key else str(name), inner, depth + 1)
    elif isinstance(value, list) and len(value) <= 64 and depth < MAX_DEPTH:
        for number, inner in enumerate(value):
            yield from _flat(f"{key}[{number}]", inner, depth + 1)
    elif isinstance(value, (dict, list)):
        yield key, f"{len(value):,} entries, {_digest(value)}"
    else:
        yield key, msgspec.json.encode(value).decode()


def _digest(value: Any) -> str:
    from blake3 import blake3  # noqa: PLC0415  # only where there is something long

    return blake3(msgspec.json.encode(value)).hexdigest(6)


def _json(checkpoint: Checkpoint, name: str) -> Any:
    content = _content(checkpoint, name)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {"": "not JSON that can be read"}


def _text(checkpoint: Checkpoint, name: str) -> str | None:
    content = _content(checkpoint, name)
    return None if content is None else content.decode(errors="replace")


def _content(checkpoint: Checkpoint, name: str) -> bytes | None:
    try:
        return checkpoint.beside(name)
    except WeightsError:
        return None  # too long, or not there any more: the weights are what was asked about


def _measure(text: str | None) -> str | None:
    return None if text is None else f"{len(text):,} characters in {text.count(chr(10)) + 1:,} lines, {_digest(text)}"


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "\N{HORIZONTAL ELLIPSIS}"
