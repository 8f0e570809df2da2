"""What a model takes in and gives out."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import json_option, lang_option

ANSWER = "filiation.interface.shape:ModelSchema"


@click.command("schema")
@click.argument("model_folder", type=click.Path(path_type=Path))
@lang_option
@json_option
def command(model_folder: Path, lang: str, *, as_json: bool) -> None:
    """Read what a model takes in and gives out from the files in MODEL_FOLDER, or from one .gguf or .onnx file.

    Configuration, tokenizer, preprocessor, labels and graphs are read; nothing is loaded or run. Where two files say different
    things, both are shown.
    """
    from filiation.cli.console import print_json
    from filiation.cli.piloting import language, print_schema
    from filiation.interface.read import schema_of

    answer = schema_of(model_folder)
    if as_json:
        print_json(answer)
    else:
        print_schema(answer, language(lang))
