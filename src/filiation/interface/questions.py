"""One's own samples as the questions of a suite, so that `measure` asks a model what people will ask it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.interface.fit import DataCheck
from filiation.interface.samples import Samples
from filiation.interface.shape import ModelSchema

MAX_QUESTIONS = 5_000
"""So many a suite takes."""


def write_questions(schema: ModelSchema, samples: Samples, found: DataCheck, path: Path, right: str | None = None) -> int:
    """Write the samples that have an input and a right answer to a new file of JSON Lines; return how many.

    Args:
        schema: Of the model: its first text is the question, its label or its text the answer.
        samples: All of them.
        found: Says which column is which.
        path: Must not be there.
        right: Column of the right answer; for embeddings the text that is to be found. None for the model's own output.

    Raises:
        FiliationError: If the file is there, or the samples have no text or no answer.
    """
    if path.exists():
        raise FiliationError(f"{path} is there already: name another file.")
    asked = next((port for port in schema.inputs if port.modality == "text" and port.name in found.columns), None)
    answers = [port for port in schema.outputs if port.modality == "embedding" or port.name in found.columns]
    answer = right or (found.columns.get(answers[0].name) if answers else None)
    if asked is None or not answers or answer not in samples.columns:
        raise FiliationError("A question takes a text and its right answer: say --answer COLUMN where samples hold it.")
    key = {"label": "label", "embedding": "other"}.get(answers[0].modality, "answer")
    question = found.columns[asked.name]
    rows = [made for row in samples.rows if (made := _question(row, question, answer, key, schema))]
    with path.open("xb") as file:
        file.writelines(msgspec.json.encode(row) + b"\n" for row in rows[:MAX_QUESTIONS])
    return min(len(rows), MAX_QUESTIONS)


def _question(row: dict[str, Any], question: str, answer: str, key: str, schema: ModelSchema) -> dict[str, str] | None:
    """Return a row as a question; None where it has no text or no answer."""
    text, right = row.get(question), row.get(answer)
    if not isinstance(text, str) or not text.strip() or right in (None, "") or not isinstance(right, (str, int)):
        return None
    said = str(right)
    is_number = key == "label" and said.isdecimal() and said not in schema.labels and int(said) < len(schema.labels)
    return {"text": text, key: schema.labels[int(said)] if is_number else said}
