"""Run a model of timm: images as classes or vectors."""

from __future__ import annotations

import io
import os

from asking import CannotRunError, content, in_type, precision_of, read_json, serve, torch_ready, versions

WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def prepare(asked):
    """Return what answers, and what is told of the model."""
    torch = torch_ready(asked)
    import timm
    from PIL import Image

    folder, expects = asked["model"], asked["expects"]
    told = read_json(folder, "config.json")
    if "architecture" not in told:
        raise CannotRunError("config.json does not say which architecture of timm it is")
    if expects not in ("label", "vector"):
        raise CannotRunError("timm gives classes or vectors of images; this task needs something else")
    settings = told.get("pretrained_cfg") or {}
    model = in_type(torch, _model(timm, told, _weights(folder, asked), expects), asked)
    kind = next(model.parameters()).dtype
    shown = timm.data.create_transform(**timm.data.resolve_data_config(settings, model=model), is_training=False)
    names = [str(name) for name in told.get("label_names") or settings.get("label_names") or asked["labels"]]

    def answer(question):
        if "base64" not in question:
            raise CannotRunError("timm takes images, which a suite holds as base64")
        Image.MAX_IMAGE_PIXELS = 50_000_000
        with Image.open(io.BytesIO(content(question))) as image, torch.inference_mode():
            out = model(shown(image.convert("RGB")).unsqueeze(0).to(kind))[0].float()
        if expects == "vector":
            return {"vector": (out / out.norm().clamp_min(1e-12)).double().tolist()}
        at = int(out.argmax())
        return {"label": names[at] if at < len(names) else str(at)}

    packages = versions("timm", "torch", "pillow", "numpy")
    return answer, {"version": timm.__version__, "packages": packages, "precision": precision_of(model)}


def _model(timm, told, weights, expects):
    classes = (
        {"num_classes": 0} if expects == "vector" else {"num_classes": told["num_classes"]} if "num_classes" in told else {}
    )
    try:
        model = timm.create_model(str(told["architecture"]), pretrained=False, **(told.get("model_args") or {}) | classes)
        timm.models.load_checkpoint(model, weights, strict=expects != "vector", weights_only=True)
    except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRunError(f"timm cannot load it: {str(error)[:300]}") from error
    return model.eval()


def _weights(folder, asked):
    for name in WEIGHTS[: 2 if asked["allow_pickle"] else 1]:
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise CannotRunError(f"there is none of {', '.join(WEIGHTS)} that may be loaded")


if __name__ == "__main__":
    serve(prepare)
