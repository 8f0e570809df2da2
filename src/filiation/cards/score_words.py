"""Words around the scores of a card: on what they were taken and how, and what the head of a column or row means."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from filiation.cards.stems import Stems
from filiation.knowledge import load
from filiation.scores.canonical import dataset_name, key, metric_name, split_name
from filiation.scores.harnesses import harness_version
from filiation.scores.mentions import datasets_in

MAX_CHARS = 1200
MAX_LABEL = 160
_INSIDE = re.compile(r"^(?P<outer>[^()\[\]]{1,120}?)\s*[(\[](?P<inner>[^()\[\]]{1,80})[)\]]\s*(?P<rest>[^()\[\]]{0,60})$")
_SHOTS = re.compile(r"\b(?P<n>\d{1,3}|zero|one|few|five|ten)[ -]shots?\b", re.IGNORECASE)
_SHOT_WORDS = {"zero": 0, "one": 1, "five": 5, "ten": 10}
_ARROWS = re.compile("[\u2190-\u21ff\u2b06\u2b07\ufe0f*`|]+")


class Around(NamedTuple):
    """What words say of how a score was taken; None where they say nothing. `dataset` and `metric` as written."""

    metric: str | None = None
    dataset: str | None = None
    config: str | None = None
    split: str | None = None
    shots: int | None = None
    prompt: str | None = None
    precision: str | None = None
    harness: str | None = None
    harness_version: str | None = None
    variant: str | None = None
    samples: int | None = None
    by: str | None = None

    def within(self, outer: Around) -> Around:
        """Return this with what only the words further out say; what they say of another dataset is left out."""
        if outer is NOTHING:
            return self
        if self is NOTHING:
            return outer
        if self.dataset and outer.dataset and self.dataset.lower() != outer.dataset.lower():
            outer = outer._replace(config=None, split=None, samples=None)
        return Around._make([theirs if mine is None else mine for mine, theirs in zip(self, outer, strict=True)])


NOTHING = Around()


@lru_cache(maxsize=8192)
def around(text: str) -> Around:
    """Return what a heading, sentence or caption says of how the scores below it were taken."""
    text = text[:MAX_CHARS]
    low = text.lower()
    rules = score_rules()
    mention = next(iter(datasets_in(text)), None)
    config = mention.name.config if mention else None
    if mention and not config and (after := rules["config_after"].match(text[mention.stop : mention.stop + 40])):
        config = after["config"]
    if mention and not config and len(text) == len(low):
        config = _language(low[max(0, mention.start - 60) : mention.start], low[mention.stop : mention.stop + 24])
    told = _stems().groups_in(low)
    harness, version = harness_version(text) if "harness" in told else (None, None)
    split = rules["split"].search(low) if "split" in told else None
    return Around(
        dataset=mention.written if mention else None,
        config=config,
        split=(split["word"] or split["quoted"] or split["argument"]) if split else mention.name.split if mention else None,
        shots=_shots(low) if "shots" in told or "fewshot" in told else None,
        prompt=found["word"] if "prompt" in told and (found := rules["prompt"].search(low)) else None,
        precision=_precision(low) if "precision" in told else None,
        harness=harness,
        harness_version=version,
        variant=_variant(low) if "lm" in told else None,
        samples=_samples(low) if "samples" in told else None,
        by="Open LLM Leaderboard" if "open llm leaderboard" in low.replace("_", " ") else None,
    )


@lru_cache(maxsize=16_384)
def label(text: str) -> Around:
    """Return what the head of a column or row, or the words before a colon, mean; `NOTHING` where neither metric nor dataset.

    "MMLU (5-shot)" names a dataset, "F1 (macro)" a metric, "MMLU (EM)" and "Test WER on Common Voice" both.
    """
    text = _ARROWS.sub(" ", text[:MAX_LABEL]).strip(" :#.-")
    if not text:
        return NOTHING
    if (plain := _plain_label(text)) is not None:
        return plain
    if found := _INSIDE.match(text):
        outer, inner = _plain_label(f"{found['outer']} {found['rest']}".strip()), _plain_label(found["inner"])
        if outer is not None:
            return outer.within(inner or around(found["inner"]))
        if inner is not None and (inner.metric or len(found["inner"]) > len(found["outer"])):
            said = inner.within(around(found["outer"]))
            is_name = said.metric and not said.dataset and _unexplained(found["outer"])
            return said._replace(dataset=found["outer"]) if is_name else said
    return _searched(text)


def _plain_label(text: str) -> Around | None:
    """Return what a label means that has nothing but one name and words around it; None where it has more."""
    metric = metric_name(text)
    if metric.metric is not None:
        return Around(metric=text, split=metric.split, variant=metric.variant, shots=metric.shots)
    data = dataset_name(text)
    if data.id is not None:
        return Around(dataset=text, config=None, split=data.split, shots=data.shots)
    return None


def _searched(text: str) -> Around:
    """Return what a label means that has the name of a metric or of a dataset among other words."""
    low = text.lower()
    found = next((one for one in score_rules()["name"].finditer(low) if metric_name(one[0]).metric), None)
    if found is None:
        mentions = list(datasets_in(text))
        said = around(text)
        return said if len(mentions) == 1 and len(mentions[0].written) * 2 >= len(text) else NOTHING
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip(" :()-")
    data = dataset_name(rest)
    inside = metric_name(found[0])
    said = Around(metric=found[0], split=inside.split, variant=inside.variant)
    if data.id is not None:
        return said.within(Around(dataset=rest, split=data.split, shots=data.shots))
    return said.within(around(rest)).within(Around(variant=_unexplained(rest)))


def _unexplained(text: str) -> str | None:
    """Return the words beside the name of a metric that are none of a dataset, a split or speech: "Num" in "Num Recall".

    A figure of a part must not pass for that of the whole.
    """
    for mention in reversed(list(datasets_in(text))):
        text = f"{text[: mention.start]} {text[mention.stop :]}"
    words = _SHOTS.sub(" ", score_rules()["split"].sub(" ", text.lower()))
    left = [word for word in key(words).split() if word not in score_rules()["speech"] and not word.isdigit()]
    return " ".join(left)[:60] or None


def _language(before: str, after: str) -> str | None:
    """Return the code of the language that stands just before or behind the name of a dataset."""
    names = score_rules()["languages"]
    before = re.split(r"[/.:()\[\]]", before)[-1]  # not out of an address, nor of another sentence
    words = re.findall(r"[^\W\d_]+", after)[:1] + re.findall(r"[^\W\d_]+", before)[::-1][:5]
    return next((names[word] for word in words if word in names), None)


def _shots(low: str) -> int | None:
    if found := score_rules()["fewshot"].search(low):
        return int(found["count"])
    found = _SHOTS.search(low)
    return None if found is None else int(found["n"]) if found["n"].isdigit() else _SHOT_WORDS.get(found["n"])


def _precision(low: str) -> str | None:
    found = score_rules()["precision"].search(low)
    return _PRECISIONS.get(found["word"], found["word"]) if found else None


def _samples(low: str) -> int | None:
    found = score_rules()["samples"].search(low)
    return int(found["count"].replace(",", "")) if found else None


def _variant(low: str) -> str | None:
    rules = score_rules()
    if rules["without_lm"].search(low):
        return "without language model"
    return "with language model" if rules["with_lm"].search(low) else None


_PRECISIONS = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32", "8-bit": "int8", "4-bit": "int4"}


def head_kind(text: str) -> str | None:
    """Return what kind of thing the column below this head holds, such as ``value`` or ``shots``; None where it is not said."""
    return score_rules()["heads"].get(key(_ARROWS.sub(" ", text[:MAX_LABEL])))


def split_of(text: str) -> str | None:
    """Return a split that a whole cell names; None where it names none."""
    split = split_name(text)
    return split if split in ("test", "validation", "train") else None


@cache
def _stems() -> Stems:
    return Stems(load("card_scores")["stems"])


@cache
def score_rules() -> dict[str, Any]:
    """Return the expressions and words by name, compiled."""
    table, prose = load("card_scores"), load("card_prose")["facts"]
    names = prose["metric"]["names"]
    text = {name: re.compile(pattern.replace("<N>", names)) for name, pattern in table["text"].items()}
    words = {name: re.compile(table["words"][name]) for name in ("others", "compared", "announce", "mean")}
    return {
        **{name: re.compile(pattern, re.IGNORECASE) for name, pattern in table["around"].items()},
        **text,
        **words,
        "own": frozenset(key(word) for word in table["words"]["own"]),
        "heads": {key(word): kind for kind, all_ in table["heads"].items() for word in all_},
        "name": re.compile(rf"(?<![\w-])(?:{names})(?![\w-])"),
        "languages": {name: code for code, all_ in prose["language_names"].items() if code != "multilingual" for name in all_},
        "speech": frozenset(
            {*table["words"]["speech"], *load("metrics")["splits"]["test"], *load("metrics")["splits"]["validation"]}
        ),
        "confidence": table["confidence"],
    }
