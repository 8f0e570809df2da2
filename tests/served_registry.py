"""The registry that the tests of the server and of the page chart: a few records, some of them hostile."""

from __future__ import annotations

SCRIPT = "<script>alert(1)</script>"
IMAGE = '<img src="x" onerror="alert(2)">'
BREAKOUT = '"><svg/onload=alert(3)>'
LINK = "javascript:alert(4)"
DATA = "data:text/html,<script>alert(5)</script>"
BIDI = "\u202e\u2066gnp.<b onclick=alert(6)>elgoog\u2069"
LOOKALIKE = "gооgle/bert"  # noqa: RUF001  # two letters are Cyrillic: that is the point
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


def datasets() -> list[dict]:
    """Return a dataset."""
    return [{"id": "o/data", "downloads": 5, "tags": ["license:cc0-1.0"]}]


def linked() -> dict:
    """Return a record whose links lead to the web."""
    return {
        "createdAt": "2024-06-03T10:00:00.000Z",
        "id": "o/linked",
        "downloads": 20,
        "tags": ["base_model:o/base", "arxiv:2401.00001", "license:other"],
        "cardData": {"license": "other", "license_name": "ours", "license_link": "https://example.org/terms"},
    }


def markup() -> list[dict]:
    """Return records that carry markup and links that run code wherever a record carries text."""
    words = (SCRIPT, IMAGE, BREAKOUT, LINK, DATA, BIDI, LOOKALIKE)
    return [
        {
            "createdAt": "2024-06-03T10:00:00.000Z",
            "id": f"odd/m{i}",
            "downloads": 2_000 - i,
            "pipeline_tag": word,
            "library_name": word,
            "tags": [f"base_model:{word}", "base_model:o/base", f"license:{word}", f"arxiv:{word}", f"dataset:{word}", word],
            "cardData": {"license": "other", "license_name": word, "license_link": word, "base_model": [word, "o/base"]},
        }
        for i, word in enumerate(words)
    ]


def kin() -> list[dict]:
    """Return two families of one task each, and a child of the first that declares nothing."""
    families = (("meta/llama", "text-generation", "mit"), ("google/vit-base", "image-classification", "apache-2.0"))
    made = []
    for root, task, license_ in families:
        made.append({"id": root, "pipeline_tag": task, "tags": [f"license:{license_}"]})
        word = root.partition("/")[2].partition("-")[0]
        made += [
            {"id": f"a{i}/{word}-tuned-{i}", "pipeline_tag": task, "tags": [f"base_model:{root}", f"license:{license_}"]}
            for i in range(14)
        ]
    made.append({"id": "eve/bert-base-japanese-cased-ner-v2", "tags": ["base_model:meta/llama"], "downloads": 5})
    made.append({"id": "eve/llama-tuned-7b-Q4_K_M", "tags": ["base_model:meta/llama"], "downloads": 9})
    return [{"createdAt": "2024-03-03T10:00:00.000Z"} | model for model in made]


def applications() -> list[dict]:
    """Return what three applications use, as ``filiation uses --json`` prints it: nothing, two models, and all sorts."""
    pinned = "0123456789abcdef0123456789abcdef01234567"

    def use(ref: str, line: int, confidence: float = 0.9, revision: str | None = None) -> dict:
        return {"ref": ref, "confidence": confidence, "revision": revision, "file": "serve.py", "line": line, "how": "LLM"}

    sorts = [
        use("model:o/chat-GGUF", 1, 0.98, pinned),
        use("model:gone/away", 2, 0.95),
        use("model:nobody/knows", 3, 0.93, "main"),
        use("dataset:o/data", 4, 0.92),
        use("model:o/hostile", 5, 0.2),
    ]
    forty = [use(f"model:many/m{i:03}", 10 + i) for i in range(40)]
    apps = {"idle": [], "shop": [use("model:o/chat", 3), use("model:o/merge", 4)], "wide-app": sorts + forty}
    return [{"schema": "filiation/uses/v1", "path": f"apps/{name}", "uses": uses} for name, uses in apps.items()]
