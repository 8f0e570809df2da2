"""Configuration: what it has libraries load, run or fetch. Values are read, never made."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

from filiation.formats.held import Held
from filiation.formats.yaml_text import YamlError, load_yaml
from filiation.knowledge import load
from filiation.scan import keras, templates
from filiation.scan.imports import Known, known
from filiation.scan.kinds import suffix_of
from filiation.scan.look import Look, Part

MAX_PARSED_BYTES = 6 << 20
MAX_STEPS = 200_000
MAX_NESTED = 200
_SERIALIZED = re.compile(r"gA[E-X][A-Za-z0-9+/=\s]{8,}", re.ASCII)
_PYTHON_TAG = re.compile(
    r"!!python/(?P<what>[\w/]{2,40}):?(?P<name>[\w.]{0,120})|tag:yaml\.org,2002:python/(?P<other>[\w/:.]{2,120})", re.ASCII
)
_ADDRESS = re.compile(r"(?i)(?:https?|ftps?|s3|gs|file|smb)://[^\s\"'<>]{1,500}|\\\\[\w.-]{1,80}\\[^\s\"']{1,200}")
_KEYED = re.compile(
    r"""(?m)^\s{0,40}(?:-\s+)?["']?(?P<key>\w{2,40})["']?\s{0,4}[:=]\s{0,4}["']?(?P<url>(?:https?|ftps?|file|smb)://[^\s"'<>,]{1,500})""",
    re.IGNORECASE,
)
_BARE_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{8}|\d{8,10}|\[[0-9a-f:]+\]", re.IGNORECASE)
_OPTION = re.compile(r"(?:--?(?:extra-)?index-url|-i\s|--find-links|--trusted-host)\b")
_DIRECT = re.compile(r"(?:[\w.\[\]-]{1,80}\s*@\s*)?(?:https?|git\+\w+|file|ftp)://")
_PROSE = frozenset({".md", ".txt", ".rst", ".html", ".dic", ".csv", ".tsv", ".log", ".tex", ".bib"})
_RUNS = (".sh", ".exe", ".py", ".ps1", ".bat", ".msi", ".scr", ".so", ".dll", ".js", ".vbs", ".jar")


def read_json(text: str, part: Part, look: Look) -> bool:
    """Note what a JSON document has libraries do; return whether it is one."""
    if len(text) > MAX_PARSED_BYTES:
        if re.search(r'"(?:auto_map|chat_template|trust_remote_code)"', text):
            look.say("text-too-long", part.place, "", f"{MAX_PARSED_BYTES >> 20}")
        return True
    try:
        root = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return False
    base = part.name.rpartition("/")[2]
    if base == "modules.json" and isinstance(root, list):
        _modules(root, part, look)
    if base == "model_index.json" and isinstance(root, dict):
        _pipeline(root, part, look)
    if isinstance(root, dict) and ("class_name" in root or "model_config" in root or "registered_name" in root):
        keras.judge(root, part.place, look)
    for path, key, value in _walk(root):
        _entry(path, key, value, part, look)
    return True


def read_lines(text: str, part: Part, look: Look) -> None:
    """Note what YAML, TOML, INI and lists of requirements have libraries do, line by line."""
    if suffix_of(part.name) in {".yaml", ".yml"} and templates.is_template(text):
        _by_tree(text, part, look)
    for match in _PYTHON_TAG.finditer(text):
        name = match["name"] or match["other"] or ""
        what = match["what"] or match["other"] or ""
        _python_tag(what, name, part.at(text.count("\n", 0, match.start()) + 1), look)
    is_config = suffix_of(part.name) not in _PROSE
    for match in _KEYED.finditer(text) if is_config else ():
        if match["key"].lower() in _table()["fetching"]:
            _fetched(match["key"], match["url"], part, look)
    for key in _table()["trust"]:
        if re.search(rf"(?m)^\s{{0,40}}[\"']?{key}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?[Tt]rue", text):
            look.say("config-trusts-code", part.at(key), key, key)
    for match in re.finditer(r"(?m)^\s{0,40}(?:_target_|loader_module)\s{0,4}:\s{0,4}[\"']?(?P<name>[\w.]{2,200})", text):
        _target("_target_", match["name"], part, look)
    if part.name.rpartition("/")[2].startswith("requirements") or part.name.endswith("conda.yaml"):
        _requirements(text, part, look)


