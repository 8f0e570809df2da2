"""The standard card of a repository from what is known of it, with honest blanks for the rest.

The law: whatever is not known stands as `BLANK`, which `card lint` counts as a placeholder and never as filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import yaml

from filiation.cards.emptiness import is_placeholder
from filiation.cards.template import Section, Template, template
from filiation.core.claim import Basis, Predicate
from filiation.core.ref import HUB, Kind, is_name
from filiation.core.relation import WEIGHTS
from filiation.knowledge import load
from filiation.lineage.portrait import Portrait, SaidClaim

BLANK = "[More Information Needed]"
SURE = 0.6
"""A claim of less confidence, or one that we only inferred, stands in no card."""
SURE_PARENT = 0.8
MAX_VALUES, MAX_ROWS, MAX_FILES = 12, 40, 40
MAX_VALUE = 300
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MARKUP = re.compile(r"([\\`*_\[\]|#])")
_BY_NAME = frozenset({Predicate.BASE_MODEL, Predicate.DATASET, Predicate.SOURCE_DATASET, Predicate.EVALUATED_ON})
_RELATIONS = ("adapter", "finetune", "merge", "quantized")
_AS = {
    "adapter": "an adapter for", "finetune": "fine-tuned from", "merge": "a merge of", "quantized": "quantized from",
    "distilled": "distilled from", "converted": "converted from",
}  # fmt: skip


def new_card(about: Portrait, files: Sequence[str] = ()) -> str:
    """Return the card of a repository: front matter and every section of its template.

    Args:
        about: What is known; each claim keeps its source in a comment.
        files: Names of its files, as far as they are known.
    """
    writer = _Writer(about, files)
    return "\n".join([*writer.front_matter(), *writer.body()]).rstrip() + "\n"


class _Writer:
    """Writes one card."""

    def __init__(self, about: Portrait, files: Sequence[str]) -> None:
        self.about, self.files = about, files
        *prefix, self.name = about.ref.split(":")
        self.kind = Kind(prefix[-1])
        self.is_of_hub = len(prefix) == 1 or prefix[0] == HUB
        self.template: Template = template(self.kind)
        self.claims: dict[str, list[SaidClaim]] = {}
        for claim in sorted(about.claims, key=lambda item: (item.basis != Basis.DECLARED, -item.confidence)):
            if claim.basis != Basis.INFERRED and claim.confidence >= SURE and not is_placeholder(claim.value):
                self.claims.setdefault(claim.predicate, []).append(claim)
        self.task = about.pipeline_tag or self._first(Predicate.PIPELINE_TAG)
        self.library = about.library or self._first(Predicate.LIBRARY)
        sure = [item for item in about.parents if item.confidence >= SURE_PARENT and not item.set_aside]
        self.parents = [item for item in sure if item.relation in WEIGHTS]

    def front_matter(self) -> Iterator[str]:
        """Yield the lines between the two ``---``, these included."""
        fields: dict[str, Any] = {"license": self._one_or_list(Predicate.LICENSE)}
        fields |= {name: self._first(name) for name in ("license_name", "license_link")}
        fields["language"] = self._one_or_list(Predicate.LANGUAGE)
        if self.kind == Kind.MODEL:
            names = [parent.ref.rpartition(":")[2] for parent in self.parents if parent.ref.startswith("model:")]
            relations = {parent.relation for parent in self.parents}
            fields["base_model"] = names[0] if len(names) == 1 else names
            fields["base_model_relation"] = relations.pop() if len(relations) == 1 and relations <= set(_RELATIONS) else None
            fields["datasets"] = [value for value in self._values(Predicate.DATASET) if is_name(value)]
            fields["pipeline_tag"] = self.task
            fields["library_name"] = self.library
        fields = {name: value for name, value in fields.items() if value}
        yield "---"
        if fields:
            yield yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=1000).rstrip()
        yield "---"

    def body(self) -> Iterator[str]:
        """Yield the lines of all sections."""
        yield from ("", f"# {'Dataset' if self.kind == Kind.DATASET else 'Model'} Card for {_plain(self.name)}")
        in_list = False
        for section in self.template.sections:
            if section.default is not None or section.of is None:
                yield from ("", f"## {section.title}")
                in_list = False
            if section.default is None:
                lines, is_item = list(self._known(section)) or [BLANK], _is_item(section)
                if is_item and not in_list:
                    yield ""
                yield from [f"- **{section.title}:** {'; '.join(lines)}"] if is_item else self._part(section, lines)
                in_list = is_item

    def _part(self, section: Section, lines: list[str]) -> Iterator[str]:
        if section.of is not None:
            yield from ("", f"### {section.title}")
        yield from ("", *lines)

    def _known(self, section: Section) -> Iterator[str]:
        """Yield the lines of what is known of a section."""
        if section.id == "description":
            yield from self._description()
        elif section.id == "finetuned_from":
            yield from (f"{_code(_bare(item.ref))} ({item.relation})" for item in self.parents)
        elif section.id == "get_started" or (section.id == "direct_use" and self.kind == Kind.DATASET):
            yield from self._snippet()
        elif section.id == "results":
            yield from self._results()
        elif section.id == "more_information" and self.files:
            yield from self._files()
        else:
            known = [claim for source in section.claims for claim in self.claims.get(source.predicate or "", [])]
            if section.id not in ("metrics", "testing_data"):
                yield from self._list(known, inline=_is_item(section))
            elif section.id == "testing_data":
                yield from self._list(self.claims.get(Predicate.EVALUATED_ON, []), inline=False)
            else:
                yield from self._metrics()

    def _list(self, claims: Iterable[SaidClaim], *, inline: bool) -> Iterator[str]:
        for claim in _distinct(claims)[:MAX_VALUES]:
            is_code = claim.predicate in _BY_NAME and is_name(claim.value)
            value = _code(claim.value) if is_code else _plain(claim.value)
            yield f"{'' if inline else '- '}{value} {_source(claim)}"

    def _description(self) -> Iterator[str]:
        made = [f"{_AS[item.relation]} {_code(_bare(item.ref))}" for item in self.parents if item.relation in _AS][:MAX_VALUES]
        made += [f"loaded with {_plain(self.library)}"] if self.library else []
        task = f" for {_plain(self.task)}" if self.task else ""
        if task or made:
            yield f"{', '.join([f'{_code(self.name)} is a {self.kind}{task}', *made])}."

    def _snippet(self) -> Iterator[str]:
        snippet = load("card_snippets").get((self.library or "").lower())
        task = self.task
        if snippet and self.is_of_hub and is_name(self.name) and (not snippet.get("needs_task") or (task and is_name(task))):
            yield "```python\n" + snippet["code"].strip().format(name=self.name, task=task) + "\n```"

    def _results(self) -> Iterator[str]:
        rows = [row for claim in self.claims.get(Predicate.METRIC, []) if (row := _row(claim))]
        if rows:
            yield "| task | dataset | split | metric | value | |\n|---|---|---|---|---|---|\n" + "\n".join(rows[:MAX_ROWS])

    def _metrics(self) -> Iterator[str]:
        names = [_metric(claim.value).get("metric") for claim in self.claims.get(Predicate.METRIC, [])]
        for name in list(dict.fromkeys(_plain(name) for name in names if isinstance(name, str)))[:MAX_VALUES]:
            yield f"- {name}"
        yield from self._list(self.claims.get(Predicate.METRIC_PROTOCOL, []), inline=False)

    def _files(self) -> Iterator[str]:
        yield from (f"The repository holds {len(self.files)} files:", "")
        yield from (f"- {_code(name)}" for name in self.files[:MAX_FILES])
        if len(self.files) > MAX_FILES:
            yield f"- and {len(self.files) - MAX_FILES} more"

    def _values(self, predicate: str) -> list[str]:
        return [_line(claim.value) for claim in _distinct(self.claims.get(predicate, []))][:MAX_VALUES]

    def _first(self, predicate: str) -> str | None:
        return next(iter(self._values(predicate)), None)

    def _one_or_list(self, predicate: str) -> str | list[str]:
        values = self._values(predicate)
        return values[0] if len(values) == 1 else values


def _is_item(section: Section) -> bool:
    """Return whether a section is a line of a list, as in the Hub's template, and no heading."""
    return section.of is not None and section.thin == 1


