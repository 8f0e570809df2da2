"""The project of a pilot: a file that says what it is for, what counts as success, what ends it, and who carries what."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.governance.assessment import Language
from filiation.knowledge import load

FILE = "pilot.toml"
MAX_BYTES = 1 << 20
MAX_ROWS = 200
MAX_TEXT_CHARS = 10_000


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which model: its ref, its revision, and the folder of its files beside the project."""

    ref: str
    revision: str = ""
    files: str = ""


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is for: `what`, for whom (`users`), what it is not for (`never`), which others were looked at (`instead_of`)."""

    what: str = ""
    users: str = ""
    never: str = ""
    instead_of: str = ""


class Success(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure to be reached: `metric` on `dataset` is `least` or better, over at least so many `samples`."""

    id: str
    metric: str = ""
    dataset: str = ""
    least: float | None = None
    samples: int | None = None
    why: str = ""


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ends the pilot: `when` it happens, `who` says so, and what is done `then`."""

    id: str
    when: str = ""
    who: str = ""
    then: str = ""


class Noted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody's task, or the note to a point of contract or insurance: `who`, and what is settled (`note`)."""

    id: str
    who: str = ""
    note: str = ""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How small the pilot stays: `until` a date, so many `users` at most, which `data` may go in."""

    until: str = ""
    users: str = ""
    data: str = ""


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"declared": "schema"}):
    """A project as its file has it."""

    declared: str
    model: Model
    purpose: Purpose = Purpose()
    limits: Limits = Limits()
    success: list[Success] = []
    stop: list[Stop] = []
    roles: list[Noted] = []
    contract: list[Noted] = []
    insurance: list[Noted] = []


class Open(msgspec.Struct, frozen=True):
    """What a project does not say yet: its place in the file, and what is asked there."""

    place: str
    asked: str


class ProjectCheck(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-check/v1"):
    """How far a project is: `complete` where nothing that is needed is `open`; `said` how many points are settled."""

    project: str
    ref: str
    complete: bool
    said: int
    open: tuple[Open, ...]
    optional: tuple[Open, ...] = ()


@cache
def points() -> dict[str, Any]:
    """Return what a project has to say."""
    return load("pilot_project")


def read_project(folder: Path) -> Project:
    """Return the project in `folder`.

    Raises:
        FiliationError: If there is none, or it is not written as it should be; the message names the key.
    """
    path = folder / FILE
    if not path.exists():
        raise FiliationError(f"There is no {FILE} in {folder}: 'filiation pilot new {folder} --model REF' writes one.")
    found = TomlFile(Project, "a project of a pilot", MAX_BYTES).read(path)
    if found.declared != points()["schema"]:
        raise FiliationError(f"{path}: its schema is {found.declared!r}, and {points()['schema']!r} is read here.")
    _require_bounded(found, path)
    return found


def check_project(found: Project, folder: Path, lang: Language = "en") -> ProjectCheck:
    """Return what a project does not say yet."""
    asked = _asked(found, lang)
    missing = [(place, text, needed) for place, text, needed, is_said in asked if not is_said]
    needed = tuple(Open(place, text) for place, text, is_needed in missing if is_needed)
    optional = tuple(Open(place, text) for place, text, is_needed in missing if not is_needed)
    return ProjectCheck(folder.resolve().name, found.model.ref, not needed, len(asked) - len(missing), needed, optional)


def _asked(found: Project, lang: Language) -> list[tuple[str, str, bool, bool]]:
    """Return all that a project is asked: the place, the question, whether it is needed, whether it is said."""
    ask = load("pilot_words")[lang]["project"]
    asked = [
        ("model.revision", ask["revision"], True, bool(found.model.revision.strip())),
        ("purpose.what", ask["what"], True, bool(found.purpose.what.strip())),
        ("purpose.users", ask["users"], True, bool(found.purpose.users.strip())),
        ("purpose.never", ask["never"], True, bool(found.purpose.never.strip())),
        ("purpose.instead_of", ask["instead_of"], False, bool(found.purpose.instead_of.strip())),
        ("limits.until", ask["until"], True, bool(found.limits.until.strip())),
        ("limits.data", ask["data"], True, bool(found.limits.data.strip())),
        ("success", ask["success"], True, any(map(_is_measurable, found.success))),
        ("stop", ask["stop"], True, any(stop.when.strip() and stop.who.strip() for stop in found.stop)),
    ]
    asked += [(f"success.{one.id}", ask["success_one"], True, False) for one in found.success if not _is_measurable(one)]
    for part in ("roles", "contract", "insurance"):
        said = {noted.id: noted for noted in getattr(found, part)}
        for point in points()[part]:
            noted = said.get(point["id"])
            text = noted and (noted.who if part == "roles" else noted.note)
            asked.append((f"{part}.{point['id']}", point[lang], point["needed"], bool(text and text.strip())))
    return asked


def _is_measurable(one: Success) -> bool:
    return bool(one.metric.strip() and one.dataset.strip()) and one.least is not None and bool(one.samples)


def _require_bounded(found: Project, path: Path) -> None:
    lists = (found.success, found.stop, found.roles, found.contract, found.insurance)
    if any(len(rows) > MAX_ROWS for rows in lists):
        raise FiliationError(f"{path} lists more than {MAX_ROWS} of one thing: a pilot is small.")
    texts = msgspec.to_builtins([lists, found.purpose, found.limits, found.model])
    if any(len(text) > MAX_TEXT_CHARS for text in _texts(texts)):
        raise FiliationError(f"{path} has a text of more than {MAX_TEXT_CHARS:,} characters: name where it stands instead.")


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
