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
MAX_NODES = 400_000
_WORTH = re.compile(
    r"\b(?:eval|exec|compile|__import__|system|popen|Popen|subprocess|socket|urlopen|urlretrieve|requests|httpx|aiohttp|ctypes|marshal|"
    r"pickle|dill|b64decode|fromhex|unhexlify|runpy|importlib|getattr|pty|shutil|remove|unlink|load|spawn\w*|exec\w+|builtins|codecs|http|ftplib|smtplib|__builtins__|globals|vars)\b"
)
_PROGRAM = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class _Step(NamedTuple):
    """A node of the tree, and whether it runs as soon as the file is imported."""

    node: ast.AST
    at_import: bool


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
    names = _imported(tree)
    called = _called_at_import(tree)
    for count, step in enumerate(_steps(tree, called)):
        if count > MAX_NODES:
            look.say("code-unreadable", place, "", f"more than {MAX_NODES:,} parts")
            return
        if isinstance(step.node, ast.Call):
            _call(
                step.node,
                names,
                f"{place}:{step.node.lineno}",
                look,
                at_import=step.at_import,
                is_loaded=is_loaded,
                is_script=is_script,
            )


@cache
def _table() -> dict[str, Any]:
    row = load("scan_texts")["python"]
    return {key: frozenset(value) for key, value in row.items() if isinstance(value, list)} | {
        "private": re.compile(row["private"])
    }


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                found[item.asname or item.name.partition(".")[0]] = item.name if item.asname else item.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = dotted(node.value, found)
            if value.partition(".")[0] in {"os", "subprocess", "builtins", "socket", "eval", "exec", "__import__"}:
                found[node.targets[0].id] = value
    return found


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


def _called_at_import(tree: ast.Module) -> frozenset[str]:
    """Return the functions of the file that it calls when it is imported."""
    return frozenset(
        step.node.func.id
        for step in _steps(tree, frozenset())
        if step.at_import and isinstance(step.node, ast.Call) and isinstance(step.node.func, ast.Name)
    )


def _steps(tree: ast.Module, called: frozenset[str]) -> Iterator[_Step]:
    """Yield every node, each with whether it runs at import; what stands under ``if __name__ == "__main__"`` does not."""
    waiting = [_Step(tree, at_import=True)]
    while waiting:
        step = waiting.pop()
        yield step
        inner = step.at_import
        if isinstance(step.node, _PROGRAM):
            inner = inner and getattr(step.node, "name", "") in called
        elif isinstance(step.node, ast.If) and _is_main(step.node.test):
            inner = False
        waiting += [_Step(child, inner) for child in ast.iter_child_nodes(step.node)]


def _is_main(test: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _call(
    call: ast.Call, names: dict[str, str], place: str, look: Look, *, at_import: bool, is_loaded: bool, is_script: bool
) -> None:
    name, table = dotted(call.func, names), _table()
    if not name:
        return
    inside = {
        dotted(node.func, names)
        for argument in (*call.args, *(item.value for item in call.keywords))
        for node in ast.walk(argument)
        if isinstance(node, ast.Call)
    }
    given = " ".join(filter(None, map(text_of, call.args)))
    shown = f"{name}({given[:80]})"
    last = name.rpartition(".")[2]
    is_run = name in table["run_code"] or (name.startswith("?") and last in {"eval", "exec", "system", "popen"})
    if is_run and (
        inside & table["decode"]
        or inside & table["reach_net"]
        or any(part.endswith((".b64decode", ".text", ".read")) for part in inside)
    ):
        look.say("code-runs-disguised", place, shown, name)
    elif name in table["run_programs"] or (is_run and commanding(given)):
        level = _level_of_command(given, at_import=at_import, is_loaded=is_loaded, is_script=is_script)
        look.say("code-runs-programs", place, shown, name, level=level)
    elif is_run and name in {
        "eval",
        "exec",
        "marshal.loads",
        "types.CodeType",
        "types.FunctionType",
        "ctypes.CDLL",
        "builtins.exec",
        "builtins.eval",
    }:
        look.say("code-runs-code", place, shown, name, level=Level.SUSPICIOUS if at_import and not is_script else Level.NOTE)
    elif name in table["reach_net"]:
        look.say(
            "code-reaches-net",
            place,
            shown,
            name,
            level=Level.SUSPICIOUS if (at_import and not is_script) or is_loaded else Level.NOTE,
        )
    elif name in table["change_files"] and at_import and not is_script:
        look.say("code-changes-files", place, shown, name)
    elif name in table["read_pickles"]:
        look.say("code-reads-pickles", place, shown, name)
    if (
        given
        and table["private"].search(given)
        and (
            name in {"open", "os.path.expanduser", "pathlib.Path", "os.getenv", "os.environ.get"} or name in table["reach_net"]
        )
    ):
        look.say(
            "code-reads-private", place, shown, given[:60], level=Level.SUSPICIOUS if at_import or is_loaded else Level.NOTE
        )


def _level_of_command(given: str, *, at_import: bool, is_loaded: bool, is_script: bool) -> Level:
    """Return how bad it is to run a program: worst where a shell fetches what it runs, least where a person runs the file."""
    why = commanding(given)
    is_fetching = (
        re.search(r"(?:curl|wget)\b[^\n]{0,300}\|\s*\w{0,8}sh\b|/dev/tcp/|\bnc\b[^\n]{0,60}\s-\w{0,3}e", given) is not None
    )
    if is_fetching or (why == "malicious" and at_import and is_loaded):
        return Level.MALICIOUS
    return Level.SUSPICIOUS if is_loaded or (at_import and not is_script) else Level.NOTE


def _unparsed(text: str, place: str, look: Look, why: str, *, is_loaded: bool) -> None:
    """Note what a text that is no Python shows all the same."""
    if re.search(r"\bexec\s*\(\s*(?:base64|zlib|marshal|codecs|__import__)\b", text):
        look.say("code-runs-disguised", place, "exec", "exec")
    look.say("code-unreadable", place, "", why[:120], level=Level.INCONCLUSIVE if is_loaded else Level.NOTE)
