"""A statement about a model, with its source."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Basis(StrEnum):
    """How we come to say it, from the publisher's own field to our own measurement."""

    DECLARED = "declared"
    STATED = "stated"
    INFERRED = "inferred"
    MEASURED = "measured"


class Predicate(StrEnum):
    """What is being said."""

    BASE_MODEL = "base_model"
    DATASET = "dataset"
    SOURCE_DATASET = "source_dataset"
    EVALUATED_ON = "evaluated_on"
    NEW_VERSION = "new_version"
    LICENSE = "license"
    LICENSE_NAME = "license_name"
    LICENSE_LINK = "license_link"
    LANGUAGE = "language"
    ARXIV = "arxiv"
    LIBRARY = "library"
    PIPELINE_TAG = "pipeline_tag"
    ARCHITECTURE = "architecture"
    MODEL_TYPE = "model_type"
    SAME_STRUCTURE = "same_structure"
    PARAMETERS = "parameters"
    LAYERS = "layers"
    HIDDEN_SIZE = "hidden_size"
    WEIGHTS_SHA256 = "weights_sha256"
    METRIC = "metric"
    MERGE_METHOD = "merge_method"
    HARDWARE = "hardware"
    HYPERPARAMETER = "hyperparameter"
    FRAMEWORK = "framework"
    METRIC_PROTOCOL = "metric_protocol"
    INTENDED_USE = "intended_use"
    LIMITATION = "limitation"
    CARBON = "carbon"
    CONTACT = "contact"
    DEMO_CODE = "demo_code"
    REPOSITORY = "repository"
    USES = "uses"
    SIGNATURE = "signature"
    SIGNER = "signer"
    SIGNED_NAME = "signed_name"
    SIGNATURE_FOREIGN = "signature_foreign"
    SIGNED_FILE_CHANGED = "signed_file_changed"
    SIGNED_FILE_MISSING = "signed_file_missing"
    UNSIGNED_FILE = "unsigned_file"
    COMMIT_SIGNATURE = "commit_signature"


class Locator(msgspec.Struct, frozen=True):
    """Where a statement was read: a file or field of the record, and the place in it."""

    source: str
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.source}#{self.pointer}" if self.pointer else self.source


class Claim(msgspec.Struct, frozen=True):
    """One statement read from one record; `relation` and `weight` only where it names a parent.

    `confidence` is in [0, 1]: how sure we are that the source says this, not that it is true.
    `weight` is a mixing weight as written in a merge configuration.
    """

    predicate: Predicate
    value: str
    basis: Basis
    confidence: float
    locator: Locator
    relation: str | None = None
    weight: float | None = None
