"""Scores in a table of a card: whichever of rows and columns the metrics, datasets and models are in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from filiation.cards.score_words import NOTHING, Around, around, head_kind, label, score_rules, split_of
from filiation.scores.canonical import dataset_name as named
from filiation.scores.canonical import key, number, usual_metric

MAX_COLUMNS = 60
MAX_CELL = 120
MAX_PART = 40
_LOG = re.compile(r"\b(?:epochs?|steps?|training loss|train loss|iterations?|lr)\b", re.IGNORECASE)
_SHARED = 0.5
"""Share of the letters of a model's name that a head must have to be its own."""
_SIZE = re.compile(r"\d+(?=[bm](?![a-z]))")


class Told(NamedTuple):
    """A score in a table: in which row, what is said of it, the figure as written, and the way in which it is written."""

    row: int
    said: Around
    value: str
    stderr: str | None
    rule: str


def table_scores(rows: Sequence[Sequence[str]], own: str, outer: Around) -> Iterator[Told]:
    """Yield the scores of the card's own model.

    Args:
        rows: Plain text of the cells, the head first.
        own: ``owner/name`` of the model.
        outer: What stands around the table.

    A table of several models tells of the one whose name is the card's own, or "ours"; where none is, it tells nothing. A log
    of a training, by its head, is no table of results.
    """
    head = list(rows[0])
    if any(map(is_log, head)) or len(head) > MAX_COLUMNS:
        return
    body = [(number, list(cells) + [""] * (len(head) - len(cells))) for number, cells in enumerate(rows) if number]
    body = [(number, cells[: len(head)]) for number, cells in body]
    if len(head) < 2 or not body:
        return
    kinds = [head_kind(cell) for cell in head]
    labels = [NOTHING if kind in _SAYING_KINDS else label(cell) for kind, cell in zip(kinds, head, strict=True)]
    if "value" in kinds and kinds.index("value") > 0:
        yield from _long(kinds, body, outer)
        return
    if outer.metric:
        labels = [_setting(cell) if one is NOTHING else one for one, cell in zip(labels, head, strict=True)]
    scored = [column for column, one in enumerate(labels) if one is not NOTHING and (column or _is_figures(body, 0))]
    if scored:
        yield from _wide(head, kinds, labels, scored, body, own, outer)
    else:
        yield from _rows(head, kinds, body, own, outer, head_first=head)


def is_log(head: str) -> bool:
    """Return whether the head of a table, or a cell of it, is that of a log of a training."""
    return _LOG.search(head) is not None


_SAYING_KINDS = frozenset({"value", "metric", "dataset", "shots", "stderr", "split", "config", "model", "version", "samples"})


def _long(kinds: list[str | None], body: list[tuple[int, list[str]]], outer: Around) -> Iterator[Told]:
    """Yield a score for each row of a table with a column of values."""
    value = kinds.index("value")
    carried = NOTHING
    for row, cells in body:
        first = next(
            (column for column in range(value) if kinds[column] in ("dataset", None, "metric") and cells[column]), None
        )
        if first is None and not carried.dataset:
            continue
        said = NOTHING
        for column, kind in enumerate(kinds):
            cell = cells[column][:MAX_CELL]
            if column == value or not cell.strip(" -_\u2191\u2193|"):
                continue
            said = _of_cell(kind, cell).within(said) if kind else (label(cell).within(said) if column < value else said)
            if kind in ("dataset", None) and column < value and not said.dataset and not said.metric:
                said = Around(dataset=cell).within(said) if kind == "dataset" else said
        if said.dataset and not score_rules()["mean"].search(said.dataset.lower()):
            carried = Around(dataset=said.dataset, shots=said.shots, config=said.config)
        elif not said.dataset and kinds[0] == "dataset" and not cells[0].strip(" -|"):
            said = said.within(carried)
        stderr = next((cells[column] for column, kind in enumerate(kinds) if kind == "stderr"), None)
        full = said.within(outer)
        if _is_scored(said, full) and number(cells[value]):
            yield Told(row, full, cells[value], stderr, "long")


