"""What tensors a model's files hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.weights.listing import WeightsIndex

ANSWER = "filiation.weights.listing:WeightsIndex"


@click.command("index")
@click.argument("model")
@json_option
def command(model: str, *, as_json: bool) -> int:
    """List the tensors of a checkpoint.

    MODEL is a file of weights, a model's folder, or model:owner/name on the Hub. Only headers are read, and nothing is
    executed.
    """
    from filiation.cli.console import print_json
    from filiation.weights.listing import listing
    from filiation.weights.target import checkpoint_at

    with checkpoint_at(model) as checkpoint:
        answer = listing(checkpoint)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: WeightsIndex) -> None:
    from filiation.cli.console import line, note, table

    rows = [
        (item.name, " x ".join(map(str, item.shape)) or "one number", item.scheme or item.dtype, item.content, item.role)
        for item in answer.tensors
    ]
    table(["tensor", "shape", "stored as", "content", "role"], rows)
    kinds = ", ".join(f"{count:,} {dtype}" for dtype, count in answer.dtypes.items())
    line(f"{answer.parameters:,} parameters in {sum(answer.dtypes.values()):,} weights ({kinds}); {answer.format}.")
    line(f"Read {answer.bytes_read:,} of {answer.size_bytes:,} bytes.")
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")
