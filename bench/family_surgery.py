"""What people do to weights without training: merges, pruning, stacking of layers, permutation, other files.

Sources: SLERP (Shoemake 1985), task arithmetic (Ilharco et al. 2023), TIES (Yadav et al. 2023), DARE (Yu et al. 2024), written
from their papers.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import gguf
import numpy as np
import torch
from family_model import Shape, Weights
from safetensors.torch import save_file

GGUF_NAMES = {
    "llama": {
        "model.embed_tokens": "token_embd",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "model.norm": "output_norm",
        "lm_head": "output",
    },
    "gpt2": {
        "transformer.wte": "token_embd",
        "transformer.wpe": "position_embd",
        "attn.c_attn": "attn_qkv",
        "attn.c_proj": "attn_output",
        "mlp.c_fc": "ffn_up",
        "mlp.c_proj": "ffn_down",
        "ln_1": "attn_norm",
        "ln_2": "ffn_norm",
        "transformer.ln_f": "output_norm",
    },
}
"""How llama.cpp calls what ``transformers`` calls otherwise; layers are ``blk.N.``."""
INPUT_FIRST = re.compile(r"\.(c_attn|c_proj|c_fc)\.weight$")
"""Matrices that GPT-2 keeps input first; llama.cpp turns them."""


def linear(parents: list[Weights], shares: list[float]) -> Weights:
    """Return the weighted mean."""
    return {name: sum(s * p[name] for s, p in zip(shares, parents, strict=True)) for name in parents[0]}  # type: ignore[misc]


def task_arithmetic(base: Weights, parents: list[Weights], shares: list[float]) -> Weights:
    """Return the base and the weighted sum of what each parent changed."""
    return {name: base[name] + sum(s * (p[name] - base[name]) for s, p in zip(shares, parents, strict=True)) for name in base}


def slerp(a: Weights, b: Weights, at: float) -> Weights:
    """Return the point `at` of the way from `a` to `b` along the great circle, tensor by tensor."""
    found = {}
    for name, x in a.items():
        y = b[name]
        cosine = torch.dot(x.flatten(), y.flatten()) / (x.norm() * y.norm() + 1e-12)
        angle = torch.arccos(cosine.clamp(-1, 1))
        if angle.sin() < 1e-4:
            found[name] = (1 - at) * x + at * y
        else:
            found[name] = (((1 - at) * angle).sin() * x + (at * angle).sin() * y) / angle.sin()
    return found


def ties(base: Weights, parents: list[Weights], shares: list[float], density: float) -> Weights:
    """Return the base and the trimmed changes of the parents that agree with the elected sign, their weighted mean."""
    found = {}
    for name, value in base.items():
        changes = torch.stack([s * _trimmed(p[name] - value, density) for s, p in zip(shares, parents, strict=True)])
        agrees = changes.sign() == changes.sum(0).sign()
        weights = torch.tensor(shares).reshape(-1, *[1] * value.ndim) * agrees
        found[name] = value + (changes * agrees).sum(0) / weights.sum(0).clamp_min(1e-8)
    return found


def _trimmed(change: torch.Tensor, density: float) -> torch.Tensor:
    kept = max(1, int(density * change.numel()))
    least = change.abs().flatten().kthvalue(change.numel() - kept + 1).values
    return change * (change.abs() >= least)


def dare(base: Weights, parents: list[Weights], shares: list[float], dropped: float, seed: int) -> Weights:
    """Return the base and the weighted sum of the changes, of which a random share is dropped, the rest scaled up."""
    maker = torch.Generator().manual_seed(seed)
    found = {}
    for name, value in base.items():
        kept = [(torch.rand(value.shape, generator=maker) >= dropped) / (1 - dropped) for _ in parents]
        found[name] = value + sum(s * k * (p[name] - value) for s, k, p in zip(shares, kept, parents, strict=True))
    return found


def stacked(layers: list[tuple[Weights, int]], shape: Shape, rest: Weights) -> Weights:
    """Return a model of the given layers in order, each from a model; what is in no layer comes from `rest`."""
    stem = "model.layers." if shape.style == "llama" else "transformer.h."
    found = {name: value for name, value in rest.items() if not name.startswith(stem)}
    for number, (source, layer) in enumerate(layers):
        own = f"{stem}{layer}."
        found |= {stem + f"{number}." + name[len(own) :]: value for name, value in source.items() if name.startswith(own)}
    return found


def pruned(weights: Weights, share: float) -> Weights:
    """Return the weights with the smallest `share` of each matrix set to zero."""
    return {name: _trimmed(value, 1 - share) if value.ndim == 2 else value.clone() for name, value in weights.items()}


def rounded(weights: Weights, dtype: torch.dtype) -> Weights:
    """Return the weights in half precision."""
    return {name: value.to(dtype) for name, value in weights.items()}


def extended(weights: Weights, rows: int, seed: int) -> Weights:
    """Return the weights with `rows` more words, their vectors near the mean of the others."""
    maker = torch.Generator().manual_seed(seed)
    found = dict(weights)
    for name in ("model.embed_tokens.weight", "lm_head.weight", "transformer.wte.weight"):
        if name in weights:
            old = weights[name]
            found[name] = torch.cat([old, old.mean(0) + 0.01 * torch.randn(rows, old.shape[1], generator=maker)])
    return found


def permuted(weights: Weights, shape: Shape, seed: int) -> Weights:
    """Return a model of the same function: hidden units, heads and neurons in another order."""
    maker = torch.Generator().manual_seed(seed)
    hidden, found = torch.randperm(shape.hidden, generator=maker), {}
    inner = {}
    for name, value in weights.items():
        layer = name.rpartition(".layers.")[2].split(".")[0] if ".layers." in name else name.split(".h.")[-1].split(".")[0]
        neurons = inner.setdefault(layer, torch.randperm(shape.inner, generator=maker))
        found[name] = _reordered(name, value, hidden, neurons)
    return found


ORDERED = (
    (r"\.c_fc\.bias$", "n"),
    (r"\.c_attn\.bias$", "-"),
    (r"\.bias$|norm\.weight$|layernorm\.weight$|\.ln_\w\.weight$", "h"),
    (r"embed_tokens|lm_head|\.wte|\.wpe|[qkv]_proj|attn\.c_proj", "-h"),
    (r"gate_proj|up_proj", "nh"),
    (r"down_proj|c_fc", "hn"),
    (r"mlp\.c_proj", "nh"),
    (r"c_attn|o_proj", "h-"),
)
"""Which axes of a tensor are hidden units (h), neurons (n) or neither (-); the first that fits counts."""


def _reordered(name: str, value: torch.Tensor, hidden: torch.Tensor, neurons: torch.Tensor) -> torch.Tensor:
    axes = next(axes for pattern, axes in ORDERED if re.search(pattern, name))
    for number, axis in enumerate(axes):
        if axis != "-":
            value = value.index_select(number, hidden if axis == "h" else neurons)
    return value


def rescaled(weights: Weights, shape: Shape, factor: float) -> Weights:
    """Return a model of the same function: the output of attention's values is scaled, what follows scaled back."""
    found = dict(weights)
    for name, value in weights.items():
        if "v_proj" in name:
            found[name] = value * factor
        elif "self_attn.o_proj" in name:
            found[name] = value / factor
        elif "c_attn" in name:
            scale = torch.ones(3 * shape.hidden)
            scale[2 * shape.hidden :] = factor
            found[name] = value * scale
        elif "attn.c_proj.weight" in name:
            found[name] = value / factor
    return found


