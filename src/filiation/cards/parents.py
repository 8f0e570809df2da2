"""Which models a card says that its own was made from, and how."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from filiation.cards.blocks import Block, Card, plain, spans
from filiation.cards.confidence import Evidence, confidence
from filiation.cards.mentions import MODEL, OWN, Mention, Reduced, known_names, may_name, own_in, reduce, spelled
from filiation.cards.remembered import remembered, remembered_with
from filiation.cards.statement import Statement
from filiation.cards.stems import Stems
from filiation.cards.topics import MERGES, NAMES, PARENTS, topics
from filiation.core.claim import Predicate
from filiation.knowledge import load

MAX_PARENTS = 64
"""Most parents that are taken from one card; the surest."""
TOGETHER = 0.85
"""What a name counts that stands beside the one that the expression leads to: "based on X and Y"."""
SOMEBODY_ELSES = 0.3
"""What a statement counts whose subject is another model."""
START_CHARS = 80
"""How far from the beginning of a block a name stands that the heading announces."""
_BESIDE = re.compile(rf"^(?: ?,? (?:and|or|&|\+|x|\u00d7)|,| ?[&+\u00d7/]) (?:the )?{MODEL}")
_SUBJECT = re.compile(rf"^\W*(?:the |our )?({MODEL})(?: model)?,?(?: \([^)]*\),?)? (?:is|was|are)\b")
_CUT = re.compile(r"\b(?:using|via|through|evaluat|outperform|compared|than)\b")


class _Says(NamedTuple):
    """An expression that leads to a parent."""

    name: str
    relation: str | None
    pattern: re.Pattern[str]
    confidence: float
    possible: bool
    several: bool


class _Found(NamedTuple):
    mention: Mention
    relation: str | None
    confidence: float
    rule: str
    share: float = 1.0
    """What it counts among the names that stand together."""
    subject: str = ""
    """The model that is spoken of, where the sentence begins with one."""


def parents(card: Card, own: str) -> list[Statement]:
    """Return a statement for each parent that `card` names, the surest place of each, in the order of the text.

    Code, quotations and what stands under a heading such as "Original model card" do not count. A name is as written; the same
    name with an owner and without is one parent.

    Args:
        card: Blocks of the card.
        own: ``owner/name`` of the card's model, never a parent of itself.
    """
    return [msgspec.structs.replace(said, confidence=confidence(seen)) for said, seen in surest(card, own)]


def surest(card: Card, own: str) -> list[tuple[Statement, Evidence]]:
    """Return the same with the score of their words in the place of the confidence, and with what it is made from."""
    best: dict[str, Statement] = {}
    rules: dict[str, set[str | None]] = defaultdict(set)
    for said in candidates(card, own):
        key = said.value.lower()
        rules[key.rpartition("/")[2]].add(said.rule)
        best[key] = _surer(best[key], said) if key in best else said
    whole = {key.rpartition("/")[2] for key in best if "/" in key}
    kept = [said for key, said in best.items() if "/" in key or key not in whole]
    kept = sorted(kept, key=lambda said: (-said.confidence, said.start))[:MAX_PARENTS]
    kept = sorted(kept, key=lambda said: (said.start, said.value))
    return [(said, _evidence(said, own, rules)) for said in kept]


def _evidence(said: Statement, own: str, rules: dict[str, set[str | None]]) -> Evidence:
    """Return what is seen of a statement; `rules` are those that lead to each name behind the slash."""
    owner, _, name = said.value.lower().rpartition("/")
    is_neighbour = owner != "" and owner == own.lower().rpartition("/")[0]
    says_how = said.relation is not None
    return Evidence(said.confidence, said.rule or "", said.kind or "", says_how, len(rules), len(rules[name]), is_neighbour)


def _surer(one: Statement, other: Statement) -> Statement:
    """Return the surer of two that name the same model; of one sentence it says the relation that either says."""
    if (one.confidence, one.relation is not None) < (other.confidence, other.relation is not None):
        one, other = other, one
    if one.relation is None and other.relation is not None and one.start == other.start:
        return msgspec.structs.replace(one, relation=other.relation)
    return one


def candidates(card: Card, own: str) -> Iterator[Statement]:
    """Yield each place of `card` that names a parent, with its rule and the score of its words: what `parents` chooses from."""
    for start, stop, found in _statements(card, own):
        name, kind = found.mention
        foreign = SOMEBODY_ELSES if found.subject and not _is_like(found.subject, own) else 1.0
        sure = round(found.confidence * foreign * found.share * _rules().kinds[kind], 3)
        yield Statement(Predicate.BASE_MODEL, name, start, stop, sure, found.relation, found.rule, kind)


def scores() -> dict[str, float]:
    """Return how sure the words of each rule are by themselves: for names in full, by name of the rule.

    A rule has a prior, set by hand, and what was counted of it; the prior weighs as much as ``parents.weight`` names. Laws: a
    rule that was never seen has its prior; the more names, the nearer to their share.
    """
    return {**{says.name: says.confidence for says in _rules().says}, **_rules().places}


def _statements(card: Card, own: str) -> Iterator[tuple[int, int, _Found]]:
    """Yield where a statement stands and what it says."""
    listing: _Listing = None
    table = _Table(())
    heading, elsewhere, under = (), False, False
    for block in card.blocks:
        if block.heading is not heading:
            heading = block.heading
            elsewhere = any(map(_is_elsewhere, heading))
            under = bool(heading) and _is_for_parent(heading[-1])
        if elsewhere or block.kind in ("code", "quote"):
            continue
        if block.kind == "row":
            table = _head(block) if block.level == 0 else table
            yield from ((block.start, block.stop, found) for found in _of_row(card, block, own, table, listing))
            continue
        if block.kind == "item" and listing is not None:
            yield from ((block.start, block.stop, found) for found in _first(card, block, own, listing, "listed"))
            continue
        listing = listing if block.kind == "paragraph" else None
        if under and block.kind != "heading":
            yield from ((block.start, block.stop, found) for found in _first(card, block, own, None, "under-heading"))
        wanted = topics(block.text)
        if PARENTS in wanted:
            source = card.source[block.start : block.stop]
            if NAMES in wanted or "<" in source or may_name(source):  # in a tag are names that the text has not
                said = _in_block(block.text, source, own_in(source, own))
                yield from ((block.start + start, block.start + stop, found) for start, stop, found in said)
            listing = "merge" if MERGES in wanted and _announces(block.text) else listing


_Listing = str | None
"""The relation of the items that a sentence has announced."""


class _Table(NamedTuple):
    """Which columns of a table are for parents."""

    columns: tuple[int, ...]


@remembered_with
def _in_block(text: str, source: str, own: str) -> tuple[tuple[int, int, _Found], ...]:
    """Return what the sentences of a block say and where in it."""
    return tuple(
        (start, stop, found)
        for start, stop in spans(text)
        for found in _in_sentence(source[start:stop], own_in(source[start:stop], own))
    )


@remembered
def _announces(text: str) -> bool:
    """Return whether a sentence of a block announces a list of what was merged."""
    following = _rules().following
    return following.search(text.lower()) is not None and any(
        following.search(text[start:stop].lower()) for start, stop in spans(text)
    )


@remembered_with
def _in_sentence(source: str, own: str) -> tuple[_Found, ...]:
    """Return the parents that a sentence names."""
    rules = _rules()
    stems = rules.stems.groups_in(spelled(source))
    if PARENTS not in stems or not (NAMES in stems or may_name(source)):
        return ()
    expressions = [says for says in rules.says if says.name in stems]
    reduced = reduce(source, own) if expressions else None
    return tuple(_in_reduced(reduced, expressions)) if reduced and reduced.models else ()


def _in_reduced(reduced: Reduced, expressions: list[_Says]) -> Iterator[_Found]:
    text, rules = reduced.text, _rules()
    subject = reduced.models[0].name if _SUBJECT.match(text) else ""
    for says in expressions:
        for found in says.pattern.finditer(text):
            before = text[max(0, found.start() - 200) : found.start()]
            if rules.denied.search(before) or (says.possible and rules.possible.search(before)):
                continue
            about = subject if found.start() > 0 else ""
            for place, share in _places(text, found, says.several):
                mention = reduced.models[text.count(MODEL, 0, place)]
                yield _Found(mention, says.relation, says.confidence, says.name, share, about)


@remembered
def _is_elsewhere(heading: str) -> bool:
    """Return whether what stands below a heading speaks of other models."""
    return _rules().elsewhere.search(heading.lower()) is not None


@remembered
def _is_for_parent(heading: str) -> bool:
    """Return whether what stands below a heading begins with a parent."""
    return _rules().under.search(heading.lower()) is not None


def _places(text: str, found: re.Match[str], several: bool) -> Iterator[tuple[int, float]]:
    """Yield where the names stand to which an expression leads, and what each counts."""
    if several:
        cut = _CUT.search(text, found.end())
        end = cut.start() if cut else len(text)
        place = text.find(MODEL, found.start(), max(end, found.end()))
        while place >= 0:
            yield place, 1.0
            place = text.find(MODEL, place + 1, end)
        return
    place = text.rfind(MODEL, found.start(), found.end())
    yield place, 1.0
    while beside := _BESIDE.match(text[place + 1 : place + 40]):
        place += beside.end()
        yield place, TOGETHER


def _first(card: Card, block: Block, own: str, relation: str | None, rule: str) -> Iterator[_Found]:
    """Yield the name that stands first in an item or paragraph that was announced."""
    reduced = reduce(card.source[block.start : block.stop], own)
    place = reduced.text.find(MODEL)
    if 0 <= place <= START_CHARS and OWN not in reduced.text[:place]:
        yield _Found(reduced.models[0], relation, _rules().places[rule], rule)


def _head(block: Block) -> _Table:
    columns = _rules().columns
    return _Table(tuple(n for n, cell in enumerate(_cells(block.text)) if columns.search(plain(cell).lower())))


def _of_row(card: Card, block: Block, own: str, table: _Table, listing: _Listing) -> Iterator[_Found]:
    """Yield the parents that a row names: its first cell says so, or the column's head does."""
    cells = _cells(card.source[block.start : block.stop])
    label = plain(cells[0]).lower() if len(cells) == 2 else ""
    if listing is not None and block.level:
        yield from _first(card, block, own, listing, "listed")
    if len(cells) == 2 and _rules().columns.search(label):
        reduced = reduce(cells[1], own)
        yield from (_in_column(mention) for mention in reduced.models[:1])
    elif len(cells) == 2 and PARENTS in topics(label):
        source = f"{label}: {cells[1]}"
        yield from _in_sentence(source, own_in(source, own))
    for column in table.columns if block.level else ():
        if column < len(cells) and (block.level == 1 or OWN in reduce(block.text, own).text):
            yield from (_in_column(mention) for mention in reduce(cells[column], own).models[:1])


