"""Training data that was disabled, made private, or is handed out no more.

**Why it matters.** Datasets are taken down for stolen, private or unlawful content; a model that learnt from one may
give it out again, and cannot be made again.

**What to do.** Find out why it was withdrawn before you use the model.

**When it is wrong.** Where it was made private by accident, or is yours.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-withdrawn",
    topic="datasets",
    severity=Severity.HIGH,
    en=Wording(
        "Training data withdrawn",
        "Its training data {0} was withdrawn: it is disabled or private, or the registry hands it out no more.",
        "Find out why it was withdrawn before you use the model.",
    ),
    ja=Wording(
        "学習データが取り下げられている",
        "学習データ {0} は取り下げられた。無効化または非公開にされたか、レジストリがもう提供していない。",
        "モデルを使う前に、取り下げの理由を調べる。",
    ),
    bad=among(model("o/child", tags=["dataset:d/off"]), dataset("d/off", disabled=True)),
    good=among(model("o/child", tags=["dataset:d/on"]), dataset("d/on", disabled=False)),
    needs=("withdrawn",),
    query=data_that("true", source="named_edge JOIN subject ON node_id = parent AND is_withdrawn", sure="confidence"),
)
