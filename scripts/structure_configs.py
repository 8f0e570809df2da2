"""Configurations that differ from a class's default in the numbers that real models differ in, drawn with a seed."""

from __future__ import annotations

import inspect
import random
import re
from typing import Any

DEPTH = re.compile(
    r"(num|n|encoder|decoder|e|d)_?(hidden_|encoder_|decoder_|text_|vision_|audio_)?(layers?|blocks)|depth|(en|de)coder_layers|num_hidden_layers"
)
WIDTH = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "hidden_dim", "decoder_hidden_size", "encoder_hidden_size")
HEADS = re.compile(
    r"(num|n)_?(attention_|attn_|encoder_attention_|decoder_attention_)?heads?|(en|de)coder_attention_heads|num_attention_heads"
)
GROUPS = ("num_key_value_heads", "num_kv_heads", "n_head_kv")
INNER = (
    "intermediate_size",
    "d_ff",
    "ffn_dim",
    "encoder_ffn_dim",
    "decoder_ffn_dim",
    "n_inner",
    "ffn_hidden_size",
    "dim_feedforward",
)
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
VOCABULARIES = (
    8_000,
    21_128,
    28_996,
    30_000,
    31_090,
    32_000,
    32_128,
    50_257,
    52_000,
    64_000,
    119_547,
    128_256,
    151_936,
    250_002,
)
POSITIONS = (128, 256, 512, 514, 1_024, 1_026, 2_048, 4_096)
LABELS = (1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9, 10, 17, 20, 28, 41, 77, 100, 150, 1_000)
FLAGS = {"tie_word_embeddings": 0.3, "attention_bias": 0.15, "mlp_bias": 0.1, "qkv_bias": 0.15, "use_bias": 0.1, "bias": 0.1}
INNER_RATIOS = (1.5, 2, 8 / 3, 2.6875, 3, 3.5, 4, 4, 5.25, 8)


def varied(config_class: type, draw: random.Random, boldness: int) -> Any:
    """Return a configuration drawn at random.

    Args:
        config_class: Of transformers.
        draw: Gives the numbers; what it was used for before decides what comes.
        boldness: 0 changes only the number of layers; 1 also vocabulary and labels; 2 also width, with heads of the same size;
            3 also the inner size, groups of keys, flags and positions.
    """
    changes = _changes(config_class(), draw, boldness)
    if boldness:
        changes["num_labels"] = draw.choice(LABELS)
    return config_class(**changes)


def _changes(config: Any, draw: random.Random, boldness: int, depth: int = 0) -> dict[str, Any]:
    told = {name: value for name, value in vars(config).items() if not name.startswith("_")}
    changes: dict[str, Any] = {}
    for name, value in told.items():
        if hasattr(value, "to_dict") and hasattr(value, "model_type") and depth < 2:
            inside = _changes(value, draw, boldness, depth + 1)
            changes[name] = type(value)(**inside).to_dict()
    numbers = {name: value for name, value in told.items() if type(value) is int and value > 0}
    changes |= _layers(numbers, draw)
    if boldness:
        changes |= _sizes(numbers, draw, boldness)
    if boldness > 1:
        changes |= _width(numbers, draw, boldness)
    if boldness > 2:
        changes |= {
            name: not told[name] for name, chance in FLAGS.items() if type(told.get(name)) is bool and draw.random() < chance
        }
    return changes


def _layers(numbers: dict[str, int], draw: random.Random) -> dict[str, Any]:
    many = draw.choice((2, 3, 4))
    changes: dict[str, Any] = {name: many for name in numbers if DEPTH.fullmatch(name)}
    return changes | {name: draw.choice((2, 4, 8)) for name in EXPERTS if name in numbers}


def _sizes(numbers: dict[str, int], draw: random.Random, boldness: int) -> dict[str, int]:
    changes = {}
    if "vocab_size" in numbers and draw.random() < 0.6:
        changes["vocab_size"] = draw.choice((*VOCABULARIES, numbers["vocab_size"] + draw.randint(1, 60)))
    if boldness > 2 and "max_position_embeddings" in numbers and draw.random() < 0.5:
        changes["max_position_embeddings"] = draw.choice(POSITIONS)
    return changes


def _width(numbers: dict[str, int], draw: random.Random, boldness: int) -> dict[str, int]:
    """Return widths with heads of the default's size; all widths are scaled alike, and so are all numbers of heads."""
    heads = [name for name in numbers if HEADS.fullmatch(name)]
    factor = draw.choice((0.5, 0.5, 0.75, 1, 1, 1.25, 1.5, 2, 2))
    names = [*heads, *(name for name in (*WIDTH, *GROUPS) if name in numbers)]
    changes = {name: int(numbers[name] * factor) for name in names}
    if min(changes.values(), default=1) < 1:
        changes = {}
    ratio = draw.choice(INNER_RATIOS) if boldness > 2 and draw.random() < 0.5 else None
    width = next((name for name in WIDTH if name in numbers), None)
    for name in INNER:
        if name in numbers and width:
            own = numbers[name] / numbers[width]
            changes[name] = max(8, int((ratio or own) * changes.get(width, numbers[width])) // 8 * 8)
    if boldness > 2 and draw.random() < 0.5:
        changes |= _groups(numbers, changes, draw)
    return changes


def _groups(numbers: dict[str, int], changes: dict[str, int], draw: random.Random) -> dict[str, int]:
    heads = changes.get("num_attention_heads", numbers.get("num_attention_heads", 1))
    fitting = [groups for groups in (1, 2, 4, 8, heads // 2, heads) if groups and heads % groups == 0]
    return {name: draw.choice(fitting) for name in GROUPS if name in numbers}


def drawn_arguments(made: type, draw: random.Random, boldness: int) -> dict[str, Any]:
    """Return arguments of a diffusers model: other numbers of layers, and where bolder of heads, besides the defaults."""
    numbers = {
        name: parameter.default
        for name, parameter in inspect.signature(made.__init__).parameters.items()
        if type(parameter.default) is int and parameter.default > 0
    }
    changes = {name: draw.choice((1, 2, 3, 4)) for name in numbers if "layers" in name}
    if boldness > 1:
        factor = draw.choice((0.5, 1, 2))
        changes |= {name: max(1, int(numbers[name] * factor)) for name in numbers if name == "num_attention_heads"}
        changes |= {name: draw.choice((4, 8, 16)) for name in ("in_channels", "out_channels") if name in numbers}
    return changes
