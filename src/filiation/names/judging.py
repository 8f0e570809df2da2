"""Whether what a name says agrees with what else is known of the model: confirmed, contradicted, or neither."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

from filiation.knowledge import load
from filiation.names.lexicon import lexicon, stands_on

Judgement = Literal["confirmed", "contradicted", "unverifiable"]
Said = tuple[str, ...]
FAR = 1.8
"""A model of so many times the parameters that its name says is another one; names round, and leave out embeddings."""
NEAR = 1.3
LARGEST = 3000.0
"""Billions of parameters that no open model has: what says more was read wrongly."""
GROWN = 3.0
"""Models are made of their parent's layers, taken twice, so that they have up to so many times its parameters."""
FARTHEST = 100
"""Parameters of a child and its parent so far apart count something else."""
_UNSURE: Judgement = "unverifiable"
_EACH = frozenset({"task", "dataset"})
"""Topics in which a word may contradict though others of the name may not."""


def judge(topic: str, said: Said, known: Said) -> Judgement:
    """Return whether what the name says of `topic` agrees with what is known.

    Args:
        topic: A key of `JUDGES`.
        said: Values of the name's elements, in order; one that begins with ``?`` may confirm and not contradict.
        known: What else says the same, as text, ``?`` before it likewise; empty where nothing does.

    Returns:
        ``unverifiable`` wherever either side may honestly be read so.
    """
    is_doubtful = any(value and value.startswith("?") for value in known)
    known = tuple(value.lstrip("?") for value in known if value)
    plain = tuple(value.lstrip("?") for value in said)
    if not plain or not known:
        return _UNSURE
    found = JUDGES[topic](plain, known)
    if found != "contradicted" or (plain == said and not is_doubtful):
        return found
    sure = tuple(value for value in said if not value.startswith("?"))
    return JUDGES[topic](sure, known) if sure and topic in _EACH and not is_doubtful else _UNSURE


@cache
def exceptions(table: str) -> dict[str, frozenset[str]]:
    """Return a table of exceptions, the words beside each key as a set."""
    return {key: frozenset(str(text).split()) for key, text in load("name_exceptions")[table].items()}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.rpartition("/")[2].lower())


@cache
def _honest(word: str) -> frozenset[str]:
    """Return all that a word for an architecture may stand for, in plain letters."""
    meant = {word, *stands_on(word), *exceptions("architecture").get(word, ())}
    for line in stands_on(word):
        meant |= exceptions("architecture").get(line, frozenset())
    return frozenset(map(_plain, meant))


def _architecture(said: Said, known: Said) -> Judgement:
    """Hold the architectures in a name against a model type, and behind it others whose tensors have the same names.

    Each of these confirms the word for it; what a word may honestly stand for beside is asked of the first alone.
    """
    types = {_plain(known[0])}
    named = types | {_plain(value) for value in known[1:] if is_known_type(value)}
    if any(_plain(word) in named for word in said) or _through_line(said, named):
        return "confirmed"
    if any(types & _honest(word) for word in said):
        return _UNSURE
    decided = exceptions("architecture")
    if any(types & {_plain(value) for value in exceptions("class").get(word, ())} for word in said):
        return _UNSURE
    wrapping = {_plain(value) for value in exceptions("wrapping")["types"]}
    if types & wrapping or not all(word in decided for word in said) or not types <= _types():
        return _UNSURE
    return "contradicted"


def _through_line(said: Said, types: set[str]) -> bool:
    return any(_plain(base) in types for word in said for base in stands_on(word))


@cache
def _types() -> frozenset[str]:
    """Return the model types that are known; what a custom one is, its name cannot contradict."""
    known = set(exceptions("architecture")) | set(load("name_architectures")["architecture"])
    return frozenset(map(_plain, known.union(*exceptions("architecture").values())))


def is_known_type(value: str) -> bool:
    """Return whether names of models of this type are known well enough to contradict it."""
    return _plain(value) in _types()


