"""Python source beside a model: what it does when it is imported, and when it is called. It is parsed, never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from filiation.knowledge import load
from filiation.scan.answer import Level
from filiation.scan.look import Look
from filiation.scan.texts import commanding

MAX_SOURCE_CHARS = 2 << 20
MAX_CALLS = 100_000
_WORTH = re.compile(
    r"\b(?:eval|exec|compile|__import__|system|popen|Popen|subprocess|socket|urlopen|urlretrieve|requests|httpx|aiohttp|ctypes|marshal|"
    r"pickle|dill|b64decode|fromhex|unhexlify|runpy|importlib|getattr|pty|shutil|remove|unlink|load|spawn\w*|exec\w+|builtins|codecs|http|ftplib|smtplib|__builtins__|globals|vars)\b"
)


class _Called(NamedTuple):
    """A call: the outermost function that it stands in, empty at the top; and whether it only runs as a program."""

    node: ast.Call
    within: str
    in_main: bool


def read(text: str, place: str, look: Look, *, is_loaded: bool, is_script: bool = False) -> None:
    """Note what the source does.

    Args:
        text: Of the file.
        place: Where it stands.
        look: Is told.
        is_loaded: Whether a library imports the file when it loads the model.
        is_script: Whether a person runs it, so that what it does stands to be read.
    """
    if not _WORTH.search(text):
        return
    try:
        if len(text) > MAX_SOURCE_CHARS:
            raise ValueError("longer than is read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        _unparsed(text, place, look, str(error), is_loaded=is_loaded)
        return
    try:
        _judge(tree, place, look, is_loaded=is_loaded, is_script=is_script)
    except RecursionError:
        _unparsed(text, place, look, "nested too deep", is_loaded=True)


def _judge(tree: ast.Module, place: str, look: Look, *, is_loaded: bool, is_script: bool) -> None:
    """Note each call of a tree by when it is made."""
    names: dict[str, str] = {}
    calls = list(_calls(tree, names))
    if len(calls) > MAX_CALLS:
        look.say("code-unreadable", place, "", f"more than {MAX_CALLS:,} calls")
    at_once = {
        item.node.func.id for item in calls if not item.within and not item.in_main and isinstance(item.node.func, ast.Name)
    }
    for item in calls[:MAX_CALLS]:
        name = dotted(item.node.func, names)
        if name:
            at_import = not item.in_main and (not item.within or item.within in at_once)
            when = _When(at_import, is_loaded and not item.in_main, is_script)
            _call(item.node, name, names, f"{place}:{item.node.lineno}", look, when)


class _When(NamedTuple):
    """When a call is made: as soon as the file is imported; by a library that loads the file; by a person who runs it."""

    at_import: bool
    is_loaded: bool
    is_script: bool

    @property
    def unasked(self) -> bool:
        """Whether it happens to somebody who only loads the model."""
        return self.is_loaded

    @property
    def at_once(self) -> bool:
        """Whether it happens to them before they have used it."""
        return self.is_loaded and self.at_import


@cache
def _table() -> dict[str, Any]:
    row = load("scan_texts")["python"]
    return {key: frozenset(value) for key, value in row.items() if isinstance(value, list)} | {
        "private": re.compile(row["private"])
    }


def _calls(tree: ast.Module, names: dict[str, str]) -> Iterator[_Called]:
    """Yield every call in a tree; what its imports name is added to `names`."""
    waiting: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while waiting:
        node, within, in_main = waiting.pop()
        if isinstance(node, ast.Call):
            yield _Called(node, within, in_main)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            within = within or getattr(node, "name", "<lambda>")
        elif isinstance(node, ast.If) and _is_main(node.test):
            in_main = True
        else:
            _import(node, names)
        waiting += [(child, within, in_main) for child in ast.iter_child_nodes(node)]


def _import(node: ast.AST, names: dict[str, str]) -> None:
    """Note what an imported name stands for, or one that is given to something dangerous."""
    if isinstance(node, ast.Import):
        for item in node.names:
            names[item.asname or item.name.partition(".")[0]] = item.name if item.asname else item.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names.update({item.asname or item.name: f"{node.module}.{item.name}" for item in node.names})
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        value = dotted(node.value, names)
        if value.partition(".")[0] in {"os", "subprocess", "builtins", "socket", "eval", "exec", "__import__"}:
            names[node.targets[0].id] = value


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """Return the name of what is called, as it is imported: ``sp.run`` as ``subprocess.run``; empty where it has none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([names.get(node.id, node.id), *reversed(parts)])
    if isinstance(node, ast.Call):
        base = dotted(node.func, names)
        if base in {"__import__", "importlib.import_module", "builtins.__import__"} and node.args:
            return ".".join([text_of(node.args[0]) or "?", *reversed(parts)])
        if base == "getattr" and len(node.args) > 1:
            return ".".join([dotted(node.args[0], names) or "?", text_of(node.args[1]) or "?", *reversed(parts)])
    return ""


