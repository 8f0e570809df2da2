"""Tell a model's record from a dataset's."""

from __future__ import annotations

import re
from pathlib import Path

from filiation.core.errors import SourceError
from filiation.core.ref import Kind

_MODEL = re.compile(rb'"(?:modelId|pipeline_tag|library_name|transformersInfo|safetensors)"\s*:')
_DATASET = re.compile(rb'"(?:citation|paperswithcode_id)"\s*:|"(?:task_categories|size_categories|task_ids):')


def kind_of(path: Path, sample: bytes) -> Kind:
    """Return what the records in `sample`, some JSON from the file at `path`, describe.

    The keys decide, then the file's name.

    Raises:
        SourceError: If neither tells.
    """
    models, datasets = len(_MODEL.findall(sample)), len(_DATASET.findall(sample))
    if models != datasets:
        return Kind.MODEL if models > datasets else Kind.DATASET
    for kind in (Kind.DATASET, Kind.MODEL):
        if kind in path.name.lower():
            return kind
    raise SourceError(f"{path} does not show whether it lists models or datasets: say --kind model or --kind dataset.")
