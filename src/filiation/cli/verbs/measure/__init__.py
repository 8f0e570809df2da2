"""How well a model does at a suite, run here in a bounded process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option
from filiation.cli.options_of_runs import output_option, run_options

if TYPE_CHECKING:
    from filiation.core.measurement import Measurement

ANSWER = "filiation.core.measurement:Measurement"


@click.command("measure")
@click.argument("ref", required=False)
@click.option("--suite", metavar="FILE", help="A suite, or the name of one that comes with filiation.")
@click.option("--suites", "list_them", is_flag=True, help="List the suites that come with filiation, and stop.")
@click.option("--repeat", "runs", type=click.IntRange(1, 20), default=2, show_default=True, help="Ask it all so often.")
@output_option
@run_options
@json_option
def command(
    ref: str | None, suite: str | None, runs: int, output: Path | None, *, list_them: bool, as_json: bool, **asked: object
) -> int:
    """Run a suite on a model, and record the figures with all that they depend on.

    The model runs in a process of its own, bounded in time, memory and what it writes, without network, and sees none of the
    right answers. Exit code 1: it did not finish, or not with the same answers twice.

    'filiation measure portability REF' tries loading, conversion, eight bits, time and memory instead.
    """
    from filiation.cli.console import print_json, progress
    from filiation.cli.measuring import asked_how, measured, save
    from filiation.core.errors import FiliationError

    if list_them:
        if as_json:
            raise FiliationError("--suites is a list for people: leave --json out, or name a suite.")
        _print_suites()
        return 0
    if ref is None or suite is None:
        raise FiliationError(
            "Which model and which suite? Write: filiation measure OWNER/NAME --suite FILE; --suites lists some."
        )
    with progress() as show:
        answer = measured(ref, suite, runs, asked_how(asked), show)
    if output:
        save(answer, output)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return int(answer.outcome != "finished" or answer.same is False)


def _print_suites() -> None:
    from filiation.cli.console import table
    from filiation.measure.suite import read_suite, shipped

    rows = [(name, (about := read_suite(name).about()).task, about.samples, about.title) for name in shipped()]
    table(["suite", "task", "samples", "what"], rows)


def _print(answer: Measurement) -> None:
    from filiation.cli.console import heading, line, note, table

    heading(f"{answer.ref} on {answer.suite.name} {answer.suite.version}: {answer.outcome}. {answer.reason}".strip())
    if answer.scores:
        table(
            ["metric", "value", "95 % from", "to", "samples"],
            [(one.metric, f"{one.value:.4f}", _places(one.low), _places(one.high), one.samples) for one in answer.scores],
        )
    again = {None: "asked once", True: f"the same answers in {answer.runs} runs", False: "other answers from run to run"}
    runner = f"{answer.runner.name} {answer.runner.version}".strip()
    line(f"{runner}, {answer.runner.precision or 'precision not known'}; {again[answer.same]}; seed {answer.environment.seed}")
    if answer.latency:
        line(f"{answer.latency.median_ms:,.2f} ms an answer, {answer.environment.threads} thread, {answer.environment.cpu}")
    first = answer.spent[0]
    line(f"{first.seconds:,.1f} s, {first.cpu_seconds:,.1f} s of processors, {first.peak_bytes / 1e6:,.0f} MB at most")
    for text in answer.notes:
        line(f"odd: {text}")
    for text in answer.bounds.not_held:
        note(f"not bounded here: {text}")
    for text in answer.model.withheld:
        note(f"not shown to the run: {text}")


def _places(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"
