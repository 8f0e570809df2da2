"""A repository without a model card.

**Why it matters.** The card is where a publisher says what a model is for, what it was trained on and where it fails.
Of the models on the Hub in 2022, 42.7 % had one, and these took 90.5 % of the downloads (Liang et al. 2024, arXiv
2402.05160). SpanBERT-large-cased was the ninth most downloaded and had none (Jiang et al., ICSE 2023).

**What to do.** Ask the publisher for a card, or take a model that has one. `filiation card new` writes a first one from
what is known.

**When it is wrong.** Where the card has another name than `README.md`. Nothing is said of a repository whose files are
not listed.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="card-missing",
    topic="documentation",
    severity=Severity.MEDIUM,
    en=Wording(
        "No model card",
        "There is no README.md among its files.",
        "Ask the publisher for a card, or choose a model that has one.",
    ),
    ja=Wording(
        "モデルカードがない",
        "ファイル一覧に README.md がない。",
        "公開者にモデルカードを求めるか、モデルカードのあるモデルを選ぶ。",
    ),
    bad=among(model("o/bare", files=["config.json", "model.safetensors"])),
    good=among(model("o/told", files=["README.md", "model.safetensors"])),
    query="""
        SELECT node_id, []::VARCHAR[] AS details, ['file/README.md'] AS locations, 0.98 AS confidence,
            CASE WHEN downloads >= 10000 OR descendants >= 100 THEN 'high' END AS severity
        FROM subject WHERE state = 'present' AND NOT has_card
    """,
)
