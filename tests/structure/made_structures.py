"""Names and shapes of well-known architectures, written by hand."""

from __future__ import annotations

Structure = list[tuple[str, tuple[int, ...]]]


def llama(layers: int = 4, width: int = 4096, inner: int = 11008, keys: int = 4096, tokens: int = 32000) -> Structure:
    """A Llama for text generation, as its own files spell it."""
    found: Structure = [
        ("model.embed_tokens.weight", (tokens, width)),
        ("model.norm.weight", (width,)),
        ("lm_head.weight", (tokens, width)),
    ]
    for i in range(layers):
        inside = {
            "self_attn.q_proj": (width, width), "self_attn.k_proj": (keys, width), "self_attn.v_proj": (keys, width),
            "self_attn.o_proj": (width, width), "mlp.gate_proj": (inner, width), "mlp.up_proj": (inner, width),
            "mlp.down_proj": (width, inner), "input_layernorm": (width,), "post_attention_layernorm": (width,),
        }  # fmt: skip
        found += [(f"model.layers.{i}.{name}.weight", shape) for name, shape in inside.items()]
    return found


def bert(layers: int = 3, width: int = 768, labels: int = 2) -> Structure:
    """A BERT that classifies texts."""
    found: Structure = [
        ("bert.embeddings.word_embeddings.weight", (30522, width)),
        ("bert.embeddings.position_embeddings.weight", (512, width)),
        ("bert.embeddings.token_type_embeddings.weight", (2, width)), ("bert.pooler.dense.weight", (width, width)),
        ("bert.pooler.dense.bias", (width,)), ("classifier.weight", (labels, width)), ("classifier.bias", (labels,)),
        *_pair("bert.embeddings.LayerNorm", (width,)),
    ]  # fmt: skip
    for i in range(layers):
        inside = {
            "attention.self.query": (width, width), "attention.self.key": (width, width),
            "attention.self.value": (width, width),
            "attention.output.dense": (width, width), "attention.output.LayerNorm": (width,),
            "intermediate.dense": (4 * width, width), "output.dense": (width, 4 * width), "output.LayerNorm": (width,),
        }  # fmt: skip
        for name, shape in inside.items():
            found += _pair(f"bert.encoder.layer.{i}.{name}", shape)
    return found


def _pair(name: str, shape: tuple[int, ...]) -> Structure:
    return [(f"{name}.weight", shape), (f"{name}.bias", shape[:1])]


def stranger() -> Structure:
    """What no library builds."""
    return [(f"zig.{i}.{part}_q", (48 + 7 * i, 5, 11 + i)) for i in range(6) for part in ("blob", "wedge", "gyre")]
