"""Inputs and outputs of a GGUF file, from the keys of its header.

Source:
    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

from typing import Any

from filiation.core.record import Skipped
from filiation.formats.gguf import FORMAT
from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Port, Untold
from filiation.interface.telling import Told, facts, text, whole

SUFFIX = ".gguf"
_ENCODERS = frozenset({"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "neo-bert", "modern-bert", "eurobert"})
_KINDS = {"llama": "Unigram", "gpt2": "BPE", "bert": "WordPiece", "t5": "Unigram", "rwkv": "rwkv"}


def read(files: ModelFolder) -> Told | None:
    """Return what the header of the first GGUF file tells that holds a language model; None where there is none."""
    for name in files.ending(SUFFIX):
        keys = _header(files, name)
        kind = text(keys.get("general.architecture"))
        if kind and kind != "clip":
            return _told(files, name, keys, kind)
    return None


def _header(files: ModelFolder, name: str) -> dict[str, Any]:
    path = files.path(name)
    if path is None:
        return {}
    try:
        found = FORMAT.metadata(path)
    except (OSError, ValueError) as error:
        files.skipped.append(Skipped(name, 0, str(error)[:300]))
        return {}
    files.read.append(name)
    return found


def _told(files: ModelFolder, name: str, keys: dict[str, Any], kind: str) -> Told:
    most = whole(keys.get(f"{kind}.context_length"), 1 << 30)
    is_encoder = kind in _ENCODERS or isinstance(keys.get(f"{kind}.pooling_type"), int)
    taken = facts(
        Fact("max_tokens", most, f"{name} {kind}.context_length") if most else None,
        _tokenizer(name, keys),
        _vocabulary(name, keys),
        Fact("chat_template", True, f"{name} tokenizer.chat_template") if text(keys.get("tokenizer.chat_template")) else None,
    )
    sees = any("mmproj" in other for other in files.ending(SUFFIX))
    inputs = (Port("text", "text", facts=taken), *((Port("image", "image", required=False),) if sees else ()))
    untold = () if most else (Untold("max_tokens", f"{name} {kind}.context_length"),)
    if not is_encoder:
        task = "image-text-to-text" if sees else "text-generation"
        return Told("gguf", task, f"{name} general.architecture", inputs, (Port("text", "text"),), untold)
    size = whole(keys.get(f"{kind}.embedding_length"), 1 << 20)
    out = Port(
        "embedding", "embedding", facts=facts(Fact("dimension", size, f"{name} {kind}.embedding_length") if size else None)
    )
    return Told("gguf", "feature-extraction", f"{name} general.architecture", inputs, (out,), untold)


def _tokenizer(name: str, keys: dict[str, Any]) -> Fact | None:
    written = text(keys.get("tokenizer.ggml.model"))
    return Fact("tokenizer", _KINDS.get(written, written), f"{name} tokenizer.ggml.model") if written else None


def _vocabulary(name: str, keys: dict[str, Any]) -> Fact | None:
    listed = keys.get("tokenizer.ggml.tokens")
    count = whole(listed.get("length") if isinstance(listed, dict) else len(listed) if isinstance(listed, list) else None)
    return Fact("vocabulary", count, f"{name} tokenizer.ggml.tokens") if count else None
