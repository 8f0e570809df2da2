"""A repository, or one of its files, that an advisory is about.

**Why it matters.** Somebody looked, found that it does harm or can be made to, and said so in public.

**What to do.** Read the advisory; take the revision that it names as fixed, or another model.

**When it is wrong.** Where the advisory is about a revision and the atlas does not know which one it holds: then the
confidence is half. A file is known by its digest, whatever it is called and in whichever repository it lies.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, advisory, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="advisory-open",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "Open advisory",
        "The advisory {0} is about it: {1}.",
        "Read the advisory, and take a revision that is fixed or another model.",
    ),
    ja=Wording(
        "脆弱性情報の対象",
        "脆弱性情報 {0} の対象である: {1}。",
        "脆弱性情報を読み、修正済みのリビジョンか別のモデルを使う。",
    ),
    bad=among(model("o/a"), advisory("pkg:huggingface/o/a")),
    good=among(model("o/a"), advisory("pkg:huggingface/o/b")),
    needs=("advisory",),
    query="""
        SELECT node_id, [advisory, summary] AS details, [place] AS locations, confidence, severity AS severity
        FROM temp.advised WHERE how <> 'package'
    """,
)
