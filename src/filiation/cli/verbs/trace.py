"""Where a model comes from, or what comes from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, moment, ref_argument

if TYPE_CHECKING:
    from filiation.lineage.questions import Trace

ANSWER = "filiation.lineage.questions:Trace"
SHOWN = 200


@click.command("trace")
@ref_argument
@click.option("--down", is_flag=True, help="Descendants instead of ancestors.")
@click.option("--depth", type=click.IntRange(min=1), help="At most so many steps away.")
@click.option("--as-of", metavar="DATE", help="As the atlas would have known it on that day; built once, then kept.")
@atlas_option
@json_option
def command(ref: str, *, down: bool, depth: int | None, as_of: str | None, atlas_path: Path, as_json: bool) -> None:
    """Where a model comes from: ancestors with relation, basis and confidence.

    REF may be application:NAME, one that was charted with --uses: what it uses, and where that comes from.
    """
    from filiation.api.tracing import application_trace, is_application, node_trace
    from filiation.cli.console import print_json
    from filiation.cli.lookup import find_node
    from filiation.lineage.arrays import Lineage

    token = _token(atlas_path, as_of)
    lineage = Lineage.load(atlas_path, token)
    if is_application(ref):
        answer = application_trace(atlas_path, token, lineage, ref, depth, as_of)
    else:
        node = find_node(lineage, ref, atlas_path, as_of)
        answer = node_trace(atlas_path, token, lineage, node, down=down, depth=depth, as_of=as_of)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _token(atlas_path: Path, as_of: str | None) -> str | None:
    """Return the token of the lineage of a day; None for the one that stands."""
    if as_of is None:
        return None
    from filiation.pipeline import token_as_of
    from filiation.store.atlas import Atlas

    with Atlas.open(atlas_path, "write") as atlas:
        return token_as_of(atlas, moment(as_of))


def _print(answer: Trace) -> None:
    """Print a tree that starts at the node; a node met again is named, its own branch shown only once."""
    from filiation.cli.console import heading, line

    near, far = ("child", "parent") if answer.direction == "up" else ("parent", "child")
    word = "ancestor" if answer.direction == "up" else "descendant"
    heading(f"{answer.ref}: {answer.total:,} {word}{'' if answer.total == 1 else 's'}")
    branches: dict[str, list[tuple[str, str]]] = {}
    for edge in answer.edges:
        how = f"{edge.relation}, {edge.relation_basis} {edge.relation_confidence:.2f}"
        link = f"link {edge.basis} {edge.confidence:.2f}"
        branches.setdefault(getattr(edge, near), []).append((getattr(edge, far), f"{how}; {link}"))
    states = {node.ref: node.state for node in answer.nodes if node.state}
    shown, seen = 0, {answer.ref}
    stack = [(target, how, 1) for target, how in reversed(branches.get(answer.ref, []))]
    while stack and shown < SHOWN:
        ref, how, level = stack.pop()
        state = f" [{states[ref]}]" if ref in states else ""
        again = " (above)" if ref in seen and branches.get(ref) else ""
        line(f"{'  ' * level}{ref}{state}  {how}{again}")
        shown += 1
        if ref not in seen:
            seen.add(ref)
            stack += [(target, step, level + 1) for target, step in reversed(branches.get(ref, []))]
    if stack:
        line("  ... and more: narrow it with --depth, or read all of it with --json.")
