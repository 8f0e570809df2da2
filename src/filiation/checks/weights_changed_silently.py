"""Weights that changed between two observations while the card did not, under the same name.

**Why it matters.** Whoever loads the model by its name gets other weights than were tested, and nothing that people read
says so. A study of 52,227 models on the Hub found 40.87 % of changed weight files told by neither name nor documentation
(arXiv 2409.10472).

**What to do.** Pin the revision that was tested; ask the publisher for a version in the name, or a word in the card.

**When it is wrong.** Where only the form changed, such as the order of the tensors. Asked only of repositories that were
observed twice with digests of their files (the registry's API with `blobs=true`): without these, a new commit does not tell
what it changed, and nothing is said.
"""

from __future__ import annotations

from msgspec import structs

from filiation.core.check import Check, Example, Wording, among, model
from filiation.core.finding import Severity

WEIGHTS = r"\.(safetensors|bin|pt|pth|ckpt|gguf|onnx|h5|msgpack|tflite|keras)$"
FILE = '{"rfilename": "VARCHAR", "blobId": "VARCHAR", "lfs": {"sha256": "VARCHAR"}}'


def _seen(weights: str, card: str) -> Example:
    """Return a model that was observed once before, with other weights and card `a`."""
    files = [{"rfilename": "model.safetensors", "blobId": "w1"}, {"rfilename": "README.md", "blobId": "a"}]
    before = model("o/story", siblings=files, sha="1")
    now = [{"rfilename": "model.safetensors", "blobId": weights}, {"rfilename": "README.md", "blobId": card}]
    return among(before, structs.replace(before, body=before.body | {"siblings": now, "sha": "2"}))


CHECK = Check(
    name="weights-changed-silently",
    topic="names",
    severity=Severity.MEDIUM,
    en=Wording(
        "Weights changed without a word",
        "{0} changed since it was observed before, and neither its name nor its card did.",
        "Pin the revision that you tested, and ask the publisher for a version in the name or the card.",
    ),
    ja=Wording(
        "重みが断りなく変更された",
        "前回の観測から {0} が変わったが、名前もモデルカードも変わっていない。",
        "試験したリビジョンを固定し、名前かカードに版を示すよう公開者に求める。",
    ),
    bad=_seen("w2", "a"),
    good=_seen("w2", "b"),
    query=f"""
        WITH seen AS (
            SELECT registry, id, record_id, from_json(body -> '$.siblings', '[{FILE}]') AS files
            FROM record WHERE kind = 'model' AND contains(body, '"blobId"')
        ),
        held AS (
            SELECT registry, id, record_id, unnest(files) AS file FROM seen SEMI JOIN (
                SELECT registry, id FROM seen GROUP BY registry, id HAVING count(*) > 1
            ) USING (registry, id)
        ),
        changed AS (
            SELECT *, lag(digest) OVER (PARTITION BY registry, id, name ORDER BY record_id) AS before FROM (
                SELECT registry, id, record_id, (file).rfilename AS name,
                    coalesce((file).lfs.sha256, (file)."blobId") AS digest
                FROM held
            ) WHERE digest IS NOT NULL
        )
        SELECT node_id, [string_agg(changed.name, ', ' ORDER BY changed.name)] AS details,
            list('file/' || changed.name ORDER BY changed.name) AS locations, 0.85 AS confidence
        FROM subject JOIN changed USING (record_id)
        WHERE before <> digest AND regexp_matches(lower(changed.name), '{WEIGHTS}')
            AND record_id IN (SELECT record_id FROM changed WHERE name = 'README.md' AND before = digest)
        GROUP BY node_id
    """,
)
