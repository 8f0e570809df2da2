"""Uses in commands, as shell scripts, Dockerfiles and much else hold them: what they download, serve, or are told to load."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.uses.use import Use, addresses, named, use

MAX_LINE_CHARS = 4_000
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w{1,64})(?::?[-=](?P<default>[^}$]{0,200}))?\}|(?P<bare>\w{1,64}))")
_ASSIGNED = re.compile(
    r"""^\s*(?:(?:export|ENV|ARG|local|readonly|declare|set|-)\s+)*(?P<name>[A-Za-z_]\w{0,63})(?:\s*[=?:]?=\s*|\s+)(?P<value>"[^"]*"|'[^']*'|\S+)\s*$"""
)
_ENDS = re.compile(r"&&|\|\||[;|]")
_CLONE = re.compile(r"\bgit\b.{0,80}?\bclone\b")
_NOISE = str.maketrans({",": " ", "[": " ", "]": " "})


def command_uses(text: str, file: str) -> Iterator[Use]:
    """Yield what the commands in `text` load; variables are followed to what the same text gives them."""
    variables: dict[str, str] = {}
    for number, line in _lines(text):
        assigned = _ASSIGNED.match(line)
        if assigned:
            variables[assigned["name"]] = _filled(assigned["value"].strip("\"'"), variables)
            yield from variable_uses(assigned["name"], variables[assigned["name"]], file, number)
        shown = _filled(line, variables)
        for _, written, item in addresses(shown):
            yield use(item, None, file, number, "address", 0.8, written)
        for command in _ENDS.split(shown):
            yield from _command(_words(command), file, number)
        if _CLONE.search(shown):
            yield from _cloned(shown, file, number)


def variable_uses(name: str, value: str, file: str, line: int) -> Iterator[Use]:
    """Yield what a variable of the environment tells a server to load, such as ``MODEL_ID=owner/name``."""
    for rule in _rules()["variable"]:
        item = named(value.partition(":")[0], Kind(rule.get("kind", "model")), slash=True) if name in rule["names"] else None
        if item:
            yield use(item, None, file, line, name, rule["confidence"], value)


def words_uses(words: Sequence[str], file: str, line: int) -> Iterator[Use]:
    """Yield what a command loads that stands as a list of words."""
    yield from _command(words, file, line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines, with those that a backslash continues, under the number of the first."""
    start, held = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith(("#", "//")) or len(held) > MAX_LINE_CHARS:
            continue
        start = start if held else number
        if bare.endswith("\\"):
            held += f"{bare[:-1]} "
            continue
        if bare or held:
            yield start, f"{held}{line}"[:MAX_LINE_CHARS]
        held = ""
    if held:
        yield start, held[:MAX_LINE_CHARS]


def _filled(line: str, variables: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"]
        return variables.get(name) or (match["default"] or "").strip("\"'") or match[0]

    return _VARIABLE.sub(value, line)[:MAX_LINE_CHARS]


def _words(command: str) -> list[str]:
    """Return the words of a command; a list as Dockerfiles and YAML write it counts as words too."""
    text = command.translate(_NOISE)
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # a quotation mark that does not end: the words still stand between the spaces
        return text.replace('"', " ").replace("'", " ").split()


def _command(words: Sequence[str], file: str, line: int) -> Iterator[Use]:
    for rule in _rules()["command"]:
        start = _after(words, rule["words"])
        if start is None or rule.get("option_only"):
            continue
        name = _argument(words[start:])
        if "prefix" in rule:
            name = next((name.removeprefix(prefix) for prefix in rule["prefix"] if name and name.startswith(prefix)), None)
        if "owner" in rule and name and "/" not in name:
            name = f"{rule['owner']}/{name}"
        kind = Kind.DATASET if _option(words, "--repo-type", "--repo_type") == "dataset" else Kind.MODEL
        found = list(_use(name, kind, words, file, line, " ".join(rule["words"]), rule["confidence"], slash="slash" in rule))
        yield from found
        if found:
            return
    for rule in _rules()["option"]:
        if "with" in rule and not any(_base(word) in rule["with"] for word in words):
            continue
        for option in rule["options"]:
            name = _option(words, option)
            yield from _use(name, Kind(rule.get("kind", "model")), words, file, line, option, rule["confidence"], slash=True)


def _use(
    name: str | None, kind: Kind, words: Sequence[str], file: str, line: int, how: str, sure: float, *, slash: bool = False
) -> Iterator[Use]:
    if name is None:
        return
    revision = _option(words, "--revision")
    revision = None if revision and "$" in revision else revision
    if "=" in name:  # --model_args pretrained=owner/name,revision=main, of which the commas are gone already
        name = name.partition("=")[2]
        revision = revision or next((word.partition("=")[2] for word in words if word.startswith("revision=")), None)
    if "$" in name or "{{" in name:
        yield use(None, revision, file, line, how, sure, name)
        return
    quantized = how in _rules()["quantized"]["by"]  # owner/name:Q4_K_M
    item = named(name.partition(":")[0] if quantized else name, kind, slash=slash)
    if item:
        yield use(item, revision, file, line, how, sure, name)


def _after(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where the words after `wanted` begin, None where those do not stand side by side."""
    n = len(wanted)
    for start in range(len(words) - n + 1):
        if [_base(words[start]), *words[start + 1 : start + n]] == list(wanted):
            return start + n
    return None


def _base(word: str) -> str:
    """Return the name of a program or image, without its folder or registry, and without a tag."""
    return word.rpartition("/")[2].partition(":")[0]


def _argument(words: Sequence[str]) -> str | None:
    """Return the first word that is no option, nor what an option takes."""
    takes = False
    for word in words:
        if word.startswith("-"):
            takes = word in _rules()["takes"]["options"]
        elif takes:
            takes = False
        else:
            return word
    return None


def _option(words: Sequence[str], *names: str) -> str | None:
    """Return what an option is given, as ``--name value`` or ``--name=value``."""
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in names:
            if equals:
                return value
            return words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("-") else None
    return None


def _cloned(line: str, file: str, number: int) -> Iterator[Use]:
    for match in re.finditer(r"https?://[^\s\"'<>()\\]{1,300}", line):
        item = named(match[0].replace("://user@", "://"), Kind.MODEL)
        if item and not re.search(r"/(?:resolve|raw|blob|tree)/", match[0]):
            yield use(item, None, file, number, "git clone", 0.95, match[0])


@cache
def _rules() -> dict[str, Any]:
    return load("uses")
