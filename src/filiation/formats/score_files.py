"""Files that evaluation harnesses write: which harness a file is of, which model it is about, and what it holds, bounded."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.formats.compressed import inner_suffix, open_bytes, peek
from filiation.formats.local_file import LocalFile
from filiation.formats.zip_entries import Entry, content, entries
from filiation.knowledge import load

MAX_BYTES = 64 << 20
"""Longest document that is read; those with every sample in them are longer, and their harness writes one without."""
MAX_ROWS = 100_000
MAX_FILES = 5_000
"""Of one folder of results."""
MAX_DEPTH = 6
"""Folders within a folder of results."""
MODEL_META = "model_meta.json"
RUN_SPEC = "run_spec.json"
STATS = "stats.json"
MEASURE = "filiation/measure/v1"
_LITELLM = frozenset({"provider", "base_url", "api_max_retry"})
"""What lighteval writes of a model that it asked through LiteLLM, whose names are those of services."""
_LOADING = frozenset({"hf", "vllm", "sglang", "hf-inference-providers", "transformer_lens", "nnterp"})
"""Providers of Inspect that name a model as the Hub does: ``hf/o/a`` is ``o/a``; ``openai/gpt-4o`` is no repository."""
ZSTD = 93
"""Number of the method in an archive's directory."""
_HEAD_BYTES = 64 << 10
_DROPPED = frozenset({"samples", "per_instance_stats", "pretty_env_info", "reductions", "chat_template", "system_instruction"})
"""Parts of a document that say nothing of its scores, or whose digest stands beside them."""

Document = dict[str, Any]


class ScoreFile(NamedTuple):
    """What one harness wrote about one model.

    Attributes:
        format: Of the file, one of `FORMATS`.
        model: As the file names it: a repository, or a folder on somebody's machine.
        revision: Of the model, where the file says it.
        document: As written, without samples.
        file: The name of the file.
        line: Of a table, the first row about this model; else 1.
        is_hub: Whether `model` is meant to be a repository of the Hub: a harness may have names of its own for what stands
            behind other people's interfaces.
    """

    format: str
    model: str
    revision: str | None
    document: Document
    file: str
    line: int = 1
    is_hub: bool = True

    @property
    def digest(self) -> str:
        """Return 12 digits that tell this document from others."""
        text = json.dumps([self.model, self.revision, self.document], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def format_of(path: Path) -> str | None:
    """Return the format of a file or folder of results by its first bytes; None where it is none of `FORMATS`."""
    if path.is_dir():
        if (path / RUN_SPEC).is_file() and (path / STATS).is_file():
            return "helm"
        return "mteb" if (path / MODEL_META).is_file() and next(_tasks(path), None) else None
    if path.name in {RUN_SPEC, STATS}:
        return "helm" if (path.parent / RUN_SPEC).is_file() and (path.parent / STATS).is_file() else None
    suffix = inner_suffix(path)
    if suffix == ".eval":
        return "inspect" if peek(path, 4) == b"PK\x03\x04" else None
    head = peek(path, _HEAD_BYTES) if suffix in {".json", ".csv"} else b""
    return next((name for name, mark in _MARKS.items() if mark.fits(suffix, head)), None)


def score_files(path: Path) -> Iterator[ScoreFile | Skipped]:
    """Yield what `path`, which `format_of` recognises, says of each model; what cannot be read is yielded as `Skipped`."""
    name = format_of(path)
    if name is None:
        yield from _held(path)
        return
    try:
        yield from FORMATS[name](path)
    except (OSError, ValueError, RecursionError, FiliationError) as error:
        yield Skipped(str(path), 0, f"cannot be read as results of {name} ({error})")


def _held(path: Path) -> Iterator[ScoreFile | Skipped]:
    """Yield what the results in a folder say that is none itself, in order of name; else why there is nothing."""
    found = list(islice(_results_in(path, MAX_DEPTH), MAX_FILES + 1)) if path.is_dir() else []
    for place in found[:MAX_FILES]:
        yield from score_files(place)
    if len(found) > MAX_FILES:
        yield Skipped(str(path), 0, f"more than {MAX_FILES:,} results: the rest is not read")
    if not found:
        is_empty = path.is_file() and path.stat().st_size == 0
        yield Skipped(str(path), 0, "it is empty" if is_empty else f"no results that we can read ({', '.join(FORMATS)})")


def _results_in(folder: Path, depth: int) -> Iterator[Path]:
    """Yield what has a format, links and hidden names left out."""
    with os.scandir(folder) as entries:
        inside = sorted(Path(entry.path) for entry in entries if not entry.name.startswith(".") and not entry.is_symlink())
    for place in inside:
        if format_of(place) is not None:
            yield place
        elif depth and place.is_dir():
            yield from _results_in(place, depth - 1)


def text_at(document: Document, *way: str) -> str | None:
    """Return the text that stands at `way` in `document`, stripped; None where nothing, or no text, does."""
    found: object = document
    for key in way:
        found = found.get(key) if isinstance(found, dict) else None
    return found.strip() or None if isinstance(found, str) else None


def arguments(written: object) -> dict[str, str]:
    """Return the arguments in ``pretrained=o/a,dtype=float16``, or in a table of them."""
    if isinstance(written, dict):
        return {str(key): str(value) for key, value in written.items() if value is not None}
    parts = written.split(",") if isinstance(written, str) else []
    return {key.strip(): value.strip() for key, equals, value in (part.partition("=") for part in parts) if equals}


def _parsed(text: bytes) -> Any:
    """Return JSON as Python writes it: what is not a number (``NaN``) is null."""
    return json.loads(text.decode("utf-8-sig"), parse_constant=lambda _: None)


def _document(path: Path) -> Document:
    with open_bytes(path) as stream:
        text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"longer than {MAX_BYTES >> 20} MB: give the results without their samples")
    return _trimmed(_parsed(text))


