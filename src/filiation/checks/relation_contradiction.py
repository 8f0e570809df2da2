"""A declared relation that the files or tags speak against.

**Why it matters.** What may be done with a model, and how it is loaded, depends on how it was made: an adapter needs
its base, a quantised copy has lost precision. People who checked 369 declared relations found many that were not so
(`declared_vs_real_369.csv`), most often a quantisation declared as a fine-tune.

**What to do.** Go by the files; ask the publisher to correct `base_model_relation`.

**When it is wrong.** Where one repository holds both a fine-tune and quantised copies of it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

ADAPTER = load("checks")["files"]["adapter"]
CHECK = Check(
    name="relation-contradiction",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Relation does not fit the files",
        "It is declared as {0} of {1}, and looks like {2}.",
        "Go by what the files are, and ask the publisher to correct base_model_relation.",
    ),
    ja=Wording(
        "関係の宣言がファイルと合わない",
        "{1} に対する関係が {0} と宣言されているが、{2} に見える。",
        "ファイルの実態に従い、base_model_relation の訂正を公開者に求める。",
    ),
    bad=among(
        model("o/parent-GGUF", tags=["gguf", "base_model:finetune:p/parent"], files=["parent.Q4_K_M.gguf"]), model("p/parent")
    ),
    good=among(
        model("o/parent-GGUF", tags=["gguf", "base_model:quantized:p/parent"], files=["parent.Q4_K_M.gguf"]), model("p/parent")
    ),
    needs=("edge declared", "files"),
    vocabulary={0: "relation", 2: "relation"},
    query=f"""
        SELECT child AS node_id, [arg_max(relation::VARCHAR, edge_id), arg_max(parent_name, edge_id), min(looks)]
            AS details, ['edge/' || max(edge_id)] AS locations, max(confidence * sure_of_looks) AS confidence
        FROM (
            SELECT *, CASE WHEN relation IN ('finetune', 'merge', 'distilled') AND ggufs > 0 AND others = 0 THEN 'quantized'
                     WHEN relation IN ('finetune', 'merge', 'quantized') AND adapters > 0 AND others <= adapters THEN 'adapter'
                     WHEN relation = 'adapter' AND ggufs + others > 0 AND adapters = 0
                        AND NOT regexp_matches(listed, 'lora|adapter|embed|control')
                        AND regexp_matches(listed, '(?m)(^|/)(model|pytorch_model)[^/]*\\.(safetensors|bin)$')
                        THEN 'finetune'
                END AS looks,
                CASE WHEN looks = 'finetune' THEN 0.7 ELSE 0.9 END AS sure_of_looks
            FROM (
                SELECT *, len(regexp_extract_all(listed, '(?m)\\.gguf$')) AS ggufs,
                    len(regexp_extract_all(listed, '(?m)\\.(safetensors|bin|pt|pth)$')) AS others,
                    len(regexp_extract_all(listed, '(?m){ADAPTER}')) AS adapters
                FROM (
                    SELECT edge.*, lower(array_to_string(file_names, chr(10))) AS listed
                    FROM named_edge AS edge JOIN subject ON node_id = child
                    WHERE of_weights AND relation_basis = 'declared' AND file_names IS NOT NULL
                )
            )
        ) WHERE looks IS NOT NULL GROUP BY child
    """,
)
