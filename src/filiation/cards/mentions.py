"""Which models and datasets a sentence names, and the sentence with a sign in place of each name."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal, NamedTuple

from filiation.cards.remembered import remembered, remembered_with
from filiation.core.ref import is_name
from filiation.knowledge import load

MODEL, DATASET, OWN = "\ue000", "\ue001", "\ue002"
"""The signs: a model, a dataset, the card's own model. A text that has these characters is read as if they were blanks."""
MAX_SENTENCE = 3000
"""Longest sentence that is read, in characters."""
Kind = Literal["link", "id", "bare", "quoted", "family"]

_HREF = re.compile(r"<a\s[^<>]{0,300}?href\s*=\s*[\"']?([^\"'\s<>]{1,500})[\"']?[^<>]{0,300}>([^<>]{0,300})</a>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,1000}>|<!--|-->")
_PICTURE = re.compile(r"!\[[^\]\n]{0,300}\]\([^()\n]{0,600}\)")
_TOKEN = re.compile(
    r"(?=[\[<`*_\u201c\u201d\"]|https?:|(?<![A-Za-z0-9_./@-])[A-Za-z0-9])(?:"  # how any begins: none is tried within words
    r"\[\[[^\[\]]{0,300}\]\]\(https://huggingface\.co/datasets/\['(?P<listed>[\w./-]{1,200})'\]\)"  # as trl wrote lists
    r"|\[(?P<text>[^\[\]]{0,300})\]\(\s*(?P<link>[^()\s]{0,600})[^()\n]{0,200}\)"
    r"|<?(?P<url>https?://[^\s<>)\]\"'|,]{1,600})>?"
    r"|`{1,3}(?P<code>[^`\n]{1,200})`{1,3}"
    r"|(?P<long>[\u201c\"][^\u201c\u201d\"\n]{40,400}[\u201d\"])"
    r"|(?<![A-Za-z0-9_./@-])(?P<id>[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.+-]{0,95})(?![A-Za-z0-9_/@])"
    r"|(?<![A-Za-z0-9_./@-])(?P<word>[A-Za-z]{1,40}[-_0-9][A-Za-z0-9_.+-]{0,95})(?![A-Za-z0-9_/@])"
    r"|[*_\u201c\u201d\"]+)"
)
_HUB = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?P<datasets>datasets/)?(?:models/)?"
    r"(?P<first>[A-Za-z0-9_][A-Za-z0-9_.-]{0,95})(?:/(?P<second>[A-Za-z0-9_.-]{1,96}))?(?=[/?#:]|$)"
)
_SPELLINGS = (
    ("finetun", "tun", ("fine-tun", "fine tun", "fine\u2010tun", "fine\u2011tun")),
    ("pretrain", "train", ("pre-train", "pre train", "pre\u2011train")),
    ("quantiz", "quantis", ("quantis",)),
    ("initializ", "initialis", ("initialis",)),
)
"""Our spelling of a word, what all spellings have, and the others."""
_OWNED = re.compile(r"[^A-Za-z0-9_./@-][A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9]")
_SEVERAL = re.compile(r"[-_.0-9]")
_VERSION = re.compile(r"[A-Za-z]+[-_]?v?\d{0,2}(?:\.\d)?")
"""A family with at most a version, which is no repository's name: "Llama-2"."""


class Mention(NamedTuple):
    """A name as written; `kind` says how: in a link, as ``owner/name``, bare, quoted as code, or only a family's name."""

    name: str
    kind: Kind


class Reduced(NamedTuple):
    """A sentence in lower case, with signs; the n-th `MODEL` in it is ``models[n]``, and likewise for datasets."""

    text: str
    models: tuple[Mention, ...]
    datasets: tuple[Mention, ...]


def reduce(source: str, own: str) -> Reduced:
    """Return `source`, a sentence as it stands in the card, with a sign for each name; `own` is the card's model."""
    source = source[:MAX_SENTENCE]
    return _reduced(source, own_in(source, own))


def own_in(source: str, own: str) -> str:
    """Return `own`, or "" where `source` does not have its name: what is read of such a text serves all models."""
    return own if own and own.rpartition("/")[2].lower() in source.lower() else ""


@remembered_with
def _reduced(source: str, own: str) -> Reduced:
    """Return the same; of a sentence without the own model's name `own` is empty, and what was read of it serves all."""
    return _Reducer(own).reduce(source)


def spelled(text: str) -> str:
    """Return `text` in lower case, with single spaces, and one spelling of the words that have several."""
    text = " ".join(text.lower().split())
    for ours, kernel, words in _SPELLINGS:
        if kernel in text:
            for theirs in words:
                text = text.replace(theirs, ours)
    return text


def spellings(word: str) -> list[str]:
    """Return what `spelled` makes `word` of, itself among it; a space in one stands for any white space."""
    found = [word]
    for ours, _, words in _SPELLINGS:
        found += [one.replace(ours, theirs) for one in found if ours in one for theirs in words]
    return found


