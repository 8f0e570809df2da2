"""A place in a source tree that loads a model or a dataset."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import msgspec

from filiation.core.record import Skipped
from filiation.core.ref import Kind, Ref, is_name
from filiation.knowledge import load

COMMIT = re.compile(r"[0-9a-f]{40}")
MAX_WRITTEN_CHARS = 200
_ADDRESS = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?P<path>[^\s\"'<>()\\]{1,400})")
_SCHEME = re.compile(r"hf://(?P<path>[^\s\"'<>()\\]{1,400})")
_OTHER = frozenset(
    {"spaces", "docs", "blog", "api", "papers", "join", "settings", "collections", "learn", "models", "tasks", "organizations",
     "login", "pricing", "chat", "posts", "new", "enterprise", "transformers", "inference-endpoints", "bucket", "buckets"}
)  # fmt: skip
"""First parts of addresses that name no model."""
_VIEWS = frozenset({"resolve", "raw", "blob", "tree"})


class Use(msgspec.Struct, frozen=True):
    """A place that loads something.

    Attributes:
        ref: What it loads, such as ``model:owner/name``; null where the name is only known when the program runs.
        revision: The branch, tag or commit that it asks for; null where it takes whatever is current.
        is_pinned: Whether that is a commit, which cannot change.
        file: Relative to what was looked at, with forward slashes.
        line: From 1 on.
        how: The call, key or command, such as ``AutoModel.from_pretrained``.
        confidence: How sure we are that it loads this from a registry, in [0, 1].
        written: The name as it stands there; for what is not resolved the expression; in a run a file or address that was seen.
        commit: The commit that a run was seen to load; null where that is not known, and for what source text says.
    """

    ref: str | None
    revision: str | None
    is_pinned: bool
    file: str
    line: int
    how: str
    confidence: float
    written: str
    commit: str | None = None


class Run(msgspec.Struct, frozen=True):
    """A program that ran.

    Attributes:
        command: With its arguments.
        exit_code: What it ended with; 128 and the number of the signal where one ended it.
        seconds: How long it took.
        processes: How many Python processes told what they load, its own and those that it started.
    """

    command: list[str]
    exit_code: int
    seconds: float
    processes: int


class Found(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/uses/v1"):
    """The models and datasets that a source tree, or a program that ran, loads.

    Attributes:
        path: What was looked at; of a run, the program.
        files: How many files were read; of a run, how many it was seen to open that hold a model or a dataset.
        uses: In the order of files and lines; those that are not resolved have no ref.
        skipped: What could not be looked at, and why.
        run: The run, where one was watched.
    """

    path: str
    files: int
    uses: list[Use]
    skipped: list[Skipped]
    run: Run | None = None


class Named(NamedTuple):
    """A name that some text gives, and how sure we are that it names a repository and no folder."""

    name: str
    kind: Kind
    confidence: float
    revision: str | None = None


def use(named: Named | None, revision: str | None, file: str, line: int, how: str, confidence: float, written: str) -> Use:
    """Return the use of what is `named`, of a name that is not resolved where that is None."""
    revision = revision or (named.revision if named else None)
    ref = str(Ref(named.kind, named.name)) if named else None
    sure = confidence * (named.confidence if named else 1.0)
    pinned = revision is not None and COMMIT.fullmatch(revision) is not None
    return Use(ref, revision, pinned, file, line, how, round(sure, 3), written[:MAX_WRITTEN_CHARS])


def named(text: str, kind: Kind, *, slash: bool = False, owner: str | None = None) -> Named | None:
    """Return what `text` names, None where it is a path on disk, a placeholder or no name at all.

    Args:
        text: As it stands in a program or a file.
        kind: What it names, where it does not say so itself.
        slash: Whether a name without an owner does not count.
        owner: Put before such a name, as the library that is called does.
    """
    text = text.strip()
    for pattern in (_ADDRESS, _SCHEME):
        if match := pattern.fullmatch(text):
            return of_path(match["path"], kind)
    name, _, revision = text.partition("@")
    if not is_name(name) or _is_local(name):
        return None
    if "/" not in name:
        if slash or "." in name.partition("-")[0] or len(name) < 2:
            return None
        name = f"{owner}/{name}" if owner else name
    sure = 0.4 if name.partition("/")[0].lower() in _local()["owners"] and "/" in name else 1.0
    return Named(name, kind, sure, revision or None)


def addresses(text: str) -> list[tuple[int, str, Named]]:
    """Return (offset, as written, what it names) of each address in `text` of a repository's file at a revision."""
    found = []
    for pattern in (_ADDRESS, _SCHEME):
        for match in pattern.finditer(text):
            at_file = pattern is _SCHEME or re.search(r"/(?:resolve|raw)/", match["path"])  # blob and tree are pages for people
            item = of_path(match["path"], Kind.MODEL) if at_file else None
            if item:
                found.append((match.start(), match[0], item))
    return found


def of_path(path: str, kind: Kind) -> Named | None:
    """Return what the path of an address names: ``[datasets/]owner/name[/resolve/revision/file]`` or ``...@revision``."""
    parts = [part for part in re.split(r"[?#]", path, maxsplit=1)[0].split("/") if part]
    if parts and parts[0] in {"datasets", "models"}:
        kind = Kind.DATASET if parts[0] == "datasets" else kind
        parts = parts[1:]
    if len(parts) < 2 or parts[0] in _OTHER:
        return None
    if parts[1] in _VIEWS:
        return Named(parts[0], kind, 0.9, parts[2] if len(parts) > 2 else None) if is_name(parts[0]) else None
    base, _, revision = parts[1].partition("@")
    name = f"{parts[0]}/{base.removesuffix('.git')}"
    if len(parts) > 3 and parts[2] in _VIEWS:
        revision = parts[3]
    sure = 0.4 if parts[0].lower() in _local()["owners"] else 1.0
    return Named(name, kind, sure, revision or None) if is_name(name) else None


def _is_local(name: str) -> bool:
    lower = name.lower()
    return lower in _local()["placeholders"] or lower.endswith(tuple(_local()["suffixes"]))


@cache
def _local() -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in load("uses")["local"].items()}