def _base(said: Said, known: Said) -> Judgement:
    """Hold the architectures in a name against those in its parent's name."""
    if set(said) & set(known):
        return "confirmed"
    decided = exceptions("architecture")
    drawn = exceptions("unsized")["architectures"]
    if not all(word in decided for word in said) or not all(map(_is_read, known)) or drawn & {*known} - {*said}:
        return _UNSURE
    mine = frozenset().union(*map(_honest, said))
    theirs = frozenset().union(*map(_honest, known))
    related = mine & set(map(_plain, known)) or theirs & set(map(_plain, said))
    return _UNSURE if related else "contradicted"


@cache
def _is_read(word: str) -> bool:
    """Return whether it is known what a word in a parent's name may stand for."""
    decided = exceptions("architecture")
    return word in decided or any(base in decided for base in stands_on(word))


def billions(value: str) -> float:
    """Return the parameters that a value such as ``1.3b`` or ``8x7b`` says, in billions; 0.0 where it says none."""
    match = re.fullmatch(r"(?:(\d{1,3})x)?(\d{1,6}(?:\.\d{1,6})?)([bm])", value)
    if not match:
        return 0.0
    return int(match[1] or 1) * float(match[2]) * (1e-3 if match[3] == "m" else 1.0)


def _parameters(said: Said, known: Said) -> Judgement:
    sizes = [size for size in map(billions, said) if size]
    total = float(known[0]) / 1e9 if known[0].isdecimal() else 0.0
    if not sizes or not total or max(sizes) > LARGEST:
        return _UNSURE
    apart = min(max(size / total, total / size) for size in sizes)
    return "confirmed" if apart <= NEAR else "contradicted" if apart > FAR else _UNSURE


def _size(said: Said, known: Said) -> Judgement:
    """Hold a word such as ``large`` against the number of weights, where the architecture has known sizes."""
    middle = said.index("|")
    architectures, words = said[:middle], said[middle + 1 :]
    tables = [sizes for name in architectures if (sizes := _sizes().get(name))]
    if len(architectures) != 1 or not tables or not known[0].isdecimal() or len(set(words)) != 1:
        return _UNSURE
    sizes, total = tables[0], float(known[0]) / 1e9
    own = sizes.get(words[0])
    if not own or not total:
        return _UNSURE
    apart = max(own / total, total / own)
    if apart <= NEAR:
        return "confirmed"
    near_other = any(max(size / total, total / size) <= NEAR for word, size in sizes.items() if word != words[0])
    return "contradicted" if apart > FAR and near_other else _UNSURE


@cache
def _sizes() -> dict[str, dict[str, float]]:
    found = {}
    for name, text in load("name_exceptions")["size"].items():
        parts = text.split()
        found[name] = dict(zip(parts[::2], map(float, parts[1::2]), strict=True))
    return found


def _number(said: Said, known: Said) -> Judgement:
    if not known[0].isdecimal():
        return _UNSURE
    return "confirmed" if known[0] in said else "contradicted" if len(said) == 1 else _UNSURE


def _base_size(said: Said, known: Said) -> Judgement:
    """Hold parameters, or a word for a size, against those in the parent's name."""
    if set(said) & set(known):
        return "confirmed"
    mine, theirs = [billions(value) for value in said], [billions(value) for value in known]
    if all(mine) and all(theirs):
        apart = min(max(a / b, b / a) for a in mine for b in theirs)
        each = {billions(_of_one(value)) for value in (*said, *known)}
        is_grown = any(FAR < a / b <= GROWN for a in mine for b in theirs)
        honest = len(each) < len({*said, *known}) or apart > FARTHEST or is_grown
        return "contradicted" if apart > FAR and max(*mine, *theirs) < LARGEST and not honest else _UNSURE
    words = exceptions("size_words")["words"]
    return "contradicted" if words >= {*said, *known} and len(said) == len(known) == 1 else _UNSURE


def _of_one(value: str) -> str:
    """Return the parameters of one of several experts, which may be taken out of a model or put together to one."""
    return re.sub(r"^\d+x", "", value)


def _version(said: Said, known: Said) -> Judgement:
    """Hold ``llama v3`` against the parent's ``llama v2``; ``v3`` and ``v3.1`` may be the same to whoever named them."""
    mine, theirs = (dict(value.split(" v", 1) for value in values if " v" in value) for values in (said, known))
    lines = exceptions("version")
    pairs = [(mine[line], theirs[line]) for line in mine if {mine[line], theirs.get(line)} <= lines.get(line, frozenset())]
    if any(a == b for a, b in pairs):
        return "confirmed"
    return "contradicted" if pairs and all(a.split(".")[0] != b.split(".")[0] for a, b in pairs) else _UNSURE


