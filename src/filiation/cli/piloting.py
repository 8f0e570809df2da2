"""What the `pilot` verbs ask and print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from filiation.cli.console import heading, line, note
from filiation.core.errors import FiliationError
from filiation.core.finding import Severity
from filiation.governance.assessment import Language
from filiation.interface.fit import DataCheck, Problem, words
from filiation.interface.shape import Fact, ModelSchema, Port

if TYPE_CHECKING:
    from filiation.governance.pilot.project import ProjectCheck
    from filiation.ledger.drafts import Reply

MAX_LISTED = 8
MAX_SHAPE = 8


def language(text: str) -> Language:
    """Return the language that an option names."""
    return "ja" if text == "ja" else "en"


def columns_said(said: tuple[str, ...]) -> dict[str, str]:
    """Return what ``INPUT=COLUMN`` says.

    Raises:
        FiliationError: If one of them has no sign of equality.
    """
    found = {}
    for text in said:
        name, sign, column = text.partition("=")
        if not sign or not name or not column:
            raise FiliationError(f"{text!r} says no column: write --column text=review.")
        found[name.strip()] = column.strip()
    return found


def is_as_bad(answer: DataCheck, least: str) -> bool:
    """Return whether something at least as bad as `least` stands against the samples, or nothing was read."""
    if least == "never":
        return False
    order = tuple(Severity)
    return not answer.read or any(order.index(item.severity) >= order.index(Severity(least)) for item in answer.problems)


def print_schema(answer: ModelSchema, lang: Language) -> None:
    """Print what goes in and comes out, each fact with the file that tells it."""
    told = words(lang)
    heading(told["schema_title"].format(model=answer.model))
    line(f"{told['library']}{told['colon']}{answer.library or told['not_told']}")
    task = f"{answer.task} ({told['read_from'].format(where=answer.task_from)})" if answer.task else told["not_told"]
    line(f"{told['task']}{told['colon']}{task}")
    for title, ports in ((told["inputs"], answer.inputs), (told["outputs"], answer.outputs)):
        line()
        heading(title)
        for port in ports:
            _print_port(port, lang)
        if not ports:
            line(f"  {told['nothing']}")
    _print_tensors(answer, lang)
    for item in answer.untold:
        line()
        line(f"{told['fact'].get(item.what, item.what)}{told['colon']}{told['untold_in'].format(where=item.why)}")
    for item in answer.skipped[:MAX_LISTED]:
        line(f"{told['skipped']}{told['colon']}{item.file}: {item.reason}")


def print_check(answer: DataCheck) -> None:
    """Print what stands against the samples."""
    told = words(answer.lang)
    line_of = told["check_title"].format(samples=answer.samples, model=answer.model, verdict=told[answer.verdict])
    heading(line_of)
    used = ", ".join(told["column"].format(port=port, column=name) for port, name in answer.columns.items())
    line(told["read"].format(count=f"{answer.read:,}", columns=used or told["no_column"]))
    if answer.tokens:
        counts = ", ".join(told["tokens_word"][name].format(count=f"{count:,}") for name, count in answer.tokens.items())
        line(told["tokens"].format(told=counts))
    if answer.least_difference is not None:
        points = f"{100 * answer.least_difference:.1f}"
        line(told["least_difference"].format(count=f"{answer.read:,}", points=points))
    for item in answer.problems:
        _print_problem(item, answer.lang)
    if not answer.problems:
        line(told["problems_none"])


def model_folder(project: Path) -> Path:
    """Return the model's folder that the project in `project` names.

    Raises:
        FiliationError: If there is no project, or it names none.
    """
    from filiation.governance.pilot.project import FILE, read_project

    if not (project / FILE).is_file():
        raise FiliationError(f"Which model? Name its folder with --model, or go into a project that has a {FILE}.")
    files = read_project(project).model.files
    if not files:
        raise FiliationError(f"{FILE} names no folder of the model's files: write it as files = ... below [model].")
    return project / files


def keep_project(checked: ProjectCheck, atlas_path: Path, ledger: str | None, lang: Language) -> None:
    """Keep in the ledger what a project answers of the needs of its model."""
    from filiation.governance.pilot.keeping import replies_of_project

    _keep(checked.ref, replies_of_project(checked, lang), atlas_path, ledger)


def keep_data(ref: str, found: DataCheck, atlas_path: Path, ledger: str | None) -> None:
    """Keep in the ledger what a check of own samples answers of the needs of a model."""
    from filiation.governance.pilot.keeping import reply_of_data

    _keep(ref, [reply_of_data(found)], atlas_path, ledger)


def _keep(ref: str, replies: list[Reply], atlas_path: Path, ledger: str | None) -> None:
    from filiation.cli.adopting import full, opened_atlas
    from filiation.governance.pilot.needs import KIND
    from filiation.ledger.adoptions import unpinned
    from filiation.ledger.opening import opened

    with opened_atlas(atlas_path) as (_, lineage):
        named = unpinned(full(ref, lineage))
    book, me = opened(atlas_path, ledger, create=True)
    book.answer(named, KIND, replies, me.name, me.role, via=me.via)
    note(f"Kept in the ledger for {named}: {', '.join(f'{reply.question} {reply.value}' for reply in replies)}.")


def _print_port(port: Port, lang: Language) -> None:
    told = words(lang)
    kind = told["modality"][port.modality]
    shape = f" {port.dtype} ({', '.join(map(str, port.shape[:MAX_SHAPE]))})" if port.dtype else ""
    free = "" if port.required else f", {told['may_be_left_out']}"
    line(f"  {port.name}{told['colon']}{kind}{shape}{free}")
    for fact in port.facts:
        _print_fact(fact, lang)


def _print_fact(fact: Fact, lang: Language) -> None:
    told = words(lang)
    name = told["fact"].get(fact.name, fact.name)
    value = "" if fact.value is True else f"{told['colon']}{shown(fact.value)}"
    also = "".join(f"; {told['also'].format(where=said.where, value=shown(said.value))}" for said in fact.also)
    line(f"    {name}{value} ({fact.where}){also}")


def _print_tensors(answer: ModelSchema, lang: Language) -> None:
    listed = [(side, port) for side in ("in", "out") for port in answer.tensors.get(side, ())]
    if not listed or answer.library == "onnx":
        return
    line()
    heading(words(lang)["tensors"])
    for side, port in listed[: 2 * MAX_LISTED]:
        line(f"  {side} {port.name} {port.dtype} ({', '.join(map(str, port.shape[:MAX_SHAPE]))})")


def _print_problem(item: Problem, lang: Language) -> None:
    told = words(lang)
    line()
    rows = f" ({told['rows'].format(rows=', '.join(map(str, item.rows)))})" if item.rows else ""
    heading(f"{item.severity}{told['colon']}{item.message}{rows}")
    for example in item.examples:
        line(f"    {example}")
    line(f"  {item.remedy}")


def shown(value: object) -> str:
    """Return a value as a person reads it, a long list by its beginning."""
    if isinstance(value, tuple):
        more = f", … ({len(value):,})" if len(value) > MAX_LISTED else ""
        return ", ".join(map(str, value[:MAX_LISTED])) + more
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
