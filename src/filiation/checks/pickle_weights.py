"""Weights in a format that can run code when they are read, and in no other.

**Why it matters.** A pickle is a program: to load one from a stranger is to run what the stranger wrote. safetensors
holds the same numbers and nothing else. On the Hub of July 2024 27 % of models carry the safetensors tag (counted on
the listing).

**What to do.** Convert the weights once in a place without secrets, or load with `weights_only=True`; ask the publisher
for safetensors.

**When it is wrong.** Where a file of that ending is something else. The finding says what the format allows, not that
the file is hostile.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

PICKLE, SAFE, STATE = (load("checks")["files"][name] for name in ("pickle", "safe", "state"))
CHECK = Check(
    name="pickle-weights",
    topic="files",
    severity=Severity.MEDIUM,
    en=Wording(
        "Weights only as pickle",
        "Its weights, such as {0}, are in a format that can run code when it is read, and in no safe one.",
        "Convert them in a place without secrets, or load them with weights_only; ask the publisher for safetensors.",
    ),
    ja=Wording(
        "重みが pickle 形式のみ",
        "{0} などの重みは、読み込み時にコードを実行できる形式であり、安全な形式では提供されていない。",
        "機密のない環境で変換するか weights_only で読み込む。公開者に safetensors を求める。",
    ),
    bad=among(model("o/old", files=["config.json", "pytorch_model.bin"])),
    good=among(model("o/new", files=["config.json", "pytorch_model.bin", "model.safetensors"])),
    needs=("files",),
    query=f"""
        SELECT node_id, pickles[:1] AS details, list_transform(pickles, lambda file: 'file/' || file) AS locations,
            0.95 AS confidence
        FROM (
            SELECT node_id, file_names, list_filter(file_names, lambda file:
                    regexp_matches(lower(file), '{PICKLE}') AND NOT regexp_matches(lower(file), '{STATE}')) AS pickles
            FROM subject WHERE kind = 'model' AND file_names IS NOT NULL
        )
        WHERE len(pickles) > 0
            AND NOT regexp_matches(lower(array_to_string(file_names, chr(10))), '(?m){SAFE}')
    """,
)