def known_names() -> list[str]:
    """Return words of which a text in lower case has one if it links to the hub or names a model of a known family."""
    return ["huggingface.co/", "hf.co/", *load("card_prose")["names"]["families"]]


def may_name(source: str) -> bool:
    """Return whether `source` may name a model that has none of the `known_names`: quoted, or as ``owner/name``."""
    return "`" in source or ("/" in source and _OWNED.search(f" {source}") is not None)


class _Reducer:
    """Collects names while a sentence is rewritten."""

    def __init__(self, own: str) -> None:
        self.own = own.lower()
        self.own_name = self.own.rpartition("/")[2]
        self.models: list[Mention] = []
        self.datasets: list[Mention] = []

    def reduce(self, text: str) -> Reduced:
        text = text.replace(MODEL, " ").replace(DATASET, " ").replace(OWN, " ")
        if "<" in text:
            text = _TAG.sub(" ", _HREF.sub(r"[\2](\1)", text))
        if "![" in text:
            text = _PICTURE.sub(" ", text)
        text = spelled(_TOKEN.sub(self._sign, text))
        return Reduced(text, tuple(self.models), tuple(self.datasets))

    def _sign(self, found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind == "link":
            return self._link(found["link"], found["text"])
        if kind in ("listed", "id"):
            return self._dataset(found["listed"]) if kind == "listed" else self._id(found["id"])
        if kind == "url":
            return self._link(found["url"].rstrip(".,;:!*_"), "")
        if kind == "word":
            return self._bare(found["word"])
        if kind == "code":
            return self._quoted(found["code"].strip())
        return " " if kind == "long" else ""

    def _link(self, url: str, text: str) -> str:
        """Return the sign of what a link points at; a link that leaves the registry counts as its own words."""
        found = _HUB.match(url)
        if found is None or found["first"].lower() in _words()["places"]:
            return _TOKEN.sub(self._sign, text) if text and "](" not in text else text
        name = found["first"] if found["second"] is None else f"{found['first']}/{found['second']}"
        if found["datasets"]:
            return self._dataset(name)
        if "/" not in name and (not text or not _SEVERAL.search(name)) and name.lower() not in _words()["short"]:
            return text or " "
        return self._model(name, "link") or text

    def _id(self, text: str) -> str:
        name = text.rstrip(".+-_")
        owner = name.partition("/")[0]
        words = _words()
        if owner.lower() in words["folders"] or name.lower() in words["not_names"] or not _SEVERAL.search(name):
            return text
        tail = text[len(name) :]
        return f"{self._model(name, 'id') or name}{tail}"

    def _bare(self, text: str) -> str:
        name = text.rstrip(".+-_")
        tail = text[len(name) :]
        lowered = name.lower()
        if lowered == self.own_name:
            return OWN + tail
        if tail == "-" or not _is_of_family(name) or lowered in _words()["not_names"]:
            return text
        words = _words()
        is_family = lowered in words["families"] or _VERSION.fullmatch(name)
        kind: Kind = "family" if is_family and lowered not in words["short"] else "bare"
        return f"{self._model(name, kind) or name}{tail}"

    def _quoted(self, text: str) -> str:
        name = text.strip("\"'* ")
        if "/" in name:
            return self._id(name) if is_name(name) and _SEVERAL.search(name) else text
        if is_name(name) and _SEVERAL.search(name) and len(name) > 3 and name.lower() not in _words()["not_names"]:
            return self._bare(name) if _is_of_family(name) else self._model(name, "quoted") or text
        return text

    def _model(self, name: str, kind: Kind) -> str | None:
        """Note a model; return its sign, or None where this cannot be a repository's name."""
        name = name.removesuffix(".git")
        lowered = name.lower()
        if not is_name(name) or _words()["checkpoint"].fullmatch(lowered):
            return None
        if lowered == self.own or (lowered == self.own_name and "/" not in name):
            return OWN
        self.models.append(Mention(name, kind))
        return MODEL

    def _dataset(self, name: str) -> str:
        if not is_name(name):
            return " "
        self.datasets.append(Mention(name, "link"))
        return DATASET


@cache
def _words() -> dict[str, Any]:
    table = load("card_prose")["names"]
    return {
        "places": frozenset(table["places"]),
        "folders": frozenset(table["folders"]),
        "not_names": frozenset(table["not_names"]),
        "short": frozenset(name.lower() for name in load("aliases")["model"] if "/" not in name),
        "families": frozenset(table["families"]),
        "checkpoint": re.compile(table["checkpoint"]),
    }


@remembered
def _is_of_family(name: str) -> bool:
    """Return whether `name` begins like a model's."""
    return _families().match(name) is not None


@cache
def _families() -> re.Pattern[str]:
    """Return what the name of a model begins with, or what a part of it does."""
    names: list[str] = load("card_prose")["names"]["families"]
    words = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(
        rf"(?:[A-Za-z0-9.]{{1,24}}[-_]){{0,3}}?(?:[a-z]{{0,3}}-?)?(?:{words})(?:s?$|[-_.0-9]|[A-Z]|v[0-9])", re.IGNORECASE
    )
