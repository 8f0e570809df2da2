"""The schema of a model, from whatever files it has; nothing of it is executed."""

from __future__ import annotations

from pathlib import Path

from filiation.core.errors import SourceError
from filiation.interface import (
    read_diffusers,
    read_gguf,
    read_onnx,
    read_sentence_transformers,
    read_timm,
    read_transformers,
)
from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import ModelSchema

READERS = (
    read_diffusers.read, read_sentence_transformers.read, read_timm.read, read_transformers.read, read_gguf.read,
)  # fmt: skip
"""In this order: a pipeline holds models, and what sentence-transformers writes holds a model of transformers."""


def schema_of(path: Path) -> ModelSchema:
    """Return what the model in the folder, or file, at `path` takes in and gives out.

    Raises:
        SourceError: If there is nothing, or none of its files tells anything of that.
    """
    files = ModelFolder(path)
    told = next((found for reader in READERS if (found := reader(files)) is not None), None)
    graph = read_onnx.graph(files)
    if told is None and graph is not None:
        told = read_onnx.told(graph)
    if told is None:
        reason = f"; {files.skipped[0].file}: {files.skipped[0].reason}" if files.skipped else ""
        raise SourceError(
            f"Nothing in {path} tells what the model takes in: expected config.json, model_index.json, modules.json,"
            f" or a .gguf or .onnx file{reason}."
        )
    return ModelSchema(
        model=files.title, library=told.library, task=told.task, task_from=told.task_from, inputs=told.inputs,
        outputs=told.outputs, tensors=read_onnx.tensors(graph) if graph else {}, untold=told.untold, files=tuple(files.read),
        skipped=tuple(files.skipped),
    )  # fmt: skip
