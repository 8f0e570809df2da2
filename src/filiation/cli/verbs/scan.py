"""Whether files are hostile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, lang_option

if TYPE_CHECKING:
    from filiation.scan.answer import FileScan, Scan

ANSWER = "filiation.scan.answer:Scan"
COLUMNS = {"en": ("file", "status", "where", "why"), "ja": ("ファイル", "判定", "場所", "理由")}
STATUS = {
    "en": {"clean": "clean", "suspicious": "suspicious", "malicious": "malicious", "inconclusive": "inconclusive"},
    "ja": {"clean": "問題なし", "suspicious": "疑わしい", "malicious": "悪性", "inconclusive": "判定不能"},
}


@click.command("scan")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit with 1 where a file is inconclusive, too.")
@click.option("--all", "everything", is_flag=True, help="Show clean files and notes as well.")
@click.option("--with", "others", multiple=True, metavar="SCANNER", help="Ask another scanner too: hayward, modelaudit.")
@click.option("--seconds", type=click.FloatRange(min=1), default=900.0, show_default=True, help="Give a file up after so long.")
@lang_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to show it.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing.")
@click.option("--of", "name", metavar="OWNER/NAME", help="Show beside it what the registry's own scan of this model says.")
@atlas_option
@json_option
def command(
    path: Path,
    others: tuple[str, ...],
    seconds: float,
    lang: str,
    format_: str,
    output: Path | None,
    name: str | None,
    atlas_path: Path,
    *,
    strict: bool,
    everything: bool,
    as_json: bool,
) -> int:
    """Say of each file whether it is hostile: clean, suspicious, malicious, or inconclusive, and why.

    Every file is read, with all that is nested in it; nothing is imported, unpacked to disk, rendered or run.
    """
    from filiation.cli.console import print_json, progress
    from filiation.scan.answer import ALARMS
    from filiation.scan.folder import scan_folder
    from filiation.scan.limits import Limits
    from filiation.scan.opinions import scanner

    with progress() as show:
        answer = scan_folder(
            path, limits=Limits(seconds=seconds), lang=lang, scanners=tuple(map(scanner, others)), progress=show
        )
    if name:
        from filiation.cli.scanning import with_registry

        answer = with_registry(answer, name, atlas_path)
    format_ = "json" if as_json else format_
    if output or format_ == "sarif":
        _write(answer, format_, lang, output)
    elif format_ == "json":
        print_json(answer)
    else:
        _print(answer, lang, everything=everything)
    return int(answer.status in ALARMS or (strict and answer.status != "clean"))


def _write(answer: Scan, format_: str, lang: str, output: Path | None) -> None:
    import msgspec

    from filiation.cli.console import line, save
    from filiation.cli.scanning import lines_of, sarif_log

    document = sarif_log(answer, lang) if format_ == "sarif" else answer
    text = "\n".join(lines_of(answer)) if format_ == "text" else msgspec.json.format(msgspec.json.encode(document)).decode()
    if output is None:
        click.echo(text)
        return
    save(f"{text}\n", output)
    line(str(output))


def _print(answer: Scan, lang: str, *, everything: bool) -> None:
    from filiation.cli.console import line, note, table
    from filiation.scan.answer import ORDER

    shown = [file for file in answer.files if everything or file.status != "clean"]
    shown.sort(key=lambda file: (ORDER.index(file.status), file.path))
    if shown:
        table(COLUMNS[lang], [row for file in shown for row in _rows(file, STATUS[lang], everything=everything)])
    counts = ", ".join(f"{answer.counts[status]:,} {STATUS[lang][status]}" for status in answer.counts)
    line(f"{len(answer.files):,} files, {answer.bytes:,} bytes: {counts}.")
    opinions = [opinion for file in answer.files for opinion in file.opinions]
    for name in dict.fromkeys(opinion.scanner for opinion in opinions):
        asked = [opinion.agrees for opinion in opinions if opinion.scanner == name]
        line(f"{name} was asked about {len(asked):,} of them and agrees on {sum(asked):,}.")
    for item in answer.skipped:
        note(f"not looked at: {item.file}: {item.reason}")


def _rows(file: FileScan, words: dict[str, str], *, everything: bool) -> list[tuple[str, str, str, str]]:
    """Return what is shown of a file: a row for each reason, then one for each scanner that disagrees."""
    told = [reason for reason in file.reasons if everything or reason.level != "note"]
    rows = [(reason.place, f"{reason.message} [{reason.rule}]") for reason in told] or [("", "")]
    rows += [
        ("", f"{item.scanner}: {words[item.status]} {'; '.join(item.says)}")
        for item in file.opinions
        if everything or not item.agrees
    ]
    if file.registry:
        rows.append(("", f"registry: {file.registry}"))
    return [
        (file.path if not n else "", words[file.status] if not n else "", place, text) for n, (place, text) in enumerate(rows)
    ]
