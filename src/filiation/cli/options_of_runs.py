"""Options of verbs that run a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

output_option = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the JSON document here as well."
)
_OPTIONS = (
    click.option(
        "--files",
        "places",
        multiple=True,
        metavar="PATH",
        help="A file or folder of the model, or package:NAME/PATH; may be repeated (default: REF, or the Hub's cache).",
    ),
    click.option(
        "--runner", metavar="NAME", help="onnxruntime, sentence-transformers, transformers, timm (default: by the files)."
    ),
    click.option("--command", "own_command", metavar="COMMAND", help="Run the model with a program of your own instead."),
    click.option("--read", "reads", multiple=True, type=click.Path(exists=True), help="What else the run may read."),
    click.option("--python", metavar="PATH", help="The interpreter that has the runner's libraries (default: this one)."),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the runner; may be repeated."),
    click.option("--seconds", type=float, help="End each run after so long.  [default: 300]"),
    click.option("--memory", type=click.IntRange(1), metavar="MB", help="End it when it holds more.  [default: 4096]"),
    click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Of what is drawn."),
    click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="How many a run may use."),
    click.option("--allow-pickle", is_flag=True, help="Show the run files that are programs when they are loaded."),
    click.option("--despite-scan", is_flag=True, help="Run it though the scan of its files raises an alarm."),
)


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
