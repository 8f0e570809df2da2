"""Inputs and outputs of a model of timm: `pretrained_cfg` in its config.json tells all of it.

Source:
    timm 1.0, timm/models/_hub.py and timm/data/config.py.
"""

from __future__ import annotations

from typing import Any

from filiation.interface.labels import MAX_CHARS, MAX_LABELS
from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Port, Untold
from filiation.interface.telling import Told, decimals, facts, inside, text, weighed, whole

CONFIG = "config.json"


def read(files: ModelFolder) -> Told | None:
    """Return what the file tells; None where it is not timm's."""
    config = files.json(CONFIG)
    settings = inside(config.get("pretrained_cfg"))
    if not settings or not text(config.get("architecture")):
        return None
    place = f"{CONFIG} /pretrained_cfg"
    classes = whole(config.get("num_classes"), MAX_LABELS) or whole(settings.get("num_classes"), MAX_LABELS)
    names = _labels(config, settings)
    image = Port("image", "image", facts=_image(settings, place))
    width = whole(config.get("num_features"), 1 << 20)
    if not classes:
        out = Port(
            "embedding", "embedding", facts=facts(Fact("dimension", width, f"{CONFIG} /num_features") if width else None)
        )
        return Told("timm", "image-feature-extraction", f"{CONFIG} /num_classes", (image,), (out,))
    out = Port("label", "label", facts=facts(names, Fact("classes", classes, f"{CONFIG} /num_classes")))
    untold = () if names else (Untold("labels", "config.json /label_names"),)
    return Told("timm", "image-classification", f"{CONFIG} /num_classes", (image,), (out,), untold)


def _image(settings: dict[str, Any], place: str) -> tuple[Fact, ...]:
    sizes = [whole(size, 1 << 16) for size in settings.get("input_size") or []] if _is_list(settings.get("input_size")) else []
    channels, height, width = sizes if len(sizes) == 3 else (None, None, None)
    kept = settings.get("crop_pct")
    mean, std = decimals(settings.get("mean")), decimals(settings.get("std"))
    how = text(settings.get("interpolation"))
    is_fixed = settings.get("fixed_input_size") is True
    return facts(
        Fact("height_px", height, f"{place}/input_size") if height else None,
        Fact("width_px", width, f"{place}/input_size") if width else None,
        Fact("channels", channels, f"{place}/input_size") if channels else None,
        Fact("resized", True, f"{place}/interpolation") if how else None,
        Fact("interpolation", how, f"{place}/interpolation") if how else None,
        Fact("cropped", True, f"{place}/crop_pct") if isinstance(kept, (int, float)) and 0 < kept < 1 else None,
        Fact("fixed_size", True, f"{place}/fixed_input_size") if is_fixed else None,
        Fact("mean", mean, f"{place}/mean") if mean else None,
        Fact("std", std, f"{place}/std") if std else None,
    )


def _labels(config: dict[str, Any], settings: dict[str, Any]) -> Fact | None:
    from filiation.interface.shape import Said  # noqa: PLC0415  # only here

    said = []
    for table, place in ((config, CONFIG), (settings, f"{CONFIG} /pretrained_cfg")):
        names = table.get("label_names")
        if _is_list(names) and names and all(isinstance(name, str) for name in names):
            said.append(Said(tuple(name[:MAX_CHARS] for name in names[:MAX_LABELS]), f"{place} /label_names"))
    return weighed("labels", said)


def _is_list(value: object) -> bool:
    return isinstance(value, list)
