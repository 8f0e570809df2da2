"""What names say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from filiation.cli.options import DEFAULT_ATLAS, lang_option

if TYPE_CHECKING:
    from filiation.api.naming import Named, ReadName

ANSWER = "filiation.api.naming:Named"
CONVENTIONS = {
    "I": "an implementation",
    "IA": "an implementation and its application",
    "IT": "an implementation and its task",
    "AT": "an application or a task",
    "O": "neither implementation nor task",
}


@click.command("name")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="House rules: exit with 1 if a name breaks one.",
)
@lang_option
@click.option(
    "--atlas",
    "atlas_path",
    type=click.Path(path_type=Path, file_okay=True),
    envvar="FILIATION_ATLAS",
    show_envvar=True,
    help=f"The folder of an atlas: what it knows is held against the names (default: {DEFAULT_ATLAS}, if there is one).",
)
@click.option(
    "--weights",
    metavar="PATH",
    help="The model's weights, a file, a folder or model:owner/name: their structure is held against the name.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json", "sarif"]), default="text", help="How to say it.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    names: tuple[str, ...],
    rules_path: Path | None,
    lang: Literal["en", "ja"],
    atlas_path: Path | None,
    weights: str | None,
    format_: str,
    *,
    as_json: bool,
) -> int:
    """Read what names of models say: architecture, size, data, version, adaptation, language, task, parameters and more.

    Of a model that an atlas holds, or whose weights are given, what its name says is confirmed, contradicted or unverifiable.
    """
    from filiation.api.naming import named, sarif_log
    from filiation.cli.console import line, print_json
    from filiation.names.rules import load_rules

    if atlas_path is None and Path(DEFAULT_ATLAS).is_dir():
        atlas_path = Path(DEFAULT_ATLAS)
    answer = named(names, atlas_path, load_rules(rules_path) if rules_path else None, lang, weights)
    read: list[Named | ReadName] = list(answer.names or [answer])
    if as_json or format_ == "json":
        print_json(answer)
    elif format_ == "sarif":
        click.echo(json.dumps(sarif_log(read, lang, rules_path), indent=2))
    else:
        for i, name in enumerate(read):
            if i:
                line()
            _print(name)
    return int(any(name.broken for name in read))


def _print(name: Named | ReadName) -> None:
    from filiation.cli.console import heading, line, table

    heading(str(name.name))
    rows = [(item.text, item.element, item.value, item.confidence) for item in name.elements or []]
    if rows:
        table(["text", "element", "value", "confidence"], rows)
    line(f"It names {CONVENTIONS[str(name.convention)]} ({name.convention}, {name.confidence:.2f}).")
    held = [*(name.anomalies or []), *(name.agreements or [])]
    if held:
        line()
        table(
            ["topic", "name says", "known", "judgement"], [(item.topic, item.said, item.known, item.judgement) for item in held]
        )
    for rule in name.broken or []:
        line(f"  {rule.rule}: {rule.message} {rule.remedy}")
