"""The generated parts of ``docs/policy.md``, and the JSON Schema of policy files: `make_docs.py` writes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from filiation.knowledge import load
from filiation.policy import load as load_policy
from filiation.policy import presets
from filiation.policy.facts import Facts
from filiation.policy.file import schema
from filiation.policy.language import shapes

PAGE = Path(__file__).parent.parent / "docs" / "policy.md"
SCHEMA = Path(__file__).parent.parent / "src" / "filiation" / "policy" / "schema.json"
WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "SeverityName": "text"}


def policy_page() -> str:
    """Return the page with its tables as the code has them."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in (("facts", facts()), ("formats", formats()), ("presets", composed())):
        page = re.sub(rf"(?s)(<!-- {name} -->\n).*?(<!-- end of {name} -->)", lambda m, t=text: f"{m[1]}{t}\n{m[2]}", page)
    return page


def policy_schema() -> str:
    """Return the JSON Schema of a policy file."""
    return msgspec.json.format(msgspec.json.encode(schema())).decode() + "\n"


def facts() -> str:
    """Return the table of the facts, from the docstrings of `Facts` and what it holds."""
    return "\n".join(["| fact | is | means |", "|---|---|---|", *_rows(Facts, "")])


def _rows(struct: type[msgspec.Struct], before: str) -> Iterator[str]:
    told = _attributes(struct)
    for name in struct.__struct_fields__:
        shape, inner = shapes().get((*before.split("."), name) if before and "[]" not in before else (name,), ("value", None))
        full = f"{before}.{name}" if before else name
        if shape == "struct" and inner:
            yield from _rows(inner, full)
        elif shape == "items" and inner and not before:
            yield f"| `{full}` | list | {told[name]} |"
            yield from _rows(inner, f"{full}[]")
        else:
            yield f"| `{full}` | {_kind(struct, name)} | {told[name]} |"


def _kind(struct: type[msgspec.Struct], name: str) -> str:
    hint = struct.__annotations__[name].removesuffix(" | None")
    inner = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", hint)
    return f"list of {WORDS[inner[1]]}" if inner else WORDS[hint]


def _attributes(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return what the docstring says of each attribute."""
    text = (inspect.getdoc(struct) or "").partition("Attributes:\n")[2]
    entries = re.findall(r"(?m)^    (\w+): ((?:.*)(?:\n        .*)*)", text)
    return {name: " ".join(said.split()).replace("``", "`") for name, said in entries}


def formats() -> str:
    """Return the table of the formats of weights."""
    rows = [f"| `{name}` | {'yes' if table['executes'] else 'no'} |" for name, table in load("weight_formats").items()]
    return "\n".join(["| format | reading it may run code that it carries |", "|---|---|", *rows])


def composed() -> str:
    """Return the rules of each policy that comes with the package."""
    names = sorted(presets(), key=lambda name: len(load_policy(name).rules))
    policies = {name: {rule.id: rule for rule in load_policy(name).rules} for name in names}
    ids = dict.fromkeys(rule for name in names for rule in policies[name])
    rows = [f"| `{rule}` | {' | '.join(_verdict(policies[name].get(rule)) for name in names)} |" for rule in ids]
    return "\n".join([f"| rule | {' | '.join(names)} |", f"|---|{'---|' * len(names)}", *rows])


def _verdict(rule: object) -> str:
    return getattr(rule, "verdict", "-")
