"""Look into a part, whatever it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from filiation.core.errors import WeightsError
from filiation.formats.stored_values import take
from filiation.knowledge import load
from filiation.scan import archives, configs, keras, pickles, python_code, secrets, templates, tensor_files, torchscript
from filiation.scan.answer import Level
from filiation.scan.kinds import HEAD_BYTES, PACKED, RUNS, TEXTS, contradiction, is_zip_too, kind_of, suffix_of
from filiation.scan.limits import BudgetError
from filiation.scan.look import Look, Part

_READERS: dict[str, Callable[[Part, Look], Any]] = {
    "zip": archives.read_zip,
    "tar": archives.read_tar,
    "hdf5": keras.read_hdf5,
    "safetensors": tensor_files.read_safetensors,
    "gguf": tensor_files.read_gguf,
    "npy": tensor_files.read_npy,
}
_IN_TORCHSCRIPT = re.compile(r"(?:^|/)code/(?:.*/)?[^/]+\.py$")


def look_into(part: Part, look: Look) -> None:
    """Note what is hostile in a part and in all that is nested in it.

    Raises:
        BudgetError: If it is more than is read.
    """
    try:
        kind = kind_of(part.file)
        if part.limb and kind not in RUNS | {"zip", "pickle"}:
            return
        _tell_kind(part, kind, look)
        _read(part, kind, look)
        if not part.limb and is_zip_too(part.file, kind):
            look.say("polyglot", part.place, f"{kind or 'unknown'} and zip", kind or "unknown")
            archives.read_zip(part, look)
    except BudgetError:
        raise
    except WeightsError as error:
        look.say("cannot-be-read", part.place, "", str(error))


@cache
def _table() -> dict[str, Any]:
    return {key: value if isinstance(value, str) else frozenset(value) for key, value in load("scan_kinds")["text"].items()}


def _tell_kind(part: Part, kind: str, look: Look) -> None:
    """Note a program, a file whose content is elsewhere, and a name that promises something else."""
    if kind in RUNS:
        look.say("executable", part.place, kind, kind)
    elif kind == "pointer":
        look.say("content-elsewhere", part.place)
    elif kind in {"7z", "rar"}:
        look.say("archive-not-read", part.place, kind, kind)
    elif kind == "bytecode":
        look.say("compiled-python", part.place)
    wrong = "" if part.limb else contradiction(part.name, kind)
    if wrong == "runs":
        look.say("wrong-suffix-runs", part.place, f"{suffix_of(part.name)}: {kind}", suffix_of(part.name), kind)
    elif wrong:
        look.say("wrong-suffix", part.place, f"{suffix_of(part.name)}: {kind}", suffix_of(part.name), kind or "?")


def _read(part: Part, kind: str, look: Look) -> None:
    suffix = suffix_of(part.name)
    if kind in _READERS:
        _READERS[kind](part, look)
    elif kind in PACKED:
        archives.read_packed(part, look, kind)
    elif kind == "pickle":
        is_sure = suffix in _table()["pickles"] or part.name.endswith(".pkl")
        pickles.read(part, look, is_sure=is_sure and not part.limb)
    elif suffix in _table()["graphs"]:
        tensor_files.read_onnx(part, look)
    elif suffix in _table()["saved_models"] or part.name.endswith("keras_metadata.pb"):
        keras.read_saved_model(part, look)
    elif not part.limb:
        _read_loosely(part, kind, suffix, look)


def _read_loosely(part: Part, kind: str, suffix: str, look: Look) -> None:
    """Look into what has no magic number: a pickle of old, or a text."""
    head = take(part.file, 0, min(part.file.size_bytes, HEAD_BYTES))
    if kind not in {"empty", "pointer"} and pickles.may_begin(head):
        is_sure = kind == "" and suffix in {".pkl", ".pickle", ".joblib"}
        if pickles.read(part, look, is_sure=is_sure):
            return
    if kind in TEXTS:
        _read_text(part, kind, suffix, look)
    elif kind == "" and suffix in {".pkl", ".pickle", ".joblib"}:
        pickles.read(part, look)


_WORDS = frozenset(
    {
        ".md",
        ".rst",
        ".html",
        ".py",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".csv",
        ".tsv",
        ".jsonl",
        ".js",
        ".css",
        ".c",
        ".h",
        ".cpp",
    }
)
"""Texts that no reader of pickles opens."""


def _read_text(part: Part, kind: str, suffix: str, look: Look) -> None:
    limit = look.limits.text_bytes
    text = take(part.file, 0, min(part.file.size_bytes, limit)).decode("utf-8", "replace")
    name = part.name.rpartition("/")[2]
    place = part.place
    secrets.read(text, place, look)
    if part.file.size_bytes > limit and suffix in {".py", ".jinja", ".json"}:
        look.say("text-too-long", place, "", f"{limit >> 20}")
    if _IN_TORCHSCRIPT.search(part.name) and part.depth:
        torchscript.read(text, place, look)
    elif suffix in _table()["code"] or (kind == "script" and "python" in text[:80]):
        is_loaded = part.name in look.loaded
        python_code.read(text, place, look, is_loaded=is_loaded, is_script=_is_script(name, text) and not is_loaded)
    elif suffix in _table()["templates"] or name.startswith("chat_template"):
        templates.read(text, place, look) if kind != "json" or not configs.read_json(text, part, look) else None
    elif (kind == "json" and configs.read_json(text, part, look)) or suffix == ".ipynb":
        return
    elif suffix in _table()["scripts"] or kind == "script" or name.lower() in {"dockerfile", "makefile"}:
        _script(text, part, look)
    elif suffix == ".pth" and re.search(r"(?m)^import[ \t]", text):
        look.say("path-file-runs", place, text[:120])
    else:
        if suffix not in _WORDS:
            templates.by_words(text, place, look)
        configs.read_lines(text, part, look)


def _is_script(name: str, text: str) -> bool:
    """Return whether a person runs the file: it has a main part, or a name of a tool."""
    return "__main__" in text or name.startswith(
        ("train", "setup", "run", "convert", "export", "eval", "test", "demo", "app", "infer", "main")
    )


def _script(text: str, part: Part, look: Look) -> None:
    """Note a script that fetches what it runs."""
    for match in re.finditer(_table()["fetch_and_run"], text, re.ASCII):
        line = text.count("\n", 0, match.start()) + 1
        is_secret = "/dev/tcp/" in match[0] or "0>&1" in match[0] or "base64" in match[0] or "nc" in match[0].split()
        look.say("script-fetches-and-runs", part.at(line), match[0], match[0], level=Level.MALICIOUS if is_secret else None)
