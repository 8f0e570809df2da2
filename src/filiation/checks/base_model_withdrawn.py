"""A parent that was disabled, made private, or is handed out no more.

**Why it matters.** What a registry disables was reported or breaks its rules, and what a publisher withdraws gets no
repairs. Whatever was made from it stands on something that nobody can look at any more.

**What to do.** Find out why it was withdrawn, and look for a replacement.

To a stranger the Hub answers the same for what was deleted and for what was made private.

**When it is wrong.** Where it was made private by accident, or is yours, or went on under another name that nobody told.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import parent_that
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-withdrawn",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Parent withdrawn",
        "Its parent {0} was withdrawn: it is disabled or private, or the registry hands it out no more.",
        "Find out why it was withdrawn, and look for a replacement.",
    ),
    ja=Wording(
        "親モデルが取り下げられている",
        "親モデル {0} は取り下げられた。無効化または非公開にされたか、レジストリがもう提供していない。",
        "取り下げの理由を調べ、代わりを探す。",
    ),
    bad=among(model("o/child", tags=["base_model:p/off"]), model("p/off", disabled=True)),
    good=among(model("o/child", tags=["base_model:p/on"]), model("p/on", disabled=False, private=False)),
    needs=("withdrawn",),
    query=parent_that("true", source="named_edge JOIN subject ON node_id = parent AND is_withdrawn", sure="confidence"),
)
