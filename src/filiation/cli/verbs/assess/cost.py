"""What building on a model may cost a year, against what looking after it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, lang_option

if TYPE_CHECKING:
    from filiation.assess.cost import CostAssessment, Range

ANSWER = "filiation.assess.cost:CostAssessment"
SHOWN = 12
BAR_CHARS = 24


@click.command("cost")
@click.argument("ref", required=False)
@click.option("--inputs", type=click.Path(path_type=Path), help="A file of your own values; start from --template.")
@click.option("--template", "wants_template", is_flag=True, help="Print a file of all values with their sources, and stop.")
@click.option("--svg", type=click.Path(path_type=Path), help="Also write the tornado plot to this file.")
@click.option("--draws", type=int, default=10_000, show_default=True, help="How many draws.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the draws.")
@lang_option
@atlas_option
@json_option
def command(
    ref: str | None,
    inputs: Path | None,
    wants_template: bool,
    svg: Path | None,
    draws: int,
    seed: int,
    lang: str,
    atlas_path: Path,
    *,
    as_json: bool,
) -> None:
    """Expected yearly loss of building on a model, without and with upkeep, from values that you own."""
    from filiation.assess.cost_model import template
    from filiation.cli.console import print_json
    from filiation.cli.costing import assessed, save_tornado
    from filiation.core.errors import FiliationError

    language = "ja" if lang == "ja" else "en"
    if wants_template:
        click.echo(template(language), nl=False)
        return
    if ref is None:
        raise FiliationError("Which model? Give its name, or --template for a file of values.")
    answer = assessed(atlas_path, ref, inputs, language, draws, seed)
    if svg:
        save_tornado(answer, svg)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _print(answer: CostAssessment) -> None:
    from filiation.assess.cost_model import defaults
    from filiation.cli.console import heading, line, table

    words = defaults().words(answer.lang)
    heading(answer.sentence)
    line(words["one_each"])
    line()
    ranges = {"without": answer.without, "with": answer.with_upkeep, "cost": answer.cost, "benefit": answer.benefit}
    table(
        [answer.currency, words["mean"], words["range"]],
        [(words[name], round(item.mean), _spread(item)) for name, item in ranges.items()],
    )
    line(f"{words['bad_year']}: {answer.bad_year[0]:,.0f}, {answer.bad_year[1]:,.0f}")
    line()
    table(
        [words[name] for name in ("risk", "likelihood", "loss", "left", "because")],
        [
            (
                risk.title,
                f"{risk.chance.mean:.2%}",
                round(risk.loss.mean),
                round(risk.left.mean),
                _because(risk.times, risk.because),
            )
            for risk in answer.risks
        ],
    )
    line()
    heading(words["moves"])
    _print_tornado(answer)
    line()
    line(words["assumed"].format(count=answer.assumed, all=len(answer.tornado)))


def _because(times: float, because: list[str]) -> str:
    return f"x{times:.2f}" + (f" {', '.join(because)}" if because else "")


def _spread(item: Range) -> str:
    return f"{item.low:,.0f} - {item.high:,.0f}"


def _print_tornado(answer: CostAssessment) -> None:
    """Print the widest swings as bars, all on the scale of the widest."""
    from filiation.assess.cost_model import defaults
    from filiation.cli.console import table

    words = defaults().words(answer.lang)
    widest = answer.tornado[0].width or 1
    table(
        [words["value"], "low", "high", "", words["benefit"]],
        [
            (
                swing.title,
                f"{swing.low:,g}",
                f"{swing.high:,g}",
                "#" * max(round(BAR_CHARS * swing.width / widest), 1),
                f"{swing.at_low:,.0f} .. {swing.at_high:,.0f}",
            )
            for swing in answer.tornado[:SHOWN]
            if swing.width
        ],
    )