def save(folder: Path, weights: Weights, shape: Shape, config: dict[str, object] | None = None) -> None:
    """Write a checkpoint as the Hub keeps it."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.clone().contiguous() for name, value in weights.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config or shape.config()), encoding="utf-8")


def save_sharded(folder: Path, weights: Weights, shape: Shape, prefix: str) -> None:
    """Write it in two files with other names of tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(weights)
    parts = (names[: len(names) // 2], names[len(names) // 2 :])
    places = {}
    for number, part in enumerate(parts, 1):
        file = f"model-{number:05}-of-00002.safetensors"
        save_file({prefix + name: weights[name].contiguous() for name in part}, folder / file)
        places |= dict.fromkeys((prefix + name for name in part), file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(shape.config()), encoding="utf-8")


def save_torch(folder: Path, weights: Weights, shape: Shape) -> None:
    """Write it as ``torch.save`` does."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(shape.config()), encoding="utf-8")


def save_adapter(
    folder: Path, pairs: dict[str, tuple[torch.Tensor, torch.Tensor]], base: str, rank: int, targets: tuple[str, ...]
) -> None:
    """Write a low-rank adapter as PEFT does."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, (a, b) in pairs.items():
        stem = "base_model.model." + name.removesuffix(".weight")
        tensors |= {f"{stem}.lora_A.weight": a.contiguous(), f"{stem}.lora_B.weight": b.contiguous()}
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "base_model_name_or_path": base, "r": rank, "lora_alpha": rank, "target_modules": [*targets]}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


def save_gguf(folder: Path, weights: Weights, shape: Shape, scheme: str) -> None:
    """Write it as llama.cpp does, matrices quantised by `scheme` (``Q8_0``, ``Q4_0``, ...)."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = gguf.GGMLQuantizationType[scheme]
    writer = gguf.GGUFWriter(folder / f"model-{scheme}.gguf", shape.style)
    for name, value in weights.items():
        array = value.T.contiguous().numpy() if INPUT_FIRST.search(name) else value.numpy()
        if array.ndim == 2:
            writer.add_tensor(_gguf_name(name, shape.style), gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(_gguf_name(name, shape.style), array.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str, style: str) -> str:
    stem, _, part = name.rpartition(".")
    found = re.fullmatch(r"(?:model\.layers|transformer\.h)\.(\d+)\.(.+)", stem)
    known = GGUF_NAMES[style]
    return f"blk.{found[1]}.{known[found[2]]}.{part}" if found else f"{known[stem]}.{part}"


def copy(source: Path, folder: Path) -> None:
    """Write the same files again."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
