"""Small byte-level language models, trained on text that every machine has; what the made family is made of.

Two shapes: ``llama`` (RMSNorm, rotary positions, gated MLP, one matrix for each projection) and ``gpt2`` (LayerNorm,
learned positions, fused query, key and value, matrices kept input first). Weights are plain dictionaries of tensors under the
names that the ``transformers`` library gives them.
"""

from __future__ import annotations

import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch.nn import functional

Weights = dict[str, torch.Tensor]
VOCABULARY = 256
CONTEXT = 64
BATCH = 8
SPREAD = 0.02
"""Standard deviation of fresh weights."""
CORPORA = {
    "source": ("asyncio", "concurrent", "importlib", "logging", "multiprocessing"),
    "english": ("pydoc_data",),
    "mail": ("email", "mailbox.py", "smtplib.py"),
    "tables": ("encodings",),
    "trials": ("unittest", "doctest.py"),
    "windows": ("idlelib", "tkinter", "turtle.py"),
    "markup": ("json", "xml", "html"),
    "numbers": ("decimal.py", "_pydecimal.py", "fractions.py", "statistics.py", "random.py"),
}
"""Packages and modules of the standard library, by what they are about."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a model; `style` is ``llama`` or ``gpt2``."""

    style: str = "llama"
    hidden: int = 64
    layers: int = 4
    heads: int = 4
    inner: int = 192

    def config(self) -> dict[str, object]:
        """Return it as ``config.json`` says it."""
        name = "LlamaForCausalLM" if self.style == "llama" else "GPT2LMHeadModel"
        return {
            "architectures": [name],
            "model_type": self.style,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner,
            "vocab_size": VOCABULARY,
        }


@cache
def corpus(name: str) -> torch.Tensor:
    """Return the bytes of a corpus, uint8[n]."""
    library = Path(sysconfig.get_path("stdlib"))
    files = []
    for part in CORPORA[name]:
        path = library / part
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    text = b"\n".join(file.read_bytes() for file in files if "test" not in file.parts)
    return torch.frombuffer(bytearray(text), dtype=torch.uint8)


def fresh(shape: Shape, seed: int) -> Weights:
    """Return weights before training."""
    maker = torch.Generator().manual_seed(seed)
    return {
        name: torch.ones(size) if _is_scale(name) else torch.zeros(size) if name.endswith("bias") else _normal(size, maker)
        for name, size in sizes(shape).items()
    }


def _normal(size: tuple[int, ...], maker: torch.Generator) -> torch.Tensor:
    return torch.randn(size, generator=maker) * SPREAD


def _is_scale(name: str) -> bool:
    return name.endswith((".weight", "norm.weight")) and ("norm" in name or ".ln_" in name)


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor by name."""
    d, inner = shape.hidden, shape.inner
    found: dict[str, tuple[int, ...]] = {}
    if shape.style == "llama":
        found["model.embed_tokens.weight"] = (VOCABULARY, d)
        for layer in range(shape.layers):
            at = f"model.layers.{layer}"
            found |= {f"{at}.self_attn.{part}_proj.weight": (d, d) for part in "qkvo"}
            found |= {f"{at}.mlp.gate_proj.weight": (inner, d), f"{at}.mlp.up_proj.weight": (inner, d)}
            found |= {f"{at}.mlp.down_proj.weight": (d, inner)}
            found |= {f"{at}.input_layernorm.weight": (d,), f"{at}.post_attention_layernorm.weight": (d,)}
        return found | {"model.norm.weight": (d,), "lm_head.weight": (VOCABULARY, d)}
    found |= {"transformer.wte.weight": (VOCABULARY, d), "transformer.wpe.weight": (CONTEXT, d)}
    for layer in range(shape.layers):
        at = f"transformer.h.{layer}"
        for norm in ("ln_1", "ln_2"):
            found |= {f"{at}.{norm}.weight": (d,), f"{at}.{norm}.bias": (d,)}
        for part, size in {
            "attn.c_attn": (d, 3 * d),
            "attn.c_proj": (d, d),
            "mlp.c_fc": (d, inner),
            "mlp.c_proj": (inner, d),
        }.items():
            found |= {f"{at}.{part}.weight": size, f"{at}.{part}.bias": size[1:]}
    return found | {"transformer.ln_f.weight": (d,), "transformer.ln_f.bias": (d,)}


def logits(weights: Weights, shape: Shape, tokens: torch.Tensor) -> torch.Tensor:
    """Return what comes next, float32[batch, length, 256], after each of `tokens`, int64[batch, length]."""
    return _llama(weights, shape, tokens) if shape.style == "llama" else _gpt2(weights, shape, tokens)


def _llama(weights: Weights, shape: Shape, tokens: torch.Tensor) -> torch.Tensor:
    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(_depth(weights, "model.layers.")):
        at = f"model.layers.{layer}."
        y = _rms(x, weights[at + "input_layernorm.weight"])
        q, k, v = (_heads(y @ weights[f"{at}self_attn.{part}_proj.weight"].T, shape.heads) for part in "qkv")
        y = functional.scaled_dot_product_attention(_turned(q), _turned(k), v, is_causal=True)
        x = x + _joined(y) @ weights[at + "self_attn.o_proj.weight"].T
        y = _rms(x, weights[at + "post_attention_layernorm.weight"])
        y = functional.silu(y @ weights[at + "mlp.gate_proj.weight"].T) * (y @ weights[at + "mlp.up_proj.weight"].T)
        x = x + y @ weights[at + "mlp.down_proj.weight"].T
    return _rms(x, weights["model.norm.weight"]) @ weights["lm_head.weight"].T


def _gpt2(weights: Weights, shape: Shape, tokens: torch.Tensor) -> torch.Tensor:
    x = weights["transformer.wte.weight"][tokens] + weights["transformer.wpe.weight"][: tokens.shape[1]]
    for layer in range(_depth(weights, "transformer.h.")):
        at = f"transformer.h.{layer}."
        q, k, v = _linear(weights, at + "attn.c_attn", _norm(weights, at + "ln_1", x)).chunk(3, dim=-1)
        y = functional.scaled_dot_product_attention(*(_heads(part, shape.heads) for part in (q, k, v)), is_causal=True)
        x = x + _linear(weights, at + "attn.c_proj", _joined(y))
        x = x + _linear(
            weights, at + "mlp.c_proj", functional.gelu(_linear(weights, at + "mlp.c_fc", _norm(weights, at + "ln_2", x)))
        )
    return _norm(weights, "transformer.ln_f", x) @ weights["transformer.wte.weight"].T


def _depth(weights: Weights, prefix: str) -> int:
    return 1 + max(int(name[len(prefix) :].split(".")[0]) for name in weights if name.startswith(prefix))


def _heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _joined(x: torch.Tensor) -> torch.Tensor:
    return x.transpose(1, 2).flatten(2)


def _rms(x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return functional.rms_norm(x, (x.shape[-1],), scale, 1e-5)


def _norm(weights: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(x, (x.shape[-1],), weights[name + ".weight"], weights[name + ".bias"])


def _linear(weights: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    return x @ weights[name + ".weight"] + weights[name + ".bias"]


def _turned(x: torch.Tensor) -> torch.Tensor:
    """Return `x` with rotary positions."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2])[:, None] * (10_000.0 ** (-torch.arange(half) / half))
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


