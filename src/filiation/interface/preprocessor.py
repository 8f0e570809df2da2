"""What becomes of an image or a sound before the model sees it.

Source:
    preprocessor_config.json, video_preprocessor_config.json and processor_config.json of transformers 5.23.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Modality
from filiation.interface.telling import decimals, facts, inside, text, whole

FILES = ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")
MAX_PIXELS, MAX_RATE_HZ, MAX_SECONDS = 1 << 16, 1 << 20, 1 << 20


def preprocessing(files: ModelFolder, config: dict[str, Any], below: str = "") -> dict[Modality, tuple[Fact, ...]]:
    """Return what is told of images and of sound: by the preprocessor, and where it is silent by the model's configuration."""
    found: dict[Modality, tuple[Fact, ...]] = {"image": (), "audio": ()}
    for name in FILES:
        told = files.json(below + name)
        # One processor for all: its parts stand inside.
        parts = [(told, below + name), *((inside(told.get(key)), f"{below}{name} /{key}") for key in _PARTS)]
        for part, where in parts:
            found["image"] = found["image"] or image_facts(part, where)
            found["audio"] = found["audio"] or _audio(part, where)
    vision = inside(config.get("vision_config")) or config
    found["image"] = _completed(found["image"], vision, f"{below}config.json")
    return found


_PARTS = ("image_processor", "feature_extractor", "audio_processor")


def image_facts(told: dict[str, Any], where: str) -> tuple[Fact, ...]:
    """Return what a preprocessor does to an image: the size that the model sees, how it gets there, and the scale of values."""
    if not any(key in told for key in ("size", "crop_size", "image_mean", "do_rescale", "do_normalize")):
        return ()
    crops = told.get("do_center_crop") is True
    height, width, shortest = _size(told.get("crop_size") if crops and told.get("crop_size") else told.get("size"))
    scale = told.get("rescale_factor") if told.get("do_rescale", True) is True else None
    normalizes = told.get("do_normalize") is True
    mean, std = decimals(told.get("image_mean")), decimals(told.get("image_std"))
    place = f"{where} /crop_size" if crops else f"{where} /size"
    return facts(
        Fact("height_px", height, place) if height else None,
        Fact("width_px", width, place) if width else None,
        Fact("shortest_edge_px", shortest, place) if shortest else None,
        Fact("resized", True, f"{where} /do_resize") if told.get("do_resize") is True else None,
        Fact("cropped", True, f"{where} /do_center_crop") if crops else None,
        Fact("made_rgb", True, f"{where} /do_convert_rgb") if told.get("do_convert_rgb") is True else None,
        Fact("rescale", float(scale), f"{where} /rescale_factor") if _is_number(scale) else None,
        Fact("mean", mean, f"{where} /image_mean") if normalizes and mean else None,
        Fact("std", std, f"{where} /image_std") if normalizes and std else None,
        Fact("channels", len(mean), f"{where} /image_mean") if mean else None,
    )


def _completed(found: tuple[Fact, ...], config: dict[str, Any], where: str) -> tuple[Fact, ...]:
    """Return `found` with the size and the channels that the model's configuration tells, where they are missing."""
    names = {fact.name for fact in found}
    height, width, _ = _size(config.get("image_size"))
    channels = whole(config.get("num_channels"), 1 << 10)
    return found + facts(
        Fact("height_px", height, f"{where} /image_size") if height and not names & {"height_px", "shortest_edge_px"} else None,
        Fact("width_px", width, f"{where} /image_size") if width and not names & {"width_px", "shortest_edge_px"} else None,
        Fact("channels", channels, f"{where} /num_channels") if channels and "channels" not in names else None,
    )


def _audio(told: dict[str, Any], where: str) -> tuple[Fact, ...]:
    rate = whole(told.get("sampling_rate"), MAX_RATE_HZ)
    if rate is None:
        return ()
    seconds = whole(told.get("chunk_length"), MAX_SECONDS) or whole(told.get("max_length_s"), MAX_SECONDS)
    features = text(told.get("feature_extractor_type"))
    return facts(
        Fact("sampling_rate_hz", rate, f"{where} /sampling_rate"),
        Fact("channels", 1, f"{where} /feature_size") if whole(told.get("feature_size")) == 1 else None,
        Fact("max_seconds", seconds, f"{where} /chunk_length") if seconds else None,
        Fact("features", features, f"{where} /feature_extractor_type") if features else None,
    )


def _size(value: object) -> tuple[int | None, int | None, int | None]:
    """Return height, width and shortest edge in pixels, each None where `value` does not tell it."""
    if isinstance(value, dict):
        return whole(value.get("height"), MAX_PIXELS), whole(value.get("width"), MAX_PIXELS), _edge(value)
    if isinstance(value, list) and len(value) == 2:
        return whole(value[0], MAX_PIXELS), whole(value[1], MAX_PIXELS), None
    edge = whole(value, MAX_PIXELS)
    return edge, edge, None


def _edge(value: dict[str, Any]) -> int | None:
    return whole(value.get("shortest_edge"), MAX_PIXELS)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
