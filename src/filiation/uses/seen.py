"""From what the processes of a run noted to what they loaded: folders of the registry's caches, and addresses of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from filiation.core.ref import Kind, Ref, is_name
from filiation.uses.use import COMMIT, MAX_WRITTEN_CHARS, Use, of_path

MAX_SNAPSHOTS = 1_000
_FOLDER = re.compile(r"(?:^|/)(models|datasets)--([\w.-]{1,200})/(?:(snapshots|refs|blobs)/([^/]{1,200})(/.{1,400})?)?")
_DATA = re.compile(r"(?:^|/)datasets/([\w.-]{1,96})___([\w.-]{1,96})/[^/]{1,200}/[^/]{1,40}/([0-9a-f]{40})?")
_CODE = re.compile(r"transformers_modules[./](\w[\w-]{0,199})[./](\w[\w-]{0,199})(?:[./]([0-9a-f]{40}))?(?:[./]|$)")
_API = re.compile(r"/?api/(models|datasets)/([\w.-]{1,96}/[\w.-]{1,96})(?:/(?:revision|tree|paths-info)/([^/?]{1,200}))?")
_ASKED = re.compile(r"/?(?:[\w-]{1,40}/){0,2}models/([\w.-]{1,96}/[\w.-]{1,96})(?:/|$|\?)")
_HOSTS = re.compile(r"https?://(?:www\.)?(?:[\w-]+\.)?(?:huggingface\.co|hf\.co)(?::443)?(?=/)")
_SERVES = re.compile(r"https?://(?:router|api-inference)\.huggingface\.co")
SURE = {"opens": 1.0, "maps": 1.0, "runs code of": 1.0, "asks for": 0.8, "looks up": 0.7}
"""How sure each thing that was seen makes us that it was loaded: an address may only be looked at."""


@dataclass
class _Repository:
    """What was seen of one repository, by (file, line) of the program: what was done, and where it says so."""

    commits: dict[str, None] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    places: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)


class Notes:
    """What the processes noted, put together.

    Attributes:
        processes: By name, how each was called.
        files: How many files it was about.
        repositories: By kind and name.
        loose: Files of weights that lie in no cache of a registry, with the place.
    """

    def __init__(self) -> None:
        self.processes: dict[str, str] = {}
        self.files = 0
        self.repositories: dict[tuple[Kind, str], _Repository] = {}
        self.loose: dict[str, tuple[str, int]] = {}
        self._endpoints: set[str] = set()

    def add(self, process: str, fields: list[str]) -> None:
        """Take one line that a process wrote; what does not look like one of ours is passed over."""
        what, rest = fields[0], fields[1:]
        if what == "process" and len(rest) >= 2:
            self.processes[process] = rest[0]
            self._endpoints |= {rest[1].rstrip("/")} - {""}
            return
        if len(rest) != 3:
            return
        place = (rest[1], int(rest[2]) if rest[2].isdigit() else 0)
        if what in {"open", "mapped"}:
            self.files += 1
            self._path(rest[0], place, "opens" if what == "open" else "maps")
        elif what == "url":
            self._address(rest[0], place)
        elif what == "import":
            self._code(rest[0], place)

    def _code(self, written: str, place: tuple[str, int]) -> bool:
        """Note a module or file of code that came with a model; say whether it was one."""
        match = _CODE.search(written)
        if match and not match[1].startswith("__") and not match[2].startswith("__"):
            owner, name = (part.replace("_hyphen_", "-").replace("_dot_", ".") for part in match.group(1, 2))
            self._note(Kind.MODEL, f"{owner}/{name}", place, "runs code of", written, match[3])
        return match is not None

    def _path(self, path: str, place: tuple[str, int], done: str) -> None:
        if match := _FOLDER.search(path):
            kind = Kind.DATASET if match[1] == "datasets" else Kind.MODEL
            name, commit, asked = match[2].replace("--", "/", 1), None, None
            if "/.locks/" in path:
                return
            if match[3] == "snapshots":
                commit = match[4]
            elif match[3] == "refs":
                asked, done = f"{match[4]}{match[5] or ''}", "looks up"
                asked = None if asked.endswith((".tmp", ".lock")) else asked
            elif match[3] is None:
                done = "looks up"
            elif match[3] == "blobs":
                commit = _snapshot_of(path)
            self._note(kind, name, place, done, path, commit, asked)
        elif match := _DATA.search(path):
            self._note(Kind.DATASET, f"{match[1]}/{match[2]}", place, done, path, match[3])
        elif self._code(path, place):
            return
        elif "___" not in path and "--" not in path:
            self.loose.setdefault(path, place)

    def _address(self, url: str, place: tuple[str, int]) -> None:
        endpoint = next((end for end in self._endpoints if url.startswith(f"{end}/")), None)
        host = _HOSTS.match(url)
        if endpoint is None and host is None:
            return
        path = unquote(url[len(endpoint) if endpoint else host.end() if host else 0 :])
        if match := _API.match(path):
            kind = Kind.DATASET if match[1] == "datasets" else Kind.MODEL
            self._note(kind, match[2], place, "looks up", url, None, match[3])
        elif _SERVES.match(url) and (match := _ASKED.match(path)):
            self._note(Kind.MODEL, match[1], place, "asks for", url)
        elif "/resolve/" in path and (item := of_path(path, Kind.MODEL)):
            self._note(item.kind, item.name, place, "asks for", url, None, item.revision)

    def _note(
        self,
        kind: Kind,
        name: str,
        place: tuple[str, int],
        done: str,
        said: str,
        commit: str | None = None,
        asked: str | None = None,
    ) -> None:
        if not is_name(name):
            return
        seen = self.repositories.setdefault((kind, name), _Repository())
        seen.places.setdefault(place, {}).setdefault(done, said)
        if commit and COMMIT.fullmatch(commit):
            seen.commits[commit] = None
        if asked:
            seen.asked[asked] = None


def uses_of(notes: Notes, folder: Path) -> list[Use]:
    """Return a use for each place of the program that loads a repository, and for each loose file of weights.

    A place that only looks a repository up is told where no other loads it. Files in `folder` are relative to it.
    """
    found = []
    for (kind, name), seen in notes.repositories.items():
        commits = [commit for commit in seen.asked if COMMIT.fullmatch(commit)] or list(seen.commits)
        branch = next((asked for asked in seen.asked if not COMMIT.fullmatch(asked)), None)
        commit = list(seen.commits)[-1] if seen.commits else commits[-1] if commits else None
        loads = {place: done for place, done in seen.places.items() if done.keys() - {"looks up"}}
        told = {place: done for place, done in loads.items() if place[0]} or loads or seen.places
        for place, done in told.items():
            how = max(done, key=lambda way: (SURE[way], way == "runs code of"))
            found.append(
                Use(
                    str(Ref(kind, name)), branch or commit, branch is None and commit is not None, _relative(place[0], folder),
                    place[1], how, SURE[how], done[how][:MAX_WRITTEN_CHARS], commit,
                )
            )  # fmt: skip
    for path, place in notes.loose.items():
        found.append(Use(None, None, False, _relative(place[0], folder), place[1], "opens", 1.0, path[-MAX_WRITTEN_CHARS:]))
    return sorted(found, key=lambda item: (item.file, item.line, item.ref or "", item.written))


def _relative(file: str, folder: Path) -> str:
    path = os.path.normpath(folder / file) if file else ""
    return os.path.relpath(path, folder) if path.startswith(f"{folder}{os.sep}") else path


def _snapshot_of(blob: str) -> str | None:
    """Return the commit in whose snapshot a link to this blob of the cache stands, None where none or several do."""
    repository, _, name = blob.rpartition("/blobs/")
    found = set()
    try:
        for number, snapshot in enumerate(Path(repository, "snapshots").iterdir()):
            if number >= MAX_SNAPSHOTS:
                return None
            if any(link.is_symlink() and str(link.readlink()).endswith(f"/blobs/{name}") for link in snapshot.iterdir()):
                found.add(snapshot.name)
    except OSError:
        return None
    return found.pop() if len(found) == 1 else None
