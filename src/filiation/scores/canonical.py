"""Names of metrics and datasets, and figures, as they are compared: whatever a card or a harness writes."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Literal

import msgspec

from filiation.core.spelling import key
from filiation.knowledge import load
from filiation.scores.figures import normalised, number

__all__ = [
    "DatasetName", "Metric", "MetricName", "canonical_dataset", "canonical_metric", "dataset_name", "key", "known_datasets",
    "metric_name", "normalised", "number", "split_name", "usual_metric",
]  # fmt: skip

MAX_NAME = 200
"""Longest name, in characters, that is looked at."""
MAX_AROUND = 4
"""Most words of a split or variant."""
EVALUATION = "evaluation"
_SPACE = re.compile(r"[\s(]")
_LANGUAGES = re.compile(r"[a-z]{2}(?: [a-z]{2})?")
_HUB = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}(?:/[\w.-]{1,96})?")
_AT = re.compile(r"(?P<name>\D{1,40}?)\s?(?:@|\bat )?\s?(?P<k>[1-9]\d{0,3})(?P<more>(?: accuracy| acc)?)")
_SHOTS = re.compile(r"\(?\b(?P<n>\d{1,3}|zero|one|few|five|ten)[ -]shots?\b\)?|\((?P<m>\d{1,3})[ -]?s\)", re.IGNORECASE)
_NO_CONFIG = frozenset({"", "default", "plain text", "none", "all", "n a"})
"""Configurations that say nothing: of the whole, or the only one."""
_WORDS = {"zero": 0, "one": 1, "five": 5, "ten": 10}
Scale = Literal["ratio", "signed", "error", "real"]


class Metric(msgspec.Struct, frozen=True):
    """A metric that we know.

    Attributes:
        id: As it is compared; with ``_at_10`` and the like where it has a depth.
        scale: ``ratio`` is in [0, 1], ``signed`` in [-1, 1], ``error`` a ratio that may pass 1, ``real`` as written.
        higher_is_better: None where neither is.
        aliases: Other spellings, as they are looked up.
        unit: Of `real`: ``nats``, ``dB``, ``seconds``, ``perplexity``; empty where it has none.
        percent: Whether it is written in per cent by custom (BLEU, ROUGE), so that 0.3 alone may be either.
    """

    id: str
    scale: Scale
    higher_is_better: bool | None
    aliases: tuple[str, ...] = ()
    unit: str = ""
    percent: bool = False


class MetricName(msgspec.Struct, frozen=True):
    """What the written name of a metric says beside the metric: a split, shots, an average or a filter."""

    metric: Metric | None
    split: str | None = None
    variant: str | None = None
    shots: int | None = None


class DatasetName(msgspec.Struct, frozen=True):
    """What the written name of a dataset says; `id` is None where we know no such dataset."""

    id: str | None
    config: str | None = None
    split: str | None = None
    shots: int | None = None


def canonical_metric(written: str) -> Metric | None:
    """Return the metric that is meant, whatever else the name says (`metric_name` tells that); None where we know none."""
    return metric_name(written).metric


@lru_cache(maxsize=16_384)
def metric_name(written: str) -> MetricName:
    """Return what the written name of a metric says.

    "Test WER (+LM)" is `wer` on the split ``test`` in the variant ``with language model``; "acc_norm,none" of
    lm-evaluation-harness is `acc_norm`; a filter that is not ``none`` is a variant.
    """
    if len(written) > MAX_NAME:
        return MetricName(None)
    name, shots = _without_shots(written)
    name, comma, filtered = name.partition(",")
    words = key(name)
    variant = key(filtered) if comma and key(filtered) not in ("", "none") else None
    found = _metric(words)
    if found is not None:
        return MetricName(found, None, variant, shots)
    table = _around()
    split, words = _off(words, table["splits"])  # "evaluation" says that it was held out, not where
    said = [variant] if variant else []
    for _ in range(3):
        if (found := _metric(words)) is not None:
            break
        one, rest = _off(words, table["variants"])
        if one is None:
            more, rest = _off(words, table["splits"])
            split = split or more
            if more is None:
                break
        else:
            said.append(one)
        words = rest
    found = found or _metric(words)
    if found is not None and found.unit == "nats" and said:  # "NER_LOSS" of spaCy is a sum over its training
        found = None
    return MetricName(found, None if split == EVALUATION else split, ", ".join(sorted(said)) or None, shots)


def canonical_dataset(written: str, config: str | None = None) -> str | None:
    """Return the id under which a dataset is compared; None where we know no such dataset.

    A configuration that is a task of its own is part of the id: ``glue`` with ``cola`` is ``glue/cola``.
    """
    return dataset_name(written, config).id


@lru_cache(maxsize=16_384)
def dataset_name(written: str, config: str | None = None) -> DatasetName:
    """Return what the written name of a dataset says: its id, and configuration, split and shots that stand beside it.

    Args:
        written: An id of the Hub, a task of a harness or words: "hendrycksTest-astronomy", "MMLU (5-shot)", "Common Voice 8".
        config: What is said apart from the name; None where nothing is.

    Returns:
        `config` is None where the id has it already. An ``owner/name`` that we do not know is no copy of what we know.
    """
    if len(written) > MAX_NAME:
        return DatasetName(None, config)
    text, shots = _without_shots(written.strip())
    names, parts, prefixes = _datasets()
    text = text.strip(" /").removeprefix("MTEB ")
    config = None if config is None or key(config) in _NO_CONFIG else config
    if _HUB.fullmatch(text) and (found := _of_hub(text)) is not None:
        return _with_part(found, config, None, shots)
    if _HUB.fullmatch(text) and key(text) not in parts:
        return DatasetName(None, config, None, shots)
    words = key(text)
    split = None
    for _ in range(2):
        if words in parts:
            return DatasetName(parts[words], None, split, shots)
        if words in names:
            return _with_part(names[words], config, split, shots)
        more, words = _off(words, _around()["splits"])
        split = split or (None if more == EVALUATION else more)
        if more is None:
            words = re.sub(r" (?:data ?set|corpus|benchmark|data|dataset)$", "", words)
    is_one_word = not _SPACE.search(text)
    return _configured(words, config, split, shots, prefixes if is_one_word else {}, names)


def usual_metric(dataset: str | None) -> str | None:
    """Return the id of the metric that figures on a dataset are of where none is named; None where that is not settled."""
    table = load("benchmarks")["benchmark"].get((dataset or "").partition("/")[0], {})
    return table.get("usual")


@cache
def split_name(written: str | None) -> str | None:
    """Return the split that is meant: ``test``, ``validation`` or ``train``, another as written; None where none is said.

    "Evaluation set" says that it is not what was trained on, and not which split it is: None.
    """
    if not written or not written.strip():
        return None
    words = key(written[:MAX_NAME])
    meant = _around()["splits"].get(words, written.strip())
    return None if meant == EVALUATION else meant


def _without_shots(name: str) -> tuple[str, int | None]:
    found = _SHOTS.search(name[:MAX_NAME])
    if found is None:
        return name, None
    said = (found["n"] or found["m"]).lower()
    shots = _WORDS.get(said, int(said) if said.isdigit() else None)
    return f"{name[: found.start()]} {name[found.end() :]}".strip(" ,;:-"), shots


def _metric(words: str) -> Metric | None:
    names, deep = _metrics()
    if (found := names.get(words)) is not None:
        return found
    at = _AT.fullmatch(words)
    if at is None:
        return None
    name = f"{at['name'].strip()}{at['more']}"
    if name in ("recall", "r", "precision", "p", "acc", "accuracy", "map") and "@" not in words and " at " not in words:
        return None
    base = deep.get(name) or deep.get(at["name"].strip())
    stem = base.id.removesuffix("_at_k") if base else ""
    if base is None:
        return None
    name = f"top_{at['k']}_accuracy" if stem == "top_k_accuracy" else f"{stem}_at_{at['k']}"
    return msgspec.structs.replace(base, id="accuracy" if name == "top_1_accuracy" else name, aliases=())


def _off(words: str, around: dict[str, str]) -> tuple[str | None, str]:
    """Return what the words at either end mean, the most of them, and the rest."""
    parts = words.split(" ")
    for length in range(min(MAX_AROUND, len(parts) - 1), 0, -1):
        if (meant := around.get(" ".join(parts[:length]))) is not None:
            return meant, " ".join(parts[length:])
        if (meant := around.get(" ".join(parts[-length:]))) is not None:
            return meant, " ".join(parts[:-length])
    return None, words


def _of_hub(text: str) -> str | None:
    return _hub().get(text.lower())


def _with_part(found: str, config: str | None, split: str | None, shots: int | None) -> DatasetName:
    parts = _datasets()[1]
    if config:
        alone = parts.get(key(config), "")
        part = parts.get(f"{key(found)} {key(config)}") or (alone if alone.startswith(f"{found}/") else None)
        if part is not None:
            return DatasetName(part, None, split, shots)
    return DatasetName(found, config, split, shots)


def _configured(
    words: str, config: str | None, split: str | None, shots: int | None, prefixes: dict[str, str], names: dict[str, str]
) -> DatasetName:
    """Return a dataset whose written name goes on with its configuration."""
    parts = words.split(" ")
    for length in range(min(len(parts) - 1, 6), 0, -1):
        head, tail = " ".join(parts[:length]), " ".join(parts[length:])
        if head in prefixes:
            return DatasetName(prefixes[head], config or tail.replace(" ", "_"), split, shots)
        if head in names and _LANGUAGES.fullmatch(tail) and tail[:2] in load("languages")["codes"]:
            return _with_part(names[head], config or tail.replace(" ", "-"), split, shots)
    return DatasetName(None, config, split, shots)


@cache
def _metrics() -> tuple[dict[str, Metric], dict[str, Metric]]:
    """Return metrics by every spelling, and those with a depth by what comes before it."""
    names: dict[str, Metric] = {}
    deep: dict[str, Metric] = {}
    for id_, table in load("metrics")["metric"].items():
        better = {"higher": True, "lower": False}.get(table["better"])
        metric = Metric(
            id_, table["scale"], better, tuple(table["aliases"]), table.get("unit", ""), table.get("percent", False)
        )
        for spelling in (id_, *table["aliases"]):
            names.setdefault(key(spelling), metric)
        for stem in table.get("k", ()):
            deep[key(stem)] = metric
    return names, deep


@cache
def _around() -> dict[str, dict[str, str]]:
    """Return words around a name and what they mean."""
    table: dict[str, Any] = load("metrics")
    return {
        kind: {key(word): meant for meant, words in table[kind].items() for word in words} for kind in ("splits", "variants")
    }


@cache
def _datasets() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return datasets by every spelling, parts by theirs, and datasets by what comes before a configuration."""
    names: dict[str, str] = {}
    parts: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for id_, table in load("benchmarks")["benchmark"].items():
        same = table.get("same", id_)
        for spelling in (id_, *table["aliases"], *(one for one in table["hub"] if "/" not in one)):
            names.setdefault(key(spelling), same)
        for part in table.get("parts", ()):
            own, *others = part.split("=")
            for spelling in (f"{id_} {own}", *others, *((own,) if table.get("own", True) else ())):
                parts.setdefault(key(spelling), f"{id_}/{own}")
        prefixes |= {key(one): id_ for one in table.get("prefixes", ())}
    return names, parts, prefixes


@cache
def known_datasets() -> frozenset[str]:
    """Return every spelling of a dataset or of a part of one, as it is looked up."""
    names, parts, _ = _datasets()
    return frozenset({*names, *parts})


@cache
def _hub() -> dict[str, str]:
    found = {}
    for id_, table in load("benchmarks")["benchmark"].items():
        found |= {one.lower(): table.get("same", id_) for one in table["hub"]}
    return found
