"""What stands in a name as a value: parameters, versions, quantisation, layers, resolutions, dates, steps, hashes."""

from __future__ import annotations

import re
from collections.abc import Callable

from filiation.names.lexicon import Reading

LENGTHS = frozenset({1, 2, 4, 8, 16, 32, 64, 128, 200, 256, 262, 512, 1000, 1024})
"""Thousands of tokens that contexts have."""
LONGEST = 40
_MEANT = {"b": 1.0, "m": 1e-3, "t": 1e3, "k": 1e-6}

_VALUE = re.compile(
    r"""(?P<experts>\d{1,3}x\d{1,4}(?:\.\d{1,2})?[bm])
    |(?P<parameters>\d{1,4}(?:\.\d{1,3})?[bmt])
    |(?P<split>\d{1,2}b\d{1,2})
    |(?P<active>[ae]\d{1,3}(?:\.\d{1,2})?b)
    |(?P<thousand>\d{1,4}(?:\.\d)?k)
    |(?P<bits>(?:w?[1-8])(?:\.\d{1,2})?b(?:it|its|pw))
    |(?P<kquant>i?q[1-8](?:k[sml]?|f(?:16|32))?)
    |(?P<group>g?(?:32|64|128)g|gs?(?:32|64|128))
    |(?P<version>(?:v|ver|version)\d{1,4}(?:\.\d{1,4}){0,3}[a-z]{0,2})
    |(?P<dotted>\d{1,4}(?:\.\d{1,4}){1,3})
    |(?P<date>20[0-3]\d(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])\d{0,6})?)
    |(?P<layers>\d{1,3}(?:l|layers?)|l\d{1,3}|layers?\d{1,3})
    |(?P<heads>\d{1,3}heads?|heads?\d{1,3})
    |(?P<hidden>h\d{3,4}|d\d{3,4}|\d{2,5}d)
    |(?P<patch>p(?:atch)?\d{1,2}|window\d{1,2}|win\d{1,2})
    |(?P<area>\d{2,4}x\d{2,4}(?:x\d{2,4})?|r(?:\d{3})|\d{3,4}px|\d{3,4}p)
    |(?P<grid>\d{1,2}x\d{1,2})
    |(?P<resnext>\d{1,3}x\d{1,3}d)
    |(?P<epochs>\d{1,4}(?:e|ep|eps|epochs?)|(?:e|ep|eps|epochs?)\d{1,4})
    |(?P<rate>lr\d{1,2}(?:e\d{0,2})?|\de\d{1,2})
    |(?P<steps>\d{1,7}k?(?:steps?|iters?|it)|(?:steps?|iters?|s)\d{3,7}k?)
    |(?P<counted>(?P<word>seed|bs|batch|rank|ckpt|checkpoint|fold|run|trial|exp|wd|warmup|beta|alpha)\d{1,7})
    |(?P<seen>s\d{1,3}b|b\d{2,4}k)
    |(?P<rank>r\d{1,2})
    |(?P<recipe>ra\d?|[abcd]\d?h|[acd][1-3]|b[12]k|d1h|agc|racm|sbb\d?)
    |(?P<block>b\d)
    |(?P<hash>(?=[0-9a-f]{0,39}[a-f])(?=[0-9a-f]{0,39}\d)[0-9a-f]{7,40})""",
    re.VERBOSE,
)


def value_of(word: str) -> tuple[Reading, ...]:
    """Return what `word`, in lower case and without separators but the point, may mean as a value; empty where it is none."""
    if word.isalpha() or len(word) > LONGEST:
        return ()
    match = _VALUE.fullmatch(word)
    if match is None or match.lastgroup is None:
        return ()
    group = match.lastgroup
    return _MEANING[group](word) if group in _MEANING else ()


def is_number(word: str) -> bool:
    """Say whether `word` is a number in plain digits."""
    return word.isascii() and word.isdigit()


def billions(number: str, unit: str) -> str:
    """Return a number of parameters in billions, such as ``0.35b``, without idle zeros."""
    return f"{float(number) * _MEANT[unit]:.6f}".rstrip("0").rstrip(".") + "b"


def is_length(number: int) -> bool:
    """Say whether `number` is one that resolutions and lengths have."""
    return number in _SIDES or (number >= 128 and number & (number - 1) == 0 and number <= 1 << 20)


_SIDES = frozenset({
    96, 112, 128, 160, 192, 196, 224, 240, 256, 260, 288, 299, 300, 320, 331, 336, 352, 378, 380, 384, 416, 448, 456, 475, 480,
    490, 518, 528, 560, 600, 640, 720, 768, 896, 1280, 1536,
})  # fmt: skip


def _one(kind: str, value: str, odds: float = 6.0, sort: str = "value") -> tuple[Reading, ...]:
    return (Reading(kind, value, odds, sort),)


def _experts(word: str) -> tuple[Reading, ...]:
    return _one("parameters", word, 12.0)


def _parameters(word: str) -> tuple[Reading, ...]:
    return _one("parameters", billions(word[:-1], word[-1]), 12.0)


def _split(word: str) -> tuple[Reading, ...]:
    return _one("parameters", billions(word.replace("b", "."), "b"), 8.0)


