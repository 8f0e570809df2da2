"""Labels of one's own samples against those that a model gives."""

from __future__ import annotations

from collections import Counter

from filiation.interface.fit import Notes
from filiation.interface.shape import ModelSchema

FEW = 10
"""With fewer samples of a label than this, one mistake more or less moves its share by over ten points."""
MAX_COUNTED = 1_000


class LabelCheck:
    """Looks at one label after another.

    Args:
        schema: Of the model.
        notes: Takes what is wrong.
    """

    def __init__(self, schema: ModelSchema, notes: Notes) -> None:
        self._labels = schema.labels
        self._known = frozenset(self._labels)
        self._folded = {_folded(label): label for label in self._labels}
        self._notes = notes
        self._idle = any(port.fact("idle_labels") for port in schema.outputs)
        self.counts: Counter[str] = Counter()

    def look(self, row: int, value: object) -> None:
        """Note what is wrong with the label of a sample."""
        if value is None or value == "":
            self._notes.add("label-missing", row)
            return
        for label in _several(value):
            self._one(row, label)

    def finish(self) -> None:
        """Say what only all of them together show."""
        if self.counts and self._idle:
            self._notes.add("labels-idle", labels=", ".join(self._labels[:5]))
        unseen = [label for label in self._labels if label not in self.counts]
        if self.counts and unseen and not self._idle:
            self._notes.add("label-unseen", 0, ", ".join(unseen[:5]), len(unseen), labels=len(self._labels))
        few = [label for label, count in self.counts.items() if count < FEW]
        if few:
            self._notes.add("label-few", 0, ", ".join(few[:5]), len(few), least=FEW)

    def _one(self, row: int, label: object) -> None:
        text = str(label)
        named = (
            self._labels[int(text)] if text.isdecimal() and text not in self._known and int(text) < len(self._labels) else text
        )
        if len(self.counts) < MAX_COUNTED or named in self.counts:
            self.counts[named] += 1
        if not self._labels or named in self._known:
            return
        near = self._folded.get(_folded(text))
        if near is not None:
            self._notes.add("label-spelled", row, f"{text} / {near}")
        elif not self._idle:
            self._notes.add("label-unknown", row, text, labels=", ".join(self._labels[:8]))


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _folded(text: str) -> str:
    """Return a label without what people write differently."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