def _quantization(said: Said, known: Said) -> Judgement:
    held, words = set(known), load("name_exceptions")["quantization"]
    methods = {word for word in said if word in words["methods"].split()}
    found = {word for word in words["methods"].split() if held & {word, *words.get(word, "").split()}}
    levels, theirs = ({word for word in values if re.fullmatch(r"i?q\d.*", word)} for values in (said, known))
    bits = {f"{n}-bit" for n in (4, 8) if set(said) & set(words[f"bits_{n}"].split())}
    if methods & found or levels & theirs or bits & held:
        return "confirmed"
    unlike = methods - {"bnb"} and found - {"bnb"}
    if unlike or (methods == {"gguf"} and "not gguf" in held):
        return "contradicted"
    if levels and theirs and not any(level.startswith(other) for level in theirs for other in levels):
        return "contradicted" if len(levels) == 1 else _UNSURE
    told = held & {"4-bit", "8-bit"}
    return "contradicted" if bits and told and not methods and not levels else _UNSURE


def _casing(said: Said, known: Said) -> Judgement:
    if len(set(said)) != 1 or len(set(known)) != 1:
        return _UNSURE
    return "confirmed" if set(said) == set(known) else "contradicted"


def _task(said: Said, known: Said) -> Judgement:
    honest = exceptions("task")
    if set(said) & set(known):
        return "confirmed"
    if set(known) & exceptions("vague_tags")["tags"] or not all(task in honest for task in said):
        return _UNSURE
    return _UNSURE if any(set(known) & honest[task] for task in said) else "contradicted"


def _language(said: Said, known: Said) -> Judgement:
    """Hold the languages of a name against those declared."""
    codes = {_code(value) for value in known}
    if codes & set(said):
        return "confirmed"
    many = load("name_exceptions")["many_languages"]
    told = set(said) - exceptions("vague_languages")["words"]
    unread = codes & set(many["words"].split()) or any(not re.fullmatch("[a-z]{2,3}", code) for code in codes)
    if len(told) < len(set(said)) or unread or len(codes) > many["most"]:
        return _UNSURE
    return _UNSURE if any(codes & exceptions("language").get(word, frozenset()) for word in told) else "contradicted"


@cache
def _code(value: str) -> str:
    """Return the code of a language as a publisher wrote it; what is none stays as it is."""
    word = re.split(r"[-_]", value.lower(), maxsplit=1)[0]
    readings = lexicon().words.get(word, ())
    return next((reading.value for reading in readings if reading.kind == "language"), word)


def _dataset(said: Said, known: Said) -> Judgement:
    """Hold the last dataset in a name, which the others came before, against those declared."""
    theirs = [_plain(name) for name in known]
    if any(_plain(word) in name or name in _plain(word) for word in said for name in theirs if len(name) > 2):
        return "confirmed"
    if any(said[-1] in name.lower() for name in known):
        return _UNSURE
    read = {reading.value for name in theirs for reading in lexicon().words.get(name, ())[:1] if reading.kind == "dataset"}
    if set(said) & read:
        return "confirmed"
    mine, near, vague = said[-1], exceptions("dataset"), exceptions("ambiguous_datasets")
    kin = {word for word in read if mine in near.get(word, ()) or word in near.get(mine, ())}
    if kin or mine in vague["words"] or read <= vague["before"] or len(read) < len(theirs):
        return _UNSURE
    return "contradicted"


JUDGES: dict[str, Callable[[Said, Said], Judgement]] = {
    "architecture": _architecture,
    "parameters": _parameters,
    "size": _size,
    "layers": _number,
    "heads": _number,
    "quantization": _quantization,
    "casing": _casing,
    "base": _base,
    "base-size": _base_size,
    "version": _version,
    "task": _task,
    "language": _language,
    "dataset": _dataset,
}
"""What is held against a name, and how."""


def topics() -> Iterable[str]:
    """Return what may be held against a name."""
    return JUDGES