def text_of(node: ast.AST) -> str:
    """Return a text that is put together of constants; empty of any other."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        return left + right if left and right else ""
    if isinstance(node, ast.List | ast.Tuple):
        return " ".join(filter(None, map(text_of, node.elts)))
    return ""


def _is_main(test: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _call(call: ast.Call, name: str, names: dict[str, str], place: str, look: Look, when: _When) -> None:
    table = _table()
    last = name.rpartition(".")[2]
    given = " ".join(filter(None, map(text_of, call.args)))
    shown = f"{name}({given[:80]})"
    if name in table["run_code"] or (name.startswith("?") and last in {"eval", "exec", "system", "popen"}):
        _runs_code(call, name, names, given, place, look, when)
    elif name in table["run_programs"]:
        look.say("code-runs-programs", place, shown, name, level=_level_of_command(given, when))
    elif name in table["reach_net"]:
        look.say("code-reaches-net", place, shown, name, level=Level.SUSPICIOUS if when.unasked else Level.NOTE)
    elif name in table["change_files"]:
        look.say("code-changes-files", place, shown, name, level=Level.SUSPICIOUS if when.at_once else Level.NOTE)
    elif name in table["read_pickles"]:
        look.say("code-reads-pickles", place, shown, name)
    if given and table["private"].search(given) and (name in _READS or name in table["reach_net"]):
        look.say("code-reads-private", place, shown, given[:60], level=Level.SUSPICIOUS if when.unasked else Level.NOTE)


_READS = frozenset({"open", "os.path.expanduser", "pathlib.Path", "os.getenv", "os.environ.get"})


def _runs_code(call: ast.Call, name: str, names: dict[str, str], given: str, place: str, look: Look, when: _When) -> None:
    """Note what runs text as code: worst where the text was fetched or disguised."""
    table = _table()
    arguments = (*call.args, *(item.value for item in call.keywords))
    inside = {dotted(node.func, names) for argument in arguments for node in ast.walk(argument) if isinstance(node, ast.Call)}
    shown = f"{name}({given[:80]})"
    is_python = name.rpartition(".")[2] in {"eval", "exec", "compile", "loads"}
    if is_python and (
        inside & table["decode"] or inside & table["reach_net"] or any(part.endswith(".b64decode") for part in inside)
    ):
        look.say("code-runs-disguised", place, shown, name)
    elif commanding(given) == "malicious":
        look.say("code-runs-programs", place, shown, name, level=_level_of_command(given, when))
    elif name not in {"compile", "__import__", "builtins.__import__", "builtins.compile"}:
        look.say("code-runs-code", place, shown, name, level=Level.SUSPICIOUS if when.at_once else Level.NOTE)


def _level_of_command(given: str, when: _When) -> Level:
    """Return how bad it is to run a program: worst where a shell fetches what it runs, least where a person runs the file."""
    if _FETCHES.search(given) or (commanding(given) == "malicious" and when.at_once):
        return Level.MALICIOUS
    return Level.SUSPICIOUS if when.unasked else Level.NOTE


_FETCHES = re.compile(r"(?:curl|wget)\b[^\n]{0,300}\|\s*\w{0,8}sh\b|0>&1|\bnc\b[^\n]{0,60}\s-\w{0,3}e\b")


def _unparsed(text: str, place: str, look: Look, why: str, *, is_loaded: bool) -> None:
    """Note what a text that is no Python shows all the same."""
    if re.search(r"\bexec\s*\(\s*(?:base64|zlib|marshal|codecs|__import__)\b", text):
        look.say("code-runs-disguised", place, "exec", "exec")
    look.say("code-unreadable", place, "", why[:120], level=Level.INCONCLUSIVE if is_loaded else Level.NOTE)
