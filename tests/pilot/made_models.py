"""Small folders of models, file for file as their libraries write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from made_onnx import part, whole

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "good",
    "bad",
    "the",
    "parcel",
    "came",
    "late",
    "##s",
    "a",
    "b",
    "c",
    ".",
    ",",
]
LETTERS = [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + list("defghijklmnopqrstuvwxyz")


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Write files into a folder: objects as JSON, texts and bytes as they are."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        path.write_bytes(raw)
    return folder


def bert_tokenizer(cut: int | None = None) -> dict[str, Any]:
    """Return a tokenizer.json of word pieces, as BERT has it."""
    vocabulary = {word: number for number, word in enumerate([*WORDS, *LETTERS])}
    return {
        "version": "1.0",
        "truncation": {"max_length": cut, "strategy": "LongestFirst", "stride": 0} if cut else None,
        "added_tokens": [{"id": n, "content": WORDS[n], "special": True} for n in range(5)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}],
        },
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "vocab": vocabulary},
    }


def classifier(folder: Path, labels: tuple[str, ...] = ("NEGATIVE", "POSITIVE"), **more: Any) -> Path:
    """Write a text classifier of transformers that reads 16 tokens."""
    config = {
        "architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": 60, "hidden_size": 8,
        "max_position_embeddings": 16, "id2label": {str(n): label for n, label in enumerate(labels)},
        "label2id": {label: n for n, label in enumerate(labels)},
    }  # fmt: skip
    tokens = {"model_max_length": 512, "do_lower_case": True}
    return write(folder, {"config.json": config | more, "tokenizer.json": bert_tokenizer(), "tokenizer_config.json": tokens})


def embedder(folder: Path) -> Path:
    """Write a model of sentence-transformers whose files say four different things of how long a text may be."""
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    config = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 8, "max_position_embeddings": 64}
    return write(folder, {
        "modules.json": modules, "config.json": config, "sentence_bert_config.json": {"max_seq_length": 32},
        "tokenizer.json": bert_tokenizer(cut=16), "tokenizer_config.json": {"model_max_length": 128},
        "1_Pooling/config.json": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True},
    })  # fmt: skip


def value_info(name: str, kind: int, *sizes: int | str | None) -> bytes:
    """Return an input or output of an ONNX graph."""
    dims = b"".join(
        part(1, b"" if size is None else whole(1, size) if isinstance(size, int) else part(2, size)) for size in sizes
    )  # fmt: skip
    return part(1, name) + part(2, part(1, whole(1, kind) + part(2, dims)))


def onnx_model(
    inputs: list[bytes], outputs: list[bytes], stored: list[bytes] = (), pairs: dict[str, str] | None = None
) -> bytes:  # type: ignore[assignment]
    """Return an ONNX model that has nothing but inputs, outputs and weights."""
    graph = b"".join(part(5, one) for one in stored) + b"".join(part(11, one) for one in inputs)
    graph += b"".join(part(12, one) for one in outputs)
    told = b"".join(part(14, part(1, key) + part(2, value)) for key, value in (pairs or {}).items())
    return whole(1, 8) + part(7, graph) + told
