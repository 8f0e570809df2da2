"""Inputs and outputs of a pipeline of diffusers: what its parts tell of text, and of the size of what it makes.

Source:
    diffusers 0.35: model_index.json; pipelines/stable_diffusion/pipeline_stable_diffusion.py for the size, which is
    ``sample_size`` of the denoiser times two to the number of times that the decoder doubles.
"""

from __future__ import annotations

from typing import Any

from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Untold
from filiation.interface.telling import Told, facts, ports_of, tasks, text, whole, with_facts
from filiation.interface.tokenizer import limits, text_facts, tokenizer

INDEX = "model_index.json"
_DENOISERS = ("unet", "transformer", "prior")


def read(files: ModelFolder) -> Told | None:
    """Return what the files tell; None where there is no index of a pipeline."""
    index = files.json(INDEX)
    kind = text(index.get("_class_name"))
    if not kind:
        return None
    task = _task(kind)
    parts = {name for name, value in index.items() if isinstance(value, list) and value and value[0] is not None}
    written = _text(files, parts)
    made = _size(files, parts)
    inputs = with_facts(ports_of(task, "in"), {"text": written})
    outputs = with_facts(ports_of(task, "out"), {"image": made, "video": made})
    missing = [
        ("max_tokens", "tokenizer" in parts and not written, "tokenizer/tokenizer_config.json"),
        ("height_px", not made, "unet/config.json /sample_size"),
    ]
    untold = tuple(Untold(name, why) for name, is_missing, why in missing if is_missing)
    return Told("diffusers", task, f"{INDEX} /_class_name", inputs, outputs, untold)


def _task(kind: str) -> str | None:
    return next((task for part, task in tasks()["pipelines"].items() if part in kind), None)


def _text(files: ModelFolder, parts: set[str]) -> tuple[Fact, ...]:
    """Return what the tokenizers take: the shortest decides, because each reads the whole prompt."""
    found = []
    for name in sorted(part for part in parts if part.startswith("tokenizer")):
        below, encoder = f"{name}/", f"text_encoder{name.removeprefix('tokenizer')}/"
        read_by = tokenizer(files, below)
        config = files.json(f"{encoder}config.json")
        # Its own positions count, also where the type is one whose positions stand for something else in a whole model.
        plain = {key: value for key, value in config.items() if key != "model_type"}
        if most := limits(files, read_by, plain, below):
            found.append((most, text_facts(read_by, files, below)))
    return min(((facts(most) + more) for most, more in found), key=lambda told: told[0].value, default=())


def _size(files: ModelFolder, parts: set[str]) -> tuple[Fact, ...]:
    name = next((name for name in _DENOISERS if name in parts), None)
    if name is None:
        return ()
    size: Any = files.json(f"{name}/config.json").get("sample_size")
    height, width = size if isinstance(size, list) and len(size) == 2 else (size, size)
    blocks = files.json("vae/config.json").get("block_out_channels")
    times = 1 << min(len(blocks) - 1, 8) if isinstance(blocks, list) and blocks else 1 if "vae" not in parts else 0
    place = (
        f"{name}/config.json /sample_size, vae/config.json /block_out_channels"
        if times > 1
        else f"{name}/config.json /sample_size"
    )
    sides: dict[str, int | None] = {"height_px": whole(height, 1 << 14), "width_px": whole(width, 1 << 14)}
    return facts(*(Fact(side, pixels * times, place) if pixels and times else None for side, pixels in sides.items()))