def _active(word: str) -> tuple[Reading, ...]:
    return _one("parameters", word, 8.0)


def _thousand(word: str) -> tuple[Reading, ...]:
    if word[:-1].isdigit() and int(word[:-1]) in LENGTHS:
        return _one("dataset-characteristic", word, 4.0)
    return (Reading("dataset-characteristic", word, 2.0, "value"), Reading("training", f"{word}-steps", 1.0, "value"))


def _bits(word: str) -> tuple[Reading, ...]:
    number = word.lstrip("w").rstrip("bitspw")
    return _one("adaptation", f"{number}bpw" if word.endswith("bpw") else f"int{number}", 10.0, "quantization")


def _kquant(word: str) -> tuple[Reading, ...]:
    shape = re.fullmatch(r"(i?q\d)(?:(k)([sml]?)|(f\d\d))?", word)
    parts = [part for part in shape.groups() if part] if shape else [word]
    return _one("adaptation", parts[0] + parts[1] if parts[1:] and parts[1][0] == "f" else "_".join(parts), 8.0, "quantization")


def _group(word: str) -> tuple[Reading, ...]:
    return _one("adaptation", f"group-{word.strip('gs')}", 6.0, "quantization")


def _version(word: str) -> tuple[Reading, ...]:
    return _one("version", "v" + word.lstrip("version"), 12.0)


def _dotted(word: str) -> tuple[Reading, ...]:
    return _one("version", "v" + word, 6.0)


def _date(word: str) -> tuple[Reading, ...]:
    parts = [word[:4], word[4:6], word[6:8]]
    return _one("version", "-".join(part for part in parts if part), 6.0, "date")


def _counted(kind: str, name: str) -> Callable[[str], tuple[Reading, ...]]:
    def meaning(word: str) -> tuple[Reading, ...]:
        return _one(kind, f"{name}-{re.sub(r'[^0-9]', '', word)}", 4.0)

    return meaning


def _patch(word: str) -> str:
    number = re.sub(r"\D", "", word)
    return f"patch{number}" if word[0] == "p" else f"window{number}"


def _area(word: str) -> tuple[Reading, ...]:
    return _one("dataset-characteristic", word.lstrip("r").rstrip("px"), 6.0)


def _rate(word: str) -> tuple[Reading, ...]:
    return _one("training", f"lr-{word.removeprefix('lr')}", 5.0)


def _named(word: str) -> tuple[Reading, ...]:
    name, number = re.sub(r"\d", "", word), re.sub(r"\D", "", word)
    full = {"bs": "batch", "ckpt": "checkpoint", "exp": "run", "trial": "run", "wd": "weight-decay"}.get(name, name)
    return _one("training", f"{full}-{number}", 3.0)


def _steps(word: str) -> tuple[Reading, ...]:
    number = re.sub(r"[^0-9k]", "", word.removesuffix("iters").removesuffix("iter")).strip("s")
    return _one("training", f"{number}-steps", 3.0)


def _layers(word: str) -> tuple[Reading, ...]:
    """Read ``12l`` as layers; ``l2`` may as well be a size, or the second llama."""
    number = re.sub(r"\D", "", word)
    if word[0] != "l" or len(word) > 2 or word.startswith("layer"):
        return _one("layers", number, 4.0)
    found = (Reading("layers", number, 2.0 if number > "3" else 0.5, "value"), Reading("size", word, 0.4, "lettered"))
    return (*found, Reading("architecture", "llama", 0.5, "llama")) if number in {"2", "3"} else found


def _rank(word: str) -> tuple[Reading, ...]:
    return (Reading("training", f"rank-{word[1:]}", 1.0, "rank"), Reading("version", word, 1.0, "rank"))


def _block(word: str) -> tuple[Reading, ...]:
    return (Reading("size", word, 2.0, "value"), Reading("other", word, 1.0, "value"))


_MEANING: dict[str, Callable[[str], tuple[Reading, ...]]] = {
    "experts": _experts,
    "parameters": _parameters,
    "split": _split,
    "active": _active,
    "thousand": _thousand,
    "bits": _bits,
    "kquant": _kquant,
    "group": _group,
    "version": _version,
    "dotted": _dotted,
    "date": _date,
    "layers": _layers,
    "heads": lambda word: _one("heads", re.sub(r"\D", "", word), 6.0),
    "hidden": lambda word: _one("size", f"hidden-{re.sub(r'[^0-9]', '', word)}", 3.0),
    "patch": lambda word: _one("dataset-characteristic", _patch(word), 6.0),
    "area": _area,
    "grid": lambda word: _one("dataset-characteristic", word, 3.0),
    "resnext": lambda word: _one("size", word, 6.0),
    "epochs": lambda word: _one("training", f"epochs-{re.sub(r'[^0-9]', '', word)}", 4.0, "epochs"),
    "rate": _rate,
    "steps": _steps,
    "counted": _named,
    "seen": lambda word: _one("training", f"{'samples' if word[0] == 's' else 'batch'}-{word[1:]}", 3.0),
    "rank": _rank,
    "recipe": lambda word: _one("training", word, 1.0, "recipe"),
    "block": _block,
    "hash": lambda word: _one("other", word, 6.0, "hash"),
}
