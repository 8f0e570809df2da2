"""What an adapter was trained on top of, as PEFT writes it beside the adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import is_name
from filiation.core.relation import Relation

FILE = "adapter_config.json"
KEY = "base_model_name_or_path"
CONFIDENCE = 0.95
_CHECKPOINT = re.compile(r"(?:.*/)?(?:checkpoint|ckpt|epoch|step|run)[-_]?\d+", re.IGNORECASE)
"""A trainer's own folder, which reads like a repository's name and is none."""


def extract(record: Record) -> Iterator[Claim]:
    """Yield the base model, unless it is a path on the trainer's machine."""
    if FILE not in record.files:
        return
    try:
        config = msgspec.json.decode(record.files[FILE], type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} is not a JSON object ({error})") from error
    base = config.get(KEY)
    if isinstance(base, str) and is_name(base) and not _CHECKPOINT.fullmatch(base):
        locator = Locator(FILE, f"/{KEY}")
        yield Claim(Predicate.BASE_MODEL, base, Basis.STATED, CONFIDENCE, locator, str(Relation.ADAPTER))


EXTRACTOR = RecordExtractor("adapter config", (FILE,), extract)