def _setting(text: str) -> Around:
    """Return what the head of a column says that has only a split, or only "with LM": the metric stands above the table."""
    if split := split_of(text):
        return Around(split=split)
    variant = around(text[:MAX_CELL]).variant if len(text) <= MAX_CELL else None
    return Around(variant=variant) if variant else NOTHING


def _of_cell(kind: str, cell: str) -> Around:
    """Return what a cell means below a head of this kind."""
    if kind == "dataset":
        found = label(cell)
        return found if found.dataset or found.metric else Around(dataset=cell).within(around(cell))
    if kind == "metric":
        found = label(cell)
        return found if found.metric or found.dataset else Around(shots=around(cell).shots, prompt=around(cell).prompt)
    bare = cell.strip().removesuffix("-shot")
    figure = int(bare) if bare.isdecimal() and len(bare) < 9 else None
    shots = figure if figure is not None and figure < 1000 else around(cell).shots
    said = {
        "shots": Around(shots=shots),
        "split": Around(split=cell),
        "config": Around(config=cell),
        "samples": Around(samples=figure),
    }
    return said.get(kind, NOTHING)


def _wide(
    head: list[str],
    kinds: list[str | None],
    labels: list[Around],
    scored: list[int],
    body: list[tuple[int, list[str]]],
    own: str,
    outer: Around,
) -> Iterator[Told]:
    """Yield the scores of a table whose columns are metrics or datasets."""
    names = [column for column in range(len(head)) if column not in scored and kinds[column] not in ("version", "stderr")]
    first = names[0] if names else None
    meaning = [_row_meaning(cells, kinds, names) for _, cells in body]
    of_models = kinds[first] == "model" if first is not None else False
    known = [bool(one.dataset or one.metric or one.split or one.config) for one in meaning]
    rule = "wide"
    chosen = range(len(body))
    if first is not None and (of_models or not any(known)) and len(body) > 1:
        mine = _mine([cells[first] for _, cells in body], own)
        if not mine and (of_models or not _are_settings([cells[first] for _, cells in body])):
            return
        if mine:
            chosen, rule = mine, "wide-own"
    elif first is not None and of_models and _is_other(body[0][1][first], own):
        return
    for number_ in chosen:
        row, cells = body[number_]
        said = meaning[number_]
        if first is not None and not known[number_] and not of_models:
            setting = around(cells[first]).variant
            is_part = rule == "wide" and not setting and len(body) > 1 and number(cells[first]) is None
            said = said.within(Around(variant=setting, config=cells[first].strip()[:MAX_PART] or None if is_part else None))
        for column in scored:
            full = labels[column].within(said).within(outer)
            inner = labels[column].within(said)
            if number(cells[column]) and _is_scored(inner, full) and not _is_mean(head[column]):
                yield Told(row, full, cells[column], None, rule)


def _row_meaning(cells: list[str], kinds: list[str | None], names: list[int]) -> Around:
    """Return what the cells of a row say that are no scores."""
    said = NOTHING
    for column in names:
        cell, kind = cells[column][:MAX_CELL], kinds[column]
        if not cell.strip(" -") or number(cell):
            continue
        if kind == "model":
            said = said.within(Around(variant=around(cell).variant))
        elif kind in _SAYING_KINDS:
            said = said.within(_of_cell(kind, cell))
        elif split := split_of(cell):
            said = said.within(Around(split=split))
        else:
            found = label(cell)
            said = said.within(found if found is not NOTHING else Around(shots=around(cell).shots))
    return said


