"""A name in pieces: divided at separators, then, where a word is not known, at capitals, digits and known words inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from filiation.names.lexicon import Lexicon, Reading, lexicon
from filiation.names.values import is_number, value_of

LONGEST_NAME = 200
MOST_PIECES = 64
_SEGMENT = re.compile(r"[^\W_]+(?:(?<=\d)\.(?=\d)[^\W_]+)*")
_ATOM = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*|[぀-ヿ㐀-鿿]+|[가-힯]+|[^\W\d_A-Za-z]+")
_VERSIONED = re.compile(r"(.*[A-Za-z]\w?)[-_. ]([vV]\d{1,2}(?:[-_.]\d{1,2})?|\d{1,2}[-_.]\d{1,2})", re.ASCII)
_FRONTS = frozenset({"language", "adaptation", "dataset", "size"})
_PAIR = re.compile(r"([a-z]{2,3})2([a-z]{2,3})")
KEPT = 400_000
"""Words whose pieces are remembered; beyond, memory is emptied: names by strangers must not fill it."""


class Piece(NamedTuple):
    """A stretch of a name: where it stands, its letters in lower case, what it may mean; `glued` to what is before it."""

    start: int
    end: int
    word: str
    readings: tuple[Reading, ...]
    glued: bool = False


_KNOWN: dict[str, tuple[Piece, ...]] = {}


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a name without its owner, in order; of a name longer than `LONGEST_NAME` the beginning."""
    known = lexicon()
    spans = list(islice(_SEGMENT.finditer(text[:LONGEST_NAME]), MOST_PIECES))
    words = [match[0] for match in spans]
    lower = [word.lower() for word in words]
    found: list[Piece] = []
    i, reach, kept = 0, known.reach, _KNOWN.get
    while i < len(spans):
        start = spans[i].start()
        last = _together(lower, i, reach[lower[i]], known) if lower[i] in reach else i
        if last > i:
            joined = "".join(lower[i : last + 1])
            found += _versioned(Piece(start, spans[last].end(), joined, known.words[joined]), text)
        else:
            inside = kept(words[i]) or _of_word(words[i], lower[i], known)
            if start:
                inside = [Piece(start + a, start + b, word, readings, glued) for a, b, word, readings, glued in inside]
            found += inside
        i = last + 1
    return found


def _together(lower: list[str], i: int, more: int, known: Lexicon) -> int:
    """Return the last of the words from `i` on that are known as one."""
    for j in range(min(i + more, len(lower) - 1), i, -1):
        if "-".join(lower[i : j + 1]) in known.spans:
            return j
    return i


def _of_word(word: str, lower: str, known: Lexicon) -> tuple[Piece, ...]:
    """Return the pieces of one word, and remember them."""
    if len(_KNOWN) > KEPT:
        _KNOWN.clear()
    inside = _KNOWN[word] = tuple(_inside(word, lower, known))
    return inside


def _versioned(piece: Piece, text: str) -> list[Piece]:
    """Return an architecture that ends in a version of its own as both: ``deberta-v3``, ``stable-diffusion-2-1``."""
    if piece.readings[0].kind != "architecture" or not piece.word[-1].isdigit():
        return [piece]
    match = _VERSIONED.fullmatch(text[piece.start : piece.end])
    if not match or piece.readings[0].value.startswith("wav2vec"):
        return [piece]
    cut = piece.start + match.start(2)
    number = match[2].lower().lstrip("v").replace("_", ".").replace("-", ".")
    version = Reading("version", f"v{number}", 8.0, "value")
    size = len(piece.word) - sum(map(str.isalnum, match[2]))
    return [
        Piece(piece.start, piece.start + match.end(1), piece.word[:size], piece.readings),
        Piece(cut, piece.end, piece.word[size:], (version,)),
    ]


def _inside(word: str, lower: str, known: Lexicon) -> list[Piece]:
    """Return the pieces of one word: itself where it is known, else its parts where those are."""
    whole = known.words.get(lower) or value_of(lower)
    if whole or is_number(lower):
        return [Piece(0, len(word), lower, whole)]
    if word.isascii() and word.isalpha() and (word == lower or word[1:] == lower[1:]):
        return list(_compound(word, lower, known))
    atoms = list(_atoms(word))
    compound = list(_compound(word, lower, known))
    if len(atoms) == 1 or (compound[0].readings and compound[-1].readings[0].sort == "ending"):
        return compound
    pair = _PAIR.fullmatch(lower)
    if pair and all(_is_language(part, known) for part in pair.groups()):
        (a, b), (c, d) = pair.span(1), pair.span(2)
        return [Piece(a, b, lower[a:b], known.words[lower[a:b]]), Piece(c, d, lower[c:d], known.words[lower[c:d]])]
    parts = list(_matched(atoms, known))
    if _convincing(parts, len(word)):
        return parts
    return [Piece(0, len(word), lower, ())]


