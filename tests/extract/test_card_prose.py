"""Prose as claims, alone and among many records."""

from __future__ import annotations

import json

from filiation.core.claim import Basis, Predicate
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract import extractors
from filiation.extract.card_prose import EXTRACTOR
from filiation.extract.reading import readings

SENTENCE = "This model is a fine-tuned version of [o/base](https://huggingface.co/o/base) on the imdb dataset."
CARD = f"---\nlicense: mit\n---\n{SENTENCE}\n"


def test_it_is_found_by_name():
    assert "card-prose" in {extractor.name for extractor in extractors()}


def test_claims_are_stated_with_a_place_in_characters():
    claims = list(EXTRACTOR.extract(Record(Kind.MODEL, "me/m", {}, {"README.md": CARD})))
    assert [(claim.predicate, claim.value, claim.relation) for claim in claims] == [
        (Predicate.BASE_MODEL, "o/base", "finetune"),
        (Predicate.DATASET, "imdb", None),
    ]
    for claim in claims:
        start, stop = map(int, claim.locator.pointer.removeprefix("char=").split(","))
        assert claim.basis is Basis.STATED
        assert claim.locator.source == "README.md"
        assert CARD[start:stop].startswith("This model")


def test_a_datasets_card_is_not_read():
    assert list(EXTRACTOR.extract(Record(Kind.DATASET, "me/d", {}, {"README.md": CARD}))) == []


def test_many_processes_read_what_one_reads():
    rows = [
        (
            number,
            0,
            number,
            "model",
            f"me/m{number}",
            "{}",
            json.dumps({"README.md": f"{CARD}Number {number}.\n", "adapter_config.json": "{"}),
        )
        for number in range(40)
    ]
    chunks = [rows[start : start + 7] for start in range(0, len(rows), 7)]
    alone = list(readings(chunks, len(rows)))
    together = list(readings(chunks, 1_000_000, processes=2))
    assert alone == together
    assert [reading.record_id for reading in together] == list(range(40))
    assert all(len(reading.skipped) == 1 for reading in together)
