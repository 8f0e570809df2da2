"""What a model can be carried to on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option
from filiation.cli.options_of_runs import output_option, run_options

if TYPE_CHECKING:
    from filiation.measure.portability import Form, Portability

ANSWER = "filiation.measure.portability:Portability"


@click.command("portability")
@click.argument("ref")
@click.option("--suite", metavar="FILE", default="python-docs", show_default=True, help="What is asked of each form.")
@output_option
@run_options
@json_option
def command(ref: str, suite: str, output: Path | None, *, as_json: bool, **asked: object) -> int:
    """Carry a model to fewer bits and to other formats, and ask each form the same.

    A model of transformers or sentence-transformers is tried in bfloat16 and as ONNX, an ONNX model as ONNX Runtime optimises
    it and in eight bits. Of each: whether it works, size, time, memory, and how alike its answers are. Exit code 1: it does not
    even work as it is.
    """
    from filiation.cli.console import print_json, progress
    from filiation.cli.measuring import asked_how, carried, save

    with progress() as show:
        answer = carried(ref, suite, asked_how(asked), show)
    if output:
        save(answer, output)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return int(answer.forms[0].outcome != "finished")


def _print(answer: Portability) -> None:
    from filiation.cli.console import heading, line, note, table

    heading(f"{answer.ref}: {sum(form.outcome == 'finished' for form in answer.forms)} of {len(answer.forms)} forms work here")
    metric = next((name for form in answer.forms for name in form.scores), "score")
    columns = ["form", "made in s", "MB", "weights", "ms an answer", "peak MB", "agrees", metric]
    table(columns, [_row(form, metric) for form in answer.forms])
    for form in answer.forms:
        if form.outcome != "finished":
            line(f"{form.form}: {form.outcome}. {form.reason}")
    line(
        f"{answer.suite.samples} samples of {answer.suite.name}; {answer.environment.threads} thread, {answer.environment.cpu}"
    )
    for text in answer.bounds.not_held:
        note(f"not bounded here: {text}")


def _row(form: Form, metric: str) -> tuple[object, ...]:
    score = form.scores.get(metric)
    return (
        form.form,
        None if form.make_seconds is None else f"{form.make_seconds:.1f}",
        None if form.bytes is None else f"{form.bytes / 1e6:.2f}",
        form.precision,
        None if form.latency is None else f"{form.latency.median_ms:.2f}",
        None if form.peak_bytes is None else f"{form.peak_bytes / 1e6:.0f}",
        None if form.agreement is None else f"{form.agreement:.4f}",
        None if score is None else f"{score:.4f}",
    )
