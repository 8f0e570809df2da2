"""Whether one's own samples go into a model."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

ANSWER = "filiation.interface.fit:DataCheck"


@click.command("check-data")
@click.argument("samples", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "model",
    type=click.Path(path_type=Path),
    help="The model's folder or file (default: that of pilot.toml here).",
)
@click.option("--column", "said", multiple=True, metavar="INPUT=COLUMN", help="Which column holds an input or the label.")
@click.option("--rows", type=click.IntRange(1), default=10_000, show_default=True, help="Look at so many samples at most.")
@click.option(
    "--exact", is_flag=True, help="Count tokens one by one where bounds do not settle it (takes the package tokenizers)."
)
@click.option(
    "--fail-on", type=click.Choice(["high", "medium", "low", "never"]), default="medium", show_default=True,
    help="Exit with 1 where something as bad stands against the samples.",
)  # fmt: skip
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), help="Write them as questions of a suite (JSON Lines)."
)
@click.option(
    "--answer",
    "answer_column",
    metavar="COLUMN",
    help="With --into: the right answer; for embeddings the text that is to be found.",
)
@click.option("--keep", metavar="REF", help="Keep in the ledger that this model was held against them, and how they fit.")
@lang_option
@atlas_option
@ledger_option
@json_option
def command(
    samples: Path, model: Path | None, said: tuple[str, ...], rows: int, fail_on: str, into: Path | None,
    answer_column: str | None, keep: str | None, lang: str, atlas_path: Path, ledger: str | None, *,
    exact: bool, as_json: bool,
) -> int:  # fmt: skip
    """Hold your own SAMPLES against what a model takes: a CSV, TSV, JSON Lines or Parquet file, or a folder of files.

    Each thing that stands against them is told with the rows and what to do. Images and sounds are judged by their headers.
    """
    from filiation.cli.console import note, print_json
    from filiation.cli.piloting import columns_said, is_as_bad, keep_data, language, model_folder, print_check
    from filiation.interface.check import check_data
    from filiation.interface.model_folder import ModelFolder
    from filiation.interface.questions import write_questions
    from filiation.interface.read import schema_of
    from filiation.interface.samples import read_samples
    from filiation.interface.token_counts import counting_with
    from filiation.interface.tokenizer import tokenizer_of, tokenizer_path

    folder = model or model_folder(Path.cwd())
    schema, files = schema_of(folder), ModelFolder(folder)
    counts = counting_with(tokenizer_path(files, schema)) if exact else None
    found = tokenizer_of(files, schema)
    held = read_samples(samples, rows)
    answer = check_data(schema, found, held, columns_said(said), language(lang), counts)
    if into:
        note(f"{into}: {write_questions(schema, held, answer, into, answer_column):,} questions, for data = ... in suite.toml.")
    if keep:
        keep_data(keep, answer, atlas_path, ledger)
    if as_json:
        print_json(answer)
    else:
        print_check(answer)
    return int(is_as_bad(answer, fail_on))