def _trimmed(found: object) -> Document:
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return {key: value for key, value in found.items() if key not in _DROPPED}


def _named(name: str, path: Path, model: str | None, revision: str | None, document: Document) -> ScoreFile:
    if model is None:
        raise ValueError("it does not say which model it is about")
    return ScoreFile(name, model[:512], revision, document, path.name)


def _lm_eval(path: Path) -> Iterator[ScoreFile]:
    """Yield a ``results_*.json`` of lm-evaluation-harness; adapters are named before the weights they stand on."""
    document = _document(path)
    config = document.get("config")
    given = arguments(config.get("model_args")) if isinstance(config, dict) else {}
    model = next((given[key] for key in ("peft", "delta", "pretrained", "model", "path", "engine") if given.get(key)), None)
    revision = text_at(document, "config", "model_sha") or given.get("revision")
    yield _named("lm-eval", path, text_at(document, "model_name") or model, revision, document)


def _lighteval(path: Path) -> Iterator[ScoreFile]:
    document = _document(path)
    general = document["config_general"] if isinstance(document.get("config_general"), dict) else {}
    revision = text_at(general, "model_sha") or text_at(general, "model_config", "revision")
    given = general.get("model_config")
    told = _named("lighteval", path, text_at(general, "model_name"), revision, document)
    yield told._replace(is_hub=not (isinstance(given, dict) and given.keys() >= _LITELLM))


def _mteb(path: Path) -> Iterator[ScoreFile | Skipped]:
    """Yield a task's results, or those of a folder; the model is told by the file beside them, or by the folders' names."""
    folder = path if path.is_dir() else path.parent
    meta = _document(folder / MODEL_META) if (folder / MODEL_META).is_file() else {}
    owner, _, name = folder.parent.name.partition("__")
    model = text_at(meta, "name") or (f"{owner}/{name}" if name else None)
    revision = text_at(meta, "revision") or (folder.name if re.fullmatch(r"[0-9a-f]{40}", folder.name) else None)
    for number, task in enumerate(_tasks(path) if path.is_dir() else [path]):
        if number >= MAX_FILES:
            yield Skipped(str(path), 0, f"more than {MAX_FILES:,} results: the rest is not read")
            return
        try:
            yield _named("mteb", task, model, revision, _document(task))
        except (OSError, ValueError, RecursionError) as error:
            yield Skipped(str(task), 0, f"cannot be read as results of mteb ({error})")


def _tasks(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.json")) if path.name != MODEL_META and not path.is_symlink())


def _helm(path: Path) -> Iterator[ScoreFile]:
    """Yield a run: its specification and its statistics stand in two files of one folder."""
    folder = path if path.is_dir() else path.parent
    with open_bytes(folder / STATS) as stream:
        text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"{STATS} is longer than {MAX_BYTES >> 20} MB")
    spec = _document(folder / RUN_SPEC)
    document = {"run_spec": spec, "stats": _parsed(text), "run": folder.name}
    called = text_at(spec, "adapter_spec", "model")
    loaded = _loaded_by_helm(called, text_at(spec, "adapter_spec", "model_deployment"))
    model, _, revision = (loaded or called or "").partition("@")
    yield _named("helm", folder / STATS, model or None, revision or None, document)._replace(is_hub=loaded is not None)


def _loaded_by_helm(called: str | None, deployment: str | None) -> str | None:
    """Return the repository, with ``@revision`` where HELM pins one, that a run loaded; None where the name is HELM's own.

    One that is run by ``--enable-huggingface-models`` is called as the repository is, by both names.
    """
    known = load("helm_models")
    if deployment is None or deployment in known["loaded"]:
        return known["loaded"].get(deployment)
    is_own = deployment.partition("/")[0] in known["own"]
    return deployment if deployment == called and not is_own else None


def _inspect(path: Path) -> Iterator[ScoreFile]:
    """Yield a log of Inspect: the header of an archive, or a whole log without its samples."""
    if inner_suffix(path) == ".eval":
        with LocalFile(path) as file:
            held = entries(file)
            if (header := held.get("header.json")) is None:
                raise ValueError("the run did not end: there is no header.json in it")
            document = _trimmed(_parsed(_unpacked(file, header)))
    else:
        document = _document(path)
    revision = text_at(document, "eval", "model_args", "revision")
    called = text_at(document, "eval", "model")
    provider, _, model = (called or "").partition("/")
    is_hub = provider in _LOADING and bool(model)
    yield _named("inspect", path, model if is_hub else called, revision, document)._replace(is_hub=is_hub)


