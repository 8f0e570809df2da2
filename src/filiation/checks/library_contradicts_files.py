"""A declared library, and none of the files that it loads.

**Why it matters.** The code on the model's page will not run. Practitioners name contradictory documentation as their
commonest trouble: 11 of 12 had met it (Jiang et al., ICSE 2023, 2.4).

**What to do.** Go by the files. Ask the publisher to correct `library_name`.

**When it is wrong.** Where the weights lie in another repository on purpose, or the library reads more than our list
(`knowledge/checks.toml`) knows.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

NEEDS = load("checks")["needs"]
_CASES = " ".join(f"WHEN '{name}' THEN regexp_matches(listed, '(?m){'|'.join(needed)}')" for name, needed in NEEDS.items())
CHECK = Check(
    name="library-contradicts-files",
    topic="attributes",
    severity=Severity.LOW,
    en=Wording(
        "Library does not fit the files",
        "It is declared for {0}, and has none of the files that {0} loads.",
        "Go by the files, and ask the publisher to correct library_name.",
    ),
    ja=Wording(
        "ライブラリの宣言がファイルと合わない",
        "{0} 用と宣言されているが、{0} が読み込むファイルがない。",
        "ファイルの実態に従い、library_name の訂正を公開者に求める。",
    ),
    bad=among(model("o/odd", library_name="gguf", files=["README.md", "model.safetensors"])),
    good=among(model("o/fine", library_name="gguf", files=["README.md", "bird.Q4_K_M.gguf"])),
    needs=("files",),
    query=f"""
        SELECT node_id, [library] AS details, ['field/library_name'] AS locations, 0.8 AS confidence
        FROM (
            SELECT node_id, library, lower(array_to_string(file_names, chr(10))) AS listed
            FROM subject WHERE kind = 'model' AND file_names IS NOT NULL AND library IS NOT NULL
        ) WHERE NOT CASE lower(library) {_CASES} ELSE true END
    """,
)
