"""A model that names neither training data nor a parent.

**Why it matters.** Nobody can ask for the licence or the bias of the data, or whether the test set was in it. Only 10 %
of the models of July 2024 name a dataset (counted on the listing), and dataset details are the first factor of
provenance (Jiang et al., ICSE 2023, table I).

**What to do.** Look into the card's text; ask the publisher to declare `datasets`.

**When it is wrong.** Where the data is described in the card or a paper. Nothing is said of a model that names a
parent, for it may have been made without data, nor of agents, which learn in an environment.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-undeclared",
    topic="datasets",
    severity=Severity.LOW,
    en=Wording(
        "Origin not declared",
        "It names neither the data it was trained on nor a parent.",
        "Look for both in the card, and ask the publisher to declare datasets or base_model.",
    ),
    ja=Wording(
        "由来の宣言がない",
        "学習データも親モデルも宣言されていない。",
        "モデルカードで確かめ、公開者に datasets または base_model の宣言を求める。",
    ),
    bad=among(model("o/orphan", pipeline_tag="text-classification")),
    good=among(model("o/told", pipeline_tag="text-classification", tags=["dataset:d/birds"])),
    query="""
        SELECT node_id, []::VARCHAR[] AS details, ['field/datasets', 'field/base_model'] AS locations, 0.9 AS confidence
        FROM subject ANTI JOIN (SELECT record_id FROM claim WHERE predicate IN ('dataset', 'base_model')) USING (record_id)
        WHERE kind = 'model' AND knows_fields AND parents_count = 0
            AND coalesce(pipeline_tag, '') NOT IN ('reinforcement-learning', 'robotics')
            AND coalesce(library, '') NOT IN ('stable-baselines3', 'ml-agents', 'sample-factory', 'cleanrl')
    """,
)