def _by_tree(text: str, part: Part, look: Look) -> None:
    """Note what a YAML document has that holds a template; one that is none is read by its lines alone."""
    try:
        root = load_yaml(text)
    except YamlError:
        templates.by_words(text, part.place, look)
        return
    for path, key, value in _walk(root):
        if isinstance(key, str):
            _entry(path, key, value, part, look)


def _python_tag(what: str, name: str, place: str, look: Look) -> None:
    """Note a value of YAML that is to be made by Python; tuples and the like are data."""
    module, _, last = name.rpartition(".")
    if not module:
        return
    kind = known(module, last)
    if kind is Known.DANGEROUS or (kind is Known.STANDARD and "apply" in what):
        look.say("yaml-python-tag", place, f"!!python/{what}:{name}", name)
    elif kind not in {Known.ALLOWED, Known.LIBRARY_CLASS, Known.LIBRARY_MAKER}:
        look.say("yaml-python-name", place, f"!!python/{what}:{name}", name)


@cache
def _table() -> dict[str, Any]:
    return {
        key: frozenset(value) if isinstance(value, list) and key != "secret" else value
        for key, value in load("scan_configs").items()
    }


def _walk(root: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield every value with its key, or the key of the list that it stands in, and the path to it."""
    waiting: list[tuple[str, str, Any]] = [("", "", root)]
    for _ in range(MAX_STEPS):
        if not waiting:
            return
        path, key, value = waiting.pop()
        if path:
            yield path, key, value
        if isinstance(value, dict):
            waiting += [(f"{path}/{name}"[:200], name, inner) for name, inner in value.items()]
        elif isinstance(value, list):
            is_text = key in _table()["templates"] and all(isinstance(inner, str) for inner in value)
            kept = [] if is_text else [inner for inner in value if isinstance(inner, (dict, list, str))]
            waiting += [(f"{path}/{number}"[:200], key, inner) for number, inner in enumerate(kept)]


def _entry(path: str, key: str, value: Any, part: Part, look: Look) -> None:
    table = _table()
    if key in table["templates"]:
        _template(path, value, part, look)
    elif key in table["code_maps"] and isinstance(value, dict):
        for name in _texts(value):
            code_map(name, part, look, path)
    elif key in table["pipelines"] and isinstance(value, str):
        look.say("config-names-code", part.at(path), value, value)
    elif (key in table["targets"] and isinstance(value, str) and "." in value and " " not in value) or (
        key in table["loaders"] and isinstance(value, str) and value
    ):
        _target(key, value, part, look)
    elif key in table["trust"] and value is True:
        look.say("config-trusts-code", part.at(path), key, key)
    if isinstance(value, str):
        if key in table["fetching"] and _ADDRESS.match(value):
            _fetched(key, value, part, look)
        _serialized(path, value, part, look)


def _template(path: str, value: Any, part: Part, look: Look) -> None:
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        value = "\n".join(value)  # a template line by line
    if isinstance(value, str) and templates.is_template(value):
        templates.read(value, part.at(path), look)
    elif isinstance(value, dict):
        text = value.get("template")
        if isinstance(text, str):
            templates.read(text, part.at(path), look)
        for name, inner in value.items():
            if isinstance(inner, str) and name != "template" and templates.is_template(inner):
                templates.read(inner, part.at(f"{path}/{name}"), look)


def code_map(name: str, part: Part, look: Look, path: str) -> None:
    """Note code that a configuration names: of another repository, or of a file that is here or is not."""
    repository, other, inner = name.rpartition("--")
    if other:
        look.say("config-code-elsewhere", part.at(path), name, name, repository)
        return
    file = f"{inner.rpartition('.')[0].replace('.', '/') or inner}.py"
    folder = part.name.rpartition("/")[0]
    full = f"{folder}/{file}" if folder else file
    if look.siblings is not None and full not in look.siblings:
        look.say("config-code-missing", part.at(path), name, name, file)
    else:
        look.say("config-names-code", part.at(path), name, name)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, those of lists and of dictionaries too."""
    waiting = [value]
    for _ in range(MAX_NESTED):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _target(key: str, value: str, part: Part, look: Look) -> None:
    module, _, name = value.rpartition(".")
    if module and known(module, name) is Known.DANGEROUS:
        look.say("config-dangerous-target", part.at(key), value, value)
    elif value.partition(".")[0] not in _table()["known_libraries"]:
        look.say("config-names-code", part.at(key), value, value)


def _modules(root: list[Any], part: Part, look: Look) -> None:
    for number, row in enumerate(root):
        kind = row.get("type") if isinstance(row, dict) else None
        if isinstance(kind, str) and kind.partition(".")[0] not in _table()["known_libraries"]:
            code_map(kind, part, look, f"/{number}/type")


def _pipeline(root: dict[str, Any], part: Part, look: Look) -> None:
    for key, value in root.items():
        if (
            isinstance(value, list)
            and len(value) == 2
            and isinstance(value[0], str)
            and value[0].partition(".")[0] not in _table()["known_libraries"]
        ):
            look.say("config-names-code", part.at(key), value[0], value[0])


def _fetched(key: str, value: str, part: Part, look: Look) -> None:
    """Note an address that is fetched when the configuration is used, by how far it can be trusted."""
    table = _table()
    address = value.strip()
    if address.startswith("\\\\"):
        look.say("config-fetches-oddly", part.at(key), address, key, address, "a share of another machine")
        return
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return
    whole = f"{host}{parts.path}"
    odd = (
        "no encryption" if parts.scheme in {"http", "ftp"}
        else "a share or a file of the machine" if parts.scheme in {"smb", "file"}
        else "a number for a host" if _BARE_IP.fullmatch(host)
        else "a host where things stand for a day" if _is_of(host, table["passing_hosts"]) or whole.startswith(_webhooks())
        else "a name and a password" if parts.password
        else "a program" if parts.path.lower().endswith(_RUNS)
        else ""
    )  # fmt: skip
    if odd and not (odd in {"no encryption", "a program"} and _is_known(host)):
        look.say("config-fetches-oddly", part.at(key), address, key, address, odd)
    elif host:
        look.say("config-fetches", part.at(key), address, key, address)


def _is_of(host: str, hosts: frozenset[str]) -> bool:
    """Return whether a host is one of `hosts`, or below one of them."""
    return any(host == item or host.endswith(f".{item}") for item in hosts)


@cache
def _webhooks() -> tuple[str, ...]:
    return tuple(item for item in _table()["passing_hosts"] if "/" in item)


def _is_known(host: str) -> bool:
    return _is_of(host, _table()["known_hosts"]) or host in {
        "localhost",
        "127.0.0.1",
        "example.com",
    }


def _serialized(path: str, value: str, part: Part, look: Look) -> None:
    """Look into a pickle that is written as text, as Stable-Baselines3 keeps them."""
    if not _SERIALIZED.match(value):
        return
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return
    look.into(part.within(Held(part.name, content), f"{path} (base64)"))


def _requirements(text: str, part: Part, look: Look) -> None:
    for number, line in enumerate(text.splitlines()[:10_000], 1):
        bare = line.strip().removeprefix("- ")
        if _OPTION.match(bare) or _DIRECT.match(bare):
            match = _ADDRESS.search(bare.replace("git+", ""))
            address = match[0] if match else bare
            if match and not _is_known((urlsplit(address).hostname or "").lower()):
                look.say("config-installs-elsewhere", part.at(number), bare, bare)
            else:
                look.say("config-fetches", part.at(number), bare, "requirements", address)