def _unpacked(file: LocalFile, entry: Entry) -> bytes:
    """Return a file of an archive; Inspect packs with zstd, as few other archives do."""
    if entry.method != ZSTD:
        return content(file, entry, MAX_BYTES)
    import pyarrow as pa  # noqa: PLC0415  # what other formats need not load

    if entry.packed_bytes > MAX_BYTES:
        raise ValueError(f"{entry.name} is longer than {MAX_BYTES >> 20} MB")
    packed = file.read(entry.start, entry.start + entry.packed_bytes)
    with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
        text = stream.read(MAX_BYTES + 1)
    if len(text) != entry.size_bytes:
        raise ValueError(f"{entry.name} is not as long as the archive says, or longer than {MAX_BYTES >> 20} MB")
    return text


def _every_eval_ever(path: Path) -> Iterator[ScoreFile]:
    document = _document(path)
    details = document.get("model_info")
    details = details.get("additional_details") if isinstance(details, dict) else None
    said = details if isinstance(details, dict) else {}
    revision = text_at(said, "sha") or text_at(said, "model_sha") or text_at(said, "revision")
    yield _named("every-eval-ever", path, text_at(document, "model_info", "id"), revision, document)


def _measure(path: Path) -> Iterator[ScoreFile]:
    """Yield what ``filiation measure`` wrote; the files that were run are told by their digest where no revision is."""
    document = _document(path)
    ref, _, revision = (text_at(document, "ref") or "").partition("@")
    model = ref.removeprefix("model:") or None
    digest = text_at(document, "model", "sha256")
    yield _named("measure", path, model, revision or (f"sha256:{digest[:16]}" if digest else None), document)


def _leaderboard(path: Path) -> Iterator[ScoreFile | Skipped]:
    """Yield the rows of the Open LLM Leaderboard, those of one model together."""
    rows: dict[str, list[Document]] = {}
    first: dict[str, int] = {}
    with open_bytes(path) as stream:
        text = stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"longer than {MAX_BYTES >> 20} MB")
    for number, row in enumerate(csv.DictReader(text.decode("utf-8-sig").splitlines(keepends=True)), 2):
        if number > MAX_ROWS:
            yield Skipped(str(path), number, f"more than {MAX_ROWS:,} rows: the rest is not read")
            break
        if model := (row.get("fullname") or "").strip():
            kept = {key: value for key, value in row.items() if key and value and "<" not in value}
            rows.setdefault(model, []).append(kept)
            first.setdefault(model, number)
        else:
            yield Skipped(str(path), number, "a row without a model")
    for model, held in rows.items():
        yield ScoreFile("open-llm-leaderboard", model[:512], None, {"rows": held}, path.name, first[model])


FORMATS: dict[str, Callable[[Path], Iterator[ScoreFile | Skipped]]] = {
    "lm-eval": _lm_eval,
    "lighteval": _lighteval,
    "mteb": _mteb,
    "helm": _helm,
    "inspect": _inspect,
    "open-llm-leaderboard": _leaderboard,
    "every-eval-ever": _every_eval_ever,
    "measure": _measure,
}


class _Mark(NamedTuple):
    """What the first bytes of a format are like: how they begin, all of `has` and, where there are some, one of `some`."""

    ending: str
    begins: re.Pattern[bytes]
    has: tuple[bytes, ...]
    some: tuple[bytes, ...] = ()

    def fits(self, ending: str, head: bytes) -> bool:
        return (
            ending == self.ending
            and self.begins.match(head) is not None
            and all(word in head for word in self.has)
            and (not self.some or any(word in head for word in self.some))
        )


_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_MARKS = {
    "measure": _Mark(".json", _OBJECT, (f'"{MEASURE}"'.encode(),)),
    "every-eval-ever": _Mark(".json", _OBJECT, (b'"schema_version"', b'"evaluation_id"')),
    "lighteval": _Mark(".json", re.compile(rb'\s*\{\s*"config_general"'), ()),
    "inspect": _Mark(".json", re.compile(rb'\s*\{\s*"version"\s*:\s*\d'), (b'"eval"', b'"task"', b'"status"')),
    "mteb": _Mark(".json", _OBJECT, (b'"mteb_version"',), (b'"task_name"', b'"mteb_dataset_name"', b'"scores"')),
    "lm-eval": _Mark(
        ".json",
        re.compile(rb'\s*\{\s*"results"\s*:\s*\{'),
        (),
        (b'"alias"', b'_stderr"', b"_stderr,", b',none"', b'"acc"', b'"n-shot"'),
    ),
    "open-llm-leaderboard": _Mark(".csv", re.compile(rb"[^\n]*\bfullname\b"), (b"eval_name,", b"Model sha,")),
}
