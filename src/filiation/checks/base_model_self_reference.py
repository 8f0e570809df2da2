"""A model that names itself as its own parent.

**Why it matters.** The real parent is hidden, and with it its licence and its data. 675 of the 684 cycles among the
models of 2024 were such self-references (Stalnaker et al., arXiv 2502.04484). Often a script wrote the new repository's
name into the field.

**What to do.** Ask for the parent; until then nothing is known of where the weights come from.

**When it is wrong.** Where the publisher keeps a base and its fine-tuned form in branches of one repository.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-self-reference",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Names itself as its parent",
        "{0} names itself as its own parent.",
        "Name the model that this one was made from, or leave base_model out.",
    ),
    ja=Wording(
        "自分自身を親としている",
        "{0} は自分自身を親モデルとして挙げている。",
        "元になったモデルを記載するか、base_model を空にする。",
    ),
    bad=among(model("o/ouroboros", tags=["base_model:o/ouroboros"])),
    good=among(model("o/child", tags=["base_model:o/parent"]), model("o/parent")),
    made_by="lineage",
)
