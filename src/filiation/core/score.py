"""A score: how well a model does at something, as somebody claims or measured it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from filiation.core.claim import Basis, Locator


class Protocol(msgspec.Struct, frozen=True):
    """How a score was taken; None where it is not said, which is never the same as the usual.

    Attributes:
        config: Part of the dataset, such as ``en`` or ``high_school_physics``.
        split: Of the dataset, such as ``test``.
        dataset_revision: Of the dataset.
        shots: Examples in the prompt.
        prompt: Template of the prompt, by its name, its text or its digest.
        precision: Of the weights, such as ``bfloat16`` or ``int8``.
        harness: What took it, such as ``lm-evaluation-harness``.
        harness_version: Its version or commit.
        variant: What else the metric needs to be the same: a filter, an average, a normalisation.
    """

    config: str | None = None
    split: str | None = None
    dataset_revision: str | None = None
    shots: int | None = None
    prompt: str | None = None
    precision: str | None = None
    harness: str | None = None
    harness_version: str | None = None
    variant: str | None = None


class Score(msgspec.Struct, frozen=True):
    """One figure of one model.

    Attributes:
        ref: The model, such as ``model:o/a``; with ``@revision`` where that is known.
        metric: Canonical id (`knowledge/metrics.toml`); as written where we know no such metric.
        dataset: Canonical id (`knowledge/benchmarks.toml`); as written where we know none, None where none is said.
        value: In the unit of the metric: a ratio is in [0, 1], whatever the source writes; see the metric's `scale`.
        basis: Declared or stated by the publisher, or measured by whoever wrote the file.
        source: Where it was read.
        protocol: How it was taken.
        metric_written: As the source writes it.
        dataset_written: As the source writes it.
        value_written: As the source writes it.
        samples: How many were asked; None where that is not said.
        stderr: Standard error in the unit of `value`; None where it is not said.
        at: When it was taken, naive UTC; None where it is not said.
        by: Who took it, as the source says.
        confidence: How sure we are that the source says this, in [0, 1].
        also: Where else the same is said of the model, in the order of the sources.
    """

    ref: str
    metric: str
    dataset: str | None
    value: float
    basis: Basis
    source: Locator
    protocol: Protocol = Protocol()
    metric_written: str = ""
    dataset_written: str = ""
    value_written: str = ""
    samples: int | None = None
    stderr: float | None = None
    at: datetime | None = None
    by: str = ""
    confidence: float = 1.0
    also: tuple[Locator, ...] = ()
