"""A model whose card names a version of a package that an advisory is about.

**Why it matters.** Whoever loads the model as its card says installs that version, and whoever made it ran it.

**What to do.** Install a version that is fixed, and try whether the model loads with it.

**When it is wrong.** Where the card is old and the version was only that of the training: it tells of no harm in the weights.
Cards of which we read no version are not asked, so that silence says nothing.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, advisory, among, model
from filiation.core.finding import Severity

CARD = "---\nlicense: mit\n---\n# A model\n\n### Framework versions\n\n- Transformers 4.30.0\n- Pytorch 2.1.0\n"
RANGES = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "4.36.0"}]}]
PAST = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "4.20.0"}]}]

CHECK = Check(
    name="advisory-package",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Advisory on a package",
        "Its card names a version of a package that the advisory {0} is about: {1}.",
        "Install a version that is fixed, and try whether the model loads with it.",
    ),
    ja=Wording(
        "パッケージの脆弱性情報",
        "モデルカードに書かれたパッケージの版が脆弱性情報 {0} の対象である: {1}。",
        "修正済みの版を導入し、モデルが読み込めるか確かめる。",
    ),
    bad=among(model("o/a", beside={"README.md": CARD}), advisory("pkg:pypi/transformers", ranges=RANGES)),
    good=among(model("o/a", beside={"README.md": CARD}), advisory("pkg:pypi/transformers", ranges=PAST)),
    needs=("advisory",),
    query="""
        SELECT node_id, [advisory, summary] AS details, [place] AS locations, confidence
        FROM temp.advised WHERE how = 'package'
    """,
)
