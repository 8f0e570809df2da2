"""Inputs and outputs of a model of transformers, from config.json, the tokenizer, the preprocessor and the card's field."""

from __future__ import annotations

from typing import Any

from filiation.interface.labels import labels
from filiation.interface.model_folder import ModelFolder
from filiation.interface.preprocessor import preprocessing
from filiation.interface.shape import Fact, Modality, Port, Untold
from filiation.interface.telling import Told, facts, inside, ports_of, tasks, text, weighed, whole, with_facts
from filiation.interface.tokenizer import limits, text_facts, tokenizer

CONFIG, GENERATION = "config.json", "generation_config.json"


def read(files: ModelFolder) -> Told | None:
    """Return what the files tell; None where there is no configuration of transformers."""
    config = files.json(CONFIG)
    if "model_type" not in config and "architectures" not in config:
        return None
    task, task_from = task_of(config, files.card())
    inputs, outputs = (ports_of(task, side) for side in ("in", "out"))
    known = told_facts(files, config)
    given = labels(config) if task and _has_labels(outputs) else ()
    out: dict[Modality, Any] = {"label": given, "embedding": _width(config), "text": _generated(files, config, task)}
    return Told(
        "transformers", task, task_from, with_facts(inputs, known), with_facts(outputs, out),
        _untold(inputs, outputs, known, given, task),
    )  # fmt: skip


def told_facts(files: ModelFolder, config: dict[str, Any], below: str = "") -> dict[Modality, tuple[Fact, ...]]:
    """Return what is told of text, images and sound that go in."""
    found = tokenizer(files, below)
    reads = inside(config.get("text_config")) or config
    most = limits(files, found, reads, below) if found or "vocab_size" in reads else None
    return {**preprocessing(files, config, below), "text": facts(most) + text_facts(found, files, below)}


def task_of(config: dict[str, Any], card: dict[str, Any]) -> tuple[str | None, str]:
    """Return the task and the field that tells it: what the publisher wrote, else what follows from the head of the model."""
    known = tasks()
    written = text(card.get("pipeline_tag"))
    if written in known["ports"]:
        return written, "README.md /pipeline_tag"
    kind = config.get("model_type")
    if isinstance(kind, str) and kind in known["types"] and _head(config) not in known["heads"]:
        return known["types"][kind], "config.json /model_type"
    listed = config.get("architectures")
    name = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], str) else ""
    ending = max((head for head in known["heads"] if name.endswith(head)), key=len, default=None)
    if isinstance(kind, str) and kind in known["types"] and ending in {None, "ForConditionalGeneration"}:
        return known["types"][kind], "config.json /model_type"
    if ending is None:
        is_bare = name.endswith("Model") and _reads_text(config)
        return ("feature-extraction", "config.json /architectures/0") if is_bare else (None, "")
    for key, task in known["either"].get(ending, {}).items():
        if key in config:
            return task, f"config.json /{key}"
    return known["heads"][ending], "config.json /architectures/0"


def _head(config: dict[str, Any]) -> str:
    listed = config.get("architectures")
    return str(listed[0]) if isinstance(listed, list) and listed else ""


def _reads_text(config: dict[str, Any]) -> bool:
    return "vocab_size" in config


def _has_labels(outputs: tuple[Port, ...]) -> bool:
    return any(port.modality == "label" for port in outputs)


def _width(config: dict[str, Any]) -> tuple[Fact, ...]:
    for key in ("projection_dim", "hidden_size", "d_model", "n_embd", "dim"):
        if size := whole(config.get(key), 1 << 20):
            return (Fact("dimension", size, f"{CONFIG} /{key}"),)
    return ()


def _generated(files: ModelFolder, config: dict[str, Any], task: str | None) -> tuple[Fact, ...]:
    """Return how much is written at most where nobody asks for more; None for a task that writes nothing."""
    if task is None or not any(
        word in task for word in ("generation", "to-text", "summarization", "translation", "speech-rec")
    ):
        return ()
    from filiation.interface.shape import Said  # noqa: PLC0415  # only where it writes

    said = []
    for told, name in ((files.json(GENERATION), GENERATION), (config, CONFIG)):
        for key in ("max_new_tokens", "max_length"):
            most = whole(told.get(key), 1 << 30)
            said += [Said(most, f"{name} /{key}")] if most else []
    return facts(weighed("writes_tokens", said))


def _untold(
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    known: dict[Modality, tuple[Fact, ...]],
    given: tuple[Fact, ...],
    task: str | None,
) -> tuple[Untold, ...]:
    """Return what a user would need and the files do not tell."""
    names = {fact.name for found in known.values() for fact in found}
    reads = {port.modality for port in inputs}
    wanted = [
        ("task", task is None, "config.json /architectures, README.md /pipeline_tag"),
        ("max_tokens", "text" in reads and "max_tokens" not in names, "tokenizer_config.json /model_max_length"),
        ("tokenizer", "text" in reads and "tokenizer" not in names, "tokenizer.json"),
        (
            "height_px",
            "image" in reads and not names & {"height_px", "shortest_edge_px"},
            "preprocessor_config.json /size",
        ),
        ("sampling_rate_hz", "audio" in reads and "sampling_rate_hz" not in names, "preprocessor_config.json /sampling_rate"),
        ("labels", _has_labels(outputs) and not given, "config.json /id2label"),
    ]
    return tuple(Untold(name, why) for name, is_missing, why in wanted if is_missing)
