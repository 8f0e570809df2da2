"""How a tokenizer cuts text: how much fits, what is lost, and which characters it does not know.

Source:
    The file formats of tokenizers 0.22 (tokenizer.json) and transformers 5.23 (tokenizer_config.json, vocab.txt).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, ModelSchema, Said
from filiation.interface.telling import facts, inside, tasks, text, weighed, whole

FILE, CONFIG, WORDS = "tokenizer.json", "tokenizer_config.json", "vocab.txt"
MAX_FILE_BYTES = 40 << 20
NO_LIMIT = 1_000_000
"""Where nobody set a limit, the library writes a number with thirty digits."""
MAX_PARTS, MAX_ADDED = 64, 2_000
_ACROSS = re.compile(r"[^\s\u2581\u0120][\s\u2581\u0120]+[^\s\u2581\u0120]")
"""A blank between letters, as it stands, or as tokenizers spell it: U+2581, and U+0120 where bytes are spelled as letters."""


class _Model(msgspec.Struct):
    type: str = ""
    vocab: dict[str, int] | list[tuple[str, float]] = {}
    unk_token: str | None = None
    unk_id: int | None = None
    byte_fallback: bool = False
    continuing_subword_prefix: str | None = None


class _Added(msgspec.Struct):
    content: str = ""


class _File(msgspec.Struct):
    truncation: msgspec.Raw = msgspec.Raw(b"null")
    normalizer: msgspec.Raw = msgspec.Raw(b"null")
    pre_tokenizer: msgspec.Raw = msgspec.Raw(b"null")
    post_processor: msgspec.Raw = msgspec.Raw(b"null")
    added_tokens: list[_Added] = []
    model: _Model = msgspec.field(default_factory=_Model)


class Tokenizer(msgspec.Struct, frozen=True):
    """How text becomes tokens, as far as that can be said without running anything.

    Attributes:
        kind: ``WordPiece``, ``BPE``, ``Unigram``, ``WordLevel``, or empty for one that is not known.
        by_bytes: Whether every text has tokens: none of its characters is unknown.
        lowers: Whether capitals are lost; None where that is not told.
        strips_accents: Whether accents are.
        splits: Whether words and signs are cut apart first, so that each is a token at least.
        specials: Tokens that are added to a text.
        characters: All that stand in any token; empty where `by_bytes`, or where the vocabulary is not there.
        pieces: All tokens where words are cut into the longest ones first; else empty.
        vocabulary: How many tokens there are, 0 where that is not told.
        crosses: Whether a token may hold the end of one word and the beginning of the next.
        added: Whole texts that are one token wherever they stand, of those that words would be cut into several for.
        cut: Where tokenizer.json itself cuts, for whoever uses it without the model's library; None where it does not.
    """

    kind: str = ""
    by_bytes: bool = False
    lowers: bool | None = None
    strips_accents: bool = False
    splits: bool = False
    specials: int = 0
    characters: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()
    vocabulary: int = 0
    crosses: bool = False
    added: tuple[str, ...] = ()
    cut: int | None = None


def tokenizer(files: ModelFolder, below: str = "") -> Tokenizer | None:
    """Return the tokenizer of a model, of its part in the folder `below` (with a slash behind it); None where there is none."""
    config = files.json(below + CONFIG)
    read = files.decoded(below + FILE, _File, MAX_FILE_BYTES)
    if read is None:
        return _from_words(files, below, config)
    kinds = _types(read.normalizer)
    before = _types(read.pre_tokenizer)
    by_bytes = "ByteLevel" in kinds | before or read.model.byte_fallback
    names = read.model.vocab if isinstance(read.model.vocab, dict) else [piece for piece, _ in read.model.vocab]
    lowers = _lowers(read.normalizer, kinds)
    splits = "BertPreTokenizer" in before
    strips = _setting(read.normalizer, "BertNormalizer", "strip_accents")
    return Tokenizer(
        kind=read.model.type,
        by_bytes=by_bytes,
        lowers=lowers,
        strips_accents="StripAccents" in kinds or bool("BertNormalizer" in kinds and (lowers if strips is None else strips)),
        splits=splits,
        specials=_specials(read.post_processor),
        characters=frozenset() if by_bytes else frozenset("".join(names)) | frozenset("".join(_contents(read))),
        pieces=frozenset(names) if read.model.type == "WordPiece" else frozenset(),
        vocabulary=len(names),
        crosses=any(map(_ACROSS.search, names)),
        added=tuple(text for text in _contents(read) if len(text) > 1 and (splits or " " in text))[:MAX_ADDED],
        cut=whole(_object(read.truncation).get("max_length"), NO_LIMIT),
    )


def limits(
    files: ModelFolder, found: Tokenizer | None, config: dict[str, Any], below: str = "", own: Said | None = None
) -> Fact | None:
    """Return ``max_tokens``, special tokens included, with every file that says something else.

    What decides is what the library follows: `own` where a library has a file of its own for it, else the smaller one of the
    tokenizer's limit and of the positions that the model has.

    Args:
        files: Of the model.
        found: Its tokenizer.
        config: The configuration of the model, or of the part that reads text.
        below: Folder of the part, with a slash behind it.
        own: What the library's own file says.
    """
    said = [own] if own else []
    most = whole(files.json(below + CONFIG).get("model_max_length"), NO_LIMIT)
    heard = [Said(most, f"{below}{CONFIG} /model_max_length")] if most else []
    heard += _positions(config, f"{below}config.json")
    said += sorted(heard, key=lambda one: one.value if isinstance(one.value, int) else 0)
    cut = [Said(found.cut, f"{below}{FILE} /truncation/max_length")] if found and found.cut else []
    return weighed("max_tokens", [*said, *cut])


def text_facts(found: Tokenizer | None, files: ModelFolder, below: str = "") -> tuple[Fact, ...]:
    """Return what a tokenizer means for a text that goes in."""
    if found is None:
        return ()
    where = below + (FILE if below + FILE in files.read else WORDS)
    config = files.json(below + CONFIG)
    has_template = bool(text(config.get("chat_template"))) or f"{below}chat_template.jinja" in files.names
    template = f"{below}{CONFIG} /chat_template" if text(config.get("chat_template")) else f"{below}chat_template.jinja"
    return facts(
        Fact("tokenizer", found.kind or "unknown", where),
        Fact("vocabulary", found.vocabulary, where) if found.vocabulary else None,
        Fact("special_tokens", found.specials, where) if found.specials else None,
        Fact("lower_cased", True, where) if found.lowers else None,
        Fact("accents_stripped", True, where) if found.strips_accents else None,
        Fact("any_character", True, where) if found.by_bytes else None,
        Fact("chat_template", True, template) if has_template else None,
    )


def _positions(config: dict[str, Any], where: str) -> list[Said]:
    known = tasks()["position_keys"]
    kind = config.get("model_type")
    if kind in known["unbounded"] or kind in known["not_of_input"]:
        return []
    for key in known["keys"]:
        if count := whole(config.get(key), NO_LIMIT * 100):
            return [Said(max(count - tasks()["positions_taken"].get(kind, 0), 1), f"{where} /{key}")]
    return []


def _from_words(files: ModelFolder, below: str, config: dict[str, Any]) -> Tokenizer | None:
    """Return the tokenizer that a list of word pieces makes, the oldest form of all."""
    content = files.content(below + WORDS, MAX_FILE_BYTES)
    if content is None:
        return None
    pieces = content.decode("utf-8", "replace").split("\n")
    lowers = config.get("do_lower_case")
    return Tokenizer(
        "WordPiece", lowers=lowers if isinstance(lowers, bool) else None, strips_accents=lowers is True, splits=True,
        specials=2, characters=frozenset("".join(pieces)), pieces=frozenset(pieces),
        vocabulary=sum(bool(piece) for piece in pieces),
    )  # fmt: skip


def _contents(read: _File) -> list[str]:
    return [added.content for added in read.added_tokens]


def _object(raw: msgspec.Raw) -> dict[str, Any]:
    """Return a part of the file that is read only where it is needed; empty where it is no object."""
    try:
        return inside(msgspec.json.decode(raw))
    except (msgspec.MsgspecError, RecursionError):
        return {}


def _parts(raw: msgspec.Raw) -> list[dict[str, Any]]:
    """Return the steps of a normalizer or the like, a sequence taken apart."""
    found: list[dict[str, Any]] = []
    left: list[Any] = [_object(raw)]
    while left and len(found) < MAX_PARTS:
        one = inside(left.pop(0))
        found.append(one)
        for key in ("normalizers", "pretokenizers", "processors"):
            left += one[key][:MAX_PARTS] if isinstance(one.get(key), list) else []
    return found


def _types(raw: msgspec.Raw) -> set[str]:
    return {str(part.get("type")) for part in _parts(raw)}


def _setting(raw: msgspec.Raw, kind: str, name: str) -> Any:
    return next((part.get(name) for part in _parts(raw) if part.get("type") == kind), None)


def _lowers(raw: msgspec.Raw, kinds: set[str]) -> bool:
    return "Lowercase" in kinds or bool(_setting(raw, "BertNormalizer", "lowercase"))


def _specials(raw: msgspec.Raw) -> int:
    """Return how many tokens a single text gets beside its own."""
    for part in _parts(raw):
        kind = part.get("type")
        if kind in {"BertProcessing", "RobertaProcessing"}:
            return 2
        if kind == "TemplateProcessing" and isinstance(part.get("single"), list):
            return sum("SpecialToken" in inside(one) for one in part["single"][:MAX_PARTS])
    return 0


def tokenizer_of(files: ModelFolder, schema: ModelSchema) -> Tokenizer | None:
    """Return the tokenizer that a schema's facts were read from; None where its text has none that we can read."""
    name = _file_of(schema)
    return tokenizer(files, name.removesuffix(name.rpartition("/")[2])) if name else None


def tokenizer_path(files: ModelFolder, schema: ModelSchema) -> Path | None:
    """Return where the tokenizer.json of a schema lies; None where there is none."""
    name = _file_of(schema)
    return files.path(name) if name.endswith(FILE) else None


def _file_of(schema: ModelSchema) -> str:
    port = schema.first("text")
    fact = port.fact("tokenizer") if port else None
    return fact.where if fact and fact.where.rpartition("/")[2] in (FILE, WORDS) else ""
