"""A declared licence, and no file with its text.

**Why it matters.** Most licences ask that their text go with every copy. The text is missing from 95.8 % of models, and
text and copyright notice stand together in 3.2 % (Permissive-washing, arXiv 2602.08816): tag, file and notice must be
looked at separately.

**What to do.** Add the licence's text when you pass the model on.

**When it is wrong.** Where the card holds the text.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

LICENSE = load("checks")["files"]["license"]
CHECK = Check(
    name="license-file-missing",
    topic="license",
    severity=Severity.INFO,
    en=Wording(
        "No file with the license's text",
        "It declares {0}, and none of its files holds the text.",
        "Add the license's text when you pass the model on.",
    ),
    ja=Wording(
        "ライセンス本文のファイルがない",
        "{0} と宣言されているが、本文のファイルがない。",
        "再配布するときは本文を添付する。",
    ),
    bad=among(model("o/tagged", tags=["license:apache-2.0"], files=["README.md", "model.safetensors"])),
    good=among(model("o/whole", tags=["license:apache-2.0"], files=["README.md", "LICENSE", "model.safetensors"])),
    needs=("files",),
    query=f"""
        SELECT node_id, [license] AS details, ['file/LICENSE'] AS locations, 0.9 AS confidence
        FROM subject
        WHERE state = 'present' AND license IS NOT NULL AND file_names IS NOT NULL
            AND NOT regexp_matches(lower(array_to_string(file_names, chr(10))), '(?m){LICENSE}')
    """,
)
