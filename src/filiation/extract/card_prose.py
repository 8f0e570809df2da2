"""What a model card says in prose: parents, datasets, training, evaluation, use; licences are read by the floor above."""

from __future__ import annotations

from collections.abc import Iterator

from filiation.cards.blocks import Card, read
from filiation.cards.datasets import datasets
from filiation.cards.facts import facts
from filiation.cards.parents import parents
from filiation.cards.scores import scores
from filiation.cards.statement import Statement
from filiation.core.claim import Basis, Claim, Locator
from filiation.core.extractor import RecordExtractor
from filiation.core.record import Record
from filiation.core.ref import Kind

FILE = "README.md"


def extract(record: Record) -> Iterator[Claim]:
    """Yield the statements of the card as claims; a dataset's card is not read, since it speaks of other things."""
    if record.kind != Kind.MODEL or FILE not in record.files:
        return
    yield from claims(read(record.files[FILE]), record.id)


def claims(card: Card, own: str) -> Iterator[Claim]:
    """Yield the claims of the `card` of the model `own`: parents, datasets, the rest in the order of the text, scores."""
    for said in (*parents(card, own), *datasets(card, own), *facts(card, own), *scores(card, own)):
        yield _claim(said)


EXTRACTOR = RecordExtractor("card-prose", (FILE,), extract)


def _claim(said: Statement) -> Claim:
    locator = Locator(FILE, f"char={said.start},{said.stop}")
    return Claim(said.predicate, said.value, Basis.STATED, said.confidence, locator, said.relation)