def train(weights: Weights, shape: Shape, text: str, steps: int, rate: float, seed: int, only: tuple[str, ...] = ()) -> Weights:
    """Return the weights after `steps` of AdamW on the corpus `text`; `only` those whose names begin so are changed."""
    maker = torch.Generator().manual_seed(seed)
    found = {name: value.clone().requires_grad_(not only or name.startswith(only)) for name, value in weights.items()}
    optimizer = torch.optim.AdamW([value for value in found.values() if value.requires_grad], lr=rate, weight_decay=0.01)
    for _ in range(steps):
        loss = _loss(found, shape, _batch(text, maker))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: value.detach() for name, value in found.items()}


def train_adapter(
    weights: Weights, shape: Shape, text: str, steps: int, rate: float, seed: int, targets: tuple[str, ...], rank: int
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return a low-rank adapter, (A [rank, in], B [out, rank]) by the name of the tensor that it changes by ``B @ A``."""
    maker = torch.Generator().manual_seed(seed)
    pairs = {}
    for name, value in weights.items():
        if value.ndim == 2 and any(target in name for target in targets):
            a = (torch.randn(rank, value.shape[1], generator=maker) / rank).requires_grad_()
            pairs[name] = (a, torch.zeros(value.shape[0], rank, requires_grad=True))
    optimizer = torch.optim.AdamW([part for pair in pairs.values() for part in pair], lr=rate)
    for _ in range(steps):
        loss = _loss(merged(weights, pairs), shape, _batch(text, maker))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: (a.detach(), b.detach()) for name, (a, b) in pairs.items()}


def merged(weights: Weights, pairs: dict[str, tuple[torch.Tensor, torch.Tensor]], scale: float = 1.0) -> Weights:
    """Return the weights with an adapter added."""
    return weights | {name: weights[name] + scale * (b @ a) for name, (a, b) in pairs.items()}


def distil(teacher: Weights, shape: Shape, text: str, steps: int, rate: float, seed: int) -> Weights:
    """Return a student of another beginning that learned to answer as `teacher` does."""
    maker = torch.Generator().manual_seed(seed)
    found = {name: value.requires_grad_() for name, value in fresh(shape, seed).items()}
    optimizer = torch.optim.AdamW(list(found.values()), lr=rate)
    for _ in range(steps):
        tokens = _batch(text, maker)[:, :-1]
        with torch.no_grad():
            wanted = functional.softmax(logits(teacher, shape, tokens), -1)
        loss = (
            functional.kl_div(functional.log_softmax(logits(found, shape, tokens), -1), wanted, reduction="batchmean")
            / tokens.shape[1]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: value.detach() for name, value in found.items()}


def _loss(weights: Weights, shape: Shape, batch: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits(weights, shape, batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())


def _batch(text: str, maker: torch.Generator) -> torch.Tensor:
    data = corpus(text)
    starts = torch.randint(0, len(data) - CONTEXT - 1, (BATCH,), generator=maker)
    return torch.stack([data[at : at + CONTEXT + 1] for at in starts.tolist()]).long()
