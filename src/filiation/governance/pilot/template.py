"""A new project: the files of a pilot, with every question that it must answer written where the answer goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.ref import Ref
from filiation.governance.assessment import Language
from filiation.governance.pilot.project import FILE, points
from filiation.interface.shape import ModelSchema
from filiation.knowledge import load

POLICY, SUITE, SCHEMA, GUIDE = "policy.toml", "suite.toml", "schema.json", "README.md"
TASKS = {
    "text-classification": "classification", "image-classification": "classification", "sentence-similarity": "retrieval",
    "feature-extraction": "retrieval", "text-generation": "generation", "text2text-generation": "generation",
    "translation": "generation", "summarization": "generation", "question-answering": "generation",
}  # fmt: skip
"""Tasks of models, and the kind of suite that measures them."""


class NewProject(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-new/v1"):
    """A project that was written: its folder, its model, its files, and what there is to do next."""

    folder: str
    ref: str
    files: tuple[str, ...]
    next: tuple[str, ...]


def new_project(
    folder: Path, model: str, files: Path | None = None, schema: ModelSchema | None = None, lang: Language = "en"
) -> NewProject:
    """Write the files of a new pilot into `folder`, which is made where it is not.

    Args:
        folder: Where; what stands there already is never written over.
        model: A ref, with its revision where that is chosen.
        files: Folder of the model's files.
        schema: What they tell, kept beside the project so that a change is seen.
        lang: Of what is asked.

    Raises:
        FiliationError: If `model` is no ref, or a file of the project is there already.
    """
    named = Ref.parse(model)
    ref, revision = str(msgspec.structs.replace(named, revision=None)), named.revision or ""
    task = TASKS.get(schema.task or "", "classification") if schema else "classification"
    texts = {
        FILE: _project(ref, revision, _beside(files, folder), lang),
        POLICY: _policy(lang),
        SUITE: _suite(ref, task, schema, lang),
    }
    texts[GUIDE] = _guide(ref, task, lang)
    if schema is not None:
        texts[SCHEMA] = msgspec.json.format(msgspec.json.encode(schema)).decode() + "\n"
    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise FiliationError(f"{', '.join(there)} stands in {folder} already: name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
    return NewProject(str(folder), ref, tuple(texts), tuple(_steps(ref, task)))


def _words(lang: Language) -> dict[str, Any]:
    return load("pilot_words")[lang]["project"]


def _project(ref: str, revision: str, files: str, lang: Language) -> str:
    ask = _words(lang)
    lines = [f"schema = {_quoted(points()['schema'])}", "", f"# {ask['model']}", "[model]", f"ref = {_quoted(ref)}"]
    lines += [
        f"revision = {_quoted(revision)} # {ask['revision']}",
        f"files = {_quoted(files)}",
    ]
    lines += ["", f"# {ask['purpose']}", "[purpose]"]
    lines += [f'{name} = "" # {ask[name]}' for name in ("what", "users", "never", "instead_of")]
    lines += ["", f"# {ask['limits']}", "[limits]", f'until = "" # {ask["until"]}', 'users = ""', f'data = "" # {ask["data"]}']
    lines += ["", f"# {ask['success_title']}", "[[success]]", 'id = "quality"', 'metric = ""', 'dataset = ""']
    lines += ["# least = 0.9", "# samples = 200", 'why = ""']
    lines += ["", f"# {ask['stop_title']}", "[[stop]]", 'id = "harm"', f"when = {_quoted(ask['example_stop'])}", 'who = ""']
    lines += [f"then = {_quoted(ask['example_then'])}"]
    for part, field in (("roles", "who"), ("contract", "note"), ("insurance", "note")):
        lines += ["", f"# {ask[part]}"]
        for point in points()[part]:
            lines += [f"[[{part}]]", f"id = {_quoted(point['id'])} # {point[lang]}", f'{field} = ""']
    return "\n".join(lines) + "\n"


def _beside(files: Path | None, folder: Path) -> str:
    """Return where the model's files lie as the project spells it: from its own folder on."""
    return os.path.relpath(files.resolve(), folder.resolve()) if files else ""


def _policy(lang: Language) -> str:
    return f'# {_words(lang)["policy_note"]}\n\nextends = ["pilot"]\n\n[license]\nunknown = "review"\nundeclared = "review"\n'


def _suite(ref: str, task: str, schema: ModelSchema | None, lang: Language) -> str:
    name = "pilot-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in ref.partition(":")[2].lower())[
        :60
    ].strip("-")
    head = {
        "schema": "filiation/suite/v1", "name": name, "version": "1", "title": _words(lang)["suite_title"], "task": task,
    }  # fmt: skip
    metrics = {"classification": ["accuracy"], "retrieval": ["ndcg_at_10", "recall_at_1"], "generation": ["exact_match"]}[task]
    lines = [f"# {_words(lang)['suite_note']}", ""] + [f"{key} = {_quoted(value)}" for key, value in head.items()]
    lines += [f"metrics = {msgspec.json.encode(metrics).decode()}"]
    lines += ["", "[dataset]", f"name = {_quoted(name)}", 'source = "own samples"', 'license = "other"']
    for sample in _samples(task, schema):
        lines += ["", "[[sample]]", *(f"{key} = {_toml(value)}" for key, value in sample.items())]
    return "\n".join(lines) + "\n"


def _samples(task: str, schema: ModelSchema | None) -> list[dict[str, str | float]]:
    """Return two samples that show how one is written: of each task the smallest."""
    labels = [*(schema.labels[:2] if schema else ()), "yes", "no"][:2]
    made: dict[str, list[dict[str, str | float]]] = {
        "classification": [{"text": "first sample", "label": labels[0]}, {"text": "second sample", "label": labels[1]}],
        "retrieval": [
            {"text": "where is my parcel", "other": "Parcels are delivered within five days."},
            {"text": "how do I pay", "other": "We take cards and bank transfers."},
        ],
        "generation": [{"text": "2 + 2 =", "answer": "4"}, {"text": "3 + 4 =", "answer": "7"}],
    }
    return made[task]


def _steps(ref: str, task: str) -> list[str]:
    """Return the commands that come next, in their order."""
    name = ref.removeprefix("model:")
    into = " --into suite.jsonl" + (" --answer COLUMN" if task == "retrieval" else "")
    return [
        f"filiation pilot adopt {name}",
        f"filiation audit {name} --policy {POLICY}",
        "filiation pilot check . --keep",
        f"filiation pilot advance {name} evaluate --why REASON",
        f"filiation pilot check-data SAMPLES{into} --keep {name}",
        f"filiation measure {name} --suite {SUITE}",
        f"filiation assess pilot {name} --ask answers.toml",
        f"filiation assess pilot {name} --answers answers.toml --keep",
        f"filiation pilot advance {name} pilot --why REASON",
        f"filiation pilot register {name} --success TEXT",
    ]


def _guide(ref: str, task: str, lang: Language) -> str:
    told = load("pilot_words")[lang]["guide"]
    commands = "\n".join(_steps(ref, task))
    files = "\n".join(
        f"| `{name}` | {told[key]} |"
        for name, key in ((FILE, "file"), (POLICY, "policy"), (SUITE, "suite"), (SCHEMA, "schema"))
    )
    return f"# {told['title'].format(ref=ref)}\n\n{told['about']}\n\n| | |\n|---|---|\n{files}\n\n```\n{commands}\n```\n"


def _toml(value: str | float) -> str:
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Return `text` as a TOML string: JSON's escapes are TOML's, but for the one of DEL."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
