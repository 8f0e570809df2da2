"""One's own samples against the schema of a model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from filiation.core.language import Language
from filiation.interface.check_labels import LabelCheck
from filiation.interface.check_media import FileCheck, NumberCheck
from filiation.interface.check_text import Counting, TextCheck
from filiation.interface.columns import columns_of
from filiation.interface.fit import DataCheck, Notes, verdict
from filiation.interface.samples import Samples
from filiation.interface.shape import ModelSchema, Port
from filiation.interface.tokenizer import Tokenizer

NORMAL_95 = 1.959963984540054
"""Of the normal distribution: 95 % lie within so many standard deviations."""
MAX_LABELS, MAX_SKIPPED = 100, 100
"""So many of each are told."""
ENOUGH = 0.05
"""Differences below five points are worth telling apart before something is rolled out; with fewer samples it is said."""


def check_data(
    schema: ModelSchema,
    found: Tokenizer | None,
    samples: Samples,
    said: Mapping[str, str] | None = None,
    lang: Language = "en",
    counting: Counting | None = None,
) -> DataCheck:
    """Return how `samples` go into the model that `schema` describes.

    Args:
        schema: Of the model.
        found: Its tokenizer, None where it has none that we can read.
        samples: Read by `read_samples`.
        said: Which column holds which input or output, where the person says so.
        lang: Of the sentences.
        counting: Counts tokens exactly where the bounds do not settle it.

    Raises:
        FiliationError: If `said` names what there is not.
    """
    notes = Notes()
    columns = columns_of(schema, samples.columns, said or {})
    _note_missing(schema, samples, columns, notes)
    looks = {port.name: _look_for(port, found, samples, notes, counting) for port in schema.inputs if port.name in columns}
    labels = LabelCheck(schema, notes)
    given = next((columns[port.name] for port in schema.outputs if port.modality == "label" and port.name in columns), None)
    _go_through(samples, {columns[name]: look for name, look in looks.items()}, labels, given, notes)
    texts = [look for look in looks.values() if isinstance(look, TextCheck)]
    for look in texts:
        look.finish()
    labels.finish()
    count = len(samples.rows)
    least = least_difference(count)
    _note_of_all(samples, least, notes)
    problems = notes.problems(count, lang)
    tokens = sum((look.tokens for look in texts), start=Counter[str]())
    return DataCheck(
        schema.model, samples.path.name, verdict(problems, count), count, columns, problems, dict(tokens),
        dict(labels.counts.most_common(MAX_LABELS)), least, tuple(samples.skipped[:MAX_SKIPPED]), lang,
    )  # fmt: skip


def least_difference(count: int) -> float | None:
    """Return the half width of the Wilson interval of a share of one half among `count` samples; None for none.

    Source:
        Wilson 1927; at one half it is widest, so that no share is less certain than this.
    """
    if count <= 0:
        return None
    square = NORMAL_95**2
    return NORMAL_95 * math.sqrt(0.25 / count + square / (4 * count**2)) / (1 + square / count)


def _note_missing(schema: ModelSchema, samples: Samples, columns: Mapping[str, str], notes: Notes) -> None:
    """Note the inputs that the model does not do without, and no column holds."""
    have = ", ".join(samples.columns[:12]) or "-"
    for port in schema.inputs:
        if port.required and port.name not in columns:
            notes.add("input-missing", 0, port.name, max(len(samples.rows), 1), name=port.name, columns=have)


def _note_of_all(samples: Samples, least: float | None, notes: Notes) -> None:
    """Note what is to be said of the samples together: that they are few, that some could not be read."""
    if least is not None and least > ENOUGH:
        notes.add("few-samples", 0, None, len(samples.rows), points=f"{100 * least:.0f}")
    if samples.skipped:
        notes.add("rows-skipped", 0, f"{samples.skipped[0].file}: {samples.skipped[0].reason}", len(samples.skipped))


def _look_for(
    port: Port, found: Tokenizer | None, samples: Samples, notes: Notes, counting: Counting | None
) -> TextCheck | FileCheck | NumberCheck:
    if port.modality in ("image", "audio", "video"):
        return FileCheck(port, samples.folder, notes)
    return NumberCheck(port, notes) if port.modality == "tensor" else TextCheck(port, found, notes, counting)


def _go_through(
    samples: Samples,
    looks: Mapping[str, TextCheck | FileCheck | NumberCheck],
    labels: LabelCheck,
    given: str | None,
    notes: Notes,
) -> None:
    """Look at every row once; the same inputs a second time are noted, too."""
    seen: dict[int, int] = {}
    for number, row in enumerate(samples.rows, 1):
        values = [look.look(number, row.get(column)) for column, look in looks.items()]
        if given is not None:
            labels.look(number, row.get(given))
        if values and all(value is not None for value in values):
            key = hash(tuple(values))
            if key in seen:
                notes.add("sample-repeated", number, f"{seen[key]} = {number}")
            seen.setdefault(key, number)
