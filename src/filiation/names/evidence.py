"""How much each reading of a piece weighs, by what stands beside it and by what else is known of the model."""

from __future__ import annotations

from filiation.names.bare import Before, bare, follows, has_architecture, silent, variant
from filiation.names.lexicon import Reading
from filiation.names.name import Context
from filiation.names.segments import Piece


def weigh(piece: Piece, i: int, fused: list[Piece], before: Before, context: Context | None) -> list[Reading]:
    """Return the readings of a piece with their odds in this place; empty where nothing is known of it.

    Args:
        piece: The one at `i` of `fused`.
        i: Its place.
        fused: All pieces of the name.
        before: What the pieces before it were read as.
        context: What else is known, or None to leave that aside.
    """
    readings = variant(piece, before) or piece.readings or bare(piece, i, fused, before)
    if not readings:
        return []
    weighed = [Reading(r.kind, r.value, r.odds * _beside(r, piece, i, fused, before), r.sort) for r in readings]
    if context is not None:
        weighed = [Reading(r.kind, r.value, r.odds * _told(r, context), r.sort) for r in weighed]
    if len(weighed) == 1 and weighed[0].sort in {"code", "recipe"}:
        weighed.append(Reading("other", piece.word, 1.0, "unknown"))
    return weighed


def _beside(reading: Reading, piece: Piece, i: int, fused: list[Piece], before: Before) -> float:
    last = before[-1][1] if before else None
    if piece.word in _RULED:
        return _ruled(reading, piece.word, last, before)
    if reading.kind == "language":
        after = fused[i + 1].readings[0] if i + 1 < len(fused) and fused[i + 1].readings else None
        return _language(reading, last, after, before, i, fused)
    if reading.kind == "dataset" and len(piece.readings) > 1 and has_architecture(before):
        return 10.0
    if reading.sort == "llama" and any(p.readings and p.readings[0].kind == "parameters" for p in fused):
        return 6.0
    if reading.sort == "lettered" and any(r.value in follows("lettered") for _, r, _, _ in before):
        return 6.0
    return 1.0


_RULED = frozenset({"mt", "it", "semantic", "instance"})


def _ruled(reading: Reading, word: str, last: Reading | None, before: Before) -> float:
    """Return the weight of readings of words that mean something of their own after some.

    ``mt`` is translation after `opus`, ``it`` tuned to instructions after a size, ``semantic`` a segmentation after its models.
    """
    if word in {"semantic", "instance"}:
        segments = any(r.value in follows("segmenting") for _, r, _, _ in before)
        return 30.0 if segments and reading.value == "image-segmentation" else 1.0
    if word == "it" and reading.kind == "adaptation":
        return 20.0 if any(r.kind in {"parameters", "version"} for _, r, _, _ in before[-2:]) else 1.0
    if word == "mt" and last and last.value == "opus":
        return 30.0 if reading.kind == "task" else 0.1
    return 3.0 if word == "it" and last and last.kind in {"architecture", "size", "dataset", "language"} else 1.0


def _language(
    reading: Reading, last: Reading | None, after: Reading | None, before: Before, i: int, fused: list[Piece]
) -> float:
    """Return how much more likely a language is here: beside another, after `finetuned`, before a task."""
    if reading.sort != "code":
        return 1.0
    odds = 1.0
    if last and last.kind == "language":
        odds *= 20.0
    if after and after.kind == "language":
        odds *= 8.0 if after.sort == "code" else 12.0
    if last and last.kind in _BEFORE_LANGUAGE:
        odds *= 3.0
    if after and after.kind in _AFTER_LANGUAGE:
        odds *= 2.0 if before else 4.0
    if i == len(fused) - 1 and before:
        odds *= 1.5
    if (after and after.value.startswith("imagenet")) or any(r.value in silent() for _, r, _, _ in before):
        odds *= 0.1
    return odds


_BEFORE_LANGUAGE = frozenset({"architecture", "size", "dataset", "parameters", "adaptation", "task", "version"})
_AFTER_LANGUAGE = frozenset({"dataset-characteristic", "size", "task"})


def _told(reading: Reading, context: Context) -> float:
    """Return how much more likely what else is known makes a reading."""
    if reading.kind == "language" and context.languages:
        return 12.0 if reading.value in context.languages else 0.3
    if reading.kind == "task" and context.pipeline_tag == reading.value:
        return 6.0
    if reading.kind == "architecture" and context.model_type == reading.value:
        return 6.0
    if reading.kind == "dataset" and any(_same(reading.value, name) for name in context.datasets):
        return 10.0
    return 1.0


def _same(value: str, name: str) -> bool:
    def plain(text: str) -> str:
        return text.rpartition("/")[2].lower().replace("-", "").replace("_", "")

    return plain(value) == plain(name)