def _is_language(word: str, known: Lexicon) -> bool:
    return any(reading.kind == "language" for reading in known.words.get(word, ()))


def _atoms(word: str) -> Iterator[tuple[int, int, str]]:
    """Yield the stretches of one script, case or digits: (start, end, lower case)."""
    spans = [(m.start(), m.end()) for m in _ATOM.finditer(word)]
    for (start, end), after in zip(spans, [*spans[1:], None], strict=True):
        text = word[start:end].lower()
        if after and end - start > 1 and text[-1] == "v" and word[after[0]].isdigit():
            yield start, end - 1, text[:-1]
            yield end - 1, end, "v"
        else:
            yield start, end, text


def _matched(atoms: list[tuple[int, int, str]], known: Lexicon) -> Iterator[Piece]:
    i = 0
    while i < len(atoms):
        for j in range(min(i + 6, len(atoms)), i, -1):
            joined = "".join([atom[2] for atom in atoms[i:j]])
            readings = known.words.get(joined) or value_of(joined)
            if readings and (len(joined) > 2 or j == i + 1 or joined[-1].isdigit() or joined[0].isdigit()):
                yield Piece(atoms[i][0], atoms[j - 1][1], joined, readings, i > 0)
                i = j
                break
        else:
            start, _, text = atoms[i]
            if is_number(text) and i + 1 < len(atoms) and atoms[i + 1][2][0] in "bm" and atoms[i + 1][2][1:] in known.words:
                after = atoms[i + 1]
                yield Piece(start, after[0] + 1, text + after[2][0], value_of(text + after[2][0]), i > 0)
                yield Piece(after[0] + 1, after[1], after[2][1:], known.words[after[2][1:]], True)
                i += 2
                continue
            for piece in _compound(text, text, known):
                yield Piece(start + piece.start, start + piece.end, piece.word, piece.readings, i > 0 or piece.glued)
            i += 1


def _convincing(parts: list[Piece], length: int) -> bool:
    """Say whether a word is better read by its parts: most of its letters are known, by words that are not too short."""
    if any(piece.readings and piece.readings[0].kind == "parameters" for piece in parts):
        return length <= 24 and all(len(piece.word) > 2 or piece.readings or is_number(piece.word) for piece in parts)
    told = sum(piece.end - piece.start for piece in parts if piece.readings or is_number(piece.word))
    longest = max((piece.end - piece.start for piece in parts if piece.readings), default=0)
    return longest >= 3 and told * 2 >= length


def _compound(word: str, lower: str, known: Lexicon) -> Iterator[Piece]:
    """Yield the pieces of letters without a seam: two known words, or one that ends as architectures do; else one unknown."""
    size = len(lower)
    if 4 <= size <= 30 and lower.isascii() and lower not in known.chance:
        for cut in range(size - 3, 2, -1) if lower.isalpha() else ():
            left, right = known.words.get(lower[:cut]), known.words.get(lower[cut:])
            if left and right and min(cut, size - cut) >= 3 and max(cut, size - cut) >= 4 and _weighty(left, right):
                yield Piece(0, cut, lower[:cut], left)
                yield Piece(cut, size, lower[cut:], right, True)
                return
        for ending, value in known.endings.get(lower[-2:], ()):
            if size > len(ending) + 1 and lower.endswith(ending) and lower[: -len(ending)].isalpha():
                cut = size - len(ending)
                front = known.words.get(lower[:cut])
                if value != "self" and front and front[0].sort in _FRONTS:
                    yield Piece(0, cut, lower[:cut], (front[0]._replace(odds=4.0),))
                    yield Piece(cut, size, ending, (Reading("architecture", value, 8.0, "ending"),), True)
                elif value == "self":
                    yield Piece(0, size, lower, (Reading("architecture", lower, 1.5, "coined"),))
                else:
                    yield Piece(0, size, lower, (Reading("architecture", value, 6.0, "ending"),))
                return
        for ending in known.does:
            if size > len(ending) + 2 and lower.endswith(ending) and lower.isalpha():
                yield Piece(0, size - len(ending), lower[: -len(ending)], ())
                yield Piece(size - len(ending), size, ending, known.words[ending], True)
                return
    yield Piece(0, len(word), lower, ())


def _weighty(left: tuple[Reading, ...], right: tuple[Reading, ...]) -> bool:
    """Say whether two words side by side are not both idle ones."""
    return (left[0].kind != "other" or right[0].kind != "other") and "code" not in {left[0].sort, right[0].sort}
