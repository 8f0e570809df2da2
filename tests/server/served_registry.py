"""The registry that the tests of the server chart: a few records, some of them hostile."""

from __future__ import annotations

SCRIPT = "<script>alert(1)</script>"
HOSTILE = ["o/a", f"{SCRIPT}", "x\u202egnp.exe", "=HYPERLINK(1)", "a b\x07c"]


def models() -> list[dict]:
    """Return a family of three generations, a merge, a self-reference, parents that are not there, and hostile names."""
    made = [
        {
            "id": "o/base",
            "downloads": 1000,
            "pipeline_tag": "text-generation",
            "tags": ["license:apache-2.0", "dataset:o/data"],
        },
        {"id": "o/chat", "downloads": 400, "pipeline_tag": "text-generation", "tags": ["base_model:o/base", "license:mit"]},
        {"id": "o/chat-GGUF", "downloads": 900, "tags": ["base_model:o/chat", "base_model:quantized:o/chat", "gguf"]},
        {"id": "o/other", "downloads": 7, "library_name": "transformers"},
        {"id": "o/merge", "downloads": 50, "tags": ["base_model:o/chat", "base_model:o/other", "merge", "mergekit"]},
        {"id": "o/self", "tags": ["base_model:o/self"]},
        {"id": "o/orphan", "downloads": 3, "tags": ["base_model:gone/away"]},
        {"id": "o/hostile", "tags": [f"base_model:{name}" for name in HOSTILE] + [f"license:{SCRIPT}"]},
    ]
    made += [{"id": f"many/m{i:03}", "downloads": i, "tags": ["base_model:o/base", "license:=1+1"]} for i in range(120)]
    return [{"createdAt": f"2024-0{1 + i % 6}-03T10:00:00.000Z"} | model for i, model in enumerate(made)]