def _in_column(mention: Mention) -> _Found:
    return _Found(mention, None, _rules().places["column"], "column")


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _is_like(name: str, own: str) -> bool:
    """Return whether the first word of `name` is one of the own model's."""
    first = re.split(r"[-_.\s]", name.rpartition("/")[2].lower())[0]
    return len(first) > 2 and first in own.rpartition("/")[2].lower()


class _Rules(NamedTuple):
    stems: Stems
    says: tuple[_Says, ...]
    kinds: dict[str, float]
    places: dict[str, float]
    """How sure a name is as an item of an announced list, below a heading for it, in a column for it."""
    denied: re.Pattern[str]
    possible: re.Pattern[str]
    elsewhere: re.Pattern[str]
    under: re.Pattern[str]
    following: re.Pattern[str]
    columns: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table = load("card_prose")["parents"]

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("<B>", table["bridge"]).replace("<X>", MODEL).replace("<O>", OWN))

    def confidence(row: dict[str, float]) -> float:
        return round((row["right"] + table["weight"] * row["prior"]) / (row["seen"] + table["weight"]), 3)

    says = tuple(
        _Says(
            row["name"],
            row["relation"] or None,
            compiled(row["pattern"]),
            confidence(row),
            row.get("possible", False),
            row.get("several", False),
        )
        for row in table["says"]
    )
    patterns = {name: compiled(table[name]) for name in ("denied", "possible", "elsewhere", "under", "following", "columns")}
    places = {name: confidence(row) for name, row in table["places"].items()}
    words = {row["name"]: row["stem"] for row in table["says"]}
    stems = Stems({PARENTS: table["stems"], NAMES: known_names(), **words})
    return _Rules(stems, says, table["kinds"], places, **patterns)