def _rows(
    head: list[str], kinds: list[str | None], body: list[tuple[int, list[str]]], own: str, outer: Around, head_first: list[str]
) -> Iterator[Told]:
    """Yield the scores of a table whose rows are metrics or datasets, with a column for each model."""
    figures = [
        column for column in range(1, len(head)) if kinds[column] not in ("shots", "metric", "stderr", "version", "samples")
    ]
    figures = [column for column in figures if _is_figures(body, column)]
    if not figures:
        return
    lead = list(range(figures[0]))
    rule = "rows"
    mine = [figures[one] for one in _mine([head[column] for column in figures], own)]
    if len(figures) > 1:
        if len(mine) != 1:
            splits = [column for column in figures if split_of(head[column])]
            if splits != figures:
                return
            mine = splits
        rule = "rows-own"
    elif _is_other(head_first[figures[0]], own) and not mine:
        return
    above = around(head[0])
    carried: str | None = None
    for row, cells in [(0, head), *body] if number(head[figures[0]]) else body:
        said = NOTHING
        for column in lead:
            cell, kind = cells[column][:MAX_CELL], kinds[column]
            if cell.strip(" -"):
                said = (_of_cell(kind, cell) if kind in _SAYING_KINDS and kind != "model" else label(cell)).within(said)
        if not said.metric and not said.dataset:
            continue
        carried = said.dataset or carried
        for column in mine or figures:
            inner = said.within(Around(split=split_of(head[column]))).within(Around(shots=above.shots))
            full = inner.within(outer)
            if number(cells[column]) and _is_scored(said, full):
                yield Told(row, full, cells[column], None, rule)


def _is_scored(said: Around, full: Around) -> bool:
    """Return whether a figure is of a metric: one is named, or the dataset that the table names has only one."""
    if full.metric:
        return not score_rules()["mean"].search((said.dataset or "").lower())
    return bool(said.dataset) and named(said.dataset or "").id is not None and not _is_mean(said.dataset or "")


def _is_mean(text: str) -> bool:
    return (
        bool(score_rules()["mean"].search(text.strip(" *").lower()))
        and usual_metric(named(text).id) is None
        and label(text) is NOTHING
    )


def _is_figures(body: list[tuple[int, list[str]]], column: int) -> bool:
    """Return whether most cells of a column are figures."""
    cells = [cells[column] for _, cells in body if cells[column].strip(" -")]
    return bool(cells) and 2 * sum(number(cell) is not None for cell in cells) >= len(cells)


def _are_settings(cells: list[str]) -> bool:
    """Return whether cells are no names of models: figures, blanks, or words such as "with LM"."""
    return all(not cell.strip() or number(cell) is not None or around(cell).variant for cell in cells)


def _mine(cells: list[str], own: str) -> list[int]:
    """Return which of the names of models is the card's own; none where several may be."""
    name = _letters(own.rpartition("/")[2])
    if whole := [place for place, cell in enumerate(cells) if cell.strip().lower() == own.lower()]:
        return whole
    exact = [
        place
        for place, cell in enumerate(cells)
        if _letters(cell.rpartition("/")[2]) == name or key(cell) in score_rules()["own"]
    ]
    exact = exact or [
        place for place, cell in enumerate(cells) if re.search(r"\b(?:ours|this model|our model)\b", cell.lower())
    ]
    if exact:
        return exact
    shares = [_share(_letters(cell.rpartition("/")[2]), name) for cell in cells]
    best = max(shares, default=0.0)
    found = [place for place, share in enumerate(shares) if share == best]
    return found if best >= _SHARED and len(found) == 1 else []


def _share(cell: str, name: str) -> float:
    """Return how much of a model's name a cell has, where one holds the other; where both tell a size, it is one."""
    sizes = _SIZE.findall(cell), _SIZE.findall(name)
    if len(cell) < 4 or not (cell in name or name in cell) or (all(sizes) and sizes[0] != sizes[1]):
        return 0.0
    return min(len(cell), len(name)) / max(len(cell), len(name))


def _is_other(cell: str, own: str) -> bool:
    """Return whether a name is surely of another model: it has an owner, and neither it nor its name is the card's."""
    bare = cell.strip()
    return bool(re.fullmatch(r"[\w.-]+/[\w.-]+", bare)) and _letters(bare.rpartition("/")[2]) != _letters(
        own.rpartition("/")[2]
    )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())