def _bare(ref: str) -> str:
    return ref.removeprefix("model:")


def _distinct(claims: Iterable[SaidClaim]) -> list[SaidClaim]:
    return list({_line(claim.value).casefold(): claim for claim in reversed(list(claims))}.values())[::-1]


def _row(claim: SaidClaim) -> str | None:
    metric = _metric(claim.value)
    if metric.get("value") is None or metric.get("metric") is None:
        return None
    cells = [
        _plain("" if metric.get(key) is None else str(metric[key])) for key in ("task", "dataset", "split", "metric", "value")
    ]
    return f"| {' | '.join(cells)} | {_source(claim)} |"


def _metric(value: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _source(claim: SaidClaim) -> str:
    """Return where a claim was read, as a comment that no reader of the card sees."""
    return f"<!-- {claim.basis} in {_line(claim.locator).replace('-->', '').replace('--', '')} -->"


def _line(text: str) -> str:
    short = " ".join(_STEERING.sub(" ", text).split())
    return short if len(short) <= MAX_VALUE else f"{short[: MAX_VALUE - 1]}…"


def _plain(text: str) -> str:
    """Return a stranger's text so that it is shown as it is: no markup of it works."""
    return _MARKUP.sub(r"\\\1", _line(text)).replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    return f"`{_line(text).replace('`', '').replace('<', '')}`"
